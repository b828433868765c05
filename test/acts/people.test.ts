import { describe, expect, test } from 'vitest';
import { config } from './files.ts';
import { type RunOptions, type Shop, shopWith } from './shop.ts';

const steps = (conditions: string) => [
  `{ name: one, replicas: 1, leaveWhen: [${conditions}] }`,
  '{ name: all, replicas: 100% }',
];
const sre = (rest: string) => [`approvals: { sre: { by: [command]${rest} } }`];

/** v2 waits at its first step, which asks for these. */
async function waiting(conditions: string, root: readonly string[], more: readonly string[] = []): Promise<Shop> {
  const files = { 'stepgate.yaml': config({ steps: steps(conditions), root: [...root, ...more] }) };
  const shop = await shopWith(['v1'], { files });
  shop.push('v2');
  expect(await shop.person('ci')('deploy')).toMatchObject({ code: 'GATE_SHUT' });
  return shop;
}

/** Whether v2 has left its first step, once there was time for it. */
async function wentOn(shop: Shop): Promise<boolean> {
  await shop.person('ci')('tick');
  await shop.wait('30s');
  return shop.pods() !== 'v1:3 v2:1';
}

describe('two people are asked for, and one approves as', () => {
  test.for([
    ['ada', 'ada'],
    ['ada', 'Ada'],
    ['ada', '@ada'],
    ['ADA', 'aDa'],
    ['@Ada', 'ada'],
  ] as const)('%s and %s: that is one', async ([first, second]) => {
    using shop = await waiting('{ approval: sre }', sre(', from: [ada, "@Bob"], count: 2'));
    await shop.person(first)('promote');
    const told = await shop.person(second)('promote');
    expect([told.exit, told.code]).toEqual([0, 'GATE_SHUT']);
    expect(shop.record().approvals).toHaveLength(1);
    expect(await wentOn(shop)).toBe(false);
    // The nearest that must still work: a second person, however it is spelled.
    await shop.person('BOB')('promote');
    expect(await wentOn(shop)).toBe(true);
  });

  test('a record that has one person twice counts it once', async () => {
    using shop = await waiting('{ approval: sre }', sre(', count: 2'));
    await shop.person('ada')('promote');
    shop.edit((record) => ({
      ...record,
      approvals: [...record.approvals, ...record.approvals.map((one) => ({ ...one, by: '@ADA' }))],
    }));
    expect(await wentOn(shop)).toBe(false);
  });
});

describe('nobody approves as', () => {
  const event = (name: string): RunOptions => ({ workflow: { id: '7', event: name } });
  test.for([
    ['a bot', 'github-actions[bot]', 'workflow_dispatch'],
    ['a bot in capitals', 'Dependabot[BOT]', 'push'],
    ['a schedule that a person once wrote', 'ada', 'schedule'],
    ['an empty name', '', 'workflow_dispatch'],
    ['letters that look like others', 'аda', 'workflow_dispatch'],
    ['a name with something invisible in it', 'ada​', 'workflow_dispatch'],
    ['a name with a line break', 'ada\nbob', 'workflow_dispatch'],
  ] as const)('%s', async ([, name, on]) => {
    using shop = await waiting('approval', []);
    const id = shop.record().release?.id ?? '';
    const person = shop.person(name);
    const [record, options] = [shop.record(), event(on)];
    for (const line of ['promote', 'promote --force'])
      expect(await person(`${line} --release ${id} --step 1`, options)).toMatchObject({
        exit: 4,
        code: 'PERSON_REFUSED',
      });
    expect(shop.record()).toEqual(record);
    expect(await wentOn(shop)).toBe(false);
  });

  test.for([
    ['a bot', 'github-actions[bot]', 'push'],
    ['a schedule', 'github-actions[bot]', 'schedule'],
    ['somebody without a name', '', 'push'],
  ] as const)('but %s deploys, holds and rolls back, and lifts no hold', async ([, name, on]) => {
    using shop = await waiting('approval', []);
    const [person, options] = [shop.person(name), event(on)];
    shop.push('v3');
    expect(await person('deploy', options)).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect((await person('hold --reason odd', options)).exit).toBe(0);
    expect(await person('resume', options)).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
    expect(shop.record().holds).toHaveLength(1);
    expect(await person('rollback --reason odd', options)).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(shop.live()).toBe('v1');
    // Lifting a rollback lifts its hold.
    expect(await person('rollback --undo', options)).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
    expect([shop.git(), shop.record().rollback?.undo]).toEqual(['v1', null]);
  });

  test('an approval that stands in the record under such a name does not count', async () => {
    for (const by of ['github-actions[bot]', '', 'аda']) {
      using shop = await waiting('approval', []);
      await shop.person('ada')('hold');
      shop.edit((record) => ({
        ...record,
        holds: [],
        approvals: [
          {
            release: record.release?.id ?? '',
            step: 1,
            by,
            at: record.release?.at ?? '',
            forced: false,
            run: null,
            plan: record.release?.plan ?? null,
          },
        ],
      }));
      expect([by, await wentOn(shop)]).toEqual([by, false]);
    }
  });
});

