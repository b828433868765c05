import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { matcher } from '../../src/adapters/git/patterns.ts';
import { openRepo } from '../../src/adapters/git.ts';
import { gitRemote } from '../support/git-remote.ts';
import { checkout, type Repository, repository } from '../support/repository.ts';

const everything = { branches: ['**'], tags: ['**'] };
const nobody = '1'.repeat(40);

describe('patterns', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['main', ['main'], ['Main', 'main2', 'xmain', 'x/main', '']],
    ['release/*', ['release/1', 'release/1.2', 'release/'], ['release', 'release/1/2', 'Release/1', 'x/release/1']],
    ['release/**', ['release/1', 'release/1/2', 'release/'], ['release', 'releases/1']],
    ['*', ['main', 'v1.2'], ['a/b', '/']],
    ['**', ['main', 'a/b', ''], []],
    ['***', ['main', 'a/b'], []],
    ['v*', ['v', 'v1', 'v1.2.3-rc'], ['1', 'v1/x']],
    ['v?.?', ['v1.2'], ['v1.22', 'v1', 'v1./', 'v/.1']],
    ['v?', ['v1', 'vü', 'v🙂'], ['v', 'v12']],
    ['*-rc*', ['v1-rc', 'v1-rc2', '-rc'], ['v1', 'a/b-rc']],
    ['a*b*c', ['abc', 'axbxc', 'abbcc', 'abcabc'], ['ab', 'acb', 'abcx', 'a/b/c']],
    ['**/hotfix', ['a/hotfix', 'a/b/hotfix', '/hotfix'], ['hotfix', 'a/hotfix/b']],
    ['a**b', ['ab', 'a/x/b'], ['a/x/bc']],
    ['*/**', ['a/b', 'a/b/c', '/'], ['a']],
    ['a.b', ['a.b'], ['axb']],
    ['[ab]+(c|d)$^\\', ['[ab]+(c|d)$^\\'], ['ac', 'a']],
    ['', [''], ['a']],
  ])('%s', (pattern, yes, no) => {
    const matches = matcher([pattern]);
    for (const name of yes) expect(matches(name), name).toBe(true);
    for (const name of no) expect(matches(name), name).toBe(false);
  });

  it('takes any of several, and nothing where there is none', () => {
    const matches = matcher(['main', 'release/*']);
    expect(['main', 'release/1', 'topic'].map(matches)).toEqual([true, true, false]);
    expect(matcher([])('')).toBe(false);
  });

  it('agrees with a plain search on every short name and pattern', () => {
    const words = (letters: string, length: number): readonly string[] =>
      length === 0
        ? ['']
        : ['', ...[...letters].flatMap((one) => words(letters, length - 1).map((rest) => one + rest))];
    const plain = (name: string, pattern: string): boolean => {
      if (pattern === '') return name === '';
      if (pattern.startsWith('**'))
        return plain(name, pattern.slice(2)) || (name !== '' && plain(name.slice(1), pattern));
      const [first = '', rest] = [pattern[0], pattern.slice(1)];
      if (first === '*') return plain(name, rest) || (name !== '' && name[0] !== '/' && plain(name.slice(1), pattern));
      return name !== '' && (first === '?' ? name[0] !== '/' : name[0] === first) && plain(name.slice(1), rest);
    };
    for (const pattern of new Set(words('a/*?', 4))) {
      const matches = matcher([pattern]);
      for (const name of new Set(words('a/', 4)))
        expect(matches(name), `${pattern} ${name}`).toBe(plain(name, pattern));
    }
  });

  it('takes no time for names and patterns that were made to take it', () => {
    const begin = performance.now();
    const name = 'a'.repeat(1_000);
    expect(matcher([`${'a*'.repeat(500)}b`])(name)).toBe(false);
    expect(matcher([`${'**a'.repeat(300)}b`])(name)).toBe(false);
    expect(matcher([`${'*?'.repeat(500)}b`])(name)).toBe(false);
    expect(matcher(['*'.repeat(100_000)])(name)).toBe(true);
    expect(performance.now() - begin).toBeLessThan(3_000);
  });
});

