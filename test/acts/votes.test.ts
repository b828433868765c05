import { describe, expect, test } from 'vitest';
import { ForgeError } from '../../src/release/forge.ts';
import { memoryForge } from '../support/forge.ts';
import { config } from './files.ts';
import { type Shop, shopWith } from './shop.ts';

/** v2 waits at its first step, and came by the pull request of eve, which fay merged. */
async function waiting(approvals: string) {
  const root = [`approvals: { sre: { ${approvals} } }`];
  const steps = ['{ name: one, replicas: 1, leaveWhen: [{ approval: sre }] }', '{ name: all, replicas: 100% }'];
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ root, steps }) } });
  const forge = memoryForge(shop.now, shop.origin);
  shop.forge = forge;
  for (const login of ['ada', 'bob', 'cy', 'eve', 'fay']) forge.person(login, 'write');
  forge.person('outsider', 'read');
  forge.person('ci[bot]', 'admin', 'bot');
  forge.team('acme/sre', ['ada', 'cy']);
  const commit = shop.push('v2');
  const number = forge.merged([commit], {
    author: forge.person('eve', 'write'),
    mergedBy: forge.person('fay', 'write'),
  });
  await shop.person('bob')('deploy');
  await shop.wait('1m');
  const line = `/stepgate promote shop ${shop.id()} one`;
  return { shop, forge, number, line, tick: () => shop.person('ci')('tick') };
}

const first = (shop: Shop) => shop.pods() === 'v1:3 v2:1';

describe('a comment on the pull request of the release', () => {
  test('of two persons opens a gate of two; the gate says who is missing', async () => {
    const { shop, forge, number, line, tick } = await waiting('by: [comment], from: [ada, bob, cy], count: 2');
    using _ = shop;
    forge.say('ada', number, line);
    const one = await tick();
    expect(one.delivery?.gates).toMatchObject([
      { kind: 'ready', is: 'open' },
      { name: 'sre', is: 'shut', why: 'waits for 1 more: approved by ada (comment)', missing: ['bob', 'cy'] },
    ]);
    expect(one.delivery?.todo).toBe(`comment on https://forge.example/pull/${number}: ${line}`);
    expect(first(shop)).toBe(true);
    forge.say('bob', number, line);
    await tick();
    await shop.wait('1m');
    expect(shop.pods()).toBe('v2:4');
  });

  const counted: readonly (readonly [what: string, act: (at: Awaited<ReturnType<typeof waiting>>) => unknown])[] = [
    ['of an outsider', ({ forge, number, line }) => forge.say('outsider', number, line)],
    ['of a bot', ({ forge, number, line }) => forge.say('ci[bot]', number, line)],
    ['that was edited', ({ forge, number, line }) => forge.edit(forge.say('ada', number, 'hm').id, line)],
    ['that was deleted', ({ forge, number, line }) => forge.remove(forge.say('ada', number, line).id)],
    ['whose author is gone', ({ forge, number, line }) => forge.orphan(forge.say('ada', number, line).id)],
    ['in a quote', ({ forge, number, line }) => forge.say('ada', number, `> ${line}`)],
    ['about another step', ({ forge, number, line }) => forge.say('ada', number, line.replace(/one$/, 'all'))],
    [
      'about another release',
      ({ forge, number, line }) => forge.say('ada', number, line.replace(/-\w+ /, '-00000000 ')),
    ],
    ['about another delivery', ({ forge, number, line }) => forge.say('ada', number, line.replace(' shop ', ' web '))],
    ['on an issue', ({ forge, line }) => forge.say('ada', forge.issue(), line)],
    [
      'of somebody who lost the right since',
      ({ forge, number, line }) => {
        forge.say('ada', number, line);
        forge.person('ada', 'triage');
      },
    ],
  ];
  test.each(counted)('%s approves nothing', async (_what, act) => {
    const at = await waiting('by: [comment]');
    using shop = at.shop;
    act(at);
    expect((await at.tick()).code).toBe('GATE_SHUT');
    expect(first(shop)).toBe(true);
  });

  test('is taken back by its author until the step has moved', async () => {
    const { shop, forge, number, line, tick } = await waiting('by: [comment], count: 2');
    using _ = shop;
    const { id } = forge.say('ada', number, line);
    await tick();
    forge.remove(id);
    forge.say('bob', number, line);
    expect((await tick()).delivery?.gates[1]).toMatchObject({ why: 'waits for 1 more: approved by bob (comment)' });
    expect(first(shop)).toBe(true);
  });

  test('between the look and the write is seen by the look right before the write', async () => {
    const { shop, forge, number, line, tick } = await waiting('by: [comment]');
    using _ = shop;
    const { id } = forge.say('ada', number, line);
    let asked = 0;
    forge.before = (request) => {
      if (request !== 'comments') return;
      asked += 1;
      // The first look of the tick has counted it; then it is withdrawn.
      if (asked === 2) forge.remove(id);
    };
    expect((await tick()).code).toBe('GATE_SHUT');
    expect([asked, first(shop)]).toEqual([2, true]);
  });

  test('is not lost while the forge is away, and nothing opens', async () => {
    const { shop, forge, number, line, tick } = await waiting('by: [comment]');
    using _ = shop;
    forge.say('ada', number, line);
    forge.before = () => {
      throw new ForgeError('away', 'forge.example does not answer');
    };
    for (let minute = 0; minute < 10; minute += 1) {
      const told = await tick();
      expect([told.code, told.exit]).toEqual(['GATE_SHUT', 0]);
      expect(told.delivery?.gates[1]?.why).toContain('forge.example does not answer');
      await shop.wait('1m');
    }
    expect(first(shop)).toBe(true);
    forge.before = () => {};
    await tick();
    await shop.wait('1m');
    expect(shop.pods()).toBe('v2:4');
  });

  test('counts for no plan that was taken on after it', async () => {
    const { shop, forge, number, line, tick } = await waiting('by: [comment]');
    using _ = shop;
    forge.say('ada', number, line);
    await shop.wait('10s');
    const root = ['approvals: { sre: { by: [comment] } }'];
    const steps = [
      '{ name: one, replicas: 1, leaveWhen: [{ approval: sre }, { soak: 1s }] }',
      '{ name: all, replicas: 100% }',
    ];
    const commit = shop.origin.commit({ 'stepgate.yaml': config({ root, steps }) });
    forge.merged([commit]);
    await shop.person('bob')('deploy');
    expect((await tick()).code).toBe('GATE_SHUT');
    expect(first(shop)).toBe(true);
    await shop.wait('10s');
    forge.say('ada', number, line);
    await tick();
    await shop.wait('1m');
    expect(shop.pods()).toBe('v2:4');
  });
});

