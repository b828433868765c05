import type { Helm } from '../../src/release/ports.ts';

/** For what renders no chart. */
export const noHelm: Helm = { template: () => Promise.reject(new Error('no helm here')) };
