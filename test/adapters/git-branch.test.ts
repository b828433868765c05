import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventBranch } from '../../src/adapters/git/event.ts';
import { openRepo } from '../../src/adapters/git.ts';
import { gitRemote } from '../support/git-remote.ts';
import { checkout, repository } from '../support/repository.ts';

const full = { remote: 'origin', branch: 'main', ref: 'refs/remotes/origin/main' };
const unknown = {
  family: 'environment',
  code: 'GIT_FAILED',
  hint: expect.stringMatching(/--policy-ref .*git remote set-head origin BRANCH/),
};

/** A job of GitHub Actions whose event has this payload. */
async function job(payload: unknown, set: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'stepgate-event-'));
  const path = join(folder, 'event.json');
  await writeFile(path, typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload));
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_REPOSITORY: 'Acme/shop',
    GITHUB_EVENT_PATH: path,
    ...set,
  };
  return { env, folder, path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

const payload = { repository: { full_name: 'Acme/shop', default_branch: 'trunk' } };

describe('defaultBranch', () => {
  it('is null without a remote, and an error where none of several is origin', async () => {
    await using made = await repository();
    const repo = await openRepo(made);
    expect(await repo.defaultBranch()).toBeNull();
    await made.git('remote', 'add', 'a', 'http://127.0.0.1:1/a');
    await made.git('remote', 'add', 'b', 'http://127.0.0.1:1/b');
    await expect(repo.defaultBranch()).rejects.toMatchObject({
      family: 'environment',
      code: 'GIT_FAILED',
      message: expect.stringMatching(/"a", "b"/),
      hint: expect.stringMatching(/--policy-ref REMOTE\/BRANCH.*git remote rename/),
    });
  });

  it('is what the clone recorded, without asking anybody', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    await origin.connect(remote);
    await using clone = await checkout(remote);
    await clone.git('update-ref', 'refs/remotes/origin/kept', 'HEAD');
    await clone.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/kept');
    const before = remote.requests.length;
    // Also where the event says otherwise.
    await using event = await job(payload, { GITHUB_SERVER_URL: new URL(remote.url).origin });
    const repo = await openRepo({ folder: clone.folder, env: { ...clone.env, ...event.env } });
    expect(await repo.defaultBranch()).toEqual({ remote: 'origin', branch: 'kept', ref: 'refs/remotes/origin/kept' });
    expect(remote.requests.length).toBe(before);
  });

  it('is what the remote says where nothing is recorded, as after actions/checkout', async () => {
    await using remote = await gitRemote({ branch: 'trunk/x' });
    await using origin = await repository();
    await origin.branch('trunk/x');
    await origin.connect(remote);
    await using clone = await checkout(remote, { branch: 'main' });
    const repo = await openRepo(clone);
    const before = remote.requests.length;
    const found = await Promise.all([repo.defaultBranch(), repo.defaultBranch()]);
    const trunk = { remote: 'origin', branch: 'trunk/x', ref: 'refs/remotes/origin/trunk/x' };
    expect(found).toEqual([trunk, trunk]);
    // Whoever asks at the same time waits for the same answer.
    expect(remote.requests.slice(before).filter((line) => line.startsWith('GET')).length).toBe(1);
    // It is not in the clone until it is fetched.
    await expect(repo.resolve('refs/remotes/origin/trunk/x')).rejects.toMatchObject({ code: 'REF_UNKNOWN' });
    await repo.fetch('origin', 'trunk/x');
    expect(await repo.resolve('refs/remotes/origin/trunk/x')).toBe(await origin.head());
  });

  it('is asked of the remote again where the recorded branch is gone', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    await origin.connect(remote);
    await using clone = await checkout(remote);
    await clone.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/renamed');
    const repo = await openRepo(clone);
    expect(await repo.defaultBranch()).toEqual(full);
    await remote.stop();
    await expect(repo.defaultBranch()).rejects.toMatchObject(unknown);
  });

  it('is that of the only remote, whatever its name', async () => {
    await using remote = await gitRemote();
    await using made = await repository();
    await made.connect(remote, 'upstream');
    const found = await (await openRepo(made)).defaultBranch();
    expect(found).toEqual({ remote: 'upstream', branch: 'main', ref: 'refs/remotes/upstream/main' });
  });

  it.each([
    ['main is fetched', 'main'],
    ['one other branch is fetched', 'topic'],
  ])('is no guess while the remote is away: %s', async (_, branch) => {
    await using remote = await gitRemote();
    await using origin = await repository();
    await origin.branch('topic');
    await origin.connect(remote);
    await using clone = await checkout(remote, { branch });
    const repo = await openRepo(clone);
    await remote.stop();
    await expect(repo.defaultBranch()).rejects.toMatchObject(unknown);
    // It is asked again, and the way that the hint names works.
    await remote.start();
    expect(await repo.defaultBranch()).toEqual(full);
    await clone.git('fetch', '--quiet', 'origin', 'main');
    await clone.git('remote', 'set-head', 'origin', '--auto');
    await remote.stop();
    expect(await repo.defaultBranch()).toEqual(full);
  });

  it('is no guess where the remote has a HEAD that is no branch', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    await origin.connect(remote);
    await using clone = await checkout(remote);
    await writeFile(join(remote.folder, 'HEAD'), `${await origin.head()}\n`);
    await expect((await openRepo(clone)).defaultBranch()).rejects.toMatchObject(unknown);
  });

  it('is the same with a tag named like the branch', async () => {
    await using remote = await gitRemote();
    await using made = await repository();
    await made.connect(remote);
    const policy = await made.head();
    await made.git('tag', 'origin/main', await made.commit({ 'stepgate.yaml': 'loosened' }));
    await made.git('tag', 'main');
    const repo = await openRepo(made);
    const found = await repo.defaultBranch();
    expect(found).toEqual(full);
    expect(await repo.resolve(found?.ref ?? '')).toBe(policy);
  });

  it('is what the event says of the repository that origin is, also while the remote is away', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    await origin.connect(remote);
    await using clone = await checkout(remote);
    const server = new URL(remote.url).origin;
    await clone.git('remote', 'set-url', 'origin', `${server}/acme/SHOP`);
    await using event = await job(payload, { GITHUB_SERVER_URL: server });
    const open = () => openRepo({ folder: clone.folder, env: { ...clone.env, ...event.env } });
    await remote.stop();
    expect(await (await open()).defaultBranch()).toEqual({
      remote: 'origin',
      branch: 'trunk',
      ref: 'refs/remotes/origin/trunk',
    });
    // The repository of another job, or a remote of another name: the event is about something else.
    await clone.git('remote', 'set-url', 'origin', `${server}/other/shop`);
    await expect((await open()).defaultBranch()).rejects.toMatchObject(unknown);
    await clone.git('remote', 'set-url', 'origin', `${server}/acme/shop`);
    await clone.git('config', `url.${server}/mirror/.insteadOf`, `${server}/acme/`);
    await expect((await open()).defaultBranch()).rejects.toMatchObject(unknown);
    await clone.git('config', '--unset', `url.${server}/mirror/.insteadOf`);
    await clone.git('remote', 'rename', 'origin', 'upstream');
    await expect((await open()).defaultBranch()).rejects.toMatchObject({ code: 'GIT_FAILED' });
  });

  it('is asked of the remote where the event is of no use', async () => {
    await using remote = await gitRemote();
    await using origin = await repository();
    await origin.connect(remote);
    await using clone = await checkout(remote);
    await using event = await job('{');
    expect(
      await (await openRepo({ folder: clone.folder, env: { ...clone.env, ...event.env } })).defaultBranch(),
    ).toEqual(full);
  });
});

