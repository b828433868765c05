import { execFile } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { addressIn, type GuardedRequest, guardedRequest, RequestError } from '../../src/adapters/guarded-request.ts';
import { selfSigned } from './kubernetes/certificate.ts';
import { cut, hang, type Reply, serve, text } from './kubernetes/server.ts';

const never = new AbortController().signal;
const LIMIT = 1_000;

/** Asks an address that the policy names, with short limits. */
async function ask(address: string, more: Partial<GuardedRequest> = {}, signal = never) {
  const url = addressIn(address);
  if (url === null) throw new Error(`${address} is no address`);
  const usual: GuardedRequest = {
    url,
    method: 'GET',
    headers: {},
    authorization: null,
    body: null,
    ca: null,
    internal: 'named',
    timeoutMs: 10_000,
    bodyLimit: LIMIT,
  };
  return guardedRequest({ ...usual, ...more }, signal);
}

/** Trouble and message, as in `slow: no answer within 1 s`. */
function failing(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    (value) => `answered ${JSON.stringify(value)}`,
    (error: unknown) => (error instanceof RequestError ? `${error.trouble}: ${error.message}` : `thrown: ${error}`),
  );
}

/** A server that hears one request and does what it likes with the socket. */
async function raw(talk: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('data', () => talk(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bound = server.address();
  return `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
}

/** Writes the same text as long as the other side takes it. */
function forever(chunk: string): (socket: Socket) => void {
  return (socket) => {
    const more = () => !socket.destroyed && socket.write(chunk, () => setImmediate(more));
    more();
  };
}

describe('an answer', () => {
  it('is its status, its headers and its text; the request asks for no compression and keeps no connection', async () => {
    await using server = await serve([text(404, 'ü'.repeat(LIMIT / 2), { date: 'Mon, 30 Nov 2026 19:00:00 GMT' })]);
    const answer = await ask(`${server.address}/a?b=1`, {
      method: 'POST',
      headers: { accept: 'text/plain' },
      authorization: 'Bearer secret',
      body: 'ö',
    });
    expect(answer).toMatchObject({ status: 404, text: 'ü'.repeat(LIMIT / 2) });
    expect(answer.headers.date).toBe('Mon, 30 Nov 2026 19:00:00 GMT');
    const [seen] = server.seen;
    expect(seen).toMatchObject({ method: 'POST', body: 'ö' });
    expect(seen?.headers).toEqual({
      host: new URL(server.address).host,
      'user-agent': 'stepgate',
      accept: 'text/plain',
      authorization: 'Bearer secret',
      'content-length': '2',
      connection: 'close',
    });
  });

  it('may end with its connection', async () => {
    const address = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
    expect(await ask(address)).toMatchObject({ status: 200, text: 'all of it' });
  });

  it('is not read where nobody wants its body', async () => {
    const address = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      forever('x'.repeat(10_000))(socket);
    });
    expect(await ask(address, { bodyLimit: null })).toMatchObject({ status: 200, text: '' });
  });
});

describe('no answer is', () => {
  const found: Reply = (response) => response.writeHead(302, { location: 'https://login.example/?token=t' }).end('no');
  const here: Reply = (response) => response.writeHead(301, { location: '/login' }).end('no');
  const packed: Reply = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}'));
  it.each<[string, Reply, string]>([
    ['a redirect', found, 'redirect: the server answered 302, a redirect to login.example, and none is followed'],
    ['a redirect to the same server', here, 'redirect: the server answered 301, a redirect, and none is followed'],
    ['a 304', text(304, ''), 'redirect: the server answered 304, a redirect, and none is followed'],
    ['a compressed one', packed, 'garbled: the answer is compressed, which was not asked for'],
    ['a long one', text(200, 'x'.repeat(LIMIT + 1)), `long: the answer is longer than ${LIMIT} bytes`],
    ['none', cut(), "unreachable: the server can't be reached (ECONNRESET)"],
    ['half of one', cut('half'), 'unreachable: the connection broke off before the end of the answer'],
  ])('%s', async (_, reply, expected) => {
    await using server = await serve([reply]);
    expect(await failing(ask(server.address))).toBe(expected);
    expect(server.seen).toHaveLength(1);
  });

  const ok = 'HTTP/1.1 200 OK\r\n';
  it.each<[string, (socket: Socket) => void, RegExp]>([
    [
      'another protocol',
      (socket) => socket.write('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
      /^garbled: the server answered 101, another protocol$/,
    ],
    ['no HTTP', (socket) => socket.write('220 mail.example ESMTP\r\n'), /^garbled: .* \(HPE_/],
    ['an endless body', (socket) => forever(`${ok}\r\n${'x'.repeat(10_000)}`)(socket), /^long: /],
    ['a flood of headers', (socket) => forever(`${ok}${'x: y\r\n'.repeat(10_000)}`)(socket), /^garbled: .* \(HPE_/],
    ['one endless header', (socket) => forever(`${ok}x: ${'y'.repeat(10_000)}`)(socket), /^garbled: .* \(HPE_/],
  ])('%s', async (_, talk, expected) => {
    expect(await failing(ask(await raw(talk)))).toMatch(expected);
  });

  const late = /^slow: no answer within 0\.3 s$/;
  it.each<[string, (socket: Socket) => void]>([
    ['silence', () => undefined],
    ['early hints for ever', forever('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n')],
    [
      'a body that drips',
      (socket) => {
        socket.write(`${ok}content-length: 900\r\n\r\n`);
        const timer = setInterval(() => socket.write('x'), 20);
        socket.on('close', () => clearInterval(timer));
      },
    ],
  ])('%s, and the time ends it', async (_, talk) => {
    expect(await failing(ask(await raw(talk), { timeoutMs: 300 }))).toMatch(late);
  });

  it('awaited after the run was cancelled, which gives its reason', async () => {
    await using server = await serve([hang('begun')]);
    const run = new AbortController();
    const asked = ask(server.address, {}, run.signal);
    await expect.poll(() => server.seen.length).toBe(1);
    run.abort(new Error('the run ends'));
    await expect(asked).rejects.toThrow('the run ends');
    await expect(ask(server.address, {}, run.signal)).rejects.toThrow('the run ends');
    await expect.poll(() => server.sockets.size).toBe(0);
    expect(server.seen).toHaveLength(1);
  });
});

describe('over TLS', () => {
  const trusted = selfSigned('trusted');
  const other = selfSigned('other');

  it('trusts the given certificates alone', async () => {
    await using server = await serve([text(200, 'ok')], trusted);
    expect(await ask(server.address, { ca: Buffer.from(trusted.cert) })).toMatchObject({ text: 'ok' });
    const untrusted = 'unreachable: the certificate of the server is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)';
    expect(await failing(ask(server.address, { ca: Buffer.from(other.cert) }))).toBe(untrusted);
    expect(await failing(ask(server.address))).toBe(untrusted);
  });

  it('sends nothing without trust, whatever an earlier step has put into the environment', async () => {
    const name = 'NODE_TLS_REJECT_UNAUTHORIZED';
    const before = process.env[name];
    onTestFinished(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
    process.env[name] = '0';
    await using server = await serve([text(200, 'ok')], trusted);
    expect(await failing(ask(server.address, { authorization: 'Bearer secret' }))).toMatch(/^unreachable: /);
    expect(server.seen).toEqual([]);
  });

  it('says so where the server speaks plain HTTP', async () => {
    await using server = await serve([text(200, 'ok')]);
    expect(await failing(ask(server.address.replace('http:', 'https:')))).toMatch(/^garbled: .*TLS.*\(/);
  });
});

describe('which addresses', () => {
  it.each([
    ['http://localhost', 'named'],
    ['http://127.0.0.1', 'named'],
  ] as const)('%s may be asked where it is named', async (address, internal) => {
    await using server = await serve([text(200, 'ok')]);
    expect(await ask(`${address}:${server.port}`, { internal, authorization: 'Bearer x' })).toMatchObject({
      status: 200,
    });
    expect(await failing(ask(`${address}:${server.port}`, { internal: 'never' }))).toMatch(/^internal: /);
  });

  it.each(['localhost.', '127.0.0.1.nip.example'])('%s is a name, and never names this machine', async (host) => {
    expect(await failing(ask(`http://${host}:1`))).toMatch(/^(internal: |unreachable: .*\((ENOTFOUND|EAI_AGAIN)\))/);
  });
});

