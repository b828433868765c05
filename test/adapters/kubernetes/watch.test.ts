import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ConnectedCluster } from '../../../src/adapters/kubernetes/index.ts';
import { stringAt } from '../../../src/release/json.ts';
import { ClusterError, type WatchEvent } from '../../../src/release/ports.ts';
import {
  client,
  cut,
  type Fake,
  failure,
  folder,
  hang,
  json,
  kubeconfig,
  maps,
  noticed,
  type Reply,
  serve,
  text,
  thrownBy,
} from './server.ts';
import { nothingWaits, waiting } from './timers.ts';

const query = { kind: maps, namespace: 'n', labelSelector: 'a=b' };
const forEver = new AbortController().signal;

/** An object whose every byte counts: its name has characters of two, three and four bytes. */
function object(version: number) {
  return { kind: 'ConfigMap', metadata: { name: `ä€😀${version}`, resourceVersion: String(version) } };
}

function line(type: string, what: unknown): string {
  return `${JSON.stringify({ type, object: what })}\n`;
}

const event = (version: number) => line('MODIFIED', object(version));
const bookmark = (version: number) =>
  line('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: String(version) } });
const gone = { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired', message: 'too old resource version' };
const lines = (...parts: readonly string[]) => text(200, parts.join(''));
const list = (version: number) =>
  json(200, { metadata: { resourceVersion: String(version) }, items: [object(version)] });

/** What comes, in short: `m6` for a modified object of version 6, `r9` for a reset by a list of version 9. */
function brief(seen: WatchEvent): string {
  const [what] = seen.type === 'reset' ? seen.items : [seen.object];
  return `${seen.type[0]}${stringAt(what, 'metadata', 'resourceVersion')}`;
}

/** Watches from version 5 until so many events have come. */
async function take(api: ConnectedCluster, count: number): Promise<readonly string[]> {
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const one of api.watch(query, '5', stop.signal)) {
    seen.push(brief(one));
    if (seen.length === count) stop.abort();
  }
  return seen;
}

interface Row {
  readonly when: string;
  readonly replies: readonly Reply[];
  readonly sees: string;
  /** The version each watch began after; `list` for a list in between. */
  readonly asks: string;
}

const rows: readonly Row[] = [
  { when: 'it goes well', replies: [lines(event(6), event(7))], sees: 'm6 m7', asks: '5' },
  { when: 'the server ends it', replies: [lines(event(6)), lines(event(7))], sees: 'm6 m7', asks: '5 6' },
  {
    when: 'it ends with half an event',
    replies: [lines(event(6), event(7).slice(0, 30)), lines(event(7))],
    sees: 'm6 m7',
    asks: '5 6',
  },
  {
    when: 'it ends without the last line break',
    replies: [lines(event(6).trim()), lines(event(6))],
    sees: 'm6',
    asks: '5 5',
  },
  {
    when: 'it is cut off',
    replies: [cut(event(6) + event(7).slice(0, 30)), lines(event(7))],
    sees: 'm6 m7',
    asks: '5 6',
  },
  { when: 'it is cut off before the head', replies: [cut(), lines(event(6))], sees: 'm6', asks: '5 5' },
  {
    when: 'a bookmark came last',
    replies: [cut(event(6) + bookmark(90)), lines(event(91))],
    sees: 'm6 m91',
    asks: '5 90',
  },
  { when: 'only a bookmark came', replies: [lines(bookmark(8)), lines(event(9))], sees: 'm9', asks: '5 8' },
  {
    when: 'the server is busy',
    replies: [failure(429, 'TooManyRequests', 'busy'), lines(event(6))],
    sees: 'm6',
    asks: '5 5',
  },
  { when: 'the server is broken', replies: [text(500, ''), text(503, ''), lines(event(6))], sees: 'm6', asks: '5 5 5' },
  {
    when: '410 as an answer',
    replies: [json(410, gone), list(40), lines(event(41))],
    sees: 'r40 m41',
    asks: '5 list 40',
  },
  {
    when: '410 as an event',
    replies: [lines(event(6), line('ERROR', gone)), list(40), lines(event(41))],
    sees: 'm6 r40 m41',
    asks: '5 list 40',
  },
  {
    when: '410 twice',
    replies: [json(410, gone), list(40), lines(line('ERROR', gone)), list(50), lines(event(51))],
    sees: 'r40 r50 m51',
    asks: '5 list 40 list 50',
  },
  {
    when: '410, and the list fails',
    replies: [json(410, gone), cut(), text(503, ''), list(40), lines(event(41))],
    sees: 'r40 m41',
    asks: '5 list list list 40',
  },
  {
    when: 'an error event that passes',
    replies: [lines(line('ERROR', { ...gone, code: 500, reason: 'InternalError' })), lines(event(6))],
    sees: 'm6',
    asks: '5 5',
  },
  { when: 'empty lines', replies: [lines('\n\r\n', event(6), '\n')], sees: 'm6', asks: '5' },
];

/** The versions that watches began after, and the lists in between. */
const asked = ({ seen }: Fake) =>
  seen.map(({ url }) => (url.searchParams.get('watch') === 'true' ? url.searchParams.get('resourceVersion') : 'list'));

describe('a watch that hears nothing', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each([
    { when: 'any more', silence: hang(event(6)), later: lines(event(7)), sees: ['m6', 'm7'], asks: ['5', '6'] },
    { when: 'at all', silence: hang(), later: lines(event(6)), sees: ['m6'], asks: ['5', '5'] },
  ])('$when is opened anew', async ({ silence, later, sees, asks }) => {
    const first = noticed(silence);
    await using server = await serve([first.reply, later]);
    await using api = await client(server.address, { tuning: { requestMs: 30_000, watchIdleMs: 30_000 } });
    const stop = new AbortController();
    const seen: string[] = [];
    const begun = Promise.withResolvers<void>();
    const watching = (async () => {
      for await (const one of api.watch(query, '5', stop.signal)) {
        seen.push(brief(one));
        begun.resolve();
        if (seen.length === sees.length) stop.abort();
      }
    })();
    // Not by expect.poll: it moves these timers along.
    await first.asked;
    if (sees.length > 1) await begun.promise;
    await vi.advanceTimersByTimeAsync(29_999);
    expect(server.seen).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await watching;
    expect(seen).toEqual(sees);
    expect(asked(server)).toEqual(asks);
  });
});

