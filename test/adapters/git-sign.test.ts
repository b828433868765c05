import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepo } from '../../src/adapters/git.ts';
import { type Repository, repository } from '../support/repository.ts';

/** A repository with something to revert, beside a folder where each program that must not run leaves a file. */
async function signedRepository() {
  const made = await repository({ files: { a: '1' } });
  const from = await made.head();
  const onto = await made.commit({ a: '2' });
  const home = join(made.folder, '..');
  const left = join(home, 'left');
  await mkdir(left);
  await made.write({ '../trap': { program: `#!/bin/sh\necho "$0 $*" > "${left}/ran-$$"\nexit 0\n` } });
  const trap = join(home, 'trap');
  const config = async (settings: Readonly<Record<string, string>>) => {
    for (const [key, value] of Object.entries(settings)) await made.git('config', key, value);
  };
  await config({
    ...{ 'gpg.program': trap, 'gpg.openpgp.program': trap, 'gpg.x509.program': trap, 'gpg.ssh.program': trap },
    'gpg.ssh.defaultKeyCommand': trap,
  });
  return {
    ...{ made, home, trap, config },
    /** What the programs of the configuration left; they must never run. */
    ran: () => readdir(left),
    revert: async (env: Readonly<Record<string, string>> = {}) => {
      const repo = await openRepo({ folder: made.folder, env: { ...made.env, ...env } });
      return (await repo.revert({ onto, from, paths: ['a'], message: 'Revert\n\nbody\n' })) ?? '';
    },
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
}

const keygen = (path: string, comment = 'stepgate') =>
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path]);

const isSigned = async (made: Repository, commit: string) =>
  (await made.git('cat-file', 'commit', commit)).includes('\ngpgsig ');

/** What git itself says of a signature by ssh: G where it is good and by somebody who is known. */
async function verified(made: Repository, commit: string, publicKey: string): Promise<string> {
  await made.write({ '../allowed': `stepgate@users.noreply.github.com ${publicKey}\n` });
  const settings = ['gpg.ssh.program=ssh-keygen', `gpg.ssh.allowedSignersFile=${join(made.folder, '..', 'allowed')}`];
  return made.git(...settings.flatMap((one) => ['-c', one]), 'log', '-1', '--format=%G?', commit);
}

/** A `gpg` of the test's own on PATH: it notes its arguments and signs like gpg, or does as it is told. */
async function fakeProgram(made: Repository, name: string, folder: string, does?: string) {
  await made.write({
    [`../${folder}/${name}`]: {
      program:
        does === undefined
          ? `#!/bin/sh\ncat > /dev/null\necho "$0 $* $GNUPGHOME" >> "${made.folder}/../signed"\nprintf '\\n[GNUPG:] SIG_CREATED x\\n' >&2\nprintf -- '-----BEGIN PGP SIGNATURE-----\\n\\nfake\\n-----END PGP SIGNATURE-----\\n'\n`
          : `#!/bin/sh\n${does}\n`,
    },
  });
  return join(made.folder, '..', folder);
}

const notes = (made: Repository) =>
  execFileSync('cat', [join(made.folder, '../signed')])
    .toString()
    .trim();

