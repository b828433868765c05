import { execFileSync } from 'node:child_process';
import { readdir, readFile, readlink, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openRepo } from '../../src/adapters/git.ts';
import { type Repository, repository } from '../support/repository.ts';

it('holds exactly what was committed, until it is disposed', async () => {
  await using made = await repository({
    files: { 'a/b/c.yaml': 'crlf\r\n', 'run.sh': { program: '#!/bin/sh\n' }, empty: '', 'line\nbreak': 'x' },
  });
  const first = await made.head();
  await made.commit({ 'a/b/c.yaml': null, other: 'x' });
  await made.write({ 'a/b/c.yaml': 'dirty' });
  const repo = await openRepo(made);
  let folder = '';
  {
    await using tree = await repo.tree(first);
    folder = tree.folder;
    expect(await realpath(folder)).toBe(folder);
    expect((await readdir(folder)).sort()).toEqual(['a', 'empty', 'line\nbreak', 'run.sh']);
    expect(await readFile(join(folder, 'a/b/c.yaml'), 'utf8')).toBe('crlf\r\n');
    expect((await stat(join(folder, 'run.sh'))).mode & 0o111).toBe(0o111);
    expect((await stat(join(folder, 'empty'))).mode & 0o111).toBe(0);
  }
  await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('holds binary files and many files', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 1_200 }, (_, index) => [`d${index % 30}/${index}.txt`, `${index}\n`]),
  );
  await using made = await repository({ files });
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 31) % 256));
  await writeFile(join(made.folder, 'image.bin'), bytes);
  const repo = await openRepo(made);
  await using tree = await repo.tree(await made.commit({}));
  expect((await readFile(join(tree.folder, 'image.bin'))).equals(bytes)).toBe(true);
  for (const path of ['d0/0.txt', 'd17/1007.txt', 'd29/1199.txt']) {
    expect(await readFile(join(tree.folder, path), 'utf8')).toBe(files[path]);
  }
  expect((await readdir(tree.folder, { recursive: true })).length).toBe(1_200 + 30 + 1);
});

it('applies no attributes: no filters, no line ends, no export rules', async () => {
  await using made = await repository({
    files: {
      '.gitattributes': '*.txt text eol=crlf ident export-subst\nsecret.txt export-ignore\n',
      'a.txt': 'a\n$Id$\n',
      'secret.txt': 's\n',
    },
  });
  const repo = await openRepo(made);
  await using tree = await repo.tree(await made.head());
  expect(await readFile(join(tree.folder, 'a.txt'), 'utf8')).toBe('a\n$Id$\n');
  expect(await readFile(join(tree.folder, 'secret.txt'), 'utf8')).toBe('s\n');
});

it('follows links inside, and makes every link that leaves a link to nothing', async () => {
  await using outside = await repository({ files: { secret: 'outside' } });
  const links = {
    absolute: '/etc/hostname',
    outside: join(outside.folder, 'secret'),
    up: '../../../../../../../../etc/hostname',
    'deep/up': '../../../../../../../../etc/hostname',
    // Looks inside, read as text; leads out once `hop` is followed.
    through: 'hop/../../../../../../../../etc/hostname',
    chained: 'absolute',
    tmp: '..',
    loop: 'loop',
    dangling: 'nowhere',
  };
  await using made = await repository({
    files: {
      'real/x.yaml': 'x',
      inside: { link: 'real/x.yaml' },
      'deep/inside': { link: '../real' },
      hop: { link: 'real' },
      ...Object.fromEntries(Object.entries(links).map(([path, link]) => [path, { link }])),
    },
  });
  const repo = await openRepo(made);
  await using tree = await repo.tree(await made.head());
  expect(await readFile(join(tree.folder, 'inside'), 'utf8')).toBe('x');
  expect(await readFile(join(tree.folder, 'deep/inside/x.yaml'), 'utf8')).toBe('x');
  for (const path of Object.keys(links)) {
    expect(await readlink(join(tree.folder, path)), path).toBe('refused-symlink-leaves-the-repository');
    await expect(readFile(join(tree.folder, path)), path).rejects.toMatchObject({ code: 'ENOENT' });
  }
});

