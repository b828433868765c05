import { expect, test } from 'vitest';
import { recorded } from './recorded.ts';

/** `1: 1/1 of 1 (r2)`: the step, its pods that are ready and all of them, what the step adds, and whose they are. */
const told = (id: string, seconds: number, plan: string) =>
  recorded(id, seconds, plan).observation.batches.map(
    ({ step, release, ready, total, wanted }) =>
      `${step ?? '-'}: ${ready}/${total} of ${wanted ?? '-'} (${release ?? '-'})`,
  );

/** What the engine itself wrote on the pods; each row says in which recording, and at which second. */
test.for<readonly [string, string, number, string, readonly string[]]>([
  ['idle', 'T19-partition-v3', 9, 'partition 20% 60% 100%', []],
  ['the first step', 'T19-partition-v3', 12, 'partition 20% 60% 100%', ['1: 1/1 of 1 (r2)']],
  ['a newer release', 'T19-partition-v3', 20.5, 'partition 20% 60% 100%', ['1: 1/1 of 1 (r3)', '2: 2/2 of 2 (r3)']],
  ['pods that do not start', 'T34-partition-broken-fix', 20, 'partition 20% 60% 100%', ['1: 0/1 of 1 (r2)']],
  [
    'pods of the extra Deployment',
    'T47c-canary-plain',
    33,
    'canary 20% 60% 60%',
    ['1: 1/1 of 1 (r2)', '2: 2/2 of 2 (r2)'],
  ],
  ['twice the pods', 'T23-bluegreen-v3-refused', 16.5, 'blueGreen 50% 100%', ['1: 3/3 of 3 (r2)']],
  [
    'refused, with the pods of the version before',
    'T23-bluegreen-v3-refused',
    20,
    'blueGreen 50% 100%',
    ['1: 3/3 of 3 (r2)'],
  ],
  [
    'a step that never moves',
    'T15c-percent-then-int',
    30,
    'partition 20% 3 100%',
    ['1: 1/1 of 1 (r2)', '2: 0/0 of 2 (r2)'],
  ],
  [
    'pods with another id',
    'T12-id-only-midway',
    25,
    'partition 20% 40% 60% 100%',
    ['1: 0/0 of 1 (r2)', '2: 1/1 of 1 (r2)', '1: 1/1 of - (r3)'],
  ],
  ['pods without labels', 'T45-pod-metadata', 14, 'canary 20% 100%', ['1: 0/0 of 1 (r2)', '-: 1/1 of - (-)']],
  [
    'a CloneSet, one pod a step',
    'T13-cloneset-batch-ids',
    31.5,
    'partition 20% 40% 60% 80% 100%',
    ['1: 1/1 of 1 (r2)', '2: 1/1 of 1 (r2)', '3: 1/1 of 1 (r2)'],
  ],
  ['old pods that kept the labels of a bad release', 'T18-partition-rollback', 25, 'partition 20% 60% 100%', []],
])('%s', ([, id, seconds, plan, wanted]) => {
  expect(told(id, seconds, plan)).toEqual(wanted);
});

test('pods of no step are named', () => {
  const { observation } = recorded('T45-pod-metadata', 14, 'canary 20% 100%');
  expect(observation.batches.at(-1)?.pods).toEqual([expect.stringMatching(/^demo-\w+-7b6b6467bb-/)]);
});
