import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { type OpenRepo, openRepo } from '../../src/adapters/git.ts';
import { StepgateError } from '../../src/release/error.ts';
import { gitRemote } from '../support/git-remote.ts';
import { type Repository, repository } from '../support/repository.ts';

afterEach(() => vi.unstubAllEnvs());

/** A folder where everything that must not happen leaves a file. */
async function traces() {
  const folder = await mkdtemp(join(tmpdir(), 'stepgate-traces-'));
  const program = join(folder, '..', `${folder.split('/').at(-1)}.sh`);
  await writeFile(program, `#!/bin/sh\necho "$0 $*" > "${folder}/ran-$$"\nexit 0\n`);
  await chmod(program, 0o755);
  return {
    folder,
    program,
    left: () => readdir(folder),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
      await rm(program, { force: true });
    },
  };
}

/** What a repository is: refs, index, work tree, config. */
async function lookAt(made: Repository) {
  return {
    refs: await made.git('for-each-ref'),
    status: await made.git('status', '--porcelain=v2'),
    config: await made.git('config', '--local', '--list'),
    // Last: `status` writes an index.lock for a moment.
    files: await readdir(made.folder),
    inside: await readdir(join(made.folder, '.git')),
  };
}

it('takes no option, no command and no address from any argument', async () => {
  await using remote = await gitRemote();
  await using trace = await traces();
  await using made = await repository({ files: { 'a.txt': 'a' } });
  await made.connect(remote);
  const head = await made.commit({ 'a.txt': 'b' });
  const parent = await made.git('rev-parse', 'HEAD~1');
  const repo = await openRepo(made);
  const { folder, program } = trace;
  const hostile = [
    `--upload-pack=${program}`,
    `--receive-pack=${program}`,
    `--exec=${program}`,
    `--output=${folder}/output`,
    `-o${folder}/output`,
    '-c',
    `-ccore.fsmonitor=${program}`,
    `--config-env=core.pager=${program}`,
    `--git-dir=${folder}`,
    `--exec-path=${folder}`,
    `--template=${folder}`,
    `--open-files-in-pager=${program}`,
    `-O${program}`,
    '--ext-diff',
    '--no-index',
    '--all',
    '--mirror',
    '--delete',
    '--force',
    '--help',
    '--',
    '--end-of-options',
    `ext::${program}`,
    `ext::sh -c touch% ${folder}/ext`,
    `fd::17/foo`,
    `file://${made.folder}`,
    made.folder,
    'http://127.0.0.1:1/x.git',
    '+refs/heads/*:refs/heads/*',
    ':main',
    'HEAD:main',
    `main\n--output=${folder}/newline`,
    `main\0--output=${folder}/nul`,
    `main\r\n`,
    `$(touch ${folder}/shell)`,
    `\`touch ${folder}/shell\``,
    `; touch ${folder}/shell`,
    `| touch ${folder}/shell`,
    `x'"&& touch ${folder}/shell`,
    '@{u}@{x',
    '../../etc/passwd',
    `@${folder}/file`,
  ];
  const before = await lookAt(made);
  const requests = remote.requests.length;

  for (const text of hostile) {
    const calls: Record<string, () => Promise<unknown>> = {
      resolve: () => repo.resolve(text),
      readCommit: () => repo.read(text, 'a.txt'),
      filesCommit: () => repo.files(text, ''),
      containsCommit: () => repo.contains(text, head),
      containsAncestor: () => repo.contains(head, text),
      logFrom: () => repo.log(text, head, []),
      logTo: () => repo.log(parent, text, []),
      tree: () => repo.tree(text),
      revertOnto: () => repo.revert({ onto: text, from: parent, paths: ['a.txt'], message: 'x' }),
      revertFrom: () => repo.revert({ onto: head, from: text, paths: ['a.txt'], message: 'x' }),
      has: () => repo.has(text),
      sameAtLeft: () => repo.sameAt(text, head, []),
      sameAtRight: () => repo.sameAt(head, text, []),
      fetchCommitRemote: () => repo.fetchCommit(text, head),
      fetchCommit: () => repo.fetchCommit('origin', text),
      fetchRefsRemote: () => repo.fetchRefs(text, { branches: ['main'], tags: ['*'] }),
      fetchRemote: () => repo.fetch(text, 'main'),
      pushRemote: () => repo.push(text, head, 'main'),
      pushCommit: () => repo.push('origin', text, 'main'),
    };
    for (const [name, call] of Object.entries(calls)) {
      await expect(call(), `${name} ${JSON.stringify(text)}`).rejects.toBeInstanceOf(StepgateError);
    }
    expect(await repo.refs({ branches: [text], tags: [text] }), text).toEqual([]);
    // As paths these are names that nothing has, or they are refused.
    for (const asked of [repo.read(head, text), repo.files(head, text), repo.log(parent, head, [text])]) {
      const answer = await asked.catch((error: unknown) => error);
      if (answer instanceof StepgateError) expect(answer.code).toBe('SOURCE_INVALID');
      else expect(answer ?? []).toEqual([]);
    }
  }
  expect(remote.requests.length).toBe(requests);
  expect(await lookAt(made)).toEqual(before);
  expect(await trace.left()).toEqual([]);
});

