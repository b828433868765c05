import { describe, expect, test } from 'vitest';
import type { Clone } from '../support/memory-git.ts';
import { config, manifest, versionIn } from './files.ts';
import { outcome, type Shop, shopWith } from './shop.ts';

const shopYaml = (version: string, line?: string) => ({
  'deploy/shop.yaml': manifest(version, line === undefined ? {} : { line }),
});

/** v2 was taken back in its first step, and its revert could not be pushed. The id of v2. */
async function openRevert(more: { readonly root?: readonly string[] } = {}) {
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config(more) } });
  const ada = shop.person('ada');
  shop.push('v2');
  await ada('deploy');
  const bad = shop.id();
  shop.origin.closed = true;
  expect(await ada('rollback --reason slow')).toMatchObject({ exit: 3, code: 'GIT_PUSH_FAILED' });
  shop.origin.closed = false;
  return { shop, ada, bad };
}

const done = { exit: 0, code: 'ROLLED_BACK', live: 'v1', holds: 1 };
const ahead = { exit: 3, code: 'GIT_AHEAD', live: 'v1', holds: 1 };

describe('the revert undoes nothing newer than the bad release', () => {
  test.for([
    ['nothing was merged since', () => {}, { ...done, git: 'v1' }],
    ['a fix', (shop) => shop.push('v3'), { ...ahead, git: 'v3' }],
    ['one more line', (shop) => shop.push('v2', { line: 'x' }), { ...ahead, git: 'v2' }],
    ['other paths', (shop) => shop.origin.commit({ 'docs.md': 'new' }), { ...done, git: 'v1' }],
    ['a revert by hand', (shop) => shop.push('v1'), { ...done, git: 'v1' }],
    [
      'a revert by hand, then the fix',
      (shop) => {
        shop.push('v1');
        shop.push('v3');
      },
      { ...done, git: 'v3' },
    ],
    [
      'a fix, then the revert of the fix',
      (shop) => {
        shop.push('v3');
        shop.push('v2');
      },
      { ...done, git: 'v1' },
    ],
    [
      'a fix, and its revert down to stable',
      (shop) => {
        shop.push('v3');
        shop.push('v1');
      },
      { ...done, git: 'v1' },
    ],
    [
      'the merge of a fix that was begun before the bad release',
      (shop) => {
        const stable = shop.record().release?.commit ?? '';
        shop.origin.commit(shopYaml('v3'), { branch: 'fix', from: stable });
        shop.origin.merge('fix');
      },
      { ...ahead, git: 'v3' },
    ],
    [
      'the merge of a branch that changes other paths',
      (shop) => {
        const stable = shop.record().release?.commit ?? '';
        shop.origin.commit({ 'docs.md': 'new' }, { branch: 'docs', from: stable });
        shop.origin.merge('docs');
      },
      { ...done, git: 'v1' },
    ],
    [
      'the merge of a branch with the revert',
      (shop) => {
        shop.origin.commit(shopYaml('v1'), { branch: 'undo', from: shop.origin.tip() });
        shop.origin.merge('undo');
      },
      { ...done, git: 'v1' },
    ],
  ] as readonly [string, (shop: Shop) => unknown, object][])('%s', async ([, merge, wanted]) => {
    const { shop } = await openRevert();
    using _ = shop;
    merge(shop);
    const [tip, files] = [shop.origin.tip(), shop.origin.at(shop.origin.tip()).files];
    const ci = shop.person('ci');
    expect(outcome(shop, await ci('tick'))).toEqual(wanted);
    // Nothing but the manifest changes, and only by a commit on top of what was there.
    expect(shop.origin.contains(shop.origin.tip(), tip)).toBe(true);
    expect(shop.origin.at(shop.origin.tip()).files).toEqual({ ...files, ...shopYamlOf(shop) });
    // What waits for a person is an error once, and a finding from then on.
    const again = await ci('tick');
    expect(again.exit).toBe(0);
    expect(again.findings.includes('GIT_AHEAD')).toBe('code' in wanted && wanted.code === 'GIT_AHEAD');
  });

  function shopYamlOf(shop: Shop) {
    return { 'deploy/shop.yaml': shop.origin.at(shop.origin.tip()).files['deploy/shop.yaml'] };
  }

  test('what lies between stable and the bad release goes with it, and --dry-run lists it', async () => {
    using shop = await shopWith(['v1']);
    const ada = shop.person('ada');
    const commits = [shop.push('v2')];
    await ada('deploy');
    commits.unshift(shop.push('v3'));
    await ada('deploy');
    const preview = await ada('rollback --dry-run');
    const git = preview.delivery?.changes.find(({ object }) => object.startsWith('Git'));
    expect(git?.diff?.map((line) => line.slice(2, 12))).toEqual(commits.map((commit) => commit.slice(0, 10)));
    const pods = preview.delivery?.changes.find(({ object }) => object === 'Deployment shop');
    expect(pods?.diff?.filter((line) => /^[+-].*image/.test(line)).map((line) => line.replace(/\s+/g, ' '))).toEqual([
      expect.stringMatching(/^- .*v3$/),
      expect.stringMatching(/^\+ .*v1$/),
    ]);
    expect(shop.live()).toBe('v3');
    expect(outcome(shop, await ada('rollback'))).toEqual({ ...done, git: 'v1' });
  });

  test('a bad release that a merge brought is reverted as a whole', async () => {
    using shop = await shopWith(['v1']);
    const ada = shop.person('ada');
    shop.origin.commit(shopYaml('v2'), { branch: 'feature' });
    shop.origin.commit({ ...shopYaml('v2', 'x'), 'docs.md': 'new' }, { branch: 'feature' });
    shop.origin.merge('feature');
    await ada('deploy');
    expect(outcome(shop, await ada('rollback'))).toEqual({ ...done, git: 'v1' });
    expect(shop.origin.at(shop.origin.tip()).files['docs.md']).toBe('new');
  });

  test('a fix that was merged before anybody rolled back stays, and so does one that arrives under the push', async () => {
    for (const when of ['before', 'under the push'] as const) {
      using shop = await shopWith(['v1']);
      const ada = shop.person('ada');
      shop.push('v2');
      await ada('deploy');
      if (when === 'before') shop.push('v3');
      const told = await ada(
        'rollback',
        when === 'before' ? {} : { clone: pushingFirst(ada.clone, () => shop.push('v3')) },
      );
      expect([when, outcome(shop, told)]).toEqual([when, { ...ahead, git: 'v3' }]);
      expect(told.error?.message).toContain(`${shop.origin.tip().slice(0, 10)} v3`);
      expect(shop.pods()).toBe('v1:4');
    }
  });
});

