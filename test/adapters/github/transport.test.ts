import { describe, expect, test } from 'vitest';
import type { Forge } from '../../../src/release/forge.ts';
import { cut, hang, json, noticed, type Reply, serve, text } from '../kubernetes/server.ts';
import { forgeAt, never, start, troubleOf } from './scripted.ts';

const commit = 'a'.repeat(40);
const head = json(200, { ref: 'refs/heads/main', object: { sha: commit, type: 'commit' } });
const made = json(201, {
  id: 7,
  html_url: 'https://github.com/acme/shop/pull/1#issuecomment-7',
  user: { id: 1, login: 'ada', type: 'User' },
  body: 'hello',
  created_at: '2026-11-27T15:00:00Z',
});
const me = json(200, { data: { viewer: { __typename: 'User', login: 'github-actions[bot]', databaseId: 41898282 } } });

const readHead = (forge: Forge) => forge.branchHead('main', never);
const writeComment = (forge: Forge) => forge.comment(1, 'hello', never);
const readViewer = (forge: Forge) => forge.viewer(never);

const slowDown = { message: 'You have exceeded a secondary rate limit. Please wait a few minutes.' };
const spent = (seconds: number) => ({
  'x-ratelimit-remaining': '0',
  'x-ratelimit-reset': String(start.getTime() / 1000 + seconds),
  date: start.toUTCString(),
});

interface Row {
  readonly what: string;
  readonly replies: readonly Reply[];
  readonly ask: (forge: Forge) => Promise<unknown>;
  /** The milliseconds of the sleeps. */
  readonly slept: readonly number[];
  /** The trouble; null where it succeeds. */
  readonly trouble: string | null;
}

const failing = json(502, { message: 'Server Error' });
const page = text(200, '<html>a proxy that wants a password</html>', { 'content-type': 'text/html' });
const otherProtocol: Reply = (response) =>
  response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
/** More than anybody reads, as fast as it is taken. */
const endless: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const part = Buffer.alloc(1024 * 1024, ' ');
  const more = () => {
    while (!response.destroyed && response.write(part));
  };
  response.on('drain', more);
  more();
};
const half = cut('{"ref":"refs/heads/main","object":');

