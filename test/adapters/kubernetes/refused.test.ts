import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/adapters/kubernetes/index.ts';
import { selfSigned } from './certificate.ts';
import { failure, folder, kubeconfig, maps, quick, type Reply, serve, text, thrownBy } from './server.ts';

const never = new AbortController().signal;
const own = selfSigned('somebody');
const base64 = (plain: string) => Buffer.from(plain).toString('base64');

/** The error of one request to a server with that reply. */
async function refusal(reply: Reply, user: object = { token: 'canary-token' }): Promise<unknown> {
  await using server = await serve([reply]);
  await using files = await folder();
  await files.write('token', 'canary-token');
  const file = await files.write('config', kubeconfig({ server: server.address }, user));
  const tuning = { ...quick, connectMs: 60_000 };
  await using api = await connect({ kubeconfig: file, context: null, exec: [], env: {}, tuning });
  return await thrownBy(api.get({ kind: maps, namespace: 'n', name: 'one' }, never));
}

/** A token as OIDC gives it, which ends at that time. */
function jwt(exp: number): string {
  return ['{"alg":"none"}', JSON.stringify({ exp, sub: 'canary' }), 'canary']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
}

describe('a credential that is refused is named as the kubeconfig names it', () => {
  test.each([
    [
      'a token',
      { token: 'canary-token' },
      /^the token of user "u" of .*config has expired or is not of this cluster: sign in again/,
    ],
    [
      'a token that says when it ended',
      { token: jwt(1_600_000_000) },
      /has expired \(2020-09-13T12:26:40.000Z\): sign in again/,
    ],
    ['a token that is good for long', { token: jwt(9_999_999_999) }, /has expired or is not of this cluster/],
    ['a token without a time that is one', { token: jwt(1e300) }, /has expired or is not of this cluster/],
    ['a token in a file', { tokenFile: 'token' }, /^the token in token \(tokenFile of user "u" of .*\) has expired or/],
    [
      'a password',
      { username: 'canary', password: 'canary-word' },
      /does not accept username and password of user "u"/,
    ],
    ['nothing', {}, /^user "u" of .* has no credentials: sign in first/],
    [
      'a certificate',
      { 'client-certificate-data': base64(own.cert), 'client-key-data': base64(own.key) },
      /^the client certificate of user "u" of .* has expired or is not of this cluster/,
    ],
  ])('%s', async (_, user, hint) => {
    const error = await refusal(failure(401, 'Unauthorized', 'Unauthorized'), user);
    expect(error).toMatchObject({ status: 401, hint: expect.stringMatching(hint) });
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
  });
});

describe('what no API server answers is told as what it is', () => {
  const login = /^a login page answers in its place/;
  const other = /^a load balancer or another server answers in its place/;
  const html = { 'content-type': 'text/html; charset=utf-8' };
  test.each([
    [
      'a redirect',
      text(302, '', { location: 'https://sso.example/login?x=canary' }),
      /it answered 302, a redirect to sso.example, and none is followed$/,
      login,
    ],
    [
      'a page',
      text(200, '<html><head><title>Sign in\n to Acme</title>', html),
      /it answered 200 with a page of HTML \(Sign in to Acme\)$/,
      login,
    ],
    [
      'a page that does not say so',
      text(200, ' <!DOCTYPE html><p>canary'),
      /it answered 200 with a page of HTML$/,
      login,
    ],
    ['a page with 401', text(401, '<html>', html), /it answered 401 with a page of HTML$/, login],
    ['a page with 403', text(403, '<html>', html), /it answered 403 with a page of HTML$/, login],
    ['a page with 404', text(404, '<html>', html), /it answered 404 with a page of HTML$/, other],
    ['a page with 503', text(503, '<html>', html), /it answered 503 with a page of HTML$/, other],
  ])('%s', async (_, reply, message, hint) => {
    const error = await refusal(reply);
    expect(error).toMatchObject({
      family: 'environment',
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
  });
});

test('silence is told as a firewall or a proxy, with the address, after two tries', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using _ = {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const bound = server.address();
  const address = `127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
  await using files = await folder();
  const file = await files.write('config', kubeconfig({ server: `https://${address}` }, { token: 'canary-token' }));
  const tuning = { ...quick, connectMs: 50 };
  await using api = await connect({ kubeconfig: file, context: null, exec: [], env: {}, tuning });
  expect(await thrownBy(api.get({ kind: maps, namespace: 'n', name: 'one' }, never))).toMatchObject({
    code: 'CLUSTER_UNREACHABLE',
    message: `x (${address}) cannot be reached: no connection within 0.05 s`,
    hint: expect.stringMatching(
      RegExp(
        `^no answer from ${address}: a firewall, a VPN .* or a proxy .* \\(HTTPS_PROXY, or proxy-url of cluster "c"`,
      ),
    ),
  });
  expect(api.stats.requests).toBe(2);
});
