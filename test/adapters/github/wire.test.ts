import { expect, test } from 'vitest';
import { forgeOf } from '../../../src/wire.ts';
import { shop } from './live.ts';
import { instantClock, never } from './scripted.ts';

const surface = (env: Readonly<Record<string, string>>, masked: string[] = []) => ({
  env,
  clock: instantClock(),
  log: () => {},
  mask: (secret: string) => masked.push(secret),
});

test('a job has the forge of its repository, and its token is masked before the first request', async () => {
  await using at = await shop();
  const masked: string[] = [];
  const open = forgeOf(at.job.token, surface(at.job.env, masked));
  expect(masked).toEqual([]);
  const forge = await open();
  if ('missing' in forge) throw new Error(forge.missing);
  expect([masked, forge.requests]).toEqual([[at.job.token], 0]);
  expect([forge.title, forge.url]).toEqual([`${new URL(at.hub.url).host}/acme/shop`, `${at.hub.url}/acme/shop`]);
  expect(await forge.branchHead('main', never)).toBe(at.first);
  expect(await open()).toBe(forge);
});

test.each([
  [
    null,
    { GITHUB_REPOSITORY: 'acme/shop' },
    'there is no token: github-token of the Action, GITHUB_TOKEN on the command line',
  ],
  ['ghs_x', {}, 'GITHUB_REPOSITORY does not name the repository, such as acme/shop'],
])('the token %j in %j: none, because %s', async (token, env, missing) => {
  expect(await forgeOf(token, surface(env))()).toEqual({ missing });
});
