import { expect, it } from 'vitest';
import { openRepo } from '../../src/adapters/git.ts';
import { PushRefused } from '../../src/release/ports.ts';
import { gitRemote } from '../support/git-remote.ts';
import { checkout, repository } from '../support/repository.ts';

const full = { remote: 'origin', branch: 'main', ref: 'refs/remotes/origin/main' };

it('fetch: brings a branch into a shallow clone and leaves the rest alone', async () => {
  await using remote = await gitRemote();
  await using origin = await repository();
  await origin.commit({ a: '1' });
  await origin.connect(remote);
  await using clone = await checkout(remote);
  const repo = await openRepo(clone);
  const before = await clone.git('for-each-ref');
  await repo.fetch('origin', 'main');
  expect(await clone.git('for-each-ref')).toBe(before);

  const tip = await origin.commit({ a: '2' });
  await origin.git('tag', 'v2');
  await origin.push('main', 'v2');
  await repo.fetch('origin', 'main');
  expect(await repo.resolve('refs/remotes/origin/main')).toBe(tip);
  expect(await clone.git('tag')).toBe('');
  expect(await clone.git('rev-parse', '--is-shallow-repository')).toBe('true');
  expect(await repo.contains(tip, await clone.head())).toBe(true);
  // A history rewritten by force is followed too.
  await origin.git('reset', '--quiet', '--hard', 'HEAD~1');
  const rewritten = await origin.commit({ a: '3' });
  await origin.push('--force', 'main');
  await repo.fetch('origin', 'main');
  expect(await repo.resolve('refs/remotes/origin/main')).toBe(rewritten);
});

it('fetch: says what failed', async () => {
  await using remote = await gitRemote();
  await using made = await repository();
  await made.connect(remote);
  await made.git('remote', 'set-url', 'origin', remote.url.replace('http://', 'http://me:secret@'));
  const repo = await openRepo(made);
  await expect(repo.fetch('origin', 'gone')).rejects.toMatchObject({ code: 'GIT_FAILED' });
  await expect(repo.fetch('nobody', 'main')).rejects.toMatchObject({ code: 'USAGE', hint: 'it has origin' });
  await remote.stop();
  const fetched = repo.fetch('origin', 'main');
  await expect(fetched).rejects.toMatchObject({ code: 'GIT_FAILED', message: expect.stringContaining('127.0.0.1') });
  await expect(fetched).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  await remote.start();
  await repo.fetch('origin', 'main');
});

it('push: puts a commit on a branch, also a new one, also from a shallow clone', async () => {
  await using remote = await gitRemote();
  await using origin = await repository();
  await origin.commit({ a: '1' });
  await origin.connect(remote);
  await using clone = await checkout(remote);
  const repo = await openRepo(clone);
  const commit = await clone.commit({ a: '2' });
  await repo.push('origin', commit, 'main');
  expect(await remote.tip('main')).toBe(commit);
  await repo.push('origin', commit, 'main');
  await repo.push('origin', commit, 'stepgate/revert-1');
  expect(await remote.tip('stepgate/revert-1')).toBe(commit);
});

it('push: tells a branch that moved, a rule of the server, missing rights and a server that is away', async () => {
  await using remote = await gitRemote();
  await using origin = await repository();
  await origin.connect(remote);
  await using clone = await checkout(remote, { depth: null });
  const repo = await openRepo(clone);
  const theirs = await origin.commit({ a: 'theirs' });
  await origin.push('main');
  const ours = await clone.commit({ a: 'ours' });
  const pushed = (branch = 'main') => repo.push('origin', ours, branch);
  const failure = (why: RegExp) => ({
    family: 'environment',
    code: 'GIT_PUSH_FAILED',
    message: expect.stringMatching(why),
    hint: expect.any(String),
  });

  await expect(pushed()).rejects.toMatchObject(failure(/rejected, because the branch has newer commits/));
  await repo.fetch('origin', 'main');
  await expect(pushed()).rejects.toMatchObject(failure(/rejected, because the branch has newer commits/));
  expect(await remote.tip('main')).toBe(theirs);

  await remote.protect('other');
  await expect(pushed('other')).rejects.toMatchObject({
    ...failure(/rule of the server \(pre-receive hook declined\).*protected/),
    cause: expect.any(PushRefused),
  });
  expect(await remote.tip('other')).toBeNull();

  await remote.stop();
  const away: unknown = await pushed('third').catch((error: unknown) => error);
  expect(away).toMatchObject(failure(/unreachable/));
  expect(away).not.toHaveProperty('cause');
  await remote.start();
  await pushed('third');
  expect(await remote.tip('third')).toBe(ours);
});

it('push: asks nobody for a password, and uses the header that actions/checkout leaves in the config', async () => {
  await using remote = await gitRemote({ token: 'sesame' });
  await using made = await repository();
  await made.git('remote', 'add', 'origin', remote.url);
  await made.write({ '../askpass': { program: '#!/bin/sh\necho sesame\n' } });
  await made.git('config', 'core.askPass', `${made.folder}/../askpass`);
  const repo = await openRepo(made);
  const head = await made.head();
  await expect(repo.push('origin', head, 'main')).rejects.toMatchObject({
    code: 'GIT_PUSH_FAILED',
    message: expect.stringContaining('not permitted'),
    cause: expect.any(PushRefused),
  });
  await expect(repo.fetch('origin', 'main')).rejects.toMatchObject({ code: 'GIT_FAILED' });
  const basic = Buffer.from('x-access-token:sesame').toString('base64');
  await made.write({
    '../credentials.config': `[http "${remote.url}"]\n\textraheader = AUTHORIZATION: basic ${basic}\n`,
  });
  await made.git('config', `includeIf.gitdir:${made.folder}/.git.path`, `${made.folder}/../credentials.config`);
  await repo.push('origin', head, 'main');
  expect(await remote.tip('main')).toBe(head);
  await repo.fetch('origin', 'main');
  expect(await repo.defaultBranch()).toEqual(full);
});

it('ensureHistory: true on a whole clone, false without a remote, GIT_FAILED when it is away', async () => {
  await using remote = await gitRemote();
  await using origin = await repository();
  expect(await (await openRepo(origin)).ensureHistory()).toBe(true);
  await origin.commit({ a: '1' });
  await origin.connect(remote);
  await using clone = await checkout(remote);
  const repo = await openRepo(clone);
  await remote.stop();
  await expect(repo.ensureHistory()).rejects.toMatchObject({ code: 'GIT_FAILED' });
  await clone.git('remote', 'remove', 'origin');
  expect(await repo.ensureHistory()).toBe(false);
});
