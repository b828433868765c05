import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withoutCredentials } from '../../src/adapters/git/ran.ts';
import { gitIn } from '../../src/adapters/git/run.ts';
import { openRepo } from '../../src/adapters/git.ts';
import { repository } from '../support/repository.ts';

const open = ({ folder, env }: { folder: string; env: Readonly<Record<string, string>> }) => openRepo({ folder, env });

describe('openRepo', () => {
  it('finds the top folder from a folder below it', async () => {
    await using made = await repository({ files: { 'a/b/c.txt': 'x' } });
    const repo = await openRepo({ folder: join(made.folder, 'a/b'), env: made.env });
    expect(repo.root).toBe(made.folder);
    expect(await repo.files(await repo.resolve('HEAD'), '')).toEqual(['a/b/c.txt']);
  });

  it('says that a folder is not a repository', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stepgate-none-'));
    const opened = openRepo({ folder, env: { PATH: process.env['PATH'], GIT_CEILING_DIRECTORIES: '/' } });
    await expect(opened).rejects.toMatchObject({
      family: 'input',
      code: 'GIT_FAILED',
      message: expect.stringContaining('not a git repository'),
    });
    await rm(folder, { recursive: true });
  });

  it.each([
    [
      ['app'],
      { GITHUB_WORKSPACE: '/ws' },
      "app is a clone: give the Action 'path: app', the path of actions/checkout, or run stepgate in that folder",
    ],
    [['app'], {}, 'app is a clone: run stepgate in that folder'],
    [['src/app'], {}, 'src/app is a clone: run stepgate in that folder'],
    [
      ['app', 'lib'],
      { GITHUB_WORKSPACE: '/ws' },
      'several folders are clones (app, lib): give the Action the path of actions/checkout of the one',
    ],
    [[], { GITHUB_WORKSPACE: '/ws' }, "give the Action its path as 'path' where it has one"],
  ])('names the clones below: %j, %j', async (clones, env, hint) => {
    const folder = await mkdtemp(join(tmpdir(), 'stepgate-above-'));
    for (const clone of clones) await mkdir(join(folder, clone, '.git'), { recursive: true });
    await mkdir(join(folder, 'empty'));
    const opened = openRepo({ folder, env: { PATH: process.env['PATH'], ...env } });
    await expect(opened).rejects.toMatchObject({ code: 'GIT_FAILED', hint: expect.stringContaining(hint) });
    await rm(folder, { recursive: true });
  });

  it('says that a folder is not there', async () => {
    const opened = openRepo({ folder: '/no/such/folder', env: { PATH: process.env['PATH'] } });
    await expect(opened).rejects.toMatchObject({ family: 'input', code: 'GIT_FAILED' });
  });

  it('stops a git that prints without end', async () => {
    await using made = await repository();
    const programs = await mkdtemp(join(tmpdir(), 'stepgate-endless-git-'));
    await writeFile(join(programs, 'git'), '#!/bin/sh\nexec cat /dev/zero\n', { mode: 0o755 });
    const opened = openRepo({ folder: made.folder, env: { PATH: `${programs}:${process.env['PATH']}` } });
    await expect(opened).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('over 256 MiB'),
    });
    await rm(programs, { recursive: true });
  });

  it('says that git is missing', async () => {
    await using made = await repository();
    const opened = openRepo({ folder: made.folder, env: { PATH: '/nowhere' } });
    await expect(opened).rejects.toMatchObject({ family: 'environment', code: 'TOOL_MISSING' });
  });

  it.runIf(process.getuid?.() === 0)('says what to do where the folder belongs to someone else', async () => {
    await using made = await repository();
    const { execFileSync } = await import('node:child_process');
    execFileSync('chown', ['-R', '12345', made.folder]);
    await expect(open(made)).rejects.toMatchObject({
      family: 'environment',
      code: 'GIT_FAILED',
      hint: expect.stringContaining(`safe.directory '${made.folder}'`),
    });
  });
});