it('takes only branch names for branches', async () => {
  await using remote = await gitRemote();
  await using made = await repository();
  await made.connect(remote);
  const repo = await openRepo(made);
  const head = await made.head();
  const requests = remote.requests.length;
  const bad = [
    '',
    '-x',
    '--force',
    '@',
    'HEAD',
    'a..b',
    'a b',
    'a\nb',
    'a~1',
    'a^',
    'a:b',
    'main:other',
    'a?',
    '*',
    'a[',
    'a\\b',
    'a//b',
    '/a',
    'a/',
    'a.lock',
    'a.lock/b',
    '.a',
    'a/.b',
    'a.',
    'a@{1}',
    'a\x7f',
  ];
  for (const branch of bad) {
    const refused = { family: 'input', code: 'USAGE' };
    await expect(repo.fetch('origin', branch), JSON.stringify(branch)).rejects.toMatchObject(refused);
    await expect(repo.push('origin', head, branch), JSON.stringify(branch)).rejects.toMatchObject(refused);
  }
  expect(remote.requests.length).toBe(requests);
  // '+main' reads as force in a refspec, but is a name behind refs/heads/.
  for (const branch of ['+main', "it's", '$(id)', 'a;b', 'ü', 'a=b', 'refs/heads/x', '!x', 'a`b']) {
    await repo.push('origin', head, branch);
    expect(await remote.tip(branch), branch).toBe(head);
    await repo.fetch('origin', branch);
    expect(await repo.resolve(`refs/remotes/origin/${branch}`), branch).toBe(head);
  }
});

/** Everything the adapter can do, once. */
async function everything(repo: OpenRepo, made: Repository) {
  const to = await repo.resolve('HEAD');
  const from = await repo.resolve('HEAD~1');
  expect(await repo.read(to, 'a.txt')).toBe('two\n');
  expect(await repo.files(to, '')).toEqual(['.gitattributes', 'a.txt']);
  expect(await repo.contains(to, from)).toBe(true);
  expect(await repo.log(from, to, ['a.txt'])).toEqual([{ commit: to, subject: 'two' }]);
  await using tree = await repo.tree(to);
  expect(await readdir(tree.folder)).toEqual(['.gitattributes', 'a.txt']);
  const reverted = await repo.revert({ onto: to, from, paths: ['a.txt'], message: 'Revert' });
  expect(await made.git('cat-file', 'blob', `${reverted}:a.txt`)).toBe('one');
  expect(await repo.defaultBranch()).toMatchObject({ branch: 'main' });
  await repo.fetch('origin', 'main');
  await repo.push('origin', reverted ?? '', 'reverts');
  expect(await repo.sameAt(from, reverted ?? '', ['a.txt'])).toBe(true);
  await repo.fetchRefs('origin', { branches: ['**'], tags: ['**'] });
  expect(await repo.refs({ branches: ['reverts'], tags: [] })).toEqual([{ name: 'reverts', commit: reverted }]);
  expect(await repo.fetchCommit('origin', '1'.repeat(40))).toBe(false);
}

