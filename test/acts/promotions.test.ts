import { describe, expect, test } from 'vitest';
import { ForgeError } from '../../src/release/forge.ts';
import { type MemoryForge, memoryForge } from '../support/forge.ts';
import { config } from './files.ts';
import { shopWith } from './shop.ts';

const steps = ['{ name: one, replicas: 1, leaveWhen: [{ approval: sre }] }', '{ name: all, replicas: 100% }'];

/** v2, which came by a pull request of its author, waits at its first step, and its promotion pull request is open. */
async function waiting(approvals = 'by: [merge]', author: string | null = null) {
  const root = [`approvals: { sre: { ${approvals} } }`];
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ root, steps }) } });
  const forge = memoryForge(shop.now, shop.origin);
  shop.forge = forge;
  for (const login of ['ada', 'bob']) forge.person(login, 'write');
  forge.person('outsider', 'read');
  const commit = shop.push('v2');
  if (author !== null) forge.merged([commit], { author: forge.account(author) });
  const told = await shop.person('bob')('deploy');
  const branch = `stepgate/promote/shop/${shop.id()}-one`;
  const tick = async () => {
    const found = await shop.person('ci')('tick');
    await shop.wait('2m');
    return found;
  };
  return { shop, forge, told, branch, file: `.stepgate/promotions/shop/${shop.id()}-one.yaml`, tick };
}