describe('a revert is signed with ssh', () => {
  it.each([
    ['a key by its whole path', (home: string) => join(home, 'key'), '../key'],
    ['a key by its public half', (home: string) => join(home, 'key.pub'), '../key'],
    ['a key by a path from the home', () => '~/key', '../key'],
    ['a key by a path from the repository', () => 'keys/key', 'keys/key'],
    ['a key by a path out of the repository', () => '../key', '../key'],
  ])('by %s', async (_, named, place) => {
    await using place_ = await signedRepository();
    const { made, home, config, revert, ran } = place_;
    await mkdir(join(made.folder, 'keys'));
    keygen(join(made.folder, place));
    await config({ 'commit.gpgSign': 'true', 'gpg.format': 'ssh', 'user.signingKey': named(home) });
    const commit = await revert();
    const publicKey = execFileSync('cat', [join(made.folder, `${place}.pub`)]).toString();
    expect(await verified(made, commit, publicKey)).toBe('G');
    keygen(join(home, 'other'));
    const other = execFileSync('cat', [join(home, 'other.pub')]).toString();
    expect(await verified(made, commit, other)).not.toBe('G');
    expect(await made.git('log', '-1', '--format=%B', commit)).toBe('Revert\n\nbody');
    expect(await ran()).toEqual([]);
  });

  it('by a key that only the agent has, named by its text', async () => {
    await using place = await signedRepository();
    const { made, home, config, revert, ran } = place;
    keygen(join(home, 'key'));
    const publicKey = execFileSync('cat', [join(home, 'key.pub')])
      .toString()
      .trim();
    const said = execFileSync('ssh-agent', ['-s', '-a', join(home, 'agent')]).toString();
    const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
    try {
      const agent = { SSH_AUTH_SOCK: join(home, 'agent') };
      execFileSync('ssh-add', ['-q', join(home, 'key')], { env: { ...process.env, ...agent } });
      await rm(join(home, 'key'));
      await config({ 'commit.gpgSign': 'true', 'gpg.format': 'ssh', 'user.signingKey': `key::${publicKey}` });
      expect(await verified(made, await revert(agent), publicKey)).toBe('G');
      await expect(revert()).rejects.toMatchObject({ code: 'GIT_FAILED' });
    } finally {
      process.kill(pid);
    }
    expect(await ran()).toEqual([]);
  });

  it("as the person's own configuration says, and the repository's last", async () => {
    await using place = await signedRepository();
    const { made, home, config, revert, ran } = place;
    keygen(join(home, 'key'));
    await made.write({
      '../.gitconfig': `[commit]\n\tgpgSign\n[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = ${join(home, 'key')}\n\tname = Ada\n\temail = ada@example.com\n`,
    });
    const commit = await revert();
    expect(await isSigned(made, commit)).toBe(true);
    expect(await made.git('log', '-1', '--format=%an %cn', commit)).toBe('Ada Ada');
    await config({ 'commit.gpgSign': 'false' });
    expect(await isSigned(made, await revert())).toBe(false);
    expect(await ran()).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp, RegExp]>([
    ['no key is named', {}, /user\.signingKey names no key/, /git config user\.signingKey/],
    [
      'an empty key is named',
      { 'user.signingKey': '' },
      /user\.signingKey names no key/,
      /git config user\.signingKey/,
    ],
    [
      'the key is not there',
      { 'user.signingKey': '/no/such/key' },
      /could not be signed.*\/no\/such\/key/,
      /user\.signingKey/,
    ],
    ['the key is no key', { 'user.signingKey': 'a' }, /could not be signed/, /commit\.gpgSign to false/],
  ])('or not made at all: %s', async (_, settings, message, hint) => {
    await using place = await signedRepository();
    const { config, revert, ran } = place;
    await config({ 'commit.gpgSign': 'true', 'gpg.format': 'ssh', ...settings });
    await expect(revert()).rejects.toMatchObject({
      family: 'environment',
      code: 'GIT_FAILED',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(await ran()).toEqual([]);
  });
});

describe('a revert is not signed', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['nothing is said', {}],
    ['it is off', { 'commit.gpgSign': 'false' }],
    ['it is off by another word', { 'commit.gpgSign': 'no' }],
    ['it is off by a number', { 'commit.gpgSign': '0' }],
    ['only a key is named', { 'user.signingKey': 'a', 'gpg.format': 'ssh' }],
    ['only tags and pushes are signed', { 'tag.gpgSign': 'true', 'push.gpgSign': 'true' }],
  ])('where %s', async (_, settings) => {
    await using place = await signedRepository();
    const { made, config, revert, ran } = place;
    await config(settings);
    expect(await isSigned(made, await revert())).toBe(false);
    expect(await ran()).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['whether to sign is no boolean', { 'commit.gpgSign': 'maybe' }, /can not read commit\.gpgSign.*maybe/],
    ['the format is unknown', { 'commit.gpgSign': 'true', 'gpg.format': 'pgp' }, /gpg\.format is "pgp"/],
    ['the format is in other letters', { 'commit.gpgSign': 'true', 'gpg.format': 'SSH' }, /gpg\.format is "SSH"/],
  ])('but refused where %s', async (_, settings, message) => {
    await using place = await signedRepository();
    const { config, revert, ran } = place;
    await config(settings);
    await expect(revert()).rejects.toMatchObject({
      family: 'environment',
      code: 'GIT_FAILED',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('git config'),
    });
    expect(await ran()).toEqual([]);
  });
});