const twoCommits = async () => {
  const made = await repository({
    files: { 'a.txt': 'one\n', '.gitattributes': '*.txt filter=evil diff=evil merge=evil\n' },
  });
  await made.commit({ 'a.txt': 'two\n' }, 'two');
  return made;
};

it('runs nothing that the repository config or its hooks name', async () => {
  await using remote = await gitRemote();
  await using trace = await traces();
  await using made = await twoCommits();
  await made.connect(remote);
  const { program } = trace;
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(made.folder, '.git/signing-key')]);
  for (const [key, value] of [
    ['core.fsmonitor', program],
    ['core.pager', program],
    ['core.editor', program],
    ['core.askPass', program],
    ['pager.log', 'true'],
    ['diff.external', program],
    ['diff.evil.command', program],
    ['diff.evil.textconv', program],
    ['filter.evil.smudge', program],
    ['filter.evil.clean', program],
    ['filter.evil.process', program],
    ['filter.evil.required', 'true'],
    ['merge.evil.driver', program],
    ['gpg.program', program],
    ['gpg.openpgp.program', program],
    ['gpg.x509.program', program],
    ['gpg.ssh.program', program],
    ['gpg.ssh.defaultKeyCommand', program],
    ['gpg.format', 'ssh'],
    ['user.signingKey', '.git/signing-key'],
    ['commit.gpgSign', 'true'],
    ['push.gpgSign', 'if-asked'],
    ['log.showSignature', 'true'],
    ['gc.auto', '1'],
    ['alias.log', `!${program}`],
    ['tar.tar.command', program],
    ['protocol.ext.allow', 'always'],
    ['remote.evil.url', `ext::${program}`],
    ['core.sparseCheckout', 'true'],
  ] as const) {
    await made.git('config', key, value);
  }
  const hooks = [
    'pre-push',
    'post-checkout',
    'post-index-change',
    'reference-transaction',
    'pre-commit',
    'commit-msg',
    'prepare-commit-msg',
    'post-commit',
    'post-merge',
    'pre-auto-gc',
    'post-rewrite',
    'fsmonitor-watchman',
  ];
  for (const places of [join(made.folder, '.git/hooks'), join(made.folder, '.git/other')]) {
    await mkdir(places, { recursive: true });
    for (const hook of hooks) {
      await writeFile(join(places, hook), `#!/bin/sh\nexec ${program} ${hook}\n`);
      await chmod(join(places, hook), 0o755);
    }
  }
  await made.git('config', 'core.hooksPath', '.git/other');
  // git itself ran some of these while the above was set up.
  for (const left of await trace.left()) await rm(join(trace.folder, left));

  const repo = await openRepo(made);
  await everything(repo, {
    ...made,
    git: async (...args) => made.git('-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', ...args),
  });
  await expect(repo.fetch('evil', 'main')).rejects.toMatchObject({ code: 'GIT_FAILED' });
  await expect(repo.push('evil', await repo.resolve('HEAD'), 'main')).rejects.toMatchObject({
    code: 'GIT_PUSH_FAILED',
  });
  expect(await trace.left()).toEqual([]);
});