describe('refs', () => {
  it("lists the remote's branches and the tags that match, with their commits", async () => {
    await using remote = await gitRemote();
    await using made = await repository();
    const first = await made.head();
    await made.branch('release/1.2');
    const release = await made.commit({ a: '1' });
    await made.branch('release/old/1');
    await made.branch('main');
    await made.git('tag', 'v1', first);
    await made.git('tag', '-a', 'v2', '-m', 'two', release);
    await made.git('tag', '-a', 'v3', '-m', 'a tag of a tag', 'v2');
    await made.git('tag', 'vtree', 'HEAD^{tree}');
    await made.git('tag', '-a', 'vblob', '-m', 'a file', 'HEAD:README.md');
    await made.git('tag', 'release/1.2', first);
    await made.connect(remote);
    await made.git('remote', 'set-head', 'origin', 'main');
    await made.branch('mine');
    const repo = await openRepo(made);
    const names = async (branches: readonly string[], tags: readonly string[] = []) =>
      (await repo.refs({ branches, tags })).map(({ name, commit }) => `${name} ${commit}`).sort();

    expect(await names(['release/*'])).toEqual([`release/1.2 ${release}`]);
    expect(await names(['release/**'])).toEqual([`release/1.2 ${release}`, `release/old/1 ${release}`]);
    expect(await names(['*'])).toEqual([`main ${first}`]);
    expect(await names(['mine', 'HEAD', 'origin/main', 'refs/heads/main', 'v1'])).toEqual([]);
    expect(await names([], ['v*'])).toEqual([`v1 ${first}`, `v2 ${release}`, `v3 ${release}`]);
    expect(await names(['release/1.2'], ['release/1.2'])).toEqual(
      [`release/1.2 ${first}`, `release/1.2 ${release}`].sort(),
    );
    expect(await names([], [])).toEqual([]);
  });

  it("takes the clone's own branches where it has no remote, and never guesses one of several", async () => {
    await using made = await repository();
    await made.branch('release/1');
    const commit = await made.commit({ a: '1' });
    await made.git('tag', 'v1');
    const repo = await openRepo(made);
    expect(await repo.refs({ branches: ['release/*'], tags: [] })).toEqual([{ name: 'release/1', commit }]);
    await made.git('remote', 'add', 'a', 'http://127.0.0.1:1/a');
    await made.git('remote', 'add', 'b', 'http://127.0.0.1:1/b');
    await expect(repo.refs({ branches: ['main'], tags: [] })).rejects.toMatchObject({ code: 'GIT_FAILED' });
    expect(await repo.refs({ branches: [], tags: ['*'] })).toEqual([{ name: 'v1', commit }]);
  });
});

describe('fetchRefs', () => {
  const posts = (remote: { readonly requests: readonly string[] }, from: number) =>
    remote.requests.slice(from).filter((line) => line.startsWith('GET') || line.includes('POST')).length;

  it('brings what matches into a checkout of a workflow, and nothing else', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    await origin.branch('release/1');
    const release = await origin.commit({ a: '1' });
    await origin.branch('topic');
    await origin.git('tag', '-a', 'v1', '-m', 'one');
    await origin.git('tag', 'other');
    await origin.branch('main');
    await origin.connect(remote);
    await using clone = await checkout(remote);
    const repo = await openRepo(clone);
    const query = { branches: ['release/*'], tags: ['v*'] };
    expect(await repo.refs(query)).toEqual([]);
    await repo.fetchRefs('origin', query);
    expect(await repo.refs(everything)).toEqual([
      { name: 'main', commit: await origin.head() },
      { name: 'release/1', commit: release },
      { name: 'v1', commit: release },
    ]);
    expect(await clone.git('for-each-ref', '--format=%(refname)', 'refs/heads')).toBe('refs/heads/main');

    // What is here already is not fetched: one question, whose answer is enough.
    const before = remote.requests.length;
    await repo.fetchRefs('origin', query);
    const asked = posts(remote, before);
    await repo.fetchRefs('origin', { branches: ['no/*'], tags: ['such'] });
    expect(posts(remote, before)).toBe(2 * asked);
    await repo.fetchRefs('origin', { branches: [], tags: [] });
    expect(posts(remote, before)).toBe(2 * asked);
  });

  it('says what git says where a tag of the clone stands in the way', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    await origin.git('tag', 'v1');
    await origin.connect(remote);
    await using clone = await checkout(remote);
    await clone.git('tag', 'v1/own');
    const repo = await openRepo(clone);
    await expect(repo.fetchRefs('origin', { branches: [], tags: ['v*'] })).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('v1'),
    });
  });

  it('follows branches that were rewritten and tags that were moved, only those that match', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    await origin.branch('release/1');
    const old = await origin.commit({ a: '1' });
    for (const tag of ['v1', 'w1']) await origin.git('tag', tag);
    await origin.connect(remote);
    await using clone = await checkout(remote, { depth: null });
    const repo = await openRepo(clone);
    await clone.git('config', 'remote.origin.prune', 'true');
    await clone.git('config', 'remote.origin.pruneTags', 'true');
    await clone.git('config', 'remote.origin.tagOpt', '--tags');
    await repo.fetchRefs('origin', everything);
    await clone.git('tag', 'mine');
    await origin.git('reset', '--quiet', '--hard', 'main');
    const rewritten = await origin.commit({ a: '2' });
    for (const tag of ['v1', 'w1', 'v2']) await origin.git('tag', '--force', tag);
    await origin.push('--force', 'release/1', 'refs/tags/v1', 'refs/tags/w1', 'refs/tags/v2');
    await repo.fetchRefs('origin', { branches: ['release/1'], tags: ['v*'] });
    expect(await repo.refs({ branches: ['release/*'], tags: ['**'] })).toEqual([
      { name: 'release/1', commit: rewritten },
      { name: 'mine', commit: await clone.head() },
      { name: 'v1', commit: rewritten },
      { name: 'v2', commit: rewritten },
      { name: 'w1', commit: old },
    ]);
  });

  it('takes hundreds at once, and no name that would be another ref here', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    await origin.connect(remote);
    const commit = await origin.head();
    const tags = Array.from({ length: 400 }, (_, index) => `refs/tags/release-of-some-length/number-${index}`);
    const hostile = ['refs/heads/HEAD', 'refs/heads/-x', 'refs/tags/-y', 'refs/heads/@'];
    const lines = [...tags, ...hostile, 'refs/heads/main'].sort().map((name) => `${commit} ${name}\n`);
    await writeFile(
      join(remote.folder, 'packed-refs'),
      `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}`,
    );
    await rm(join(remote.folder, 'refs/heads/main'));
    await using clone = await checkout(remote);
    const repo = await openRepo(clone);
    await repo.fetchRefs('origin', everything);
    const found = await repo.refs(everything);
    expect(found.length).toBe(401);
    expect(await clone.git('symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD').catch(() => 'none')).toBe('none');
  });

  it('says what failed', async () => {
    await using remote = await gitRemote();
    await using made = await repository();
    await made.connect(remote);
    const repo = await openRepo(made);
    await expect(repo.fetchRefs('nobody', everything)).rejects.toMatchObject({ code: 'USAGE', hint: 'it has origin' });
    await remote.stop();
    await expect(repo.fetchRefs('origin', everything)).rejects.toMatchObject({
      family: 'environment',
      code: 'GIT_FAILED',
      message: expect.stringContaining('127.0.0.1'),
    });
  });
});