describe('resolve', () => {
  it('takes branches, tags, short ids and expressions, once, to a commit', async () => {
    await using made = await repository();
    const first = await made.head();
    await made.git('tag', '-a', 'v1', '-m', 'one');
    const second = await made.commit({ 'a.txt': 'a' });
    const repo = await open(made);
    for (const [ref, commit] of [
      ['HEAD', second],
      ['main', second],
      ['refs/heads/main', second],
      ['HEAD~1', first],
      ['v1', first],
      [first.slice(0, 10), first],
      [second, second],
    ] as const) {
      expect(await repo.resolve(ref), ref).toBe(commit);
    }
  });

  it('knows no other names', async () => {
    await using made = await repository();
    const repo = await open(made);
    for (const ref of [
      'nope',
      '',
      ' ',
      'a\nb',
      'HEAD..HEAD',
      '^HEAD',
      '--all',
      '-',
      'HEAD:README.md',
      '0'.repeat(40),
    ]) {
      await expect(repo.resolve(ref), JSON.stringify(ref)).rejects.toMatchObject({
        family: 'input',
        code: 'REF_UNKNOWN',
      });
    }
  });

  it('says what may be meant', async () => {
    await using made = await repository();
    await made.git('tag', 'v1.2.0');
    await made.git('branch', 'feature/basket');
    const repo = await open(made);
    for (const [ref, hint] of [
      ['v1.2', /^did you mean v1\.2\.0\? Else fetch it first, or check the spelling$/],
      ['mian', /^did you mean main\?/],
      ['basket', /^did you mean feature\/basket\?/],
      ['something', /^fetch it first, or check the spelling$/],
    ] as const) {
      await expect(repo.resolve(ref), ref).rejects.toMatchObject({
        message: `git has no commit, branch or tag "${ref}"`,
        hint: expect.stringMatching(hint),
      });
    }
  });

  it('says that nothing is committed yet', async () => {
    await using made = await repository();
    await made.git('update-ref', '-d', 'refs/heads/main');
    await expect((await open(made)).resolve('HEAD')).rejects.toMatchObject({
      code: 'REF_UNKNOWN',
      message: expect.stringContaining('has no commits yet'),
    });
  });

  it('does not let a tag stand for a branch of that name', async () => {
    await using made = await repository();
    await made.git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    const same = await made.head();
    await made.git('tag', 'main');
    const repo = await open(made);
    expect(await repo.resolve('main')).toBe(same);
    const loosened = await made.commit({ 'stepgate.yaml': 'plans: none' });
    await made.git('tag', 'origin/main', loosened);
    for (const ref of ['main', 'origin/main']) {
      await expect(repo.resolve(ref), ref).rejects.toMatchObject({
        code: 'REF_UNKNOWN',
        message: expect.stringContaining('ambiguous'),
      });
    }
    expect(await repo.resolve('refs/remotes/origin/main')).toBe(same);
    expect(await repo.resolve('refs/heads/main')).toBe(loosened);
  });

  it('resolves branches whose names would be code in a shell', async () => {
    await using made = await repository();
    const repo = await open(made);
    for (const name of ["it's", '$(touch$IFS)', 'a`id`', 'a"b', 'a;b', 'a&&b', 'a|b', 'ünï', '!x', '%s', 'a=b']) {
      await made.git('branch', '--', name);
      expect(await repo.resolve(name), name).toBe(await made.head());
    }
  });
});