it('leaves a submodule as an empty folder', async () => {
  await using made = await repository();
  await made.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/module`);
  await made.git('commit', '--quiet', '-m', 'module');
  const repo = await openRepo(made);
  const head = await made.head();
  await using tree = await repo.tree(head);
  expect(await readdir(join(tree.folder, 'vendor/module'))).toEqual([]);
  expect(await repo.read(head, 'vendor/module')).toBeNull();
  expect(await repo.files(head, '')).toEqual(['README.md']);
});

it.each(['..', '.', '.git', '.GIT'])('refuses a forged tree with an entry named %s', async (name) => {
  await using made = await repository();
  const commit = await forged(made, name);
  const repo = await openRepo(made);
  const refused = { family: 'input', code: 'SOURCE_INVALID' };
  await expect(repo.tree(commit)).rejects.toMatchObject(refused);
  await expect(repo.files(commit, '')).rejects.toMatchObject(refused);
  await expect(repo.read(commit, 'README.md')).rejects.toMatchObject(refused);
  await expect(repo.revert({ onto: await made.head(), from: commit, paths: [''], message: 'x' })).rejects.toMatchObject(
    refused,
  );
});

it('takes targets that cannot be a link, and says which name it cannot write', async () => {
  await using made = await repository();
  const put = (mode: string, name: string, content: string) => {
    const options = { cwd: made.folder, encoding: 'utf8' } as const;
    const id = execFileSync('git', ['hash-object', '-w', '--stdin'], { ...options, input: content }).trim();
    execFileSync('git', ['update-index', '--add', '-z', '--index-info'], {
      ...options,
      input: `${mode} ${id}\t${name}\0`,
    });
  };
  put('120000', 'nul', 'a\0b');
  put('120000', 'long', 'x/'.repeat(5_000));
  put('120000', 'empty', '');
  await made.git('commit', '--quiet', '-m', 'odd links');
  const repo = await openRepo(made);
  await using tree = await repo.tree(await made.head());
  for (const path of ['nul', 'long', 'empty']) {
    expect(await readlink(join(tree.folder, path)), path).toBe('refused-symlink-leaves-the-repository');
  }
  put('100644', 'n'.repeat(300), '');
  await made.git('commit', '--quiet', '-m', 'long name');
  await expect(repo.tree(await made.head())).rejects.toMatchObject({
    family: 'environment',
    code: 'GIT_FAILED',
    message: expect.stringContaining('name too long'),
  });
});

it('leaves nothing behind when it fails', async () => {
  await using made = await repository();
  const repo = await openRepo(made);
  // A blob that the repository lacks.
  const index = `100644 ${'3'.repeat(40)}\tgone\0`;
  execFileSync('git', ['update-index', '--add', '-z', '--index-info'], { cwd: made.folder, input: index });
  const tree = await made.git('write-tree', '--missing-ok');
  const commit = await made.git('commit-tree', tree, '-m', 'broken');
  await made.write({ '../own/keep': '' });
  const own = join(made.folder, '../own');
  vi.stubEnv('TMPDIR', own);
  await expect(repo.tree(commit)).rejects.toMatchObject({ name: 'StepgateError' });
  vi.unstubAllEnvs();
  expect(await readdir(own)).toEqual(['keep']);
});

/** A commit with an entry that git would never write itself: `<name>/config`. */
async function forged(made: Repository, name: string): Promise<string> {
  const git = (input: string, ...args: string[]) =>
    execFileSync('git', args, { cwd: made.folder, input, encoding: 'utf8' }).trim();
  const blob = git('[core]\n\tfsmonitor = touch /tmp/bad\n', 'hash-object', '-w', '--stdin');
  const inner = git(`100644 blob ${blob}\tconfig\n`, 'mktree');
  const readme = git('x', 'hash-object', '-w', '--stdin');
  const outer = git(`040000 tree ${inner}\t${name}\n100644 blob ${readme}\tREADME.md\n`, 'mktree');
  return made.git('commit-tree', outer, '-m', 'forged');
}
