import { describe, expect, test } from 'vitest';
import type { ReleaseRecord } from '../../src/release/record.ts';
import { config, manifest, versionIn } from './files.ts';
import { openShop, outcome, type Shop, shopWith } from './shop.ts';

const shopYaml = (version: string) => ({ 'deploy/shop.yaml': manifest(version) });
const root = (...lines: string[]) => ({ files: { 'stepgate.yaml': config({ root: lines }) } });
const stableOf = (shop: Shop) => shop.record().history[0]?.commit ?? '';

describe('what nobody has merged is not released', () => {
  test.for([
    ['a branch', [], (shop) => shop.origin.commit(shopYaml('evil'), { branch: 'feature' })],
    ['a tag', [], (shop) => tagged(shop, 'v9')],
    ['the commit that was squashed', [], squashed],
    [
      'a branch whose own config allows it',
      [],
      (shop) => {
        const own = config({ root: ['commits: any'] });
        return shop.origin.commit({ ...shopYaml('evil'), 'stepgate.yaml': own }, { branch: 'feature' });
      },
    ],
    ['a branch that no pattern names', ['commits: { branches: [release/*] }'], (shop) => pushed(shop, 'releases/1')],
    ['a branch below one', ['commits: { branches: [release/*] }'], (shop) => pushed(shop, 'release/1/x')],
    ['a tag where branches are named', ['commits: { branches: [v*] }'], (shop) => tagged(shop, 'v9')],
    ['a branch where tags are named', ['commits: { tags: [v*] }'], (shop) => pushed(shop, 'v9')],
  ] as readonly [string, string[], (shop: Shop) => string][])('%s', async ([, lines, made]) => {
    using shop = await shopWith(['v1'], root(...lines));
    const [before, record] = [shop.cluster.api.get('Deployment', 'shop', 'shop'), shop.record()];
    const commit = made(shop);
    const told = await shop.person('ada')(`deploy --at ${commit}`);
    expect(told).toMatchObject({ exit: 4, code: 'COMMIT_NOT_ALLOWED' });
    expect(told.error?.message).toContain(commit.slice(0, 10));
    expect([shop.cluster.api.get('Deployment', 'shop', 'shop'), shop.record()]).toEqual([before, record]);
  });

  test('a commit that was made here and not pushed, as HEAD', async () => {
    using shop = await shopWith(['v1']);
    const ada = shop.person('ada');
    ada.clone.commit(shopYaml('evil'));
    expect(await ada('deploy', { pull: false })).toMatchObject({ exit: 4, code: 'COMMIT_NOT_ALLOWED' });
    // What would come of it may be looked at, as on a pull request.
    expect((await ada('plan', { pull: false })).exit).toBe(0);
    expect(shop.live()).toBe('v1');
  });

  function pushed(shop: Shop, branch: string): string {
    return shop.origin.commit(shopYaml('evil'), { branch });
  }
  function tagged(shop: Shop, name: string): string {
    const commit = shop.origin.commit(shopYaml('evil'), { branch: 'feature' });
    shop.origin.tag(name, commit);
    shop.origin.remove('feature');
    return commit;
  }
  function squashed(shop: Shop): string {
    const commit = shop.origin.commit(shopYaml('v2'), { branch: 'feature' });
    shop.push('v2');
    return commit;
  }
});

describe('what may be released', () => {
  test.for([
    ['a merged branch', [], (shop) => merged(shop)],
    ['the commit that squashed one', [], (shop) => shop.push('v2')],
    ['a branch that a pattern names', ['commits: { branches: [release/*] }'], (shop) => pushed(shop, 'release/1')],
    ['a tag that a pattern names', ["commits: { tags: ['v*'] }"], (shop) => tagged(shop, 'v9')],
    ['anything, where the policy says so', ['commits: any'], (shop) => pushed(shop, 'feature')],
  ] as readonly [string, string[], (shop: Shop) => string][])('%s', async ([, lines, made]) => {
    using shop = await shopWith(['v1'], root(...lines));
    const ada = shop.person('ada');
    const commit = made(shop);
    expect(await ada(`deploy --at ${commit}`)).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.live()).toBe('v2');
  });

  test('a branch that was pushed after the clone was made is asked for', async () => {
    using shop = await shopWith(['v1'], root('commits: { branches: [release/*] }'));
    const ada = shop.person('ada');
    ada.clone.fetch();
    const commit = pushed(shop, 'release/1');
    await ada.clone.repo.fetchCommit('origin', commit);
    expect(await ada(`deploy --at ${commit}`, { pull: false })).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  });

  test('a release goes on, and back, when its branch is gone or the policy no longer allows it', async () => {
    using shop = await shopWith(['v1'], root('commits: any'));
    const ada = shop.person('ada');
    const commit = pushed(shop, 'feature');
    await ada(`deploy --at ${commit}`);
    shop.origin.commit({ 'stepgate.yaml': config() });
    shop.origin.remove('feature');
    expect((await ada('promote')).exit).toBe(0);
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect(outcome(shop, await ada('rollback'))).toMatchObject({ exit: 0, live: 'v1' });
    expect(shop.pods()).toBe('v1:4');
  });

  test('a rollback goes to what was never on the policy branch', async () => {
    using shop = await shopWith(['v1'], root('commits: any'));
    const ada = shop.person('ada');
    const commit = pushed(shop, 'feature');
    await ada(`deploy --at ${commit}`);
    await ada('promote');
    await ada('tick --until done');
    shop.origin.merge('feature');
    shop.push('v3', { files: { 'stepgate.yaml': config() } });
    await ada('deploy');
    shop.origin.remove('feature');
    expect(await ada('rollback')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect([shop.live(), shop.git()]).toEqual(['v2', 'v2']);
  });

  function pushed(shop: Shop, branch: string): string {
    return shop.origin.commit(shopYaml('v2'), { branch });
  }
  function merged(shop: Shop): string {
    const commit = pushed(shop, 'feature');
    shop.origin.merge('feature');
    return commit;
  }
  function tagged(shop: Shop, name: string): string {
    const commit = pushed(shop, 'feature');
    shop.origin.tag(name, commit);
    shop.origin.remove('feature');
    return commit;
  }
});

