import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Begins with the files that take longest, or the last of them would run alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const longest = ['many', 'rollback', 'deploy', 'rollback-git', 'promote', 'kill', 'actors', 'gates'];
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((name) => moduleId.endsWith(`/control-plane/${name}.test.ts`));
      return found < 0 ? longest.length : found;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}

/**
 * Three suites: `unit` needs nothing but Node and git; `cluster` needs the binaries that test/control-plane builds;
 * `embedded` runs scenarios of `cluster` on the embedded cluster instead, and needs dist/ alone.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/control-plane/**', 'node_modules/**'],
          // No file leaves anything behind for another, so a process may run many and read the sources once.
          isolate: false,
          maxWorkers: 2,
          // Only what hangs is ended by it: a busy machine has taken three times the usual.
          testTimeout: 60_000,
          expect: { poll: { timeout: 50_000 } },
        },
      },
      {
        test: {
          name: 'embedded',
          include: ['first', 'promote', 'gates', 'kill', 'rollback-git'].map(
            (name) => `test/control-plane/${name}.test.ts`,
          ),
          globalSetup: ['test/rehearsal/setup.ts'],
          testTimeout: 600_000,
          maxConcurrency: 4,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/control-plane/**/*.test.ts'],
          globalSetup: ['test/control-plane/setup.ts'],
          // Only what hangs is ended by it: sixteen releases at once have taken three times the usual on a busy machine.
          testTimeout: 900_000,
          hookTimeout: 600_000,
          maxConcurrency: 8,
          // The engine allows itself 20 requests a second: more at once only wait for each other.
          maxWorkers: 2,
        },
      },
    ],
  },
});