describe('read and files', () => {
  it('reads a commit, not the work tree', async () => {
    await using made = await repository({ files: { 'a/x.yaml': 'one\n', 'b.yaml': '' } });
    const first = await made.head();
    const second = await made.commit({ 'a/x.yaml': 'two\n', 'b.yaml': null });
    await made.write({ 'a/x.yaml': 'three\n', 'new.yaml': '' });
    const repo = await open(made);
    expect(await repo.read(first, 'a/x.yaml')).toBe('one\n');
    expect(await repo.read(second, './a/x.yaml')).toBe('two\n');
    expect(await repo.read(first, 'b.yaml')).toBe('');
    expect(await repo.read(second, 'b.yaml')).toBeNull();
    expect(await repo.read(second, 'new.yaml')).toBeNull();
    expect(await repo.read(second, 'a')).toBeNull();
    expect(await repo.files(second, '')).toEqual(['a/x.yaml']);
  });

  it('lists below a folder, in whole names', async () => {
    await using made = await repository({ files: { 'a/1': '', 'a/b/2': '', 'ab/3': '', c: '' } });
    const repo = await open(made);
    const head = await made.head();
    expect(await repo.files(head, 'a')).toEqual(['a/1', 'a/b/2']);
    expect(await repo.files(head, 'a/')).toEqual(['a/1', 'a/b/2']);
    expect(await repo.files(head, '.')).toEqual(['a/1', 'a/b/2', 'ab/3', 'c']);
    expect(await repo.files(head, 'none')).toEqual([]);
  });

  it('takes any name that git takes', async () => {
    const names = [
      'a b',
      'line\nbreak',
      '"quoted"',
      'tab\there',
      '-dash',
      '*',
      ':(exclude)x',
      ':!y',
      'ü/日本',
      '$(id)',
      "'",
      '\\',
    ];
    await using made = await repository({ files: Object.fromEntries(names.map((name) => [name, `is ${name}`])) });
    const repo = await open(made);
    const head = await made.head();
    expect([...(await repo.files(head, ''))].sort()).toEqual([...names].sort());
    for (const name of names) expect(await repo.read(head, name)).toBe(`is ${name}`);
  });

  it('reads many files at a time', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`s/${index}.yaml`, `n: ${'x'.repeat(index * 97)}\n\n`]),
    );
    await using made = await repository({ files });
    const repo = await open(made);
    const head = await made.head();
    const read = await Promise.all(Object.keys(files).map((path) => repo.read(head, path)));
    expect(read).toEqual(Object.values(files));
  });

  it('refuses paths that leave the repository', async () => {
    await using made = await repository();
    const repo = await open(made);
    const head = await made.head();
    for (const path of ['../x', '/etc/passwd', 'a/../../x', 'a//b', '..', 'a/./b', 'x\0y', './..', '/']) {
      await expect(repo.read(head, path), path).rejects.toMatchObject({ family: 'input', code: 'SOURCE_INVALID' });
      await expect(repo.files(head, path), path).rejects.toMatchObject({ family: 'input', code: 'SOURCE_INVALID' });
    }
  });

  it('follows no link, of a file or of a folder, and says what the links say', async () => {
    await using made = await repository({
      files: {
        'real/x.yaml': 'x',
        'link.yaml': { link: 'real/x.yaml' },
        folder: { link: 'real' },
        out: { link: '/etc/passwd' },
      },
    });
    const repo = await open(made);
    const head = await made.head();
    for (const path of ['link.yaml', 'folder/x.yaml', 'out']) {
      await expect(repo.read(head, path), path).rejects.toMatchObject({
        code: 'SOURCE_INVALID',
        message: expect.stringContaining('symbolic link'),
      });
    }
    await expect(repo.files(head, 'folder')).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
    expect(await repo.files(head, '')).toEqual(['real/x.yaml']);
    expect([...(await repo.links(head))]).toEqual([
      ['folder', 'real'],
      ['link.yaml', 'real/x.yaml'],
      ['out', '/etc/passwd'],
    ]);
  });

  it('reads UTF-16 where a byte order mark says so', async () => {
    const big = Buffer.from('\ufeffä 发', 'utf16le').swap16();
    await using made = await repository({ files: { little: Buffer.from('\ufeffä 发', 'utf16le'), big, utf8: 'ä 发' } });
    const repo = await open(made);
    const head = await made.head();
    for (const name of ['little', 'big', 'utf8']) expect(await repo.read(head, name)).toBe('ä 发');
  });

  it('takes only whole commit ids, of commits that are there', async () => {
    await using made = await repository();
    const repo = await open(made);
    const head = await made.head();
    for (const commit of ['main', 'HEAD', head.slice(0, 39), `${head}\n`, head.toUpperCase(), '', '0'.repeat(40)]) {
      await expect(repo.read(commit, 'README.md'), commit).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
    }
    // Knows it as soon as it is there, though it was asked before.
    await made.git('checkout', '--quiet', '--detach');
    expect(await repo.read(await made.commit({ 'README.md': 'new' }), 'README.md')).toBe('new');
  });

  it('shows a commit as it is, whatever refs/replace says', async () => {
    await using made = await repository({ files: { 'a.yaml': 'true' } });
    const honest = await made.head();
    const other = await made.commit({ 'a.yaml': 'forged' });
    await made.git('replace', honest, other);
    expect(await (await open(made)).read(honest, 'a.yaml')).toBe('true');
  });
});

