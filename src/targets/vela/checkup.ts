import type { Checkup } from '../../release/checkup.ts';
import { engine } from '../kruise/checkup/engine.ts';
import { checkup as ofKruise } from '../kruise/checkup/index.ts';
import { kubevela, trait } from './installed.ts';

/** KubeVela makes the Rollout, and the engine of the target kruise drives it. */
export const checkup: Checkup = { ...ofKruise, installations: [kubevela, trait, engine] };