describe('a watch', () => {
  test.concurrent.each(rows)('$when', async ({ replies, sees, asks }) => {
    await using server = await serve(replies);
    await using api = await client(server.address);
    const wanted = sees.split(' ');
    expect(await take(api, wanted.length)).toEqual(wanted);
    expect(asked(server)).toEqual(asks.split(' '));
  });

  test('asks for bookmarks, an end, and only what is wanted', async () => {
    await using server = await serve([lines(event(6))]);
    await using api = await client(server.address);
    await take(api, 1);
    const asked = server.seen[0]?.url;
    expect(asked?.pathname).toBe('/api/v1/namespaces/n/configmaps');
    expect(Object.fromEntries(asked?.searchParams ?? [])).toMatchObject({
      watch: 'true',
      allowWatchBookmarks: 'true',
      labelSelector: 'a=b',
      resourceVersion: '5',
    });
    expect(Number(asked?.searchParams.get('timeoutSeconds'))).toBeGreaterThan(200);
  });

  test('hands on what was added, modified and deleted', async () => {
    await using server = await serve([
      lines(line('ADDED', object(6)), line('MODIFIED', object(7)), line('DELETED', object(8))),
    ]);
    await using api = await client(server.address);
    expect(await take(api, 3)).toEqual(['a6', 'm7', 'd8']);
  });

  test('whatever cuts the stream into pieces or off: every event once, in order', async () => {
    const faults = fc.record({
      /** How many bytes of what is left the connection carries, and in what pieces. */
      bytes: fc.integer({ min: 0, max: 700 }),
      piece: fc.integer({ min: 1, max: 90 }),
      end: fc.constantFrom('ended', 'cut'),
      bookmarks: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(faults, { maxLength: 8 }), async (connections) => {
        const last = 12;
        let connection = 0;
        const reply: Reply = async (response, { url }) => {
          const after = Number(url.searchParams.get('resourceVersion'));
          const fault = connections[connection];
          connection += 1;
          const left = Array.from({ length: last - after }, (_, index) => after + 1 + index);
          const whole = left.map((version) => (fault?.bookmarks ? event(version) + bookmark(version) : event(version)));
          const bytes = Buffer.from(whole.join('')).subarray(0, fault?.bytes);
          const piece = fault?.piece ?? bytes.length;
          response.writeHead(200);
          for (let at = 0; at < bytes.length; at += piece) {
            response.write(bytes.subarray(at, at + piece));
            await new Promise(setImmediate);
          }
          if (fault?.end === 'cut') response.socket?.destroy();
          else response.end();
        };
        await using server = await serve([reply]);
        await using api = await client(server.address, { tuning: { pauseMs: 1, pauseCapMs: 2 } });
        expect(await take(api, last - 5)).toEqual(Array.from({ length: last - 5 }, (_, index) => `m${6 + index}`));
      }),
      { numRuns: 60 },
    );
  });

  test('a slow reader loses nothing', async () => {
    await using server = await serve([
      async (response) => {
        for (let version = 6; version < 12; version += 1) response.write(event(version));
        await sleep(400);
        response.end();
      },
      lines(event(12)),
    ]);
    await using api = await client(server.address, { tuning: { watchIdleMs: 60 } });
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const one of api.watch(query, '5', stop.signal)) {
      seen.push(brief(one));
      if (seen.length < 4) await sleep(80);
      if (seen.length === 7) stop.abort();
    }
    expect(seen).toEqual(['m6', 'm7', 'm8', 'm9', 'm10', 'm11', 'm12']);
  });
});

