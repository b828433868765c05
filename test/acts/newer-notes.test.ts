import { describe, expect, test } from 'vitest';
import { config } from './files.ts';
import { type Shop, shopWith } from './shop.ts';

/** What a newer version of stepgate has noted in the record, within record 2. */

const RECORD = 'stepgate.dev/record';
const byTwo = config({
  steps: ['{ name: one, replicas: 1, leaveWhen: [{ approval: two }] }', '{ name: all, replicas: 100% }'],
  root: ['approvals: { two: { by: [command], count: 2 } }'],
});

interface Loose {
  [key: string]: unknown;
}

function text(shop: Shop): string {
  return shop.cluster.api.get('Rollout', 'shop', 'shop')?.metadata.annotations?.[RECORD] ?? '';
}

function raw(shop: Shop): Loose {
  return JSON.parse(text(shop)) as Loose;
}

function write(shop: Shop, value: unknown): void {
  shop.patch('Rollout', { metadata: { annotations: { [RECORD]: JSON.stringify(value) } } });
}

/** v2 waits at its first step for two people; ada has approved, and another version is held. */
async function waiting(): Promise<Shop> {
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': byTwo } });
  shop.push('v2');
  await shop.person('ci')('deploy');
  await shop.person('ada')('promote');
  shop.edit((record) => ({
    ...record,
    holds: [
      { digest: 'f'.repeat(64), release: 'x', by: 'ada', at: record.release?.at ?? '', run: null, reason: 'old' },
    ],
  }));
  return shop;
}

/** Every entry of the record has a field more, and so has the record. */
function marked(value: Loose): Loose {
  const mark = (one: unknown): unknown =>
    Array.isArray(one)
      ? one.map(mark)
      : typeof one === 'object' && one !== null
        ? { ...one, later: { by: 'a newer one' } }
        : one;
  return { ...Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mark(one)])), fleet: ['eu'] };
}

/** How many entries of each part have what was added. */
function marks(shop: Shop): Readonly<Record<string, number>> {
  const count = (one: unknown): number => (JSON.stringify(one) ?? '').split('"later"').length - 1;
  return Object.fromEntries(Object.entries(raw(shop)).map(([key, one]) => [key, count(one)]));
}

describe('what this version does not know is kept', () => {
  test('by hold, promote, delivery and rollback', async () => {
    using shop = await waiting();
    write(shop, marked(raw(shop)));
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    expect(marks(shop)).toMatchObject({ release: 1, history: 1, approvals: 1, holds: 1 });
    await bob('hold --reason look');
    expect(marks(shop)).toMatchObject({ release: 1, history: 1, approvals: 1, holds: 1 });
    await bob('resume');
    expect((await bob('promote')).exit).toBe(0);
    expect(marks(shop)).toMatchObject({ release: 1, history: 1, approvals: 1, holds: 1 });
    expect(await ada('tick --until done')).toMatchObject({ code: 'DELIVERED' });
    expect(marks(shop)).toMatchObject({ release: 1, history: 2, holds: 1 });
    expect(await ada('rollback')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(marks(shop)).toMatchObject({ release: 1, history: 1, holds: 1, rollback: 1 });
    expect(raw(shop)).toMatchObject({ version: 2, fleet: ['eu'] });
  });

  test('by a deploy that takes a restart by hand', async () => {
    using shop = await waiting();
    const restart = { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-25T10:00:00Z' } };
    shop.patch('Deployment', { spec: { template: { metadata: restart } } });
    await shop.wait('30s');
    write(shop, marked(raw(shop)));
    await shop.person('ci')('deploy');
    expect(marks(shop)).toMatchObject({ release: 1, history: 1, approvals: 0, holds: 1 });
  });

  test('by what finishes a rollback', async () => {
    using shop = await waiting();
    const ci = shop.person('ci');
    shop.origin.closed = true;
    await ci('rollback');
    write(shop, marked(raw(shop)));
    shop.origin.closed = false;
    expect((await ci('tick')).exit).toBe(0);
    expect(raw(shop)).toMatchObject({ fleet: ['eu'], rollback: { git: 'done', later: { by: 'a newer one' } } });
  });
});

describe('needs bars the acts that it names', () => {
  const acts = ['deploy', 'promote', 'tick'] as const;
  test.for([
    ['promote', { promote: 2 }, ['promote']],
    ['deploy', { deploy: 2 }, ['deploy']],
    ['both', { promote: 7, deploy: 7 }, ['deploy', 'promote']],
    ['neither, where this version is new enough', { promote: 1, deploy: 1 }, []],
    ['neither, where it names what this version does not know', { audit: 9 }, []],
  ] as const)('%s, and never hold, resume and rollback', async ([, needs, barred]) => {
    for (const act of acts) {
      using shop = await waiting();
      shop.push('v3');
      const bob = shop.person('bob');
      write(shop, { ...raw(shop), needs });
      const before = text(shop);
      const told = await bob(act);
      const isBarred = barred.some((one) => one === act);
      expect([act, told.code === 'RECORD_TOO_NEW']).toEqual([act, isBarred]);
      if (isBarred) expect([told.exit, text(shop)]).toEqual([4, before]);
      for (const line of ['hold', 'resume', 'rollback'])
        expect([line, (await bob(line)).exit === 4]).toEqual([line, false]);
      expect([shop.live(), raw(shop)['needs']]).toEqual(['v1', needs]);
    }
  });

  test('a tick too lets nothing go that it may not promote, and starts nothing that it may not deploy', async () => {
    using shop = await waiting();
    // As a newer version leaves it: approved by enough people for this one to let it go.
    await shop.person('bob')('promote', { dies: 2 });
    write(shop, { ...raw(shop), needs: { promote: 2 } });
    const ci = shop.person('ci');
    expect(await ci('tick')).toMatchObject({ exit: 4, code: 'RECORD_TOO_NEW' });
    expect(shop.pods()).toBe('v1:3 v2:1');
    write(shop, { ...raw(shop), needs: { deploy: 2 } });
    expect(await ci('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });

    shop.push('v3');
    const { needs: _, ...plain } = raw(shop);
    write(shop, plain);
    await ci('deploy', { dies: 2 });
    write(shop, { ...raw(shop), needs: { deploy: 2 } });
    expect(await ci('tick')).toMatchObject({ exit: 4, code: 'RECORD_TOO_NEW' });
    expect(shop.live()).toBe('v2');
  });
});

describe('a field of the wrong type is a refusal, for every act', () => {
  test.for([
    ['approvals', 'none'],
    ['holds', {}],
    ['history', null],
    ['release', 'v2'],
    ['rollback', []],
    ['runs', 1],
    ['version', 3],
    ['version', '2'],
    ['needs', 2],
  ] as const)('%s is %j', async ([key, value]) => {
    using shop = await waiting();
    write(shop, { ...raw(shop), [key]: value });
    const before = [text(shop), shop.pods()];
    for (const line of ['status', 'deploy', 'promote', 'tick', 'hold', 'resume', 'rollback', 'rollback --undo']) {
      const { exit, code } = await shop.person('ada')(line);
      expect([line, exit, code]).toEqual([line, 4, 'RECORD_INVALID']);
    }
    expect([text(shop), shop.pods()]).toEqual(before);
  });
});