describe('a promotion pull request', () => {
  test('is opened where a step waits for it, once, and says what merging and closing it do', async () => {
    const { shop, forge, told, branch, file, tick } = await waiting();
    using _ = shop;
    const pull = forge.pull(branch);
    expect(told.delivery?.todo).toBe(`merge ${pull.url}`);
    expect(told.delivery?.approval?.pullRequest).toEqual({ number: pull.number, url: pull.url });
    expect(pull.title).toBe(`Promote shop: let ${shop.id()} leave step 1 (one)`);
    expect(pull.body).toContain(
      `**Merging this approves that \`${shop.id()}\` leaves step 1 of shop.** When every gate is open, step 2 (all) brings`,
    );
    expect(shop.origin.at(pull.head.commit).files[file]).toContain(`release: ${shop.id()}\n`);
    const again = await tick();
    expect(forge.pull(branch).number).toBe(pull.number);
    expect(again.delivery?.todo).toBe(`merge ${pull.url}`);
  });

  test('promotes once it is merged by somebody who may', async () => {
    const { shop, forge, branch, tick } = await waiting();
    using _ = shop;
    forge.merge('ada', forge.pull(branch).number);
    const told = await tick();
    expect(told.log).toContain('approved by ada (merge)');
    expect(shop.pods()).toBe('v2:4');
  });

  test('promotes nothing when it is merged by somebody who may not write, or is not named', async () => {
    const { shop, forge, branch, tick } = await waiting('by: [merge], from: [ada]');
    using _ = shop;
    forge.merge('bob', forge.pull(branch).number);
    expect((await tick()).code).toBe('GATE_SHUT');
    expect(shop.pods()).toBe('v1:3 v2:1');
  });

  test('counts the approving reviews of its head, and no others', async () => {
    const { shop, forge, branch, tick } = await waiting('by: [review], count: 2');
    using _ = shop;
    const { number, head } = forge.pull(branch);
    forge.approve('ada', number);
    forge.approve('bob', number, shop.origin.tip());
    forge.approve('outsider', number);
    expect((await tick()).delivery?.gates[1]?.why).toBe('waits for 1 more: approved by ada (review)');
    forge.approve('bob', number, head.commit);
    await tick();
    expect(shop.pods()).toBe('v2:4');
  });

  const changed: readonly (readonly [what: string, files: Readonly<Record<string, string | null>>])[] = [
    ['other files in it', { 'deploy/shop.yaml': 'kind: Secret\n' }],
    ['its file gone', { FILE: null }],
    ['another release in its file', { FILE: 'delivery: shop\nrelease: 0000000000-00000000\n' }],
  ];
  test.each(changed)('with %s approves nothing, even reviewed and merged, and is opened anew', async (_what, files) => {
    const { shop, forge, branch, file, tick } = await waiting('by: [review, merge]');
    using _ = shop;
    const first = forge.pull(branch).number;
    const pushed = Object.fromEntries(Object.entries(files).map(([path, text]) => [path.replace('FILE', file), text]));
    forge.push(first, pushed);
    forge.approve('ada', first);
    const told = await tick();
    expect(told.code).toBe('GATE_SHUT');
    expect(told.log).toMatch(/#\d+ (does not have|changes other files too)/);
    const second = forge.pull(branch);
    expect([second.number > first, second.state]).toEqual([true, 'open']);
    expect(forge.bodies(first).at(-1)).toContain('approves nothing');
    expect(shop.pods()).toBe('v1:3 v2:1');
    forge.merge('ada', second.number);
    await tick();
    expect(shop.pods()).toBe('v2:4');
  });

  test('that is merged with other files in it promotes nothing', async () => {
    const { shop, forge, branch, tick } = await waiting();
    using _ = shop;
    const { number } = forge.pull(branch);
    forge.push(number, { 'README.md': 'hello\n' });
    forge.merge('ada', number);
    expect((await tick()).code).toBe('GATE_SHUT');
    expect(shop.pods()).toBe('v1:3 v2:1');
    const second = forge.pull(branch);
    expect([second.number > number, second.state]).toEqual([true, 'open']);
    forge.merge('ada', second.number);
    await tick();
    expect(shop.pods()).toBe('v2:4');
  });

  test('that is merged by somebody who may not promote is opened anew, for those who may', async () => {
    const { shop, forge, branch, tick } = await waiting('by: [merge], from: [ada]');
    using _ = shop;
    const { number } = forge.pull(branch);
    forge.merge('bob', number);
    const told = await tick();
    expect(told.log).toContain(`#${number} was merged by bob, who may not promote`);
    const second = forge.pull(branch);
    expect([second.number > number, second.state]).toEqual([true, 'open']);
    expect((await tick()).log).not.toContain('merged by');
    forge.merge('ada', second.number);
    await tick();
    expect(shop.pods()).toBe('v2:4');
  });

  test('that is merged, where another person has to approve too, is followed by one for that person', async () => {
    const { shop, forge, branch, tick } = await waiting('by: [merge], count: 2');
    using _ = shop;
    const first = forge.pull(branch).number;
    forge.merge('ada', first);
    expect((await tick()).log).toContain(`the merge of #${first} is not enough, and a new one is opened`);
    const second = forge.pull(branch);
    expect(second).toMatchObject({ state: 'open', base: 'main' });
    expect((await tick()).delivery?.approval?.missing).toEqual(['the merge of the promotion pull request']);
    expect(forge.pull(branch).number).toBe(second.number);
    forge.merge('bob', second.number);
    expect((await tick()).log).toContain('approved by bob (merge), ada (merge)');
    expect(shop.pods()).toBe('v2:4');
  });

  test('that is merged by whoever wrote the release is followed by one for somebody else', async () => {
    const { shop, forge, branch, tick } = await waiting('by: [merge], notAuthor: true', 'ada');
    using _ = shop;
    const first = forge.pull(branch).number;
    forge.merge('ada', first);
    expect((await tick()).delivery?.message).toContain('ada wrote it, so does not count');
    const second = forge.pull(branch).number;
    expect(second).toBeGreaterThan(first);
    forge.merge('bob', second);
    await tick();
    expect(shop.pods()).toBe('v2:4');
  });

  test('that is merged with another text in its file is followed by one that promotes', async () => {
    const { shop, forge, branch, file, tick } = await waiting();
    using _ = shop;
    const { number } = forge.pull(branch);
    forge.push(number, { [file]: 'delivery: shop\nrelease: 0000000000-00000000\n' });
    forge.merge('ada', number);
    const told = await tick();
    expect(told.code).toBe('GATE_SHUT');
    expect(told.log).toContain(`#${number} does not have ${file} as stepgate writes it`);
    expect(forge.pull(branch)).toMatchObject({ state: 'open' });
    expect(shop.pods()).toBe('v1:3 v2:1');
    forge.merge('ada', forge.pull(branch).number);
    await tick();
    expect(shop.pods()).toBe('v2:4');
  });

  test('that is merged is followed by another one once the release goes on under another plan', async () => {
    const approvals = 'by: [merge]';
    const root = [`approvals: { sre: { ${approvals} } }`];
    const soaking = (soak: string) => [
      `{ name: one, replicas: 1, leaveWhen: [{ approval: sre }, { soak: ${soak} }] }`,
      '{ name: all, replicas: 100% }',
    ];
    const policy = (soak: string) => ({ 'stepgate.yaml': config({ root, steps: soaking(soak) }) });
    const shop = await shopWith(['v1'], { files: policy('10h') });
    using _ = shop;
    const forge = memoryForge(shop.now, shop.origin);
    shop.forge = forge;
    forge.person('ada', 'write');
    shop.push('v2');
    await shop.person('bob')('deploy');
    const branch = `stepgate/promote/shop/${shop.id()}-one`;
    const { number } = forge.pull(branch);
    forge.merge('ada', number);
    await shop.person('ci')('tick');
    expect(forge.pull(branch)).toMatchObject({ number, state: 'merged' });
    shop.origin.commit(policy('1m'));
    await shop.person('bob')('deploy');
    await shop.wait('2m');
    await shop.person('ci')('tick');
    expect(shop.pods()).toBe('v1:3 v2:1');
    expect(forge.pull(branch).number).toBeGreaterThan(number);
    forge.merge('ada', forge.pull(branch).number);
    await shop.person('ci')('tick');
    await shop.wait('1m');
    expect(shop.pods()).toBe('v2:4');
  });

  test.for([
    ['merge', (forge: MemoryForge, number: number) => forge.merge('ada', number)],
    ['review', (forge: MemoryForge, number: number) => forge.approve('ada', number)],
  ] as const)(
    'of an earlier release with the same id, whose record is gone, approves nothing: %s',
    async ([way, approve]) => {
      const { shop, forge, branch, tick } = await waiting(`by: [${way}]`);
      using _ = shop;
      const id = shop.id();
      const commit = shop.origin.tip();
      const bob = shop.person('bob');
      const forget = () => shop.patch('Rollout', { metadata: { annotations: { 'stepgate.dev/record': null } } });
      approve(forge, forge.pull(branch).number);
      await tick();
      expect(shop.pods()).toBe('v2:4');
      forget();
      const other = shop.push('v3');
      await bob(`deploy --live ${commit}`);
      approve(forge, forge.pull(branch.replace(id, shop.id())).number);
      await tick();
      expect(shop.pods()).toBe('v3:4');
      forget();
      await bob(`deploy --at ${commit} --live ${other}`);
      expect([shop.id(), (await tick()).code, shop.pods()]).toEqual([id, 'GATE_SHUT', 'v2:1 v3:3']);
      const again = forge.pull(branch);
      expect(again.state).toBe('open');
      approve(forge, again.number);
      await tick();
      expect(shop.pods()).toBe('v2:4');
    },
  );

  test('is closed when another release takes the place of its own, which gets one of its own', async () => {
    const { shop, forge, branch } = await waiting();
    using _ = shop;
    shop.push('v3');
    await shop.person('bob')('deploy');
    expect(forge.pull(branch).state).toBe('closed');
    expect(forge.pull(`stepgate/promote/shop/${shop.id()}-one`).state).toBe('open');
  });

  test.each(['rollback', 'hold'])('is closed by the next tick after a %s', async (command) => {
    const { shop, forge, branch, tick } = await waiting();
    using _ = shop;
    await shop.person('bob')(`${command} --reason slow`);
    await tick();
    expect(forge.pull(branch).state).toBe('closed');
    expect(forge.as().requests).toBeLessThan(20);
  });

  test('closed by somebody who may promote holds the version; once that is lifted, there is a new one', async () => {
    const { shop, forge, branch, tick } = await waiting();
    using _ = shop;
    const { number } = forge.pull(branch);
    forge.close('ada', number);
    expect((await tick()).code).toBe('HELD');
    expect(shop.record().holds).toMatchObject([{ by: 'ada', reason: `closed the promotion pull request #${number}` }]);
    await tick();
    await shop.person('bob')(`resume --release ${shop.id()}`);
    expect((await tick()).code).toBe('GATE_SHUT');
    expect(forge.pull(branch)).toMatchObject({ state: 'open' });
    expect(shop.record().holds).toEqual([]);
    forge.merge('ada', forge.pull(branch).number);
    await tick();
    expect(shop.pods()).toBe('v2:4');
  });

  test('closed by somebody who may not promote is opened anew', async () => {
    const { shop, forge, branch, tick } = await waiting('by: [merge], from: [ada]');
    using _ = shop;
    const { number } = forge.pull(branch);
    forge.close('bob', number);
    expect((await tick()).code).toBe('GATE_SHUT');
    expect(forge.pull(branch)).toMatchObject({ state: 'open', number: number + 1 });
    expect(shop.record().holds).toEqual([]);
  });

  test('is made whole by the next run, wherever a run was killed or the forge went away', async () => {
    for (const dies of ['deleteBranch', 'createBranch', 'commitFiles', 'openPullRequest'] as const) {
      const { shop, forge, branch, tick } = await waiting();
      using _ = shop;
      forge.close('outsider', forge.pull(branch).number);
      forge.before = (request) => {
        if (request === dies) throw new ForgeError('away', 'it went away');
      };
      const told = await tick();
      expect([dies, told.exit, told.code]).toEqual([dies, 0, 'GATE_SHUT']);
      expect(told.log).toContain('the promotion pull request is not up to date: it went away');
      expect(told.delivery?.todo).toBe('let stepgate open its promotion pull request: it went away');
      expect(told.delivery?.findings).toMatchObject([{ code: 'PROMOTION_NOT_OPEN', facts: ['it went away'] }]);
      forge.before = () => {};
      await tick();
      expect([dies, forge.pull(branch).state]).toEqual([dies, 'open']);
      forge.merge('ada', forge.pull(branch).number);
      await tick();
      expect(shop.pods()).toBe('v2:4');
    }
  });

  test('of a start, which then starts', async () => {
    const root = ['approvals: { sre: { by: [merge] } }'];
    const files = { 'stepgate.yaml': config({ root, more: ['startWhen: [{ approval: sre }]'] }) };
    const shop = await shopWith([], { files });
    using _ = shop;
    const forge = memoryForge(shop.now, shop.origin);
    shop.forge = forge;
    forge.person('ada', 'write');
    await shop.person('bob')('deploy');
    const id = shop.record().release?.id ?? '';
    const pull = forge.pull(`stepgate/promote/shop/${id}-start`);
    expect(pull.title).toBe(`Promote shop: let ${id} start`);
    forge.merge('ada', pull.number);
    await shop.person('ci')('tick');
    await shop.wait('1m');
    expect(shop.live()).toBe('v1');
  });
});
