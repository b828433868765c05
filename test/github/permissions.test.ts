import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GitHub, startGitHub } from './github.ts';
import { operations } from './openapi/slice.ts';
import { acceptedHeader, permissions } from './rest/permissions.ts';

/** One table says what an operation needs; here each operation is seen to ask it. */

let hub: GitHub;
let poor = '';

beforeAll(async () => {
  hub = await startGitHub();
  const repo = hub.repository('acme/shop', { private: true });
  poor = hub.runFor(repo.schedule('0 * * * *', hub.person('ada')), { permissions: {} }).token;
});
afterAll(async () => {
  // The requests below are empty, which is not what is tested here.
  hub.takeViolations();
  await hub[Symbol.asyncDispose]();
});

const rows = operations
  .filter(({ id }) => permissions[id].length > 0 && permissions[id][0]?.[0] !== 'metadata')
  .map(({ id, method, path }) => ({
    id,
    method,
    path: path.replace('{owner}/{repo}', 'acme/shop').replace(/\{\w+\}/g, '1'),
  }));

test.each(rows)('$id', async ({ id, method, path }) => {
  const answer = await fetch(`${hub.url}${path}`, { method, headers: { authorization: `token ${poor}` } });
  expect([answer.status, await answer.json()]).toMatchObject([
    403,
    { message: 'Resource not accessible by integration' },
  ]);
  expect(answer.headers.get('x-accepted-github-permissions')).toBe(acceptedHeader(permissions[id]));
});

test('every operation of the table is in the description, and only what everybody may has no row above', () => {
  expect(operations.map(({ id }) => id).sort()).toEqual(Object.keys(permissions).sort());
  const left = operations.map(({ id }) => id).filter((id) => !rows.some((row) => row.id === id));
  expect(left.sort()).toEqual([
    'rate-limit/get',
    'repos/get',
    'repos/get-branch-rules',
    'repos/get-collaborator-permission-level',
    'users/get-authenticated',
    'users/get-by-username',
  ]);
});