test('a credential goes over plain HTTP to loopback alone, and nothing is sent', async () => {
  const exposed = 'exposed: a credential goes over https alone, except to this machine itself';
  for (const host of ['prometheus.example', '10.0.0.1', '169.254.169.254', '0.0.0.0', 'localhost.example'])
    expect(await failing(ask(`http://${host}`, { authorization: 'Bearer secret' }))).toBe(exposed);
});

test('an address is http or https and has no user', () => {
  const addresses = [
    'http://a',
    'https://a/b?c',
    'ftp://a',
    'file:///etc/passwd',
    'https://u@a',
    'https://:p@a',
    'a',
    '',
  ];
  expect(addresses.map((address) => addressIn(address)?.href ?? null)).toEqual([
    'http://a/',
    'https://a/b?c',
    ...[null, null, null, null, null, null],
  ]);
});

test('a proxy of the environment is not asked', async () => {
  await using proxy = await serve([text(200, 'the proxy')]);
  await using server = await serve([text(200, 'the server')]);
  // Node reads the variables when it starts.
  const script = `
    import { get } from 'node:http';
    import { guardedRequest } from ${JSON.stringify(new URL('../../src/adapters/guarded-request.ts', import.meta.url).href)};
    const url = new URL(${JSON.stringify(server.address)});
    const rest = { method: 'GET', headers: {}, authorization: null, body: null, ca: null, internal: 'named', timeoutMs: 10_000, bodyLimit: 100 };
    const { text } = await guardedRequest({ url, ...rest }, new AbortController().signal);
    get(url, async (response) => console.log(text, 'and', String((await response.toArray())[0])));`;
  const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.address, NO_PROXY: '' };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
  expect(stdout).toBe('the server and the proxy\n');
});
