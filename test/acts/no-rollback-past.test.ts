import { describe, expect, test } from 'vitest';
import { noRepo } from '../../src/adapters/no-repo.ts';
import { inputError } from '../../src/release/error.ts';
import { crash } from './crash.ts';
import { config, manifest } from './files.ts';
import { type Shop, shopWith } from './shop.ts';

const policy = config({ more: ['rollback: { on: [stuck, unready], stuckAfter: 5m }'] });
const trailer = 'Stepgate-No-Rollback-Past: drops a column';

/** v1 is stable. These commits follow, of which the last is released, and waits at its first step. */
async function released(...commits: readonly (readonly [version: string, message: string])[]) {
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': policy } });
  for (const [version, subject] of commits) push(shop, version, subject);
  const [ada, ci] = [shop.person('ada'), shop.person('ci')];
  await ci('deploy');
  return { shop, ada, ci };
}

function push(shop: Shop, version: string, subject: string): string {
  return shop.origin.commit({ 'deploy/shop.yaml': manifest(version) }, { subject });
}

async function stuck(shop: Shop): Promise<void> {
  crash(shop, 'v2', 'backsOff');
  await shop.wait('6m');
}

const where: readonly (readonly [string, readonly (readonly [string, string])[], boolean])[] = [
  ['the release’s own commit', [['v2', `v2\n\n${trailer}`]], true],
  [
    'an earlier commit of the release',
    [
      ['v1', `migrate\n\n${trailer}`],
      ['v2', 'v2'],
    ],
    true,
  ],
  [
    'a squash merge, among the messages of its commits',
    [['v2', `v2 (#7)\n\n* migrate\n\n${trailer}\n\n* fix a test`]],
    true,
  ],
  ['other letters, and twice', [['v2', `v2\n\nstepgate-no-rollback-past: one\n${trailer}`]], true],
  ['none', [['v2', 'v2\n\nsays nothing about Stepgate-No-Rollback-Past: here']], false],
];

describe('a commit that bars a rollback', () => {
  test.each(where)('in %s', async (_, commits, bars) => {
    const { shop, ci } = await released(...commits);
    using _shop = shop;
    await stuck(shop);
    const told = await ci('tick');
    expect([told.state, told.delivery?.reason, shop.live()]).toEqual(
      bars ? ['held', 'ROLLBACK_BARRED', 'v2'] : ['rolledBack', 'ROLLED_BACK', 'v1'],
    );
    if (bars) expect(told.delivery?.message).toContain('drops a column');
    if (bars) expect(told.delivery?.todo).toBe('stepgate rollback --past --delivery shop');
  });

  test('that is older than what is stable, or newer than the release, bars nothing', async () => {
    const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': policy } });
    using _ = shop;
    const ci = shop.person('ci');
    push(shop, 'v3', `v3\n\n${trailer}`);
    await shop.deliver('v3');
    push(shop, 'v2', 'v2');
    await ci('deploy');
    push(shop, 'v2', `later\n\n${trailer}`);
    shop.origin.commit({ 'README.md': 'x' }, { subject: `later\n\n${trailer}` });
    await stuck(shop);
    expect(await ci('tick')).toMatchObject({ state: 'rolledBack' });
    expect(shop.live()).toBe('v3');
  });

  test('is told by plan before the release', async () => {
    const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': policy } });
    using _ = shop;
    push(shop, 'v2', `v2\n\n${trailer}`);
    const told = await shop.person('ci')('plan');
    expect([told.exit, told.findings]).toEqual([0, expect.arrayContaining(['ROLLBACK_BARRED'])]);
  });

  test('stays held after resume while the release is bad, and a fix goes forward', async () => {
    const { shop, ada, ci } = await released(['v2', `v2\n\n${trailer}`]);
    using _ = shop;
    await stuck(shop);
    await ci('tick');
    await ada('resume');
    expect(shop.record().holds).toEqual([]);
    expect(await ci('tick')).toMatchObject({ state: 'held', code: 'ROLLBACK_BARRED' });
    expect(await ci('status')).toMatchObject({ exit: 0, state: 'held', code: 'ROLLBACK_BARRED' });
    await ada('resume');
    shop.push('v3');
    expect(await ci('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.live()).toBe('v3');
  });
});

describe('a person', () => {
  test('is refused with the reason, and goes back with --past', async () => {
    const { shop, ada } = await released(['v2', `v2\n\n${trailer}`]);
    using _ = shop;
    for (const line of ['rollback', 'rollback --dry-run']) {
      const told = await ada(line);
      expect([line, told.exit, told.code, shop.record().rollback]).toEqual([line, 4, 'ROLLBACK_BARRED', null]);
      expect(told.error?.message).toContain('drops a column');
      expect(told.error?.hint).toContain('--past');
    }
    expect((await ada('rollback --past --dry-run')).exit).toBe(0);
    expect(await ada('rollback --past --reason "the table is back"')).toMatchObject({ exit: 0, state: 'rolledBack' });
    expect([shop.live(), shop.git(), shop.record().rollback?.past]).toEqual(['v1', 'v1', true]);
  });

  test('lifts the hold in place of a rollback by rolling back', async () => {
    const { shop, ada, ci } = await released(['v2', `v2\n\n${trailer}`]);
    using _ = shop;
    await stuck(shop);
    await ci('tick');
    expect(await ada('rollback --past')).toMatchObject({ state: 'rolledBack' });
    expect(shop.record().holds.map(({ by }) => by)).toEqual(['ada']);
  });

  test('from an empty folder goes back, and is told that it can’t be known', async () => {
    const { shop, ada } = await released(['v2', `v2\n\n${trailer}`]);
    using _ = shop;
    const repo = noRepo(inputError('GIT_FAILED', 'not a git repository'));
    const clone = { ...ada.clone, repo };
    const told = await ada('rollback --delivery shop', { clone, pull: false });
    expect(shop.live()).toBe('v1');
    expect(told.log).toMatch(/Stepgate-No-Rollback-Past can't be known/);
  });
});
