import { defineConfig } from 'vitest/config';
import { unit } from '../../vitest.config.ts';

/** Tests of the model, which has no refusal of ours, and of the tools. */
const others = ['differential', 'fidelity', 'guards', 'simulator', 'storm'].map((name) => `test/${name}/**`);

/** The other unit tests, one file after the other, so that it is known which of them reaches a refusal. */
export default defineConfig({
  test: {
    ...unit,
    exclude: [...unit.exclude, ...others],
    setupFiles: ['test/guards/current.ts'],
    maxWorkers: 1,
    bail: 1,
  },
});
