import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepo } from '../../src/adapters/git.ts';
import { gitRemote } from '../support/git-remote.ts';
import { checkout, repository } from '../support/repository.ts';

it('a repository with SHA-256 ids is refused, and told why', async () => {
  await using made = await repository();
  await rm(join(made.folder, '.git'), { recursive: true });
  await made.git('init', '--quiet', '--object-format=sha256', '--initial-branch=main');
  await made.git('commit', '--quiet', '--allow-empty', '--message=first');
  const repo = await openRepo(made);
  await expect(repo.resolve('main')).rejects.toMatchObject({
    code: 'GIT_FAILED',
    message: 'repositories with SHA-256 ids are not supported',
  });
});

describe('contains', () => {
  it('follows lines, merges and squashes', async () => {
    await using made = await repository();
    const root = await made.head();
    await made.branch('merged');
    const onMerged = await made.commit({ m: '1' });
    await made.branch('main');
    await made.branch('squashed');
    const onSquashed = await made.commit({ s: '1' });
    await made.branch('main');
    const line = await made.commit({ l: '1' });
    const merge = await made.merge('merged');
    const squash = await made.squash('squashed');
    await made.git('checkout', '--quiet', '--orphan', 'other');
    const unrelated = await made.commit({ o: '1' });
    const repo = await openRepo(made);
    for (const [commit, ancestor, answer] of [
      [squash, squash, true],
      [squash, root, true],
      [squash, line, true],
      [squash, onMerged, true],
      [squash, onSquashed, false],
      [root, merge, false],
      [line, onMerged, false],
      [unrelated, root, false],
      [root, unrelated, false],
      [squash, '1'.repeat(40), false],
    ] as const) {
      expect(await repo.contains(commit, ancestor), `${commit} ${ancestor}`).toBe(answer);
    }
    await expect(repo.contains('1'.repeat(40), root)).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
    await expect(repo.contains('main', root)).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
  });

  it('says unknown where a shallow clone cannot tell, and the truth where it can', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    const first = await origin.head();
    const second = await origin.commit({ a: '2' });
    const third = await origin.commit({ a: '3' });
    await origin.connect(remote);
    await using clone = await checkout(remote, { depth: 2 });
    const repo = await openRepo(clone);
    expect(await repo.contains(third, second)).toBe(true);
    expect(await repo.contains(second, third)).toBe(false);
    expect(await repo.contains(third, first)).toBe('unknown');
    await expect(repo.contains(first, third)).rejects.toMatchObject({ code: 'GIT_SHALLOW' });

    expect(await repo.ensureHistory()).toBe(true);
    expect(await repo.contains(third, first)).toBe(true);
    expect(await repo.contains(first, third)).toBe(false);
    expect(await repo.contains(third, '1'.repeat(40))).toBe(false);
  });

  it('asks git once for a pair that it could answer', async () => {
    await using made = await repository();
    const root = await made.head();
    const line = await made.commit({ l: '1' });
    const repo = await openRepo(made);
    expect(await repo.contains(line, root)).toBe(true);
    await made.git('update-ref', '-d', 'refs/heads/main');
    await made.git('reflog', 'expire', '--expire=now', '--all');
    await made.git('gc', '--quiet', '--prune=now');
    expect(await repo.contains(line, root)).toBe(true);
    await expect(repo.contains(root, line)).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
  });

  it('says unknown about two branches that were cut apart', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    await origin.branch('side');
    const side = await origin.commit({ s: '1' });
    await origin.branch('main');
    const main = await origin.commit({ m: '1' });
    await origin.connect(remote);
    await using clone = await checkout(remote);
    await clone.git('fetch', '--quiet', '--depth=1', 'origin', 'side');
    const repo = await openRepo(clone);
    expect(await repo.contains(main, side)).toBe('unknown');
    expect(await repo.ensureHistory()).toBe(true);
    expect(await repo.contains(main, side)).toBe(false);
  });
});

describe('commitsSaying', () => {
  it('gives the whole message of each commit between, whatever it changes', async () => {
    await using made = await repository();
    await made.commit({ a: '0' }, 'before\n\nSays: x');
    const from = await made.head();
    const one = await made.commit({ 'docs/a.md': '1' }, 'one\n\nbody (x)\n\nsays: first');
    await made.commit({ a: '1' }, 'two\n\nnothing of it');
    await made.branch('side');
    const side = await made.commit({ b: '2' }, 'side\n\nSays: second');
    await made.branch('main');
    await made.commit({ c: '3' }, 'three');
    const to = await made.merge('side');
    await made.commit({ a: '4' }, 'after\n\nSays: x');
    for (const [key, value] of [
      ['log.showSignature', 'true'],
      ['color.ui', 'always'],
      ['format.pretty', 'oneline'],
      ['grep.patternType', 'perl'],
    ] as const)
      await made.git('config', key, value);
    const repo = await openRepo(made);
    const found = await repo.commitsSaying(from, to, 'Says:');
    expect(found.map(({ commit, message }) => [commit, message.trim()])).toEqual([
      [side, 'side\n\nSays: second'],
      [one, 'one\n\nbody (x)\n\nsays: first'],
    ]);
    expect(await repo.commitsSaying(from, to, '.*')).toEqual([]);
    expect(await repo.commitsSaying(to, from, 'Says:')).toEqual([]);
    await expect(repo.commitsSaying('0'.repeat(40), to, 'Says:')).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
  });

  it('of a clone that lacks some of them is refused', async () => {
    await using made = await repository();
    const from = await made.head();
    await made.commit({ a: '1' }, 'one\n\nSays: first');
    await made.commit({ a: '2' }, 'two');
    const to = await made.commit({ a: '3' }, 'three');
    await using remote = await gitRemote({});
    await made.git('remote', 'add', 'origin', remote.url);
    await made.git('push', '--quiet', 'origin', 'main');
    await using shallow = await checkout(remote, { depth: 1 });
    const repo = await openRepo(shallow);
    await expect(repo.commitsSaying(from, to, 'Says:')).rejects.toMatchObject({ code: 'GIT_SHALLOW' });
  });
});

