import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openMetrics } from '../../src/adapters/prometheus/index.ts';
import type { Credential, MetricsServer } from '../../src/release/metrics.ts';
import { selfSigned } from './kubernetes/certificate.ts';
import { cut, folder, hang, json, type Reply, serve, text } from './kubernetes/server.ts';
import { ask, failing, matrix, now, over, usual, vector } from './prometheus.ts';

const secret = 's3cr3t-of-the-server';
const bearer: Credential = { is: 'bearer', token: { in: 'variable', name: 'TOKEN' } };

describe('a query', () => {
  it('is a form, with the limit of age that the server is to keep', async () => {
    await using server = await serve([json(200, vector())]);
    await ask(`${server.address}/prefix/`);
    expect(server.seen).toMatchObject([
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: 'query=up&lookback_delta=60s&timeout=10s&partial_response=false',
      },
    ]);
    expect(server.seen[0]?.url.pathname).toBe('/prefix/api/v1/query');
  });

  it('over a time is one subquery, and a comment in it ends with its line', async () => {
    await using server = await serve([json(200, matrix())]);
    await ask(server.address, { query: { ...over, expression: 'up # all', at: new Date(1_700_000_000_123) } });
    const form = new URLSearchParams(server.seen[0]?.body);
    expect(form.get('query')).toBe('(\nup # all\n)[300s:15s]');
    expect(form.get('time')).toBe('1700000000.123');
  });
});

describe('trouble', () => {
  const error = (status: number, errorType: string, told = 'no\nsuch') =>
    json(status, { status: 'error', errorType, error: told });
  const page = text(200, '<!DOCTYPE html><title>Log in</title>', { 'content-type': 'text/html' });
  it.each<[string, Reply, string]>([
    ['a query that is wrong', error(400, 'bad_data'), "query: prom: the server can't evaluate the query: no such"],
    ['one that fails', error(422, 'execution'), "query: prom: the server can't evaluate the query: no such"],
    ['one that costs too much', error(422, 'cost_limit'), "query: prom: the server can't evaluate the query: no such"],
    ['the kind of VictoriaMetrics', error(422, '422'), "query: prom: the server can't evaluate the query: no such"],
    [
      'an error that is said with 200',
      error(200, 'bad_data'),
      "query: prom: the server can't evaluate the query: no such",
    ],
    ['time that is over there', error(503, 'timeout'), 'away: prom: the server has an error of its own (503): no such'],
    [
      'time that is over, said with 200',
      error(200, 'timeout'),
      'away: prom: the server has an error of its own (200): no such',
    ],
    ['a gateway', text(502, '<html>Bad Gateway'), 'away: prom: the server has an error of its own (502)'],
    ['too many requests', text(429, 'slow down'), 'away: prom: the server has an error of its own (429)'],
    ['401', text(401, 'who?'), 'credential: prom: the server answered 401: the credential is missing or not accepted'],
    [
      '403',
      error(403, 'forbidden'),
      'credential: prom: the server answered 403: the credential is missing or not accepted: no such',
    ],
    [
      'a wrong path',
      text(404, '404 page not found'),
      'foreign: prom: the server does not answer like Prometheus (404)',
    ],
    [
      'another API',
      error(404, 'not_found'),
      'foreign: prom: the server does not answer like Prometheus (404): no such',
    ],
    ['a page', page, 'foreign: prom: the server does not answer like Prometheus (200, HTML)'],
    ['no body', text(204, ''), 'foreign: prom: the server does not answer like Prometheus (204)'],
    [
      'broken JSON',
      text(200, '{"status":"success"'),
      'foreign: prom: the server does not answer like Prometheus (200)',
    ],
    [
      'a long error',
      error(400, 'bad_data', 'x'.repeat(9_000)),
      `query: prom: the server can't evaluate the query: ${'x'.repeat(500)}…`,
    ],
    [
      'a redirect',
      text(302, '', { location: 'https://login.example/a' }),
      'foreign: prom: the server answered 302, a redirect to login.example, and none is followed',
    ],
    [
      'a long answer',
      text(200, ' '.repeat(4 * 1024 * 1024 + 1)),
      'tooMuch: prom: the answer is longer than 4194304 bytes',
    ],
    ['a connection that breaks off', cut('{'), 'away: prom: the connection broke off before the end of the answer'],
  ])('is %s', async (_, reply, expected) => {
    await using server = await serve([reply]);
    expect(await failing(ask(server.address))).toBe(expected);
    expect(server.seen).toHaveLength(1);
  });

  it('is a server that is away, or takes too long', async () => {
    const gone = await serve([]);
    await gone[Symbol.asyncDispose]();
    expect(await failing(ask(gone.address))).toBe("away: prom: the server can't be reached (ECONNREFUSED)");
    await using server = await serve([hang('{')]);
    expect(await failing(ask(server.address, { server: { timeoutSeconds: 0.2 } }))).toBe(
      'away: prom: no answer within 0.2 s',
    );
  });

  it.each(['prom', 'ftp://prom', 'http://ada@prom', 'http://prom?a', 'http://prom#a'])(
    'is the address %s',
    async (url) => {
      expect(await failing(ask(url))).toMatch(/^foreign: prom: its address is not http or https/);
    },
  );

  it('is no cancelled run, which gives its reason', async () => {
    const server: MetricsServer = {
      name: 'prom',
      url: 'http://127.0.0.1:1',
      credential: null,
      ca: null,
      timeoutSeconds: 1,
    };
    const asked = openMetrics(server, { env: {}, mask: () => undefined }).query(
      usual,
      AbortSignal.abort(new Error('the run ends')),
    );
    await expect(asked).rejects.toThrow(/^the run ends$/);
  });
});