/** A remote with a commit that is on no branch any more, and another that only the hidden ref of a pull request has. */
async function forgotten() {
  const remote = await gitRemote();
  const origin = await repository();
  const first = await origin.head();
  const second = await origin.commit({ a: '1' });
  await origin.branch('gone');
  await origin.commit({ g: '1' });
  const gone = await origin.commit({ g: '2' });
  await origin.branch('main');
  const tip = await origin.commit({ a: '2' });
  await origin.connect(remote);
  await origin.push('--delete', 'gone');
  return {
    ...{ remote, origin, first, second, gone, tip },
    async [Symbol.asyncDispose]() {
      await origin[Symbol.asyncDispose]();
      await remote[Symbol.asyncDispose]();
    },
  };
}

describe('fetchCommit', () => {
  const isShallow = (clone: Repository) => clone.git('rev-parse', '--is-shallow-repository');

  it('brings a commit of no branch into a whole clone, which stays whole', async () => {
    await using made = await forgotten();
    const { remote, gone, second, tip } = made;
    await using clone = await checkout(remote, { depth: null });
    const repo = await openRepo(clone);
    const refs = await clone.git('for-each-ref');
    expect(await repo.has(gone)).toBe(false);
    expect(await repo.fetchCommit('origin', gone)).toBe(true);
    expect(await repo.has(gone)).toBe(true);
    expect(await isShallow(clone)).toBe('false');
    expect(await clone.git('for-each-ref')).toBe(refs);
    expect(await repo.read(gone, 'g')).toBe('2');
    expect(await repo.contains(gone, second)).toBe(true);
    expect(await repo.contains(tip, gone)).toBe(false);
    // What is here is asked of nobody.
    await remote.stop();
    for (const commit of [gone, tip]) expect(await repo.fetchCommit('origin', commit)).toBe(true);
    await expect(repo.fetchCommit('origin', nobody)).rejects.toMatchObject({
      family: 'environment',
      code: 'GIT_FAILED',
      message: expect.stringContaining('127.0.0.1'),
    });
  });

  it('brings it alone into a shallow clone, and ancestry stays answerable', async () => {
    await using made = await forgotten();
    const { remote, first, gone, second, tip } = made;
    await using clone = await checkout(remote, { depth: 2 });
    const repo = await openRepo(clone);
    // At the same time: both move the cut of the clone.
    expect(await Promise.all([repo.fetchCommit('origin', gone), repo.fetchCommit('origin', first)])).toEqual([
      true,
      true,
    ]);
    expect(await isShallow(clone)).toBe('true');
    expect(await clone.git('rev-list', '--count', gone)).toBe('1');
    expect(await repo.read(gone, 'g')).toBe('2');
    // Nothing that was there is cut off.
    expect(await repo.contains(tip, second)).toBe(true);
    expect(await repo.contains(gone, second)).toBe('unknown');
    expect(await Promise.all([repo.ensureHistory(), repo.ensureHistory(), repo.fetchCommit('origin', gone)])).toEqual([
      true,
      true,
      true,
    ]);
    expect(await repo.contains(gone, second)).toBe(true);
    expect(await repo.contains(tip, gone)).toBe(false);
    expect(await repo.contains(gone, first)).toBe(true);
  });

  it('answers false where the server does not give it out, whatever the server says', async () => {
    await using made = await forgotten();
    const { remote, origin, gone } = made;
    await using clone = await checkout(remote, { depth: null });
    const repo = await openRepo(clone);
    expect(await repo.fetchCommit('origin', nobody)).toBe(false);
    // A file, a tree and a tag are no commits, whoever serves them.
    await origin.git('tag', '-a', 'v1', '-m', 'one');
    await origin.push('v1');
    for (const other of ['HEAD:README.md', 'HEAD^{tree}', 'v1'].map((name) => origin.git('rev-parse', name))) {
      expect(await repo.fetchCommit('origin', await other)).toBe(false);
    }
    // Servers of the old protocol give out what is on a branch, unless they are told to.
    await clone.git('config', 'protocol.version', '0');
    expect(await repo.fetchCommit('origin', gone)).toBe(false);
    await writeFile(
      join(remote.folder, 'config'),
      `${await readFile(join(remote.folder, 'config'), 'utf8')}[uploadpack]\n\tallowAnySHA1InWant = true\n`,
    );
    expect(await repo.fetchCommit('origin', nobody)).toBe(false);
    expect(await repo.fetchCommit('origin', gone)).toBe(true);
    expect(await isShallow(clone)).toBe('false');
  });

  it('works in a clone with a filter', async () => {
    await using made = await forgotten();
    const { remote, gone, second } = made;
    await writeFile(
      join(remote.folder, 'config'),
      `${await readFile(join(remote.folder, 'config'), 'utf8')}[uploadpack]\n\tallowFilter = true\n`,
    );
    await using clone = await checkout(remote, { depth: null });
    await clone.git('config', 'remote.origin.promisor', 'true');
    await clone.git('config', 'remote.origin.partialclonefilter', 'blob:none');
    const repo = await openRepo(clone);
    expect(await repo.has(nobody)).toBe(false);
    expect(await repo.fetchCommit('origin', nobody)).toBe(false);
    expect(await repo.fetchCommit('origin', gone)).toBe(true);
    expect(await repo.contains(gone, second)).toBe(true);
    expect(await repo.read(gone, 'g')).toBe('2');
    await remote.stop();
    expect(await repo.has(nobody)).toBe(false);
    await expect(repo.fetchCommit('origin', nobody)).rejects.toMatchObject({ code: 'GIT_FAILED' });
  });

  it('takes only whole ids and remotes of the repository', async () => {
    await using made = await repository();
    const repo = await openRepo(made);
    const head = await made.head();
    for (const commit of ['main', head.slice(0, 12), '-x', `${head}\n`]) {
      await expect(repo.fetchCommit('origin', commit)).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
      await expect(repo.has(commit)).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
    }
    await expect(repo.fetchCommit('--all', head)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(repo.fetchCommit(made.folder, head)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('a shallow clone with the server away', () => {
  it('answers what needs no history, and says at once what it can not', async () => {
    await using made = await forgotten();
    const { remote, first, second, tip } = made;
    await using clone = await checkout(remote, { depth: 2 });
    const repo = await openRepo(clone);
    await remote.stop();
    const begin = performance.now();
    expect(await repo.read(tip, 'a')).toBe('2');
    expect(await repo.contains(tip, second)).toBe(true);
    expect(await repo.contains(tip, first)).toBe('unknown');
    expect(await repo.log(second, tip, ['a'])).toEqual([{ commit: tip, subject: 'change' }]);
    expect(await repo.sameAt(second, tip, ['README.md'])).toBe(true);
    expect(await repo.refs({ branches: ['*'], tags: [] })).toEqual([{ name: 'main', commit: tip }]);
    const shallow = { family: 'environment', code: 'GIT_SHALLOW', hint: expect.stringContaining('fetch-depth: 0') };
    const away = { family: 'environment', code: 'GIT_FAILED', message: expect.stringContaining('127.0.0.1') };
    await expect(repo.contains(first, tip)).rejects.toMatchObject(shallow);
    await expect(repo.log(first, tip, ['a'])).rejects.toMatchObject(shallow);
    await expect(repo.read(first, 'a')).rejects.toMatchObject(shallow);
    await expect(repo.sameAt(first, tip, ['a'])).rejects.toMatchObject(shallow);
    await expect(repo.ensureHistory()).rejects.toMatchObject(away);
    await clone.git('remote', 'set-head', 'origin', 'main');
    await expect(repo.ensureHistory()).rejects.toMatchObject(away);
    await expect(repo.fetchCommit('origin', first)).rejects.toMatchObject(away);
    expect(performance.now() - begin).toBeLessThan(20_000);
    // What failed is tried anew.
    await remote.start();
    expect(await repo.ensureHistory()).toBe(true);
    expect(await repo.contains(tip, first)).toBe(true);
  });
});

describe('sameAt', () => {
  it('compares contents and modes below the paths, nothing else', async () => {
    await using made = await repository({
      files: {
        'shop/a.yaml': '1',
        'shop/b/c.yaml': '1',
        'shop/run.sh': { program: '1' },
        'shopping/list': '1',
        link: { link: 'shop' },
        'docs/x': '1',
      },
    });
    await made.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
    await made.git('commit', '--quiet', '-m', 'module');
    const first = await made.head();
    const repo = await openRepo(made);
    const all = ['shop', 'shop/a.yaml', 'shop/b', 'shop/run.sh', 'shopping', 'link', 'link/a', 'docs', ''];
    const differ = async (commit: string, left = first) => {
      const same = await Promise.all(all.map((path) => repo.sameAt(left, commit, [path])));
      return all.filter((_, index) => same[index] === false);
    };
    const module = ['update-index', '--add', '--cacheinfo', `160000,${'2'.repeat(40)},module`];
    const next = async (files: Parameters<Repository['commit']>[0]) => {
      await made.git('reset', '--quiet', '--hard', first);
      const commit = await made.commit(files);
      // The submodule has no folder in the work tree: `add --all` takes it out.
      await made.git(...module.slice(0, 3), `160000,${'1'.repeat(40)},module`);
      await made.git('commit', '--quiet', '--amend', '--allow-empty', '-m', 'next');
      expect(commit).not.toBe(first);
      return made.head();
    };
    expect(await differ(first)).toEqual([]);
    expect(await differ(await next({}))).toEqual([]);
    expect(await differ(await next({ 'shop/a.yaml': '2' }))).toEqual(['shop', 'shop/a.yaml', '']);
    expect(await differ(await next({ 'shop/b/c.yaml': null }))).toEqual(['shop', 'shop/b', '']);
    expect(await differ(await next({ 'shop/b': 'file' }))).toEqual(['shop', 'shop/b', '']);
    expect(await differ(await next({ 'shop/new': '' }))).toEqual(['shop', '']);
    expect(await differ(await next({ 'shop/run.sh': '1' }))).toEqual(['shop', 'shop/run.sh', '']);
    expect(await differ(await next({ link: { link: 'docs' } }))).toEqual(['link', 'link/a', '']);
    expect(await differ(await next({ 'shopping/list': '2' }))).toEqual(['shopping', '']);

    const last = await next({ 'docs/x': '2' });
    await made.git(...module);
    await made.git('commit', '--quiet', '-m', 'module');
    const moved = await made.head();
    expect(await repo.sameAt(last, moved, ['module'])).toBe(false);
    expect(await repo.sameAt(last, moved, ['module/x'])).toBe(false);
    expect(await repo.sameAt(last, moved, ['docs', 'shop', 'never/was'])).toBe(true);
    expect(await repo.sameAt(first, moved, ['shop', 'docs/'])).toBe(false);
    expect(await repo.sameAt(first, moved, ['./shop'])).toBe(true);
    expect(await repo.sameAt(first, moved, [])).toBe(true);
    expect(await repo.sameAt(first, moved, ['*', ':(exclude)shop'])).toBe(true);
  });

  it('refuses paths outside and what is no commit of the clone', async () => {
    await using made = await repository();
    const head = await made.head();
    const repo = await openRepo(made);
    await expect(repo.sameAt(head, head, ['../x'])).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
    await expect(repo.sameAt('main', head, ['x'])).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
    await expect(repo.sameAt(head, nobody, ['x'])).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
  });
});