test('a comment that approves the start counts for no plan that came after it, and is told so', async () => {
  const of = (leave: string) =>
    config({
      root: ['approvals: { sre: { by: [comment], count: 2 } }'],
      more: ['startWhen: [{ approval: sre }]'],
      steps: [`{ name: one, replicas: 1, leaveWhen: ${leave} }`, '{ name: all, replicas: 100% }'],
    });
  using shop = await shopWith(['v1']);
  const forge = memoryForge(shop.now, shop.origin);
  shop.forge = forge;
  for (const login of ['ada', 'bob']) forge.person(login, 'write');
  const commit = shop.push('v2', { files: { 'stepgate.yaml': of('[approval]') } });
  const number = forge.merged([commit]);
  const ci = shop.person('ci');
  await ci('deploy');
  const line = `/stepgate promote shop ${shop.record().release?.id} start`;
  forge.say('ada', number, line);
  await ci('tick');
  shop.origin.commit({ 'stepgate.yaml': of('[]') });
  await shop.wait('2m');
  const { id } = forge.say('bob', number, line);
  await ci('answer', { pullRequest: number });
  expect(forge.bodies(number).at(-1)).toContain('the plan has changed since this release was asked for');
  expect([id > 0, (await ci('tick')).code, shop.pods()]).toEqual([true, 'START_GATE_SHUT', 'v1:4']);
  // Once a deploy has taken the new plan on, they approve that.
  await ci(`deploy --at ${commit}`);
  await shop.wait('2m');
  for (const login of ['ada', 'bob']) forge.say(login, number, line);
  await ci('tick --until done');
  expect(shop.pods()).toBe('v2:4');
});

