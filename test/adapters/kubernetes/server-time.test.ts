import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ConnectedCluster } from '../../../src/adapters/kubernetes/index.ts';
import { client, cut, failure, json, maps, type Reply, serve, text } from './server.ts';

/** The server's time, as the adapter takes it from what comes over its sockets. */

const never = new AbortController().signal;
const ref = { kind: maps, namespace: 'n', name: 'one' };
const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'n', resourceVersion: '7' } };
const second = 1000;
const day = 24 * 60 * 60 * second;

/** The machine's time by a clock that no test sets. */
const real = () => performance.timeOrigin + performance.now();
const header = (time: number) => new Date(time).toUTCString();

/** An answer with these Date headers, and none of Node's. */
function dated(dates: () => readonly string[], status = 200, body: object = object): Reply {
  return (response) => {
    response.sendDate = false;
    const told = dates();
    if (told.length > 0) response.setHeader('date', told);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
}

/** By how much the runner's clock, whatever it shows, is ahead of the server's. */
function skew(api: ConnectedCluster): number {
  const now = api.now();
  if (now === null) throw new Error('the server has told no time');
  return Date.now() - now.getTime();
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the skew is measured within two seconds', () => {
  test.each([
    { what: 'both right', runner: 0, server: 0 },
    { what: 'the runner ahead', runner: 1800 * second, server: 0 },
    { what: 'the runner behind', runner: -1800 * second, server: 0 },
    { what: 'the runner a year behind', runner: -365 * day, server: 0 },
    { what: 'the server a day ahead', runner: 0, server: day },
    { what: 'the server a day behind', runner: 0, server: -day },
    { what: 'both wrong', runner: 3 * day, server: 3 * day },
  ])('$what', async ({ runner, server: by }) => {
    vi.useFakeTimers({ toFake: ['Date'], now: real() + runner });
    await using server = await serve([dated(() => [header(real() + by)])]);
    await using api = await client(server.address);
    const began = performance.now();
    await api.get(ref, never);
    const measured = skew(api);
    // A busy machine may be slow to answer itself.
    expect(Math.abs(measured - (runner - by))).toBeLessThan(2000 + performance.now() - began);
  });

  test('the runner drifting, and set while it runs: what the server said goes on as it was', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: real() });
    await using server = await serve([dated(() => [header(real())])]);
    await using api = await client(server.address);
    const began = performance.now();
    await api.get(ref, never);
    let before = api.now()?.getTime() ?? 0;
    for (const by of [10 * second, 60 * second, 1800 * second, -1800 * second, -365 * day, 0]) {
      vi.setSystemTime(real() + by);
      const now = api.now()?.getTime() ?? 0;
      expect(now).toBeGreaterThanOrEqual(before);
      expect(now).toBeLessThanOrEqual(real());
      before = now;
      expect(Math.abs(skew(api) - by)).toBeLessThan(2000 + performance.now() - began);
    }
  });
});

test('no time before the first answer, and none of a server that tells none', async () => {
  await using server = await serve([dated(() => [])]);
  await using api = await client(server.address);
  expect(api.now()).toBeNull();
  await api.get(ref, never);
  expect(api.now()).toBeNull();
});

test('it goes on between two answers, at the pace of the clock that is given', async () => {
  const noon = Date.UTC(2026, 10, 25, 12);
  let passed = 0;
  await using server = await serve([dated(() => [header(noon)])]);
  await using api = await client(server.address, { elapsed: () => passed });
  await api.get(ref, never);
  expect(api.now()).toEqual(new Date(noon));
  passed = 1000 * second;
  // A little behind, as no two clocks run alike.
  expect(api.now()).toEqual(new Date(noon + 999 * second));
});

