import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that begin before the others. Those of the cluster that take longest, or the last of them would run alone; and those
 * that start processes, because that costs more the larger the worker has grown (5 ms at first, 18 ms at the end).
 */
const first = [
  ...[
    'many',
    'breaker',
    'github',
    'vela',
    'rollback',
    'deploy',
    'rollback-anyway',
    'rollback-git',
    'github-time',
    'promote',
    'metrics-release',
    'kill',
    'actors',
    'gates',
  ].map((name) => `control-plane/${name}`),
  ...[
    'git-hostile',
    'git-remote',
    'git-history',
    'git-revert',
    'git-sign',
    'git-branch',
    'git-refs',
    'git-tree',
    'git',
    'kustomize',
  ].map((name) => `adapters/${name}`),
  ...['kubernetes/auth', 'kubernetes/plugin'].map((name) => `adapters/${name}`),
  ...[
    'action/action',
    'action/events',
    'action/runner/job',
    'action/cluster',
    'github/git',
    'github/action',
    ...['time', 'rollback'].map((name) => `github/scenarios/${name}`),
    'cli',
    'in-workflow',
    'entries',
    'demo/demo',
    'rehearse/command',
    'threats/leaks',
    'threats/pull-request',
    'threats/comments',
  ],
].map((name) => `/test/${name}.test.ts`);

class Ordered extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = first.findIndex((name) => moduleId.endsWith(name));
      return found < 0 ? first.length : found;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}

/** Runs several builds side by side as processes, which takes too long for every `npm test`. */
const versions = 'test/acts/versions.test.ts';

/** Many releases, and many runs of workflows one after another: `npm run test:long`. */
const long = ['approvals', 'budget', 'environment', 'promotions', 'queue', 'trouble'].map(
  (name) => `test/github/scenarios/${name}.test.ts`,
);

/** What `npm test` runs. `npm run guards` runs it too, on a copy of the code. */
export const unit = {
  name: 'unit',
  include: ['test/**/*.test.ts'],
  exclude: ['test/control-plane/**', 'test/browser/**', versions, ...long, 'node_modules/**'],
  // No file leaves anything behind for another, so a process may run many and read the sources once.
  isolate: false,
  maxWorkers: 3,
  // Only what hangs is ended by it: a busy machine has taken three times the usual.
  testTimeout: 60_000,
  // The bundle is made in hooks, beside other files.
  hookTimeout: 60_000,
  expect: { poll: { timeout: 50_000 } },
};

/**
 * Seven suites: `unit` needs nothing but Node and git, and neither does `long`; `versions` needs the history too, for it plays an older build beside
 * this one; `cluster` needs the binaries that test/control-plane builds; `rollback` is a whole matrix on the same control
 * plane, of which `cluster` has a slice; `embedded` runs scenarios of `cluster` on the embedded cluster, with dist/ alone;
 * `browser` looks at pages in a Chromium, and says so where there is none.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: Ordered },
    projects: [
      { test: unit },
      {
        test: {
          name: 'embedded',
          include: [
            ...['first', 'promote', 'gates', 'kill', 'rollback-git', 'statefulset-engine', 'kinds'].map(
              (name) => `test/control-plane/${name}.test.ts`,
            ),
          ],
          globalSetup: ['test/simulator/setup.ts'],
          testTimeout: 600_000,
          maxConcurrency: 4,
          maxWorkers: 2,
        },
      },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'long', include: long, testTimeout: 300_000, maxWorkers: 2 } },
      { test: { name: 'versions', include: [versions], testTimeout: 120_000 } },
      {
        test: {
          name: 'cluster',
          include: ['test/control-plane/**/*.test.ts'],
          exclude: ['test/control-plane/matrix/**'],
          globalSetup: ['test/control-plane/setup.ts'],
          // Only what hangs is ended by it: sixteen releases at once have taken three times the usual on a busy machine.
          testTimeout: 900_000,
          hookTimeout: 600_000,
          maxConcurrency: 8,
          // The engine allows itself 20 requests a second: more at once only wait for each other.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'rollback',
          include: ['test/control-plane/matrix/**/*.test.ts'],
          globalSetup: ['test/control-plane/setup.ts'],
          testTimeout: 900_000,
          maxConcurrency: 12,
          maxWorkers: 1,
        },
      },
    ],
  },
});
