import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepo } from '../../src/adapters/git.ts';
import { type Files, repository } from '../support/repository.ts';

/** The files of a snapshot, each with its text. */
async function snapshot(made: { readonly folder: string; readonly env: Readonly<Record<string, string>> }) {
  const repo = await openRepo(made);
  const commit = await repo.work.snapshot();
  const paths = await repo.files(commit, '');
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await repo.read(commit, path)] as const)),
  );
}

describe('a snapshot of the work tree', () => {
  const begin: Files = {
    'a.yaml': 'old\n',
    'b.yaml': 'same\n',
    'c.yaml': 'gone\n',
    'main.go': 'package main\n',
    '.gitignore': 'tmp\n',
  };

  it('has what is changed and new, and not what is deleted or ignored', async () => {
    await using made = await repository({ files: begin });
    await made.write({ 'a.yaml': 'new\r\n', 'c.yaml': null, 'd/größe 数.yaml': 'more\n', 'tmp/x.yaml': 'no\n' });
    const before = await made.git('status', '--porcelain');
    expect(await snapshot(made)).toEqual({
      'a.yaml': 'new\r\n',
      'b.yaml': 'same\n',
      'd/größe 数.yaml': 'more\n',
      'main.go': 'package main\n',
      '.gitignore': 'tmp\n',
    });
    expect(await made.git('status', '--porcelain')).toBe(before);
    expect(await made.git('branch', '--all')).toBe('* main');
  });

  it('has what a sparse clone leaves out', async () => {
    await using made = await repository({ files: { 'in/a.yaml': 'a\n', 'out/b.yaml': 'b\n' } });
    await made.git('sparse-checkout', 'set', 'in');
    expect(await snapshot(made)).toEqual({ 'in/a.yaml': 'a\n', 'out/b.yaml': 'b\n' });
  });

  it('needs no commit', async () => {
    await using made = await repository();
    await made.git('checkout', '--quiet', '--orphan', 'empty');
    await made.git('rm', '-r', '--cached', '--quiet', '.');
    await made.write({ 'README.md': null, 'a.yaml': 'a\n' });
    expect(await snapshot(made)).toEqual({ 'a.yaml': 'a\n' });
  });

  it('runs no filter of the repository', async () => {
    await using made = await repository({ files: { 'a.yaml': 'a\n', '.gitattributes': '*.yaml filter=evil\n' } });
    await made.git('config', 'filter.evil.clean', 'touch ran; cat');
    await made.write({ 'a.yaml': 'b\n' });
    expect((await snapshot(made))['a.yaml']).toBe('b\n');
    await expect(readFile(join(made.folder, 'ran'))).rejects.toThrow('ENOENT');
  });

  it('is the same for the same files', async () => {
    await using made = await repository({ files: begin });
    const { work } = await openRepo(made);
    expect(await work.snapshot()).toBe(await work.snapshot());
  });
});

describe('writing into the work tree', () => {
  it('makes folders, and replaces only what it may', async () => {
    await using made = await repository();
    const { work } = await openRepo(made);
    expect(await work.write('x/y.yaml', 'one\n', { replace: false })).toBe('written');
    expect(await work.write('x/y.yaml', 'two\n', { replace: false })).toBe('exists');
    expect(await readFile(join(made.folder, 'x/y.yaml'), 'utf8')).toBe('one\n');
    expect(await work.write('x/y.yaml', 'two\n', { replace: true })).toBe('written');
    expect(await readFile(join(made.folder, 'x/y.yaml'), 'utf8')).toBe('two\n');
  });

  it('follows no link, and leads out of no folder', async () => {
    await using made = await repository();
    const { work } = await openRepo(made);
    await made.write({ link: { link: '/tmp' } });
    for (const path of ['link', 'link/x.yaml', '../x.yaml', '/tmp/x.yaml']) {
      await expect(work.write(path, '', { replace: true })).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
    }
  });
});