describe('--force', () => {
  const soak = '{ approval: sre }, { soak: 8h }';

  test('takes the right to approve the step', async () => {
    using shop = await waiting(soak, sre(', from: [ada]'));
    const told = await shop.person('mallory')('promote --step one --force');
    expect([told.exit, told.code, shop.record().approvals]).toEqual([4, 'PERSON_REFUSED', []]);
    await shop.person('ada')('promote');
    expect(await wentOn(shop)).toBe(false);
  });

  test('of somebody who lost the right since counts no more, nor does one that was written into the record', async () => {
    using shop = await waiting(soak, sre(', from: [ada, bob], count: 2'));
    await shop.person('bob')('promote --force');
    shop.origin.commit({ 'stepgate.yaml': config({ steps: steps(soak), root: sre(', from: [ada, cid], count: 2') }) });
    await shop.person('ada')('promote');
    await shop.person('cid')('promote');
    expect(await wentOn(shop)).toBe(false);
    const tick = await shop.person('ci')('tick');
    expect(tick.delivery?.gates.map(({ name, is }) => `${name} ${is}`)).toEqual([
      'ready open',
      'sre open',
      'soak shut',
    ]);
  });

  test('by somebody who may skips readiness, soak and schedule, and is in the record', async () => {
    using shop = await waiting(soak, sre(', from: [Ada]'));
    expect((await shop.person('ada')('promote --step one --force')).exit).toBe(0);
    expect(shop.record().approvals).toMatchObject([{ by: 'ada', forced: true }]);
    expect(await wentOn(shop)).toBe(true);
  });

  test('does not stand in for the second of two people, and passes no hold', async () => {
    using shop = await waiting(soak, sre(', from: [ada, bob], count: 2'));
    await shop.person('ada')('promote --force');
    expect(await wentOn(shop)).toBe(false);
    await shop.person('cid')('hold');
    expect(await shop.person('bob')('promote --force')).toMatchObject({ exit: 4, code: 'HELD' });
    expect(await wentOn(shop)).toBe(false);
  });

  test('of a step that anybody may approve is anybody’s, but nobody’s', async () => {
    using shop = await waiting('approval, { soak: 8h }', []);
    expect(await shop.person('')('promote --force')).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
    expect((await shop.person('mallory')('promote --force')).exit).toBe(0);
    expect(await wentOn(shop)).toBe(true);
  });

  test('jumps over a step that its person may approve, and over no other', async () => {
    const three = [
      '{ name: one, replicas: 1 }',
      '{ name: half, replicas: 50%, leaveWhen: [{ approval: sre }] }',
      '{ name: all, replicas: 100% }',
    ];
    const files = { 'stepgate.yaml': config({ steps: three, root: sre(', from: [ada]') }) };
    for (const [name, exit] of [
      ['mallory', 4],
      ['ada', 0],
    ] as const) {
      using shop = await shopWith(['v1'], { files });
      shop.push('v2');
      await shop.person('ci')('deploy');
      expect([name, (await shop.person(name)('promote --to all --force')).exit]).toEqual([name, exit]);
      expect(await wentOn(shop)).toBe(exit === 0);
    }
  });

  test('jumps from no step of the release before: the start is approved first', async () => {
    const files = { 'stepgate.yaml': config({ steps: steps('approval'), more: ['startWhen: [approval]'] }) };
    using shop = await shopWith(['v1'], { files });
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy');
    await ada('promote');
    await shop.wait('30s');
    expect(shop.pods()).toBe('v1:3 v2:1');
    shop.push('v3');
    expect(await ada('deploy')).toMatchObject({ code: 'START_GATE_SHUT' });
    expect(await ada('promote --to all --force')).toMatchObject({ exit: 4, code: 'STEP_CHANGED' });
    expect(shop.record().approvals).toEqual([]);
    await ada('promote');
    await shop.wait('30s');
    expect(shop.pods()).toBe('v1:3 v3:1');
  });
});

describe('people: cluster', () => {
  const people = ['people: { "ada@corp.example": ada, "system:serviceaccount:ci:bot": "ci-bot[bot]" }'];

  test.for([
    ['a user that is mapped counts as its account', 'ada@corp.example', 'ada', true],
    ['a user that is not counts as itself', 'ada', 'ada', false],
    ['the case of a user counts', 'Ada@corp.example', 'ada', false],
    ['a user is named as such', 'bob@corp.example', 'kube:bob@corp.example', true],
    ['in its own case', 'Bob@corp.example', 'kube:bob@corp.example', false],
  ] as const)('%s', async ([, user, from, goes]) => {
    using shop = await waiting('{ approval: sre }', sre(`, from: ["${from}"]`), [
      people[0]?.replace(/, "system.*\}/, ' }') ?? '',
    ]);
    // Whatever the name that is given, the cluster says who it is.
    await shop.person(user)('promote --who ada');
    expect(await wentOn(shop)).toBe(goes);
  });

  test('one person under a user without an account and on GitHub may be one', async () => {
    using shop = await waiting('{ approval: sre }', sre(', count: 2'), ['people: cluster']);
    await shop.person('ada')('promote');
    const id = shop.record().release?.id ?? '';
    await shop.person('ada')(`promote --release ${id} --step 1`, { workflow: { id: '8' } });
    expect(await wentOn(shop)).toBe(false);
    await shop.person('bob')(`promote --release ${id} --step 1`, { workflow: { id: '9' } });
    expect(await wentOn(shop)).toBe(true);
  });

  test('one person under a mapped user and on GitHub is one', async () => {
    using shop = await waiting('{ approval: sre }', sre(', count: 2'), ['people: { "ada@corp.example": ada }']);
    await shop.person('ada@corp.example')('promote');
    const id = shop.record().release?.id ?? '';
    await shop.person('Ada')(`promote --release ${id} --step 1`, { workflow: { id: '8' } });
    expect(await wentOn(shop)).toBe(false);
    await shop.person('bob')(`promote --release ${id} --step 1`, { workflow: { id: '9' } });
    expect(await wentOn(shop)).toBe(true);
  });
});