const rows: readonly Row[] = [
  { what: 'a read after an error', replies: [failing, head], ask: readHead, slept: [1000], trouble: null },
  {
    what: 'a read after three errors',
    replies: [failing, failing, failing, head],
    ask: readHead,
    slept: [1000, 2000, 4000],
    trouble: null,
  },
  { what: 'a read that always fails', replies: [failing], ask: readHead, slept: [1000, 2000, 4000], trouble: 'away' },
  { what: 'a query after an error', replies: [failing, me], ask: readViewer, slept: [1000], trouble: null },
  {
    what: 'a query after an error with status 200',
    replies: [json(200, { errors: [{ message: 'Something went wrong while executing your query.' }] }), me],
    ask: readViewer,
    slept: [1000],
    trouble: null,
  },
  {
    what: 'a query without data',
    replies: [json(200, {})],
    ask: readViewer,
    slept: [1000, 2000, 4000],
    trouble: 'away',
  },
  { what: 'a connection that breaks', replies: [cut(), head], ask: readHead, slept: [1000], trouble: null },
  { what: 'an answer that breaks', replies: [half, head], ask: readHead, slept: [1000], trouble: null },
  { what: 'another protocol', replies: [otherProtocol, head], ask: readHead, slept: [1000], trouble: null },
  { what: 'an answer without end', replies: [endless], ask: readHead, slept: [1000, 2000, 4000], trouble: 'away' },
  { what: 'an answer of somebody else', replies: [page], ask: readHead, slept: [1000, 2000, 4000], trouble: 'away' },
  {
    what: 'an answer without its fields',
    replies: [json(200, { ref: 'refs/heads/main' })],
    ask: readHead,
    slept: [],
    trouble: 'away',
  },
  {
    what: 'an error that names a time',
    replies: [json(503, {}, { 'retry-after': '7' }), head],
    ask: readHead,
    slept: [7000],
    trouble: null,
  },
  {
    what: 'a write that may have been executed',
    replies: [failing, made],
    ask: writeComment,
    slept: [],
    trouble: 'away',
  },
  {
    what: 'a write on a connection that breaks',
    replies: [cut(), made],
    ask: writeComment,
    slept: [],
    trouble: 'away',
  },
  {
    what: 'a secondary limit',
    replies: [json(403, slowDown, { 'retry-after': '5' }), made],
    ask: writeComment,
    slept: [5000],
    trouble: null,
  },
  {
    what: 'a secondary limit with status 429',
    replies: [json(429, slowDown, { 'retry-after': '5' }), head],
    ask: readHead,
    slept: [5000],
    trouble: null,
  },
  {
    what: 'a secondary limit without a time',
    replies: [json(403, slowDown), head],
    ask: readHead,
    slept: [60_000],
    trouble: null,
  },
  {
    what: 'a secondary limit that is too long',
    replies: [json(403, slowDown, { 'retry-after': '61' }), head],
    ask: readHead,
    slept: [],
    trouble: 'limited',
  },
  {
    what: 'limits that are too long together',
    replies: [json(403, slowDown, { 'retry-after': '40' })],
    ask: readHead,
    slept: [40_000],
    trouble: 'limited',
  },
  {
    what: 'a primary limit',
    replies: [json(403, { message: 'API rate limit exceeded for installation ID 1.' }, spent(20)), head],
    ask: readHead,
    slept: [20_000],
    trouble: null,
  },
  {
    what: 'a primary limit with status 429',
    replies: [json(429, { message: 'API rate limit exceeded' }, spent(20)), head],
    ask: readHead,
    slept: [20_000],
    trouble: null,
  },
  {
    what: 'a primary limit that was just reset',
    replies: [json(403, { message: 'API rate limit exceeded' }, spent(-1)), head],
    ask: readHead,
    slept: [1000],
    trouble: null,
  },
  {
    what: 'a primary limit that is too long',
    replies: [json(403, { message: 'API rate limit exceeded' }, spent(1800))],
    ask: readHead,
    slept: [],
    trouble: 'limited',
  },
  {
    what: 'a limit that only the headers tell',
    replies: [json(403, { message: 'Forbidden' }, spent(20)), head],
    ask: readHead,
    slept: [20_000],
    trouble: null,
  },
  {
    what: 'a limit by the clock of GitHub',
    replies: [json(403, slowDown, { ...spent(620), date: new Date(start.getTime() + 600_000).toUTCString() }), head],
    ask: readHead,
    slept: [20_000],
    trouble: null,
  },
  {
    what: 'a limit until a moment of the clock of GitHub',
    replies: [
      json(403, slowDown, {
        'retry-after': new Date(start.getTime() + 620_000).toUTCString(),
        date: new Date(start.getTime() + 600_000).toUTCString(),
      }),
      head,
    ],
    ask: readHead,
    slept: [20_000],
    trouble: null,
  },
  {
    what: 'a limit of GraphQL that only its type tells',
    replies: [json(200, { errors: [{ type: 'RATE_LIMITED', message: 'Enough.' }] }, spent(3)), me],
    ask: readViewer,
    slept: [3000],
    trouble: null,
  },
  {
    what: 'a primary limit of GraphQL',
    replies: [json(200, { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] }, spent(3)), me],
    ask: readViewer,
    slept: [3000],
    trouble: null,
  },
  {
    what: 'a secondary limit of GraphQL',
    replies: [json(200, { data: null, errors: [{ message: slowDown.message }] }, { 'retry-after': '2' }), me],
    ask: readViewer,
    slept: [2000],
    trouble: null,
  },
];