describe('log', () => {
  it('lists what touches the paths, newest first', async () => {
    await using made = await repository();
    const from = await made.head();
    const one = await made.commit({ 'shop/a.yaml': '1' }, 'one: 50% "x"\n\nbody');
    await made.commit({ 'docs/a.md': '1' }, 'docs');
    await made.branch('side');
    const two = await made.commit({ 'shop/b.yaml': '2' }, 'two');
    await made.branch('main');
    const three = await made.commit({ 'shop/c.yaml': '3' }, 'three');
    const both = await made.merge('side');
    await made.branch('topic');
    await made.commit({ 'shop/d.yaml': 'wip' }, 'wip');
    await made.commit({ 'shop/d.yaml': '4' }, 'wip 2');
    await made.branch('main');
    const four = await made.squash('topic', 'four');
    const repo = await openRepo(made);
    expect(await repo.log(from, four, ['shop'])).toEqual([
      { commit: four, subject: 'four' },
      // The only commit with what both sides did to the path.
      { commit: both, subject: 'Merge side' },
      { commit: three, subject: 'three' },
      { commit: two, subject: 'two' },
      { commit: one, subject: 'one: 50% "x"' },
    ]);
    expect(await repo.log(from, four, ['shop/b.yaml'])).toEqual([{ commit: two, subject: 'two' }]);
    expect(await repo.log(from, four, ['shop/a.yaml'])).toEqual([{ commit: one, subject: 'one: 50% "x"' }]);
    expect((await repo.log(from, four, [])).length).toBe(6);
    expect(await repo.log(four, four, ['shop'])).toEqual([]);
    expect(await repo.log(four, from, ['shop'])).toEqual([]);
    expect(await repo.log(from, four, [':(exclude)docs'])).toEqual([]);
    await expect(repo.log(from, four, ['../x'])).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
  });

  it('is not fooled by config that changes what log says', async () => {
    await using made = await repository({ files: { a: '1', b: 'same content over several lines\n2\n3\n4\n5\n' } });
    const from = await made.head();
    await made.commit({ b: 'same content over several lines\n2\n3\n4\n6\n' }, 'not of c');
    await made.git('mv', 'b', 'c');
    const to = await made.commit({}, 'renamed');
    for (const [key, value] of [
      ['log.follow', 'true'],
      ['log.showSignature', 'true'],
      ['color.ui', 'always'],
      ['log.decorate', 'full'],
      ['format.pretty', 'fuller'],
      ['log.date', 'relative'],
      ['diff.external', 'false'],
    ] as const) {
      await made.git('config', key, value);
    }
    expect(await (await openRepo(made)).log(from, to, ['c'])).toEqual([{ commit: to, subject: 'renamed' }]);
  });

  it('refuses to guess where history was cut', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    const first = await origin.head();
    // A side branch that forked before what the clone has, merged after it.
    await origin.branch('side');
    for (const text of ['1', '2', '3', '4']) await origin.commit({ 'shop/side': text }, `side ${text}`);
    await origin.branch('main');
    const second = await origin.commit({ 'shop/main': '1' }, 'second');
    const merge = await origin.merge('side');
    const last = await origin.commit({ 'shop/main': '2' }, 'last');
    await origin.connect(remote);
    await using clone = await checkout(remote, { depth: 3 });
    const repo = await openRepo(clone);
    expect(await repo.log(merge, last, ['shop'])).toEqual([{ commit: last, subject: 'last' }]);
    for (const from of [first, second]) {
      await expect(repo.log(from, last, ['shop'])).rejects.toMatchObject({
        family: 'environment',
        code: 'GIT_SHALLOW',
        hint: expect.stringContaining('fetch-depth: 0'),
      });
    }
    await repo.ensureHistory();
    expect((await repo.log(first, last, ['shop'])).length).toBe(7);
  });
});

it('says in the hint of an unknown ref that the clone is shallow', async () => {
  await using remote = await gitRemote();
  await using origin = await repository();
  await origin.commit({ a: '2' });
  await origin.connect(remote);
  await using clone = await checkout(remote);
  const resolved = (await openRepo(clone)).resolve('HEAD~1');
  await expect(resolved).rejects.toMatchObject({
    code: 'REF_UNKNOWN',
    hint: expect.stringContaining('fetch-depth: 0'),
  });
});