/** A clone in which somebody else is a moment faster at the first push. */
function pushingFirst(clone: Clone, push: () => void): Clone {
  let first = true;
  const repo: typeof clone.repo = {
    ...clone.repo,
    async push(...given) {
      if (first) push();
      first = false;
      await clone.repo.push(...given);
    },
  };
  return { ...clone, repo, fetch: clone.fetch };
}

describe('until the revert is on the branch, what contains the bad release is refused', () => {
  test.for([
    ['the bad commit itself', () => {}, 'HELD'],
    ['one more line', (shop) => shop.push('v2', { line: 'x' }), 'BAD_RELEASE_INSIDE'],
    ['a commit on other paths', (shop) => shop.origin.commit({ 'docs.md': 'new' }), 'HELD'],
    ['a fix on top', (shop) => shop.push('v3'), 'BAD_RELEASE_INSIDE'],
    [
      'a fix, and its revert with one more line',
      (shop) => {
        shop.push('v3');
        shop.push('v2', { line: 'x' });
      },
      'BAD_RELEASE_INSIDE',
    ],
  ] as readonly [string, (shop: Shop) => unknown, string][])('%s', async ([, merge, code]) => {
    const { shop, ada } = await openRevert();
    using _ = shop;
    shop.origin.closed = true;
    merge(shop);
    const record = shop.record().rollback;
    expect(await ada('deploy')).toMatchObject({ exit: 4, code });
    expect([shop.live(), shop.pods(), shop.record().rollback?.git]).toEqual(['v1', 'v1:4', record?.git]);
    // Nor does lifting what is not about it help.
    await ada('resume');
    await ada(`resume --release ${shop.id()}`);
    expect(await ada('deploy')).toMatchObject({ exit: 4, code });
  });

  test.for([
    [
      'a person lets the bad version through',
      async (shop, bad) => {
        shop.push('v2', { line: 'x' });
        expect((await shop.person('ada')(`resume --release ${bad}`)).exit).toBe(0);
        expect(shop.record().rollback).toMatchObject({ git: 'ahead' });
      },
      'v2',
    ],
    [
      'a person lets it through after the tick found Git ahead',
      async (shop, bad) => {
        shop.push('v3');
        await shop.person('ci')('tick');
        await shop.person('ada')(`resume --release ${bad}`);
      },
      'v3',
    ],
    [
      'it was reverted by hand, and more was merged',
      async (shop) => {
        shop.push('v1');
        shop.push('v3');
        shop.push('v3', { line: 'x' });
      },
      'v3',
    ],
    [
      'the tick pushed the revert, and a fix was merged on top',
      async (shop) => {
        shop.origin.closed = false;
        await shop.person('ci')('tick');
        shop.push('v3');
      },
      'v3',
    ],
  ] as readonly [string, (shop: Shop, bad: string) => Promise<void>, string][])(
    'but not where %s',
    async ([, settle, version]) => {
      const { shop, ada, bad } = await openRevert();
      using _ = shop;
      shop.origin.closed = true;
      await settle(shop, bad);
      expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
      expect([shop.live(), versionIn(shop.origin.at(shop.origin.tip()).files)]).toEqual([version, version]);
    },
  );

  test('also once another release went out that never had it: what Git still names is not forgotten', async () => {
    using shop = await shopWith(['v1']);
    const ada = shop.person('ada');
    const between = shop.push('v1', { line: 'x' });
    shop.push('v2');
    await ada('deploy');
    const bad = shop.id();
    shop.origin.closed = true;
    await ada('rollback --reason slow');
    // It was merged before the bad one, and never went out.
    const other = await ada(`deploy --at ${between}`);
    expect(other).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(other.log).toContain(`the revert of ${bad} was not pushed`);
    await ada('promote');
    await ada('tick --until done');
    shop.push('v2', { line: 'y' });
    for (const line of ['deploy', 'plan']) expect([line, (await ada(line)).code]).toEqual([line, 'BAD_RELEASE_INSIDE']);
    await ada(`hold --release ${bad} --reason again`);
    expect(await ada('deploy')).toMatchObject({ exit: 4, code: 'BAD_RELEASE_INSIDE' });
    // A revert by hand, or a person who lets it through, ends that.
    shop.push('v1');
    shop.push('v3');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    shop.origin.commit(shopYaml('v2', 'z'), { branch: 'main' });
    expect((await ada('deploy')).code).toBe('GATE_SHUT');
  });

  test('nor where the commit is on a branch that never had it', async () => {
    const { shop, ada } = await openRevert({ root: ['commits: { branches: [release/*] }'] });
    using _ = shop;
    shop.origin.closed = true;
    const stable = shop.record().release?.commit ?? '';
    shop.origin.commit(shopYaml('v3'), { branch: 'release/1', from: stable });
    expect(await ada('deploy --at origin/release/1')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.live()).toBe('v3');
  });
});
