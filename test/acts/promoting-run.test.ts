import { expect, test } from 'vitest';
import { ForgeError } from '../../src/release/forge.ts';
import { memoryForge } from '../support/forge.ts';
import { config } from './files.ts';
import { shopWith } from './shop.ts';

/** v2 waits at its first step. */
async function waiting(approvals: string) {
  const root = [`approvals: { sre: { ${approvals} } }`];
  const steps = ['{ name: one, replicas: 1, leaveWhen: [{ approval: sre }] }', '{ name: all, replicas: 100% }'];
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ root, steps }) } });
  const forge = memoryForge(shop.now, shop.origin);
  shop.forge = forge;
  for (const login of ['ada', 'bob', 'cy']) forge.person(login, 'write');
  forge.person('outsider', 'read');
  shop.push('v2');
  await shop.person('bob')('deploy');
  await shop.wait('1m');
  const promote = (who = 'ada') =>
    shop.person(who)(`promote --release ${shop.id()} --step one`, { workflow: { id: '77' } });
  return { shop, forge, promote, title: `promote shop ${shop.id()} one` };
}

test('an approval in a workflow is of the account that the forge says started the run', async () => {
  const { shop, forge, promote } = await waiting('by: [command]');
  using _ = shop;
  forge.run('77', 'bob');
  expect(await promote('ada')).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
  forge.run('77', 'ada', { branch: 'feature' });
  expect(await promote('ada')).toMatchObject({ exit: 4, code: 'EVENT_REFUSED' });
  expect(shop.record().approvals).toEqual([]);
  forge.run('77', 'ada');
  expect((await promote('ada')).exit).toBe(0);
  await shop.wait('1m');
  expect(shop.pods()).toBe('v2:4');
});

test('a run that the forge does not know promotes nothing, and neither does one while it is away', async () => {
  const { shop, forge, promote } = await waiting('by: [command]');
  using _ = shop;
  expect(await promote()).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
  forge.before = () => {
    throw new ForgeError('away', 'it does not answer');
  };
  expect(await promote()).toMatchObject({ exit: 3, code: 'FORGE_UNREACHABLE' });
  expect(shop.record().approvals).toEqual([]);
});

test('a token that may not read runs is told what it lacks, and the approval is recorded', async () => {
  const { shop, forge, promote } = await waiting('by: [command], count: 2');
  using _ = shop;
  forge.before = (request) => {
    if (request === 'workflowRun') throw new ForgeError('forbidden', 'the token lacks actions: read');
  };
  const told = await promote();
  expect(told.log).toContain('this run was not looked up: the token lacks actions: read');
  expect(shop.record().approvals).toMatchObject([{ by: 'ada' }]);
});

test('a run that was started under another plan approves nothing of the new one', async () => {
  const { shop, forge, promote } = await waiting('by: [command]');
  using _ = shop;
  forge.run('77', 'ada', { createdAt: shop.now(), commit: shop.origin.tip() });
  await shop.wait('1m');
  const steps = ['{ name: one, replicas: 1, leaveWhen: [] }', '{ name: all, replicas: 100% }'];
  const commit = shop.origin.tip();
  shop.origin.commit({
    'stepgate.yaml': config({ steps: [steps[0]?.replace('[]', '[approval]') ?? '', ...steps.slice(1)] }),
  });
  await shop.person('bob')(`deploy --at ${commit}`);
  expect(await promote()).toMatchObject({ exit: 4, code: 'PLAN_DIFFERS' });
  expect([shop.record().approvals, shop.pods()]).toEqual([[], 'v1:3 v2:1']);
  forge.run('77', 'ada', { createdAt: shop.now(), commit: shop.origin.tip() });
  expect((await promote()).exit).toBe(0);
  await shop.wait('1m');
  expect(shop.pods()).toBe('v2:4');
});

test('a run that was started before the plan of a start was changed approves nothing', async () => {
  using shop = await shopWith(['v1']);
  const forge = memoryForge(shop.now, shop.origin);
  shop.forge = forge;
  forge.person('ada', 'write');
  const more = ['startWhen: [approval]'];
  shop.push('v2', { files: { 'stepgate.yaml': config({ more }) } });
  await shop.person('bob')('deploy');
  const seen = shop.origin.tip();
  const release = shop.record().release?.id ?? '';
  const promote = () => shop.person('ada')(`promote --release ${release} --step start`, { workflow: { id: '77' } });
  shop.origin.commit({ 'stepgate.yaml': config({ more, steps: ['{ name: all, replicas: 100%, leaveWhen: [] }'] }) });
  forge.run('77', 'ada', { commit: seen });
  expect(await promote()).toMatchObject({ exit: 4, code: 'PLAN_DIFFERS' });
  expect([shop.record().approvals, shop.pods()]).toEqual([[], 'v1:4']);
  forge.run('77', 'ada', { commit: shop.origin.tip() });
  expect((await promote()).exit).toBe(0);
});

test('the reviewers of the environment of the run approve what its name says, each once', async () => {
  const { shop, forge, promote, title } = await waiting('by: [environment], count: 2');
  using _ = shop;
  forge.run('77', 'ada', { title: 'promote something' }, ['bob', 'cy']);
  const other = await promote();
  expect(other.code).toBe('GATE_SHUT');
  expect(other.log).toContain(
    `reviewers of the environment of this run do not count, because its name 'promote something' lacks one of shop, ${shop.id()} and one`,
  );
  forge.run('77', 'ada', { title }, ['bob', 'bob', 'outsider']);
  const one = await promote();
  expect(one.log).toContain('outsider let this run go on, which does not count: outsider may not write');
  expect(one.delivery?.gates[1]?.why).toBe('waits for 1 more: approved by bob (environment)');
  forge.run('77', 'ada', { title }, ['bob', 'cy']);
  expect((await promote()).log).toContain('approved by bob (environment), cy (environment)');
  await shop.wait('1m');
  expect(shop.pods()).toBe('v2:4');
});

test('a reviewer who is not named, is a bot or has rejected the run once approves nothing, and the log says why', async () => {
  const { shop, forge, promote, title } = await waiting('by: [environment], from: [bob]');
  using _ = shop;
  forge.person('helper[bot]', 'write', 'bot');
  forge.run('77', 'ada', { title }, ['cy', 'helper[bot]']);
  const others = await promote();
  expect(others.log).toContain('cy is not named in sre: this approval does not count there');
  expect(others.log).toContain('helper[bot] let this run go on, which does not count: helper[bot] is not a person');
  forge.run('77', 'ada', { title }, ['bob'], ['bob']);
  const rejected = await promote();
  expect(rejected.log).toContain('bob has also rejected it: start a new run');
  await shop.wait('1m');
  expect(shop.pods()).toBe('v1:3 v2:1');
});