describe('an answer that comes later, or never', () => {
  test.each(rows)('$what', async ({ replies, ask, slept, trouble }) => {
    await using server = await serve(replies);
    const { forge, clock, lines } = forgeAt(server.address);
    if (trouble === null) await ask(forge);
    else expect(await troubleOf(ask(forge))).toMatchObject({ trouble });
    expect(clock.slept).toEqual(slept);
    const expected = trouble === 'limited' || slept.length > 0 || trouble === null ? slept.length + 1 : 1;
    expect([forge.requests, server.seen.length]).toEqual([expected, expected]);
    for (const line of lines) expect(line).toMatch(/^127\.0\.0\.1:\d+\/acme\/shop: waits \d+ s, as GitHub asks$/);
  });

  test('a limit says until when', async () => {
    await using server = await serve([json(403, { message: 'API rate limit exceeded' }, spent(1800))]);
    const { forge } = forgeAt(server.address);
    const error = await troubleOf(readHead(forge));
    expect(error.retryAt).toEqual(new Date('2026-11-27T15:30:00Z'));
    expect(error.message).toBe(
      `${forge.title}: cannot read a branch: GitHub limits requests until 2026-11-27T15:30:00.000Z: API rate limit exceeded`,
    );
  });

  test('a wait for a limit is told', async () => {
    await using server = await serve([json(403, slowDown, { 'retry-after': '5' }), failing, head]);
    const { forge, lines } = forgeAt(server.address);
    await readHead(forge);
    expect(lines).toEqual([`${forge.title}: waits 5 s, as GitHub asks`]);
  });

  test('an answer without end is told as one', async () => {
    await using server = await serve([endless]);
    const error = await troubleOf(readHead(forgeAt(server.address).forge));
    expect(error.message).toContain('no answer: the answer is longer than 33554432 bytes');
  });

  test('nobody is there', async () => {
    const server = await serve([head]);
    await server[Symbol.asyncDispose]();
    const { forge, clock } = forgeAt(server.address);
    const error = await troubleOf(readHead(forge));
    expect(error).toMatchObject({ trouble: 'away', needs: null, retryAt: null });
    expect(error.message).toContain('cannot read a branch: no answer: ');
    expect(clock.slept).toEqual([1000, 2000, 4000]);
  });

  test('a cancelled run asks no more', async () => {
    await using server = await serve([failing]);
    const { forge } = forgeAt(server.address);
    await expect(forge.branchHead('main', AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
    expect(server.seen).toEqual([]);
  });

  test('a run that is cancelled while it waits for an answer asks no more', async () => {
    const { reply, asked } = noticed(hang());
    await using server = await serve([reply]);
    const { forge } = forgeAt(server.address);
    const stop = new AbortController();
    const writing = forge.comment(1, 'hello', stop.signal);
    await asked;
    const reason = new Error('cancelled');
    stop.abort(reason);
    await expect(writing).rejects.toBe(reason);
    expect(server.seen).toHaveLength(1);
  });
});

test('writes come one after another, a second apart', async () => {
  let open = 0;
  let most = 0;
  const slow: Reply = async (response, seen) => {
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    await made(response, seen);
  };
  await using server = await serve([slow]);
  const { forge, clock } = forgeAt(server.address);
  await Promise.all([writeComment(forge), writeComment(forge), writeComment(forge)]);
  expect([most, clock.slept]).toEqual([1, [1000, 1000]]);
});

test('a failed write does not hold up the next', async () => {
  await using server = await serve([json(404, { message: 'Not Found' }), made]);
  const { forge } = forgeAt(server.address);
  const [first, second] = await Promise.allSettled([writeComment(forge), writeComment(forge)]);
  expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
});

test('what has not changed is not sent again', async () => {
  const tagged = json(200, { ref: 'refs/heads/main', object: { sha: commit } }, { etag: '"one"' });
  const same: Reply = (response) => response.writeHead(304, { etag: '"one"' }).end();
  const changed = json(200, { ref: 'refs/heads/main', object: { sha: 'b'.repeat(40) } }, { etag: '"two"' });
  await using server = await serve([tagged, same, changed, same]);
  const { forge } = forgeAt(server.address);
  const heads = [];
  for (let time = 0; time < 4; time += 1) heads.push(await readHead(forge));
  expect(heads).toEqual([commit, commit, 'b'.repeat(40), 'b'.repeat(40)]);
  expect(server.seen.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"one"', '"one"', '"two"']);
  // What has not changed costs nothing at GitHub, so it is not counted.
  expect(forge.requests).toBe(2);
});

test.each([
  ['', '/repos/acme/shop/git/ref/heads%2Fmain', '/graphql'],
  ['/api/v3', '/api/v3/repos/acme/shop/git/ref/heads%2Fmain', '/api/graphql'],
  ['/api/v3/', '/api/v3/repos/acme/shop/git/ref/heads%2Fmain', '/api/graphql'],
])('the addresses below %j', async (prefix, rest, graphql) => {
  await using server = await serve([head, me]);
  const { forge } = forgeAt(server.address, { prefix });
  expect(server.seen).toEqual([]);
  await readHead(forge);
  await readViewer(forge);
  expect(server.seen.map(({ url }) => url.pathname)).toEqual([rest, graphql]);
  for (const { headers } of server.seen) {
    expect(headers['x-github-api-version']).toBe('2022-11-28');
    expect(headers['user-agent']).toMatch(/^stepgate /);
  }
});