describe('who counts', () => {
  test('the members of a team, also for a command; nobody where the team may not be read', async () => {
    const { shop, forge, tick } = await waiting('by: [command], from: [acme/sre]');
    using _ = shop;
    await shop.person('bob')(`promote --release ${shop.id()} --step one`);
    expect(first(shop)).toBe(true);
    forge.team('acme/sre', null);
    const blind = await shop.person('ada')(`promote --release ${shop.id()} --step one`);
    expect(blind.delivery?.gates[1]?.why).toContain(
      'acme/sre is unknown: this token may not read it: give the token of an App',
    );
    forge.team('acme/sre', ['ada']);
    await shop.wait('2m');
    await tick();
    await shop.wait('1m');
    expect(shop.pods()).toBe('v2:4');
  });

  test('not who wrote or merged the release', async () => {
    const { shop, forge, number, line, tick } = await waiting('by: [comment], notAuthor: true, notMerger: true');
    using _ = shop;
    forge.say('eve', number, line);
    forge.say('fay', number, line);
    const { delivery } = await tick();
    expect(delivery?.gates[1]?.why).toBe(
      'waits for an approval; eve wrote it, so does not count; fay merged it, so does not count',
    );
    forge.say('ada', number, line);
    await tick();
    await shop.wait('1m');
    expect(shop.pods()).toBe('v2:4');
  });

  test('whoever wrote or merged it forces nothing either', async () => {
    const { shop } = await waiting('notAuthor: true, notMerger: true');
    using _ = shop;
    for (const who of ['eve', 'fay'])
      expect(await shop.person(who)('promote --force')).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
    expect([shop.record().approvals, first(shop)]).toEqual([[], true]);
    // What stands in the record all the same does not count.
    const { id, plan } = shop.record().release ?? { id: '', plan: null };
    const forced = { by: 'eve', at: shop.now().toISOString(), run: null, release: id, step: 1, forced: true, plan };
    shop.edit((record) => ({ ...record, approvals: [forced] }));
    shop.down('v2');
    const told = await shop.person('ada')('promote');
    expect(told.delivery?.gates.map(({ name, is }) => [name, is])).toEqual([
      ['ready', 'shut'],
      ['sre', 'open'],
    ]);
    expect(first(shop)).toBe(true);
    await shop.person('ada')('promote --force');
    await shop.wait('1m');
    expect(shop.live()).toBe('v2');
    expect(first(shop)).toBe(false);
  });

  test('nobody, where a commit of the release came by no pull request', async () => {
    const { shop, forge, number, line, tick } = await waiting('by: [comment], notAuthor: true');
    using _ = shop;
    const direct = shop.push('v3');
    await shop.person('bob')('deploy');
    forge.say('ada', number, line.replace(/promote shop \S+/, `promote shop ${shop.id()}`));
    const { delivery } = await tick();
    expect(delivery?.gates[1]?.why).toContain(`commit ${direct.slice(0, 10)} came by no pull request`);
    expect(shop.pods()).toBe('v1:3 v3:1');
  });

  test('whose pull request was reverted, by a pull request too', async () => {
    const { shop, forge, tick } = await waiting('by: [comment], notAuthor: true');
    using _ = shop;
    shop.origin.closed = 'main';
    const bad = shop.id();
    await shop.person('bob')('rollback --reason slow');
    forge.merge('fay', forge.pull(`stepgate/revert/shop/${bad}`).number);
    await tick();
    const number = forge.merged([shop.push('v3')], { author: forge.person('bob', 'write') });
    await shop.person('bob')('deploy');
    forge.say('eve', number, `/stepgate promote shop ${shop.id()} one`);
    await shop.wait('2m');
    await tick();
    await shop.wait('1m');
    expect(shop.pods()).toBe('v3:4');
  });

  test('the owners of the paths, by the file of the policy branch', async () => {
    const { shop, forge, number, line, tick } = await waiting('by: [comment], from: [CODEOWNERS]');
    using _ = shop;
    shop.origin.commit({ '.github/CODEOWNERS': '* @bob\n/deploy/ @acme/sre\n' });
    forge.say('bob', number, line);
    expect((await tick()).code).toBe('GATE_SHUT');
    forge.say('cy', number, line);
    await shop.wait('2m');
    await tick();
    await shop.wait('1m');
    expect(shop.pods()).toBe('v2:4');
  });
});

test('a tick asks the forge for what its gates need, and for nothing where none needs it', async () => {
  const { shop, forge, number, line, tick } = await waiting('by: [comment], from: [acme/sre], count: 2');
  using _ = shop;
  const asked: string[] = [];
  forge.before = (request) => void asked.push(request);
  forge.say('ada', number, line);
  await tick();
  expect(asked.toSorted()).toEqual(['comments', 'members', 'pullRequestsOf', 'right']);
  await shop.person('ada')('rollback --reason slow');
  asked.length = 0;
  await tick();
  expect(asked).toEqual([]);
});

describe('plan says before a run needs it', () => {
  const codes = async (shop: Shop) => {
    const { delivery } = await shop.person('ada')('plan');
    return delivery?.findings.filter(({ code }) => code === 'FORGE_NEEDED').map(({ message }) => message);
  };

  test('that the token may not read a team, or that nobody is in it; nothing where it may', async () => {
    const { shop, forge } = await waiting('by: [command], from: [acme/sre]');
    using _ = shop;
    expect(await codes(shop)).toEqual([]);
    forge.team('acme/sre', null);
    expect(await codes(shop)).toEqual([expect.stringContaining("who belongs to acme/sre can't be learned")]);
    forge.team('acme/sre', []);
    expect(await codes(shop)).toEqual(['acme/sre has no member, so nobody of it can approve']);
  });

  test('that there is no forge to ask, where a gate needs one', async () => {
    for (const [approvals, count] of [
      ['by: [comment]', 1],
      ['notAuthor: true', 1],
      ['by: [command], from: [ada]', 0],
    ] as const) {
      const { shop } = await waiting(approvals);
      using _ = shop;
      shop.forge = null;
      expect([approvals, (await codes(shop))?.length]).toEqual([approvals, count]);
    }
  });
});