it('starts nothing that the repository config names for a remote', async () => {
  await using remote = await gitRemote({ token: 'sesame' });
  await using trace = await traces();
  await using made = await repository();
  const { program, folder } = trace;
  const bare = join(folder, 'bare.git');
  await made.git('init', '--quiet', '--bare', bare);
  await made.git('remote', 'add', 'origin', bare);
  await made.git('remote', 'add', 'web', remote.url);
  await made.git('remote', 'add', 'shell', 'ssh://127.0.0.1:1/x.git');
  await made.git('remote', 'add', 'old', 'git://127.0.0.1:1/x.git');
  await made.git('push', '--quiet', 'origin', 'main');
  // As an include, too: actions/checkout keeps its credentials in one.
  await writeFile(
    join(made.folder, '.git/more'),
    `[core]\n\tsshCommand = ${program}\n[credential]\n\thelper = ${program}\n`,
  );
  for (const [key, value] of [
    ['include.path', 'more'],
    ['core.alternateRefsCommand', program],
    ['core.gitProxy', program],
    [`credential.${new URL(remote.url).origin}.helper`, `!${program}`],
    ['hook.evil.command', program],
    ['hook.evil.event', 'pre-push'],
    ['uploadpack.packObjectsHook', program],
  ] as const)
    await made.git('config', key, value);
  await mkdir(join(made.folder, '.git/objects/info'), { recursive: true });
  await writeFile(join(made.folder, '.git/objects/info/alternates'), join(bare, 'objects'));

  for (const key of ['remote.origin.uploadpack', 'remote.origin.receivepack']) {
    await made.git('config', key, program);
    await expect(openRepo(made)).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: `.git/config names a program for a remote (${key}), and stepgate starts none of it`,
    });
    await made.git('config', '--unset-all', key);
  }
  const repo = await openRepo(made);
  const head = await made.head();
  await repo.fetch('origin', 'main');
  await repo.push('origin', head, 'other');
  expect(await made.git('--git-dir', bare, 'rev-parse', 'other')).toBe(head);
  for (const name of ['web', 'shell', 'old'])
    await expect(repo.fetch(name, 'main'), name).rejects.toMatchObject({ code: 'GIT_FAILED' });
  await expect(repo.fetch('web', 'main')).rejects.toMatchObject({
    message: expect.stringMatching(
      /starts no program that .git\/config names \(.*credential.helper.*git config --global/,
    ),
  });
  expect((await trace.left()).filter((name) => name !== 'bare.git')).toEqual([]);

  // The same settings are the person's own: they count.
  await writeFile(
    join(made.env['HOME'] ?? '', '.gitconfig'),
    `[credential]\n\thelper = "!f() { echo username=x; echo password=sesame; }; f"\n`,
  );
  const again = await openRepo(made);
  await again.push('web', head, 'main');
  await again.fetch('web', 'main');
  expect((await trace.left()).filter((name) => name !== 'bare.git')).toEqual([]);
});

it('pushes to no folder of the work tree, whose hooks anybody may commit', async () => {
  await using trace = await traces();
  await using made = await repository();
  await made.git('init', '--quiet', '--bare', 'evil.git');
  await mkdir(join(made.folder, 'evil.git/hooks'), { recursive: true });
  await writeFile(join(made.folder, 'evil.git/hooks/pre-receive'), `#!/bin/sh\nexec ${trace.program}\n`);
  await chmod(join(made.folder, 'evil.git/hooks/pre-receive'), 0o755);
  const repo = await openRepo(made);
  const head = await made.head();
  for (const url of ['evil.git', './evil.git', join(made.folder, 'evil.git'), `file://${made.folder}/evil.git`]) {
    await made.git('remote', 'add', 'origin', url);
    await expect(repo.push('origin', head, 'main'), url).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('is a folder of this repository'),
    });
    await made.git('remote', 'remove', 'origin');
  }
  expect(await trace.left()).toEqual([]);
});