describe('a Date is taken', () => {
  const noon = Date.UTC(2026, 10, 25, 12);
  const said = () => [header(noon)];
  const status = (code: number) => ({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason: '' });

  test.each([401, 403, 404, 409, 422, 500])('from an answer with HTTP %i', async (code) => {
    await using server = await serve([dated(said, code, status(code))]);
    await using api = await client(server.address, { elapsed: () => 0, tuning: { attempts: 1 } });
    await expect(api.get(ref, never)).rejects.toMatchObject({ status: code });
    expect(api.now()).toEqual(new Date(noon));
  });

  test('from an answer whose body breaks off', async () => {
    await using server = await serve([
      (response) => {
        response.writeHead(200, { date: header(noon), 'content-length': 100 }).write('{');
        setTimeout(() => response.socket?.destroy(), 20);
      },
    ]);
    await using api = await client(server.address, { elapsed: () => 0, tuning: { attempts: 1 } });
    await expect(api.get(ref, never)).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    expect(api.now()).toEqual(new Date(noon));
  });

  test('from no answer that never came', async () => {
    await using server = await serve([cut()]);
    await using api = await client(server.address, { tuning: { attempts: 1 } });
    await expect(api.get(ref, never)).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    expect(api.now()).toBeNull();
  });

  test('from the head of a watch, as of then: its events tell no time', async () => {
    let passed = 0;
    const event = JSON.stringify({ type: 'ADDED', object });
    await using server = await serve([
      async (response) => {
        response.writeHead(200, { date: header(noon) }).flushHeaders();
        await sleep(30);
        passed = 10 * second;
        response.write(`${event}\n`);
      },
    ]);
    await using api = await client(server.address, { elapsed: () => passed });
    const stop = new AbortController();
    for await (const _event of api.watch({ kind: maps, namespace: 'n' }, '1', stop.signal)) stop.abort();
    expect(api.now()).toEqual(new Date(noon + 9990));
  });

  test.each([
    ['two headers', [header(noon + day), header(noon + 2 * day)]],
    ['the same header twice', [header(noon + day), header(noon + day)]],
    ['an empty one', ['']],
    ['garbage', ['\u00ff soon']],
    ['the year 9999', ['Fri, 31 Dec 9999 23:59:59 GMT']],
  ])('but not: %s', async (_what, odd) => {
    await using server = await serve([dated(() => odd), dated(said), dated(() => odd)]);
    await using api = await client(server.address, { elapsed: () => 0 });
    await api.get(ref, never);
    expect(api.now()).toBeNull();
    await api.get(ref, never);
    await api.get(ref, never);
    expect(api.now()).toEqual(new Date(noon));
  });
});

test('a Retry-After that is a date is counted by the clock it comes from', async () => {
  const yesterday = () => real() - day;
  await using server = await serve([
    (response) =>
      response
        .writeHead(429, { date: header(yesterday()), 'retry-after': header(yesterday() + 60_000) })
        .end(JSON.stringify({ kind: 'Status', code: 429 })),
    json(200, object),
  ]);
  await using api = await client(server.address, { tuning: { retryAfterCapMs: 300 } });
  const began = performance.now();
  await api.get(ref, never);
  expect(performance.now() - began).toBeGreaterThan(290);
});

describe('who the server says this is', () => {
  const review = (userInfo: unknown) =>
    json(201, { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', status: { userInfo } });

  test('is asked by a POST, once', async () => {
    await using server = await serve([review({ username: 'ada@example.com', groups: ['dev'] }), text(500, '')]);
    await using api = await client(server.address);
    expect([await api.user(never), await api.user(never)]).toEqual(['ada@example.com', 'ada@example.com']);
    expect(server.seen).toHaveLength(1);
    const [asked] = server.seen;
    expect(asked).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } });
    expect(asked?.url.pathname).toBe('/apis/authentication.k8s.io/v1/selfsubjectreviews');
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
    });
  });

  test.each([
    'system:serviceaccount:ci:deployer',
    'system:anonymous',
    'oidc:Ada Lovelace',
    'ä\u202eada',
    'ada\n::error::x',
  ])('is handed on as it is: %j', async (username) => {
    await using server = await serve([review({ username })]);
    await using api = await client(server.address);
    expect(await api.user(never)).toBe(username);
  });

  test('is asked again where it was not answered, and where the connection was cut', async () => {
    await using server = await serve([cut(), failure(500, 'InternalError', 'no'), review({ username: 'ada' })]);
    await using api = await client(server.address);
    expect(await api.user(never)).toBe('ada');
    expect(server.seen).toHaveLength(3);
  });

  test.each([401, 403, 404, 405])('is not known: HTTP %i, which is not kept', async (code) => {
    await using server = await serve([failure(code, 'No', 'no'), review({ username: 'ada' })]);
    await using api = await client(server.address);
    await expect(api.user(never)).rejects.toMatchObject({ name: 'ClusterError', status: code, reason: 'No' });
    expect(await api.user(never)).toBe('ada');
  });

  test.each([undefined, null, 'ada', {}, { username: '' }, { username: 7 }, { username: ['ada'] }])(
    'is not in the answer: %j',
    async (userInfo) => {
      await using server = await serve([review(userInfo)]);
      await using api = await client(server.address);
      await expect(api.user(never)).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
      expect(server.seen).toHaveLength(1);
    },
  );

  test('is a question that can be given up, and asked again', async () => {
    await using server = await serve([() => {}, review({ username: 'ada' })]);
    await using api = await client(server.address);
    await expect(api.user(AbortSignal.timeout(30))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await api.user(never)).toBe('ada');
  });

  test('is asked for each connection', async () => {
    await using server = await serve([review({ username: 'ada' }), review({ username: 'bo' })]);
    await using first = await client(server.address);
    await using other = await client(server.address);
    expect([await first.user(never), await other.user(never)]).toEqual(['ada', 'bo']);
  });
});