describe('the default branch by the event', () => {
  const told = async (url: string, set: Readonly<Record<string, string>> = {}, content: unknown = payload) => {
    await using event = await job(content, set);
    // Awaited here: the payload is gone with this function.
    return await eventBranch(event.env)(async () => url);
  };

  it.each([
    'https://github.example/Acme/shop',
    'https://github.example/Acme/shop.git',
    'https://github.example/Acme/shop/',
    'https://github.example/acme/SHOP.GIT',
    'https://GITHUB.example:443/Acme/shop',
    'https://x-access-token:ghs_secret@github.example/Acme/shop',
    'git@github.example:Acme/shop.git',
    'git@github.example:/Acme/shop',
    'github.example:Acme/shop',
    'ssh://git@github.example/Acme/shop.git',
    'ssh://git@github.example:2222/Acme/shop',
    'ssh://github.example/acme/shop/',
  ])('holds for origin %s', async (url) => {
    expect(await told(url)).toBe('trunk');
  });

  it.each([
    'https://github.example/Acme/shop2',
    'https://github.example/Acme2/shop',
    'https://github.example/x/Acme/shop',
    'https://github.example/Acme/shop/x',
    'https://github.example/Acme/shop.git.git',
    'https://github.example/Acme/shop?x',
    'https://github.example/Acme/shop#x',
    'https://github.example/Acme/%73hop',
    'https://github.example/x/../Acme/shop',
    'https://github.example:8443/Acme/shop',
    'http://github.example/Acme/shop',
    'https://github.example.evil.example/Acme/shop',
    'https://evil.example/github.example/Acme/shop',
    'https://github.example@evil.example/Acme/shop',
    'https://github.example\\@evil.example/Acme/shop',
    'https://a@b@github.example/Acme/shop',
    'https://evil.example/Acme/shop',
    'git@evil.example:Acme/shop.git',
    'git@github.example:x/Acme/shop.git',
    'ssh://git@evil.example/Acme/shop',
    'git://github.example/Acme/shop',
    'ext::sh -c github.example:Acme/shop',
    'file:///github.example/Acme/shop',
    '/github.example/Acme/shop',
    '../Acme/shop',
    'Acme/shop',
    '',
    `https://github.example/${'a'.repeat(100_000)}/`,
    `https://github.example${'/'.repeat(100_000)}x`,
    `https://${'@'.repeat(100_000)}`,
    `${'a.'.repeat(50_000)}:${'b'.repeat(50_000)}`,
  ])('does not hold for origin %.60s', async (url) => {
    const begin = performance.now();
    expect(await told(url)).toBeNull();
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  it.each<[string, Record<string, string>]>([
    ['no job', { GITHUB_ACTIONS: '' }],
    ['no server', { GITHUB_SERVER_URL: '' }],
    ['a server that is no address', { GITHUB_SERVER_URL: 'javascript:1' }],
    ['no repository', { GITHUB_REPOSITORY: '' }],
    ['a repository that is no name', { GITHUB_REPOSITORY: 'Acme' }],
    ['no event', { GITHUB_EVENT_PATH: '' }],
    ['an event that is not there', { GITHUB_EVENT_PATH: '/no/such/file' }],
    ['an event that is a folder', { GITHUB_EVENT_PATH: tmpdir() }],
    ['an event without end', { GITHUB_EVENT_PATH: '/dev/zero' }],
    ['another repository', { GITHUB_REPOSITORY: 'Acme/other' }],
  ])('is not told: %s', async (_, set) => {
    expect(await told('https://github.example/Acme/shop', set)).toBeNull();
  });

  const repository = payload.repository;
  it.each<[string, unknown]>([
    ['no JSON', '{"repository":'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', [payload]],
    ['no repository', {}],
    ['another repository', { repository: { ...repository, full_name: 'Acme/other' } }],
    ['no name of the repository', { repository: { default_branch: 'trunk' } }],
    ['no branch', { repository: { full_name: 'Acme/shop' } }],
    ['a branch that is no text', { repository: { ...repository, default_branch: ['trunk'] } }],
    ...['', 'HEAD', '-x', '--upload-pack=x', 'a..b', 'a b', 'a\nb', 'a:b', 'x'.repeat(1_001)].map(
      (branch): [string, unknown] => [
        `the branch ${JSON.stringify(branch.slice(0, 20))}`,
        { repository: { ...repository, default_branch: branch } },
      ],
    ),
    ['names in a prototype', '{"__proto__":{"repository":{"full_name":"Acme/shop","default_branch":"trunk"}}}'],
    ['deep nesting', '['.repeat(1_000_000)],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
    ['more than 32 MiB', Buffer.concat([Buffer.from(JSON.stringify(payload)), Buffer.alloc(32 * 1024 * 1024, ' ')])],
  ])('is not told by a payload that is %s', async (_, content) => {
    expect(await told('https://github.example/Acme/shop', {}, content)).toBeNull();
  });

  it('is told by a payload of some MB, under the name as the event spells it', async () => {
    const large = { commits: Array.from({ length: 2_000 }, (_, index) => ({ index, message: 'x'.repeat(2_000) })) };
    const content = { ...large, repository: { full_name: 'acme/SHOP', default_branch: 'release/next' } };
    expect(await told('https://github.example/Acme/shop', {}, content)).toBe('release/next');
    const github = { GITHUB_SERVER_URL: 'http://127.0.0.1:8080/' };
    expect(await told('http://127.0.0.1:8080/Acme/shop', github, content)).toBe('release/next');
    expect(await told('http://127.0.0.1:8081/Acme/shop', github, content)).toBeNull();
  });

  it('is not waited for at a pipe', async () => {
    await using event = await job('');
    await rm(event.path);
    execFileSync('mkfifo', [event.path]);
    expect(await eventBranch(event.env)(async () => 'https://github.example/Acme/shop')).toBeNull();
  });
});