it('is not led by the environment, neither ours nor the one handed over', async () => {
  await using remote = await gitRemote();
  await using trace = await traces();
  await using made = await twoCommits();
  await using other = await repository({ files: { decoy: 'x' } });
  await made.connect(remote);
  const { folder, program } = trace;
  const config = join(folder, '..', `${folder.split('/').at(-1)}.config`);
  await writeFile(config, `[core]\n\tfsmonitor = ${program}\n[user]\n\tname = Mallory\n\temail = m@example.com\n`);
  const hostile = {
    GIT_DIR: join(other.folder, '.git'),
    GIT_WORK_TREE: other.folder,
    GIT_COMMON_DIR: join(other.folder, '.git'),
    GIT_INDEX_FILE: join(folder, 'index'),
    GIT_OBJECT_DIRECTORY: join(folder, 'objects'),
    GIT_NAMESPACE: 'other',
    GIT_EXTERNAL_DIFF: program,
    GIT_PAGER: program,
    PAGER: program,
    GIT_EDITOR: program,
    GIT_ASKPASS: program,
    SSH_ASKPASS: program,
    GIT_SSH: program,
    GIT_SSH_COMMAND: program,
    GIT_PROXY_COMMAND: program,
    GIT_EXEC_PATH: folder,
    GIT_TEMPLATE_DIR: folder,
    GIT_TRACE: join(folder, 'trace'),
    GIT_TRACE2_EVENT: join(folder, 'trace2'),
    GIT_TRACE_CURL: join(folder, 'curl'),
    GIT_CONFIG: config,
    GIT_CONFIG_GLOBAL: config,
    GIT_CONFIG_SYSTEM: config,
    GIT_CONFIG_PARAMETERS: `'core.fsmonitor=${program}'`,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: program,
    GIT_AUTHOR_NAME: 'Mallory',
    GIT_COMMITTER_EMAIL: 'm@example.com',
    GIT_ALLOW_PROTOCOL: 'ext',
    GIT_REPLACE_REF_BASE: 'refs/heads/',
    GIT_CEILING_DIRECTORIES: '/',
    GIT_DISCOVERY_ACROSS_FILESYSTEM: '1',
    LANGUAGE: 'de',
    LC_ALL: 'de_DE.UTF-8',
    BASH_ENV: program,
    ENV: program,
  };
  for (const [name, value] of Object.entries(hostile)) vi.stubEnv(name, value);
  const repo = await openRepo({ folder: made.folder, env: { ...hostile, ...made.env } });
  expect(repo.root).toBe(made.folder);
  await everything(repo, made);
  expect(await made.git('for-each-ref', '--format=%(authorname)', 'refs/remotes/origin/reverts')).toBe('stepgate');
  expect(await trace.left()).toEqual([]);
  await rm(config);
});

it('does not take a folder of the checkout for a repository of its own', async () => {
  await using trace = await traces();
  await using made = await repository();
  // Files that anyone can commit: a bare repository whose config runs a program.
  await made.git('init', '--quiet', '--bare', 'sub');
  await made.git('-C', 'sub', 'config', 'core.fsmonitor', trace.program);
  await made.git('-C', 'sub', 'config', 'core.bare', 'false');
  await made.git('-C', 'sub', 'config', 'core.worktree', '..');
  const opened = openRepo({ folder: join(made.folder, 'sub'), env: made.env });
  await expect(opened).rejects.toMatchObject({ code: 'GIT_FAILED' });
  expect(await trace.left()).toEqual([]);
});