describe('a record that somebody has edited', () => {
  test('to a commit that nobody merged starts nothing', async () => {
    using shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ more: ['startWhen: [approval]'] }) } });
    const ada = shop.person('ada');
    const evil = shop.origin.commit(shopYaml('evil'), { branch: 'feature' });
    shop.push('v2');
    expect(await ada('deploy')).toMatchObject({ code: 'START_GATE_SHUT' });
    // As a deploy of that commit would have written it.
    using other = await shopWith(['v1'], root('commits: any'));
    const there = other.origin.commit(shopYaml('evil'), { branch: 'feature' });
    await other.person('ada')(`deploy --at ${there}`);
    const asked = other.record().release;
    const rename = (record: ReleaseRecord): ReleaseRecord =>
      record.release === null || asked === null
        ? record
        : {
            ...record,
            release: {
              ...record.release,
              commit: evil,
              digest: asked.digest,
              template: asked.template,
              id: `${evil.slice(0, 10)}-${asked.digest.slice(0, 8)}`,
            },
          };
    shop.edit(rename);
    const { id } = shop.record().release ?? { id: '' };
    for (const line of ['tick', `promote --release ${id}`, 'tick', 'tick --until done --timeout 1m']) await ada(line);
    expect(await ada('tick')).toMatchObject({ exit: 4, code: 'COMMIT_NOT_ALLOWED' });
    expect([shop.live(), shop.pods()]).toEqual(['v1', 'v1:4']);
  });

  test('to nonsense decides nothing', async () => {
    using shop = await shopWith(['v1']);
    shop.push('v2');
    const ada = shop.person('ada');
    await ada('deploy');
    const path = ['metadata', 'annotations', 'stepgate.dev/record'] as const;
    shop.patch('Rollout', { metadata: { annotations: { [path[2]]: '{"version":2,"release":5}' } } });
    for (const line of ['promote', 'tick', 'rollback', 'hold', 'resume', 'deploy'])
      expect([line, (await ada(line)).code]).toEqual([line, 'RECORD_INVALID']);
    expect(shop.pods()).toBe('v1:3 v2:1');
  });
});

describe('a live commit that no clone has any more', () => {
  /** A commit of a branch is live, the branch was squashed into main with other content since, and is gone. */
  async function rewritten({ servedById }: { readonly servedById: boolean }) {
    const shop = openShop(root('commits: any'));
    const feature = shop.origin.commit({ 'docs.md': 'feature' }, { branch: 'feature' });
    const ada = shop.person('ada');
    await ada(`deploy --at ${feature} --until done`);
    shop.origin.remove('feature');
    shop.origin.commit({ 'docs.md': 'squashed' });
    if (!servedById) shop.origin.squash();
    shop.push('v2');
    return { shop, person: shop.person('bob'), live: feature };
  }

  test('is asked for at the remote by its id', async () => {
    const { shop, person, live } = await rewritten({ servedById: true });
    using _ = shop;
    expect(await person.clone.repo.has(live)).toBe(false);
    expect(await person('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.live()).toBe('v2');
  });

  test.for([
    ['nothing is said', '', 'LIVE_COMMIT_UNKNOWN'],
    ['a commit is named that does not render what runs', '--live HEAD', 'LIVE_COMMIT_UNKNOWN'],
    ['a commit is named that git does not know', '--live nowhere', 'REF_UNKNOWN'],
    ['a commit is named that renders what runs', '--live HEAD~1', 'GATE_SHUT'],
  ] as const)('else, where %s', async ([, option, code]) => {
    const { shop, person } = await rewritten({ servedById: false });
    using _ = shop;
    const told = await person(`deploy ${option}`);
    expect(told.code).toBe(code);
    expect(shop.live()).toBe(code === 'GATE_SHUT' ? 'v2' : 'v1');
    if (code === 'LIVE_COMMIT_UNKNOWN')
      expect([told.exit, told.error?.hint]).toEqual([4, expect.stringMatching(/--live|plan --at/)]);
  });

  test('keeps no rollback, and what is older stays refused', async () => {
    const { shop, person } = await rewritten({ servedById: false });
    using _ = shop;
    await person('deploy --live HEAD~1');
    expect(await person('rollback')).toMatchObject({ state: 'rolledBack' });
    expect([shop.live(), shop.pods()]).toEqual(['v1', 'v1:4']);
    const { files } = shop.origin.at(stableOf(shop));
    expect(versionIn(files)).toBe('v1');
  });
});
