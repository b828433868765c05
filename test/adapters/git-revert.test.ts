import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openRepo } from '../../src/adapters/git.ts';
import { gitRemote } from '../support/git-remote.ts';
import { checkout, type Repository, repository } from '../support/repository.ts';

const tree = (made: Repository, commit: string) => made.git('ls-tree', '-r', commit);

it('puts the paths back as they were and keeps the rest', async () => {
  await using made = await repository({
    files: {
      'shop/a.yaml': 'a1',
      'shop/gone.yaml': 'here',
      'shop/run.sh': { program: '#!/bin/sh\n' },
      'docs/x.md': '1',
    },
  });
  const from = await made.head();
  await made.commit({ 'shop/a.yaml': 'a2', 'shop/new.yaml': 'n', 'shop/gone.yaml': null });
  await made.commit({ 'docs/x.md': '2', 'shop/run.sh': '#!/bin/sh\n', 'shopping/list': 'milk' });
  const onto = await made.head();
  const repo = await openRepo(made);
  const message = 'Revert shop to v1 "50%"\n\nWhy: $(bad)\n\nStepgate-Stable: abc\n';
  const commit = await repo.revert({ onto, from, paths: ['shop'], message });
  if (commit === null) throw new Error('nothing was reverted');

  expect(await made.git('diff', '--stat', from, commit, '--', 'shop')).toBe('');
  expect(await made.git('diff', '--name-only', onto, commit)).toBe(
    'shop/a.yaml\nshop/gone.yaml\nshop/new.yaml\nshop/run.sh',
  );
  expect(await repo.read(commit, 'docs/x.md')).toBe('2');
  expect(await repo.read(commit, 'shopping/list')).toBe('milk');
  expect(await repo.read(commit, 'shop/new.yaml')).toBeNull();
  expect(await made.git('rev-parse', `${commit}^@`)).toBe(onto);
  expect(await made.git('log', '-1', '--format=%B', commit)).toBe(message.trim());
  expect(await made.git('log', '-1', '--format=%an %ae %cn %ce', commit)).toBe(
    'stepgate stepgate@users.noreply.github.com stepgate stepgate@users.noreply.github.com',
  );
});

it('takes single files, only those', async () => {
  await using made = await repository({ files: { 's/a': '1', 's/b': '1', 's/*': '1' } });
  const from = await made.head();
  const onto = await made.commit({ 's/a': '2', 's/b': '2', 's/*': '2', 's/c': '2' });
  const repo = await openRepo(made);
  const commit = (await repo.revert({ onto, from, paths: ['s/a', 's/c', 's/*', 'not/there'], message: 'x' })) ?? '';
  expect(await made.git('diff', '--name-only', onto, commit)).toBe('s/*\ns/a\ns/c');
});

it('swaps a file for a folder and back, links and submodules included', async () => {
  await using made = await repository({ files: { 'p/x': 'file', 'p/y/z': 'deep', 'p/link': { link: 'x' } } });
  await made.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},p/module`);
  await made.git('commit', '--quiet', '-m', 'module');
  const from = await made.head();
  const onto = await made.commit({ 'p/x': null, 'p/y': 'now a file', 'p/link': 'now a file' });
  await made.git('rm', '--quiet', '--cached', 'p/module').catch(() => {});
  await made.commit({ 'p/x/y': 'now a folder' });
  const last = await made.head();
  const repo = await openRepo(made);
  const commit = (await repo.revert({ onto: last, from, paths: ['p'], message: 'back' })) ?? '';
  expect(await tree(made, commit)).toBe(await tree(made, from));
  const again = (await repo.revert({ onto: commit, from: last, paths: ['p/'], message: 'and forth' })) ?? '';
  expect(await tree(made, again)).toBe(await tree(made, last));
  expect(onto).not.toBe(last);
});

it('is null where nothing differs', async () => {
  await using made = await repository({ files: { 'shop/a': '1' } });
  const from = await made.head();
  const onto = await made.commit({ other: '1' });
  const repo = await openRepo(made);
  expect(await repo.revert({ onto, from, paths: ['shop', 'never/was'], message: 'x' })).toBeNull();
  expect(await repo.revert({ onto, from, paths: [], message: 'x' })).toBeNull();
  expect(await repo.revert({ onto, from: onto, paths: [''], message: 'x' })).toBeNull();
});

it("touches nothing of the person's: work tree, index, branches, reflog", async () => {
  await using made = await repository({ files: { 'shop/a': '1', 'shop/b': '1' } });
  const from = await made.head();
  const onto = await made.commit({ 'shop/a': '2', 'shop/b': '2' });
  await made.write({ 'shop/a': 'staged', 'untracked.txt': 'u' });
  await made.git('add', 'shop/a');
  await made.write({ 'shop/a': 'unstaged', 'shop/b': null });
  const look = async () => ({
    status: await made.git('status', '--porcelain=v2', '--branch'),
    diff: await made.git('diff', 'HEAD'),
    refs: await made.git('for-each-ref'),
    reflog: await made.git('reflog', '--all'),
    index: await readFile(join(made.folder, '.git/index'), 'hex'),
    stash: await made.git('stash', 'list'),
  });
  const before = await look();
  const repo = await openRepo(made);
  expect(await repo.revert({ onto, from, paths: ['shop'], message: 'x' })).toMatch(/^[0-9a-f]{40}$/);
  expect(await look()).toEqual(before);
});

it("commits as the person where git's config names one", async () => {
  await using made = await repository({ files: { a: '1' } });
  const from = await made.head();
  const onto = await made.commit({ a: '2' });
  await made.git('config', 'user.name', 'Grace');
  const repo = await openRepo(made);
  const author = async () => {
    const commit = (await repo.revert({ onto, from, paths: ['a'], message: 'x' })) ?? '';
    return made.git('log', '-1', '--format=%an <%ae>', commit);
  };
  expect(await author()).toBe('stepgate <stepgate@users.noreply.github.com>');
  await made.git('config', 'user.email', 'grace@example.com');
  expect(await author()).toBe('Grace <grace@example.com>');
});

it('goes from a shallow clone to the remote', async () => {
  await using remote = await gitRemote();
  await using origin = await repository({ files: { 'shop/a': '1' } });
  const from = await origin.head();
  await origin.commit({ 'shop/a': '2' });
  await origin.connect(remote);
  await using clone = await checkout(remote);
  const repo = await openRepo(clone);
  const onto = await clone.head();
  const request = { onto, from, paths: ['shop'], message: 'Revert' };
  await expect(repo.revert(request)).rejects.toMatchObject({
    code: 'GIT_SHALLOW',
    hint: expect.stringContaining('fetch-depth: 0'),
  });
  await repo.ensureHistory();
  const commit = (await repo.revert(request)) ?? '';
  await repo.push('origin', commit, 'main');
  expect(await remote.tip('main')).toBe(commit);
  await origin.git('pull', '--quiet', 'origin', 'main');
  expect(await readFile(join(origin.folder, 'shop/a'), 'utf8')).toBe('1');
});

it('refuses paths outside and commits that are not ids', async () => {
  await using made = await repository();
  const onto = await made.head();
  const repo = await openRepo(made);
  const revert = (changes: object) => repo.revert({ onto, from: onto, paths: ['a'], message: 'x', ...changes });
  await expect(revert({ paths: ['../x'] })).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
  await expect(revert({ onto: 'main' })).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
  await expect(revert({ from: '--help' })).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
  await expect(revert({ from: '2'.repeat(40) })).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
});
