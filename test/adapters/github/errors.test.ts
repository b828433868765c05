import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Forge } from '../../../src/release/forge.ts';
import { cut, json, type Reply, serve } from '../kubernetes/server.ts';
import { forgeAt, never, token, troubleOf } from './scripted.ts';

const commit = 'a'.repeat(40);
const readHead = (forge: Forge) => forge.branchHead('main', never);
const writeComment = (forge: Forge) => forge.comment(1, 'hello', never);
const readViewer = (forge: Forge) => forge.viewer(never);
const denied = json(403, { message: 'Resource not accessible by integration' });
const edit = (forge: Forge) => forge.editPullRequest(1, { title: 'x' }, never);
const open = (forge: Forge) => forge.openPullRequest({ title: 't', body: '', head: 'x', base: 'main' }, never);

interface ErrorRow {
  readonly reply: Reply;
  readonly ask: (forge: Forge) => Promise<unknown>;
  readonly trouble: string;
  readonly needs?: string;
  readonly says: string;
}

const errors: readonly ErrorRow[] = [
  {
    reply: json(401, { message: 'Bad credentials' }),
    ask: readHead,
    trouble: 'unknownToken',
    says: 'cannot read a branch: GitHub does not know the token, or it has expired: Bad credentials',
  },
  {
    reply: denied,
    ask: readHead,
    trouble: 'forbidden',
    needs: 'contents: read',
    says: 'cannot read a branch: the token may not; it needs contents: read: Resource not accessible by integration',
  },
  {
    reply: denied,
    ask: writeComment,
    trouble: 'forbidden',
    needs: 'pull-requests: write',
    says: 'cannot write a comment: the token may not; it needs pull-requests: write: Resource not accessible by integration',
  },
  {
    reply: json(200, {
      data: null,
      errors: [{ type: 'FORBIDDEN', path: ['repository'], message: 'Resource not accessible by integration' }],
    }),
    ask: (forge) => forge.comments(1, never),
    trouble: 'forbidden',
    needs: 'pull-requests: read',
    says: 'cannot read comments: the token may not; it needs pull-requests: read: Resource not accessible by integration',
  },
  {
    reply: json(403, { message: 'GitHub Actions is not permitted to create or approve pull requests.' }),
    ask: open,
    trouble: 'refused',
    says: 'cannot open a pull request: the repository does not allow it to workflows; switch on "Allow GitHub Actions to create and approve pull requests" under Settings > Actions > General, or give the token of a GitHub App: GitHub Actions is not permitted to create or approve pull requests.',
  },
  {
    reply: json(403, { message: 'Repository was archived so is read-only.' }),
    ask: edit,
    trouble: 'refused',
    says: 'cannot change a pull request: the repository is read-only: Repository was archived so is read-only.',
  },
  {
    reply: json(404, { message: 'Not Found' }),
    ask: edit,
    trouble: 'missing',
    says: 'cannot change a pull request: it is not there, or not for this token: Not Found',
  },
  {
    reply: json(200, {
      data: { repository: null },
      errors: [
        {
          type: 'NOT_FOUND',
          path: ['repository'],
          message: "Could not resolve to a Repository with the name 'acme/shop'.",
        },
      ],
    }),
    ask: (forge) => forge.pullRequest(1, never),
    trouble: 'missing',
    says: "cannot read a pull request: it is not there, or not for this token: Could not resolve to a Repository with the name 'acme/shop'.",
  },
  {
    reply: json(409, { message: 'Head branch was modified.' }),
    ask: (forge) => forge.mergePullRequest(1, commit, never),
    trouble: 'conflict',
    says: 'cannot merge a pull request: it has changed meanwhile: Head branch was modified.',
  },
  {
    reply: json(200, {
      data: { createCommitOnBranch: null },
      errors: [
        {
          type: 'STALE_DATA',
          path: ['createCommitOnBranch'],
          message: 'Expected branch to point to "a" but it did not.',
        },
      ],
    }),
    ask: (forge) => forge.commitFiles({ branch: 'x', onto: commit, message: 'm', files: new Map() }, never),
    trouble: 'conflict',
    says: 'cannot make a commit: it has changed meanwhile: Expected branch to point to "a" but it did not.',
  },
  {
    reply: json(422, {
      message: 'Validation Failed',
      errors: [{ message: 'A pull request already exists for acme:x.' }],
    }),
    ask: open,
    trouble: 'conflict',
    says: 'cannot open a pull request: there is one of this branch already: Validation Failed: A pull request already exists for acme:x.',
  },
  {
    reply: json(422, { message: 'Validation Failed', errors: [{ message: 'No commits between main and x' }] }),
    ask: open,
    trouble: 'refused',
    says: 'cannot open a pull request: GitHub refuses it: Validation Failed: No commits between main and x',
  },
  {
    reply: json(422, { message: 'Validation Failed' }),
    ask: edit,
    trouble: 'refused',
    says: 'cannot change a pull request: GitHub refuses it with status 422: Validation Failed',
  },
  {
    reply: json(200, { errors: [{ message: "Field 'x' doesn't exist on type 'Y'" }] }),
    ask: readViewer,
    trouble: 'away',
    says: "cannot ask which account the token belongs to: GitHub does not take the question: Field 'x' doesn't exist on type 'Y'",
  },
];

describe('an answer that is an error', () => {
  test.each(errors)('$trouble: $says', async ({ reply, ask, trouble, needs = null, says }) => {
    await using server = await serve([reply]);
    const { forge, clock } = forgeAt(server.address);
    const error = await troubleOf(ask(forge));
    expect(error).toMatchObject({ trouble, needs, retryAt: null, message: `${forge.title}: ${says}` });
    expect(clock.slept).toEqual([]);
  });

  test('has no more of the answer than the start of its message, on one line', async () => {
    const message = `first\nsecond ${'x'.repeat(1000)}`;
    await using server = await serve([json(422, { message, documentation_url: 'https://docs', errors: ['inside'] })]);
    const error = await troubleOf(edit(forgeAt(server.address).forge));
    expect(error.message.endsWith(`: first second ${'x'.repeat(287)}`)).toBe(true);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/docs|inside/);
  });
});

describe('the token', () => {
  const echo = { message: `bad token ${token}`, errors: [{ message: `bad ${token}` }] };
  test.each([
    ['REST', json(422, echo), open],
    ['REST, of no status that is understood', json(418, echo), edit],
    ['GraphQL', json(200, echo), readViewer],
    ['an error of the server', json(500, echo), writeComment],
    ['a limit', json(403, { message: `rate limit of ${token}` }, { 'retry-after': '1' }), writeComment],
    ['no answer', cut(), writeComment],
  ])('is in no error and in no line: %s', async (_, reply, ask) => {
    await using server = await serve([reply]);
    const { forge, lines, masked } = forgeAt(server.address);
    const error = await troubleOf(ask(forge));
    expect(masked).toEqual([token]);
    expect(server.seen[0]?.headers.authorization).toBe(`token ${token}`);
    expect(inspect([error, lines], { depth: 10, showHidden: true })).not.toContain(token);
  });
});
