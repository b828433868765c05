import { describe, expect, test } from 'vitest';
import { shop } from './live.ts';
import { forgeAt, never, troubleOf } from './scripted.ts';

describe('who it is', () => {
  test('for the token of a job', async () => {
    await using at = await shop();
    const me = await at.forge.viewer(never);
    expect(me).toEqual({ id: expect.any(Number), login: 'github-actions[bot]', is: 'bot' });
    const pull = at.repo.openPullRequest({ by: at.ada, files: { a: 'a' } });
    expect((await at.forge.comment(pull.number, 'x', never)).author).toEqual(me);
    expect((await at.forge.comments(pull.number, never))[0]?.author).toEqual(me);
    await at.forge.viewer(never);
    expect(at.forge.requests).toBe(3);
  });

  test('for the token of an App and of a person', async () => {
    await using at = await shop();
    const app = at.hub.app('stepgate', {});
    expect(await at.as(app.token()).viewer(never)).toMatchObject({ login: 'stepgate[bot]', is: 'bot' });
    expect(await at.as(at.ada.token).viewer(never)).toMatchObject({ login: 'ada', is: 'person' });
  });

  test('for a token that has expired', async () => {
    await using at = await shop();
    at.hub.ends(at.job);
    expect(await troubleOf(at.forge.viewer(never))).toMatchObject({ trouble: 'unknownToken' });
  });
});

test('what an account may do, also by a role of its own', async () => {
  await using at = await shop();
  const { hub, repo, forge } = at;
  const roles = ['read', 'triage', 'write', 'maintain', 'admin'] as const;
  for (const role of roles) hub.setRole(repo, hub.person(`has-${role}`), role);
  hub.setRole(repo, hub.person('deployer'), { name: 'deployer', base: 'write' });
  hub.setRole(repo, hub.person('watcher'), { name: 'watcher', base: 'triage' });
  hub.person('mallory');
  const rightOf = async (login: string) => [login, await forge.right(login, never)];
  for (const role of roles) expect(await rightOf(`has-${role}`)).toEqual([`has-${role}`, role]);
  expect(await rightOf('deployer')).toEqual(['deployer', 'write']);
  // GitHub's older name of triage.
  expect(await rightOf('watcher')).toEqual(['watcher', 'read']);
  expect(await rightOf('mallory')).toEqual(['mallory', 'none']);
  expect(await rightOf('nobody-at-all')).toEqual(['nobody-at-all', 'none']);
  expect(await rightOf('HAS-ADMIN')).toEqual(['HAS-ADMIN', 'admin']);
});

test.each([
  '',
  '.',
  '..',
  '../../..',
  'a/b',
  'ada?x=',
  'ada#',
  'ada ',
  ' ada',
  'ada\n',
  'аda',
  '-ada',
  'a'.repeat(101),
])('what no account is called is asked for nowhere: %j', async (login) => {
  await using at = await shop();
  expect(await at.forge.right(login, never)).toBe('none');
  expect(at.forge.requests).toBe(0);
});

describe('the members of a team', () => {
  test('are read by an App that may', async () => {
    await using at = await shop();
    const { hub, ada, bob } = at;
    hub.team('acme/sre', [ada, bob]);
    const app = hub.app('stepgate', { members: 'read' });
    const person = ({ account: { id, login } }: typeof ada) => ({ id, login, is: 'person' });
    expect(await at.as(app.token()).members('acme/sre', never)).toEqual([person(ada), person(bob)]);
  });

  test('are read in pages', async () => {
    await using at = await shop();
    const many = Array.from({ length: 100 }, (_, index) => at.hub.person(`p${index}`));
    at.hub.team('acme/many', many);
    const forge = at.as(at.hub.app('stepgate', { members: 'read' }).token());
    expect(await forge.members('acme/many', never)).toHaveLength(100);
    expect(forge.requests).toBe(2);
  });

  test('are unknown to the token of a job, and where there is no such team', async () => {
    await using at = await shop();
    at.hub.team('acme/sre', [at.ada]);
    expect(await at.forge.members('acme/sre', never)).toBe(null);
    expect(await at.as(at.hub.app('stepgate', { members: 'read' }).token()).members('acme/none', never)).toBe(null);
  });

  test.each(['acme', 'acme/', '/sre', 'acme/sre/x', '../sre', 'acme/..'])('of %j there are none', async (team) => {
    const { forge } = forgeAt('http://127.0.0.1:1');
    expect(await forge.members(team, never)).toBe(null);
    expect(forge.requests).toBe(0);
  });
});