it('lists no commit with more paths, or longer ones, than any memory and system has', async () => {
  await using made = await repository({ files: { 'a.txt': 'a' } });
  const git = (input: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: made.folder,
      env: { ...made.env, PATH: process.env['PATH'] },
      input,
    })
      .toString()
      .trim();
  const blob = await made.git('rev-parse', 'HEAD:a.txt');
  const treeOf = (lines: readonly string[]) => git(lines.map((line) => `${line}\n`).join(''), 'mktree');
  const committed = (tree: string) => git('', 'commit-tree', '-m', 'hostile', tree);
  const repo = await openRepo(made);

  // Ten levels of ten folders, each with the same ten in it: 10^10 files out of ten trees.
  let level = treeOf([`100644 blob ${blob}\tfile`]);
  for (let height = 0; height < 10; height += 1) {
    const below = level;
    level = treeOf(Array.from({ length: 10 }, (_, index) => `040000 tree ${below}\t${'n'.repeat(40)}${index}`));
  }
  await expect(repo.files(committed(level), '')).rejects.toMatchObject({
    problems: [{ code: 'SOURCE_INVALID', message: expect.stringContaining('too many files') }],
  });

  // With short names their number is too much before their length is.
  let short = treeOf(Array.from({ length: 10 }, (_, index) => `100644 blob ${blob}\t${index}`));
  for (let height = 0; height < 9; height += 1) {
    const below = short;
    short = treeOf(Array.from({ length: 10 }, (_, index) => `040000 tree ${below}\t${index}`));
  }
  await expect(repo.files(committed(short), '')).rejects.toMatchObject({
    problems: [{ code: 'SOURCE_INVALID', message: expect.stringContaining('more than 2000000 files') }],
  });

  const long = committed(treeOf([`100644 blob ${blob}\t${'n'.repeat(5_000)}`]));
  await expect(repo.files(long, '')).rejects.toMatchObject({
    problems: [{ code: 'SOURCE_INVALID', message: expect.stringContaining('path is too long') }],
  });
});

it.each([
  ['without the end of a name', '100644 a.txt'],
  ['without an id', '100644 a.txt\0short'],
  ['without a name', 'nothing'],
])('ends at a broken tree %s', async (_, content) => {
  await using made = await repository({ files: { 'a.txt': 'a' } });
  const git = (input: string | Buffer, ...args: string[]) =>
    execFileSync('git', args, { cwd: made.folder, env: { ...made.env, PATH: process.env['PATH'] }, input })
      .toString()
      .trim();
  const tree = git(content, 'hash-object', '-w', '-t', 'tree', '--literally', '--stdin');
  const head = await made.head();
  const commit = git(
    `tree ${tree}\nparent ${head}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nbroken\n`,
    ...['hash-object', '-w', '-t', 'commit', '--literally', '--stdin'],
  );
  const repo = await openRepo(made);
  await expect(repo.files(commit, '')).rejects.toMatchObject({
    code: 'GIT_FAILED',
    message: expect.stringContaining(`the tree ${tree}: it is broken`),
  });
});

it.each(['in another repository', 'in none'])('does not follow core.worktree to a folder %s', async (where) => {
  await using made = await repository({ files: { 'a.txt': 'a' } });
  await using other = await repository({ files: { 'b.txt': 'b' } });
  await other.git('config', 'core.sshCommand', 'touch ran');
  await made.git('config', 'core.worktree', where === 'in none' ? tmpdir() : other.folder);
  await expect(openRepo(made)).rejects.toMatchObject({
    code: 'GIT_FAILED',
    message: expect.stringContaining('no work tree of this repository'),
  });
});

it('opens a submodule, whose core.worktree is its own folder', async () => {
  await using made = await repository({ files: { 'a.txt': 'a' } });
  await using inner = await repository({ files: { 'b.txt': 'b' } });
  await made.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.folder, 'sub');
  const repo = await openRepo({ folder: join(made.folder, 'sub'), env: made.env });
  expect(await repo.files(await inner.head(), '')).toEqual(['b.txt']);
});

it('names the file whose content the clone lacks', async () => {
  await using made = await repository({ files: { 'deploy/a.yaml': 'a: 1' } });
  const id = await made.git('rev-parse', 'HEAD:deploy/a.yaml');
  await rm(join(made.folder, '.git', 'objects', id.slice(0, 2), id.slice(2)));
  const repo = await openRepo(made);
  await expect(repo.read(await made.head(), 'deploy/a.yaml')).rejects.toMatchObject({
    problems: [{ code: 'SOURCE_INVALID', at: { file: 'deploy/a.yaml' }, message: expect.stringContaining('lacks it') }],
  });
});