describe('the program that signs', () => {
  it.each([
    ['gpg', 'openpgp', 'ABCDEF', '-bsau ABCDEF'],
    ['gpg', null, null, '-bsau stepgate <stepgate@users.noreply.github.com>'],
    ['gpgsm', 'x509', 'ABCDEF', '-bsau ABCDEF'],
  ])('is %s of PATH for gpg.format %s and key %s', async (name, format, key, args) => {
    await using place = await signedRepository();
    const { made, config, revert, ran } = place;
    const folder = await fakeProgram(made, name, 'my programs');
    await config({
      'commit.gpgSign': 'true',
      ...(format === null ? {} : { 'gpg.format': format }),
      ...(key === null ? {} : { 'user.signingKey': key }),
    });
    const PATH = `relative:./:${folder}:${made.env['PATH']}`;
    const commit = await revert({ PATH, GNUPGHOME: '/a/home' });
    expect(await isSigned(made, commit)).toBe(true);
    expect(notes(made)).toContain(`${folder}/${name}`);
    expect(notes(made)).toContain(args);
    expect(notes(made)).toContain('/a/home');
    expect(await ran()).toEqual([]);
  });

  it('is never one of the repository, by whatever way PATH leads there', async () => {
    await using place = await signedRepository();
    const { made, home, trap, config, revert, ran } = place;
    await made.write({ 'bin/gpg': { link: trap }, 'own/gpg': { program: `#!/bin/sh\nexec ${trap}\n` } });
    await symlink(join(made.folder, 'own'), join(home, 'folder-link'));
    await mkdir(join(home, 'links'));
    await symlink(join(made.folder, 'own/gpg'), join(home, 'links/gpg'));
    await mkdir(join(home, 'no-programs/gpg'), { recursive: true });
    await mkdir(join(home, 'not-executable'));
    await writeFile(join(home, 'not-executable/gpg'), '#!/bin/sh\n');
    const folder = await fakeProgram(made, 'gpg', 'good');
    await config({ 'commit.gpgSign': 'true' });
    const hostile = [
      ...['', '.', 'bin', './bin', join(made.folder, 'bin'), join(made.folder, 'own'), `${home}/x/../work/own`],
      ...['folder-link', 'links', 'no-programs', 'not-executable', 'not-there'].map((name) => join(home, name)),
    ];
    const commit = await revert({ PATH: [...hostile, folder, made.env['PATH']].join(':') });
    expect(await isSigned(made, commit)).toBe(true);
    expect(notes(made)).toContain(`${folder}/gpg`);
    // git has to be found, and nothing else.
    await mkdir(join(home, 'git-only'));
    await symlink(execFileSync('sh', ['-c', 'command -v git']).toString().trim(), join(home, 'git-only/git'));
    for (const [format, program] of [
      ['openpgp', 'gpg'],
      ['ssh', 'ssh-keygen'],
      ['x509', 'gpgsm'],
    ] as const) {
      await config({ 'gpg.format': format, 'user.signingKey': 'x' });
      await expect(revert({ PATH: [...hostile, join(home, 'git-only')].join(':') })).rejects.toMatchObject({
        family: 'environment',
        code: 'TOOL_MISSING',
        message: expect.stringMatching(new RegExp(`gpg\\.format ${format}\\), but ${program} is not on PATH`)),
        hint: expect.stringContaining('outside of the repository'),
      });
    }
    expect(await ran()).toEqual([]);
  });

  it.each([
    ['says that it has no key', 'echo "gpg: no secret key" >&2; exit 2', /could not be signed.*gpg failed to sign/],
    ['ends well without a signature', 'exit 0', /could not be signed/],
  ])('is not believed where it %s', async (_, does, message) => {
    await using place = await signedRepository();
    const { made, config, revert } = place;
    const folder = await fakeProgram(made, 'gpg', 'broken', does);
    await config({ 'commit.gpgSign': 'true' });
    await expect(revert({ PATH: `${folder}:${made.env['PATH']}` })).rejects.toMatchObject({
      family: 'environment',
      code: 'GIT_FAILED',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('user.signingKey'),
    });
  });
});

it('a trial is not signed, and asks no program', async () => {
  await using here = await signedRepository();
  await here.config({ 'commit.gpgSign': 'true' });
  const folder = await fakeProgram(here.made, 'gpg', 'bin');
  const repo = await openRepo({
    folder: here.made.folder,
    env: { ...here.made.env, PATH: `${folder}:${here.made.env['PATH']}` },
  });
  const request = { onto: await here.made.head(), files: new Map([['a', '3']]), message: 'x' };
  expect(await isSigned(here.made, (await repo.commitFiles({ ...request, isTrial: true })) ?? '')).toBe(false);
  expect(await isSigned(here.made, (await repo.commitFiles(request)) ?? '')).toBe(true);
  expect(notes(here.made).split('\n')).toHaveLength(1);
});
