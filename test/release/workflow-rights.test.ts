import { expect, test } from 'vitest';
import type { Delivery, RevertWay } from '../../src/release/delivery.ts';
import type { BranchRules } from '../../src/release/repository-settings.ts';
import { pullRequestsFor, workflowRightsSaid } from '../../src/release/workflow-rights.ts';
import { noRules } from '../support/forge.ts';

const delivery = (name: string, git: RevertWay): Pick<Delivery, 'name' | 'rollback'> => ({
  name,
  rollback: { on: [], stuckAfterSeconds: 900, git },
});
const auto = delivery('shop', 'auto');
const pull = delivery('pay', 'pull-request');
const commit = delivery('web', 'commit');

test.each<readonly [string, Partial<BranchRules> | null, readonly string[]]>([
  ['takes pushes', {}, ['the reverts of pay']],
  ['refuses pushes', { reviews: 1 }, ['the reverts of shop, pay']],
  ['takes only signed commits', { signatures: true }, ['the reverts of shop, pay']],
  ['has a protection that is not known', { isProtected: true }, ['the reverts of pay']],
  ['has rules that are not known', null, ['the reverts of pay']],
])('reverts take pull requests where the branch %s', (_, rules, needed) => {
  const found = rules === null ? null : { ...noRules, ...rules };
  expect(pullRequestsFor([auto, pull, commit], [], found)).toEqual(needed);
});

test('promotions take them too, and a policy without either takes none', () => {
  expect(pullRequestsFor([auto], [auto], noRules)).toEqual(['the promotions of shop']);
  expect(pullRequestsFor([auto, commit], [], noRules)).toEqual([]);
});

test.each([
  [
    true,
    'read',
    'ok',
    "a job's own token may open them, for the reverts of pay; a job that asks for no permissions may only read",
  ],
  [
    true,
    'write',
    'ok',
    "a job's own token may open them, for the reverts of pay; a job that asks for no permissions may write",
  ],
  [false, 'read', 'warning', "a job's own token may not open pull requests, and the reverts of pay need them"],
] as const)('may open them: %s, by default %s', (mayOpenPullRequests, byDefault, is, says) => {
  const said = workflowRightsSaid({ mayOpenPullRequests, byDefault }, ['the reverts of pay']);
  expect([said.is, said.says]).toEqual([is, says]);
  if (is === 'warning')
    expect(said.todo).toMatch(/^switch it on under Settings > Actions > General: "Allow GitHub Actions/);
});
