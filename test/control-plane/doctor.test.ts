import { expect, test } from 'vitest';
import type { Check } from '../../src/release/check.ts';
import { kubectl, waitFor } from './fixture.ts';
import { type Account, accounts, opened, permissions } from './permissions-fixture.ts';
import type { Shop } from './shop.ts';

/** What doctor looks at beyond plan, with the roles that `stepgate permissions` prints. */

async function checks(it: Shop, by: Account): Promise<readonly Check[]> {
  const { stdout, stderr } = await it.as(by).stepgate('doctor');
  expect(stdout, stderr).not.toBe('');
  return (JSON.parse(stdout) as { readonly checks: readonly Check[] }).checks;
}

const unread = (all: readonly Check[]) =>
  all.filter(({ says }) => says.includes('may not read')).map(({ name, is, says }) => `${name}: ${is}, ${says}`);

test('with its role it sees all, and with the role of plan it says what it may not see', async () => {
  await using it = await opened();
  const first = await it.stepgate('deploy');
  expect(first.code, first.stderr).toBe(0);
  const [doctor, planner] = await accounts(it.namespace, ['doctor', 'planner']);
  if (doctor === undefined || planner === undefined) throw new Error('an account is missing');
  const yaml = await permissions(
    it,
    ...['--identity', `doctor=${doctor.identity}`],
    ...['--identity', `plan=${planner.identity}`],
  );
  await kubectl(['apply', '-f', '-'], { input: yaml });
  const said = async () => unread(await checks(it, doctor));
  await waitFor(async () => (await said()).length === 0, { what: 'the roles to be in force', show: said });
  const all = await checks(it, doctor);
  // The engine of these tests runs outside of the cluster.
  const ours = all.filter(({ about, says }) => about !== 'github' && !says.includes('is not where the chart'));
  const notOk = ours.filter(({ is }) => is !== 'ok').map(({ name, is, says }) => `${name}: ${is}, ${says}`);
  expect(notOk).toEqual([
    expect.stringMatching(/^rights: warning, this identity may import, plan, doctor, hold, adopt, and not /),
  ]);
  expect(all.filter(({ name }) => name === 'left objects')).toMatchObject([{ is: 'ok' }]);
  const unseen = unread(await checks(it, planner)).map((line) => line.replace(it.namespace, 'shop'));
  expect(unseen).toMatchInlineSnapshot(`
    [
      "engine: skipped, this identity may not read the engine",
      "feature gates: skipped, this identity may not read the engine",
      "definitions: skipped, this identity may not read the definition of Rollouts",
      "webhook that holds templates back: skipped, this identity may not read its configuration",
      "webhook that checks plans: skipped, this identity may not read its configuration",
      "address of the webhooks: skipped, this identity may not read the Service of the webhooks",
      "left objects: skipped, this identity may not read BatchRelease in shop",
    ]
  `);
});