describe('the runner', () => {
  it('hands binary input and output through whole', async () => {
    await using made = await repository();
    const run = gitIn(made.folder, made.env);
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
    const id = (await run(['hash-object', '-w', '--stdin'], { input: bytes })).out.toString().trim();
    expect((await run(['cat-file', 'blob', id])).out.equals(bytes)).toBe(true);
  });

  it('answers with the exit code, with and without words', async () => {
    await using made = await repository();
    const run = gitIn(made.folder, made.env);
    expect(await run(['config', '--get', 'no.such'])).toMatchObject({ exit: 1, err: '' });
    expect(await run(['cat-file', '-e', 'nope'])).toMatchObject({ exit: 128, err: expect.stringContaining('nope') });
  });

  it('ends a command that never ends, although it goes on talking', async () => {
    await using made = await repository();
    await made.write({
      '../bin/git': { program: '#!/bin/sh\nwhile :; do echo progress >&2; /bin/sleep 0.05; done\n' },
    });
    const env = { ...made.env, PATH: join(made.folder, '../bin') };
    await expect(gitIn(made.folder, env, { wholeMs: 300 })(['fetch', '--', 'origin'])).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: 'git fetch was stopped: it did not end within 0.3 seconds',
    });
  });

  it('starts no git that lies in the repository', async () => {
    await using made = await repository();
    await made.write({ 'bin/git': { program: '#!/bin/sh\necho evil\n' } });
    const folders = ['bin', join(made.folder, 'bin'), ''].join(delimiter);
    await expect(gitIn(made.folder, { ...made.env, PATH: folders })(['status'])).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    });
    const run = gitIn(made.folder, { ...made.env, PATH: [folders, made.env['PATH']].join(delimiter) });
    expect((await run(['rev-parse', '--show-toplevel'])).out.toString().trim()).toBe(made.folder);
  });

  it('takes credentials out of URLs', () => {
    for (const [before, after] of [
      ["unable to access 'https://me:pa55@git.example/x/'", "unable to access 'https://git.example/x/'"],
      ['https://x-access-token:ghs_abc@github.com/a/b.git and http://t@h', 'https://github.com/a/b.git and http://h'],
      ['ssh://git@host/a', 'ssh://host/a'],
      ['error 1https://me:p@host/a', 'error 1https://host/a'],
      ['https://me:p@ss@host/x', 'https://host/x'],
      ['nothing here, a@b.example', 'nothing here, a@b.example'],
    ] as const) {
      expect(withoutCredentials(before)).toBe(after);
    }
  });

  it('leaves the index file alone when it only reads', async () => {
    await using made = await repository();
    const before = await readFile(join(made.folder, '.git/index'));
    const repo = await open(made);
    await using _tree = await repo.tree(await made.head());
    expect((await readFile(join(made.folder, '.git/index'))).equals(before)).toBe(true);
  });
});