describe('a credential', () => {
  const basic: Credential = { is: 'basic', user: 'ada', password: { in: 'variable', name: 'TOKEN' } };
  const encoded = Buffer.from(`ada:${secret}`).toString('base64');
  it.each<[string, Credential, string, readonly string[]]>([
    ['a token', bearer, `Bearer ${secret}`, [secret]],
    ['a password', basic, `Basic ${encoded}`, [secret, encoded]],
  ])('is %s, masked before it is sent, and never told', async (_, credential, header, masked) => {
    const seen: string[] = [];
    await using server = await serve([
      (response, got) => {
        seen.push('sent');
        return json(400, {
          status: 'error',
          errorType: 'bad_data',
          error: `${' '.repeat(495)}x ${got.headers.authorization}`,
        })(response, got);
      },
    ]);
    const asked = ask(server.address, {
      server: { credential },
      env: { TOKEN: ` ${secret}\n` },
      mask: (one) => seen.push(one),
    });
    const told = await failing(asked);
    expect(told).toMatch(/^query: .*\*\*\*/);
    for (const part of masked) expect(told).not.toContain(part.slice(0, 6));
    expect(seen).toEqual([...masked, 'sent']);
    expect(server.seen[0]?.headers.authorization).toBe(header);
  });

  it('in a file is read for each query', async () => {
    await using own = await folder();
    await using server = await serve([json(200, vector())]);
    const credential: Credential = { is: 'bearer', token: { in: 'file', path: path.join(own.path, 'token') } };
    for (const token of ['first', 'second']) {
      await own.write('token', `${token}\n`);
      await ask(server.address, { server: { credential } });
    }
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  });

  it.each<[string, string, string]>([
    ['an empty one', ' \n', 'the variable TOKEN is empty'],
    [
      'one of two lines',
      `${secret}\r\nhost: evil`,
      'the secret in the variable TOKEN has a line break or a control character',
    ],
    ['one of two words', `${secret} ${secret}`, 'the token in the variable TOKEN has characters that no token has'],
    ['one with an accent', `${secret}é`, 'the token in the variable TOKEN has characters that no token has'],
  ])('is never %s', async (_, token, expected) => {
    await using server = await serve([json(200, vector())]);
    expect(await failing(ask(server.address, { server: { credential: bearer }, env: { TOKEN: token } }))).toBe(
      `credential: prom: ${expected}`,
    );
    expect(server.seen).toEqual([]);
  });

  it('is never a file that is none', async () => {
    await using own = await folder();
    const at = (name: string) => path.join(own.path, name);
    await own.write('long', 'x'.repeat(64 * 1024 + 1));
    execFileSync('mkfifo', [at('fifo')]);
    const rows: readonly (readonly [string, string])[] = [
      ['token', 'the file token is not given by an absolute path'],
      [at('none'), `the file ${at('none')} can't be read (ENOENT)`],
      [own.path, `the file ${own.path} is not a regular file`],
      [at('fifo'), `the file ${at('fifo')} is not a regular file`],
      [at('long'), `the file ${at('long')} is larger than 65536 bytes`],
      ['/dev/zero', 'the file /dev/zero is not a regular file'],
    ];
    for (const [file, expected] of rows) {
      const credential: Credential = { is: 'bearer', token: { in: 'file', path: file } };
      expect(await failing(ask('http://127.0.0.1:1', { server: { credential } }))).toBe(
        `credential: prom: ${expected}`,
      );
    }
    expect(await failing(ask('http://127.0.0.1:1', { server: { credential: bearer } }))).toBe(
      'credential: prom: the variable TOKEN is not set',
    );
  });

  it('goes over plain HTTP to this machine alone', async () => {
    const asked = ask('http://prometheus.monitoring:9090', { server: { credential: bearer }, env: { TOKEN: secret } });
    expect(await failing(asked)).toMatch(/^credential: prom: a credential goes over https alone/);
  });
});

describe('certificates', () => {
  const own = selfSigned('own');
  it('of a file are the only ones that are trusted', async () => {
    await using files = await folder();
    await using server = await serve([json(200, vector([now, '1']))], own);
    const ca = await files.write('ca.pem', own.cert);
    expect(await failing(ask(server.address, { server: { ca } }))).toMatch(/^answered /);
    expect(await failing(ask(server.address))).toMatch(/^away: prom: the certificate of the server is not trusted/);
    const other = await files.write('other.pem', selfSigned('other').cert);
    expect(await failing(ask(server.address, { server: { ca: other } }))).toMatch(/^away: prom: the certificate/);
  });

  it('can be read', async () => {
    await using files = await folder();
    await using server = await serve([json(200, vector())], own);
    const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    for (const [content, expected] of [
      ['no certificate', /^credential: prom: the file .* of the certificates has no certificate that can be read$/],
      [pem, /^credential: prom: the file .* of the certificates has no certificate that can be read$/],
      [`${own.cert}${pem}`, /^answered /],
    ] as const) {
      const ca = await files.write('ca.pem', content);
      expect(await failing(ask(server.address, { server: { ca } }))).toMatch(expected);
    }
  });
});