const HOUR = 3_600_000;

describe('a watch ends', () => {
  test.each([
    ['forbidden', failure(403, 'Forbidden', 'no'), 403],
    ['not served', text(404, '404 page not found'), 404],
    ['unauthorized', failure(401, 'Unauthorized', 'no'), 401],
    ['an error event', lines(line('ERROR', { ...gone, code: 400, reason: 'BadRequest' })), 400],
  ])('%s: as the server says', async (_, reply, status) => {
    await using server = await serve([reply]);
    await using api = await client(server.address);
    const error = await thrownBy(take(api, 1));
    expect(error).toBeInstanceOf(ClusterError);
    expect(error).toMatchObject({ status });
    expect(server.seen).toHaveLength(1);
  });

  test.each([
    ['no JSON', 'nonsense\n'],
    ['another type', line('RENAMED', object(6))],
    ['no object', '{"type":"ADDED"}\n'],
    ['no version', line('ADDED', { kind: 'ConfigMap', metadata: { name: 'a' } })],
    ['a login page', '<html>\n'],
    ['a line without end', 'x'.repeat(10_000)],
  ])('%s: that is no API server', async (_, body) => {
    await using server = await serve([lines(event(6), body)]);
    await using api = await client(server.address, { tuning: { lineBytes: 5_000 } });
    const seen: string[] = [];
    const watching = async () => {
      for await (const one of api.watch(query, '5', forEver)) seen.push(brief(one));
    };
    expect(await thrownBy(watching())).toMatchObject({ family: 'environment', code: 'CLUSTER_UNREACHABLE' });
    expect(seen).toEqual(['m6']);
    expect(server.seen).toHaveLength(1);
    await expect.poll(() => server.sockets.size).toBe(0);
  });

  test('when the server stays away for longer than its patience', async () => {
    await using server = await serve([lines(event(6)), cut()]);
    await using api = await client(server.address, { tuning: { watchPatienceMs: 500 } });
    const error = await thrownBy(take(api, 2));
    expect(error).toMatchObject({ family: 'environment', code: 'CLUSTER_UNREACHABLE' });
    expect(server.seen.length).toBeGreaterThan(3);
  });

  test('with a certificate that is no good it does not wait at all', async () => {
    await using server = await serve([cut()]);
    await using api = await client(server.address.replace('http:', 'https:'), { user: {} });
    const error = await thrownBy(take(api, 1));
    expect(error).toMatchObject({ family: 'environment', code: 'CLUSTER_UNREACHABLE' });
    expect(api.stats.requests).toBe(1);
  });

  test('a server that ends every watch at once is not hammered', async () => {
    await using server = await serve([lines()]);
    await using api = await client(server.address, { tuning: { pauseMs: 20, pauseCapMs: 200 } });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 400);
    for await (const one of api.watch(query, '5', stop.signal)) expect.fail(brief(one));
    expect(server.seen.length).toBeLessThan(12);
  });

  test.each(['before', 'waiting for the head', 'waiting for an event', 'in a pause', 'at an event'] as const)(
    'quietly on abort: %s',
    async (when) => {
      const replies = {
        before: hang(),
        'waiting for the head': hang(),
        'waiting for an event': hang(event(6)),
        'in a pause': text(503, ''),
        'at an event': hang(event(6) + event(7)),
      };
      await using server = await serve([replies[when]]);
      // What only ends by a time of its own never ends here.
      const slow = {
        requestMs: HOUR,
        watchIdleMs: HOUR,
        watchPatienceMs: HOUR,
        pauseMs: HOUR,
        pauseCapMs: HOUR,
      };
      await using api = await client(server.address, { tuning: slow });
      const before = waiting();
      const stop = new AbortController();
      if (when === 'before') stop.abort();
      const seen: string[] = [];
      const watching = (async () => {
        for await (const one of api.watch(query, '5', stop.signal)) {
          seen.push(brief(one));
          if (when === 'at an event') stop.abort();
        }
      })();
      // The second of two failures is followed by a pause.
      if (when !== 'before') await expect.poll(() => server.seen.length).toBe(when === 'in a pause' ? 2 : 1);
      if (when === 'waiting for an event') await expect.poll(() => seen.length).toBe(1);
      await sleep(20);
      stop.abort();
      await watching;
      expect(seen).toEqual(when === 'waiting for an event' || when === 'at an event' ? ['m6'] : []);
      if (when !== 'in a pause') await expect.poll(() => server.sockets.size).toBe(0);
      await nothingWaits(before);
    },
  );

  test('when its reader leaves', async () => {
    await using server = await serve([hang(event(6))]);
    await using api = await client(server.address, { tuning: { watchIdleMs: 10_000 } });
    const before = waiting();
    for await (const one of api.watch(query, '5', forEver)) {
      expect(brief(one)).toBe('m6');
      break;
    }
    await expect.poll(() => server.sockets.size).toBe(0);
    await nothingWaits(before);
  });

  test('watches leave the sockets of plain requests alone', async () => {
    await using server = await serve([hang(event(6)), hang(event(6)), hang(event(6)), json(200, object(6))]);
    await using api = await client(server.address, { tuning: { sockets: 1, watchIdleMs: 10_000 } });
    const stop = new AbortController();
    const watching = Array.from({ length: 3 }, async () => {
      for await (const one of api.watch(query, '5', stop.signal)) expect(brief(one)).toBe('m6');
    });
    await expect.poll(() => server.seen.length).toBe(3);
    const { name } = object(6).metadata;
    expect(await api.get({ kind: maps, namespace: 'n', name }, forEver)).toMatchObject({ kind: 'ConfigMap' });
    stop.abort();
    await Promise.all(watching);
  });

  test('a new token is read when the old one no longer counts', async () => {
    await using files = await folder();
    const token = await files.write('token', 'canary-first');
    const reply: Reply = async (response, { headers }) => {
      if (headers.authorization !== 'Bearer canary-second') {
        await files.write('token', 'canary-second');
        return response.writeHead(401).end();
      }
      return response.writeHead(200).write(event(6));
    };
    await using server = await serve([reply]);
    const own = await files.write('config', kubeconfig({ server: server.address }, { tokenFile: token }));
    await using api = await client(server.address, { kubeconfig: own });
    expect(await take(api, 1)).toEqual(['m6']);
    expect(server.seen).toHaveLength(2);
  });

  test.each<[string, Reply]>([
    [
      'another protocol',
      (response) => response.socket?.end('HTTP/1.1 101 No\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ],
    ['a redirect', text(302, '', { location: 'https://elsewhere.example' })],
  ])('%s is no watch', async (_, reply) => {
    await using server = await serve([reply]);
    await using api = await client(server.address);
    expect(await thrownBy(take(api, 1))).toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    expect(server.seen).toHaveLength(1);
  });

  test('a refusal without an end is given up', async () => {
    await using server = await serve([(response) => response.writeHead(403).write('{')]);
    await using api = await client(server.address, { tuning: { requestMs: 200, watchPatienceMs: 0 } });
    expect(await thrownBy(take(api, 1))).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('no answer within 0.2 s'),
    });
  });
});
