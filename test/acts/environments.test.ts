import { describe, expect, test } from 'vitest';
import { environments, manifest, versionIn } from './files.ts';
import { openShop, type Shop, shopWith } from './shop.ts';

describe('environments of one service', () => {
  const files = environments(['staging: { plan: p }', 'prod: { plan: p, after: staging }']);

  /** v1 serves in both, and v2 in those named. */
  async function withV2(where: readonly ('staging' | 'prod')[], more = files) {
    const both = ['v1@staging', 'v1@prod', ...where.map((name) => `v2@${name}`)];
    const shop = await shopWith(both, { files: more });
    if (where.length === 0) shop.push('v2');
    return { shop, ada: shop.person('ada'), ci: shop.person('ci') };
  }
  const serving = (shop: Shop) => [shop.live('staging'), shop.live('prod'), shop.git()];

  test('what staging took back is reverted once prod has gone back too', async () => {
    const { shop, ada, ci } = await withV2(['staging', 'prod']);
    using _ = shop;
    await ada('rollback --delivery shop@staging');
    expect((await ada('rollback --delivery shop@prod')).exit).toBe(0);
    expect(serving(shop)).toEqual(['v1', 'v1', 'v1']);
    expect(await ci('tick --delivery shop@staging')).toMatchObject({ exit: 0, code: 'ROLLED_BACK', findings: [] });
    expect(shop.record('staging').rollback).toMatchObject({ git: 'done', trouble: null });
  });

  test('staging goes back alone while prod runs it, and one more line is refused there', async () => {
    const { shop, ada, ci } = await withV2(['staging', 'prod']);
    using _ = shop;
    expect(await ada('rollback --delivery shop@staging')).toMatchObject({ exit: 3, code: 'SIBLING_RUNS_IT' });
    expect(serving(shop)).toEqual(['v1', 'v2', 'v2']);
    const finding = await ci('tick --delivery shop@staging');
    expect([finding.exit, finding.findings]).toEqual([0, ['SIBLING_RUNS_IT']]);
    // One more line on top of it is refused in staging meanwhile, and prod stays free to go on.
    shop.push('v2', { line: 'x' });
    expect(await ada('deploy --delivery shop@staging')).toMatchObject({ exit: 4, code: 'BAD_RELEASE_INSIDE' });
  });

  test('what prod, the last one, takes back is reverted although staging runs it', async () => {
    const { shop, ada, ci } = await withV2(['staging', 'prod']);
    using _ = shop;
    const staging = shop.cluster.api.get('Deployment', 'staging', 'shop');
    const told = await ada('rollback --delivery shop@prod');
    expect([told.exit, ...serving(shop)]).toEqual([0, 'v2', 'v1', 'v1']);
    expect(told.log).toContain('shop@staging');
    expect(shop.cluster.api.get('Deployment', 'staging', 'shop')).toEqual(staging);
    // Staging follows where somebody takes it back there too: Git has it already.
    expect((await ada('rollback --delivery shop@staging')).exit).toBe(0);
    expect(serving(shop)).toEqual(['v1', 'v1', 'v1']);
    expect((await ci('tick')).exit).toBe(0);
  });

  test.for([
    ['staging alone runs it', ['staging'], () => {}, '', 'v1'],
    ['prod runs it, and a person gives --also', ['staging', 'prod'], () => {}, '--also', 'v1'],
    ["prod's cluster can't be asked", ['staging'], away, '', 'v2'],
    ["prod's cluster can't be asked, with --also", ['staging'], away, '--also', 'v1'],
  ] as readonly [string, ('staging' | 'prod')[], (shop: Shop) => void, string, string][])(
    'where %s',
    async ([, where, before, option, git]) => {
      const apart = environments([
        'staging: { plan: p }',
        'prod: { plan: p, after: staging, cluster: { context: far } }',
      ]);
      const shop = openShop({ files: apart, contexts: ['far'] });
      using _ = shop;
      const ada = shop.person('ada');
      await shop.deliver('v1', 'staging');
      await ada('deploy --delivery shop@prod --until done');
      for (const one of where) {
        if (one === 'staging') await shop.deliver('v2', 'staging');
        else await ada('deploy --delivery shop@prod --until done');
      }
      const there = shop.live('prod', 'far');
      before(shop);
      const told = await ada(`rollback --delivery shop@staging ${option}`);
      expect([told.exit, shop.live('staging'), shop.git()]).toEqual([git === 'v1' ? 0 : 3, 'v1', git]);
      if (git === 'v2') expect(told.error?.code).toBe('SIBLING_RUNS_IT');
      expect(shop.live('prod', 'far')).toBe(there);
    },
  );

  function away(shop: Shop): void {
    shop.unreachable.add('far');
  }

  test('prod waits for staging, whoever forces its start', async () => {
    const { shop, ada } = await withV2([]);
    using _ = shop;
    expect(await ada('deploy --delivery shop@prod')).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
    const forced = await ada('promote --delivery shop@prod --step start --force');
    expect(forced).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
    expect(forced.log).toContain('--force skips no gate of the start');
    expect([shop.live('prod'), forced.delivery?.gates.map(({ kind, is }) => `${kind} ${is}`)]).toEqual([
      'v1',
      ['after shut'],
    ]);
  });

  test('what prod has asked for counts like what it runs', async () => {
    const waiting = environments(['staging: { plan: p }', 'prod: { plan: q, after: staging }']);
    const root = `${waiting['stepgate.yaml']}  q: { strategy: partition, startWhen: [approval], steps: [{ replicas: 100% }] }\n`;
    const { shop, ada } = await withV2([], { ...waiting, 'stepgate.yaml': root });
    using _ = shop;
    await shop.deliver('v2', 'staging');
    expect(await ada('deploy --delivery shop@prod')).toMatchObject({ code: 'START_GATE_SHUT' });
    expect(await ada('rollback --delivery shop@staging')).toMatchObject({ exit: 3, code: 'SIBLING_RUNS_IT' });
    expect(serving(shop)).toEqual(['v1', 'v1', 'v2']);
  });

  test('a source of its own is reverted whatever the others run', async () => {
    const own = environments(['staging: { plan: p }', 'prod: { plan: p, after: staging }']);
    const service = (own['services/shop.yaml'] ?? '').replace('deploy/*.yaml', '"deploy/{env}.yaml"');
    const both = (version: string) => ({
      'deploy/staging.yaml': manifest(version),
      'deploy/prod.yaml': manifest(version),
    });
    const shop = openShop({ files: { ...own, 'services/shop.yaml': service, ...both('v1') } });
    using _ = shop;
    const ada = shop.person('ada');
    for (const version of ['v1', 'v2']) {
      if (version === 'v2') shop.origin.commit(both('v2'));
      for (const name of ['staging', 'prod']) await ada(`deploy --delivery shop@${name} --until done`);
    }
    expect((await ada('rollback --delivery shop@staging')).exit).toBe(0);
    const { files: now } = shop.origin.at(shop.origin.tip());
    expect([versionIn(now, 'deploy/staging.yaml'), versionIn(now, 'deploy/prod.yaml')]).toEqual(['v1', 'v2']);
    expect([shop.live('staging'), shop.live('prod')]).toEqual(['v1', 'v2']);
  });
});

test('a run over many deliveries sees what another one delivers while it waits', async () => {
  // More than are worked on at once: they are looked at first by lists that they share.
  const others = Array.from({ length: 8 }, (_, index) => `e${index}: { plan: p }`);
  const files = environments(['staging: { plan: p }', 'prod: { plan: p, after: staging }', ...others]);
  using shop = await shopWith(['v1@staging', 'v1@prod'], { files });
  shop.push('v2');
  const [ada, ci] = [shop.person('ada'), shop.person('ci')];
  expect(await ada('deploy --delivery shop@prod')).toMatchObject({ code: 'START_GATE_SHUT' });
  const [ticked] = await shop.together(
    () => ci('tick --until done --timeout 10m'),
    async () => {
      await shop.wait('1m');
      return ada('deploy --until done --delivery shop@staging');
    },
  );
  expect([ticked?.error, shop.live('staging'), shop.live('prod')]).toEqual([null, 'v2', 'v2']);
});
