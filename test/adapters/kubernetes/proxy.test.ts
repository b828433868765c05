import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../../src/adapters/kubernetes/index.ts';
import { proxyFor } from '../../../src/adapters/kubernetes/proxy.ts';
import type { Tuning } from '../../../src/adapters/kubernetes/tuning.ts';
import { proxy } from '../../support/tunnels.ts';
import { selfSigned } from './certificate.ts';
import { folder, json, kubeconfig, maps, quick, serve, thrownBy } from './server.ts';

const never = new AbortController().signal;
const own = selfSigned('server');
const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'n' } };
const ok = json(200, object);
const authority = { 'certificate-authority-data': Buffer.from(own.cert).toString('base64') };

interface Scene {
  readonly cluster: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly tuning?: Partial<Tuning>;
  readonly masked?: string[];
}

/** What one request gets, or its error. */
async function ask({ cluster, env = {}, tuning = {}, masked = [] }: Scene): Promise<unknown> {
  await using files = await folder();
  const kubeconfigFile = await files.write('config', kubeconfig(cluster, { token: 'canary-token' }));
  await using api = await connect({
    kubeconfig: kubeconfigFile,
    context: null,
    exec: [],
    env,
    mask: (secret) => masked.push(secret),
    tuning: { ...quick, ...tuning },
  });
  return await api.get({ kind: maps, namespace: 'n', name: 'one' }, never);
}

describe('a proxy', () => {
  test('of the kubeconfig: TLS within the tunnel, credentials in the tunnel alone', async () => {
    await using server = await serve([ok], own);
    await using way = await proxy();
    const masked: string[] = [];
    const address = `http://us%40er:canary%20word@127.0.0.1:${way.port}`;
    const cluster = { server: server.address, 'proxy-url': address, ...authority };
    expect(await ask({ cluster, masked })).toEqual(object);
    const encoded = Buffer.from('us@er:canary word').toString('base64');
    expect(way.asked).toEqual([`127.0.0.1:${server.port} Basic ${encoded}`]);
    expect(server.seen[0]?.headers).toMatchObject({ authorization: 'Bearer canary-token' });
    expect(server.seen[0]?.headers['proxy-authorization']).toBeUndefined();
    expect(masked).toEqual(['canary-token', 'canary%20word', 'canary word', encoded]);
  });

  test('of the kubeconfig to an address of plain http on this machine', async () => {
    await using server = await serve([ok]);
    await using way = await proxy();
    expect(await ask({ cluster: { server: server.address, 'proxy-url': `http://127.0.0.1:${way.port}` } })).toEqual(
      object,
    );
    expect(way.asked).toHaveLength(1);
  });

  test('of HTTPS_PROXY, but not for what NO_PROXY names, and not for this machine', async () => {
    await using server = await serve([ok], own);
    await using way = await proxy();
    const env = { HTTPS_PROXY: `127.0.0.1:${way.port}` };
    const named = `https://api.example:${server.port}`;
    const cluster = { server: named, 'tls-server-name': 'localhost', ...authority };
    expect(await ask({ cluster, env })).toEqual(object);
    expect(way.asked).toEqual([`api.example:${server.port} -`]);
    expect(await ask({ cluster: { server: server.address, ...authority }, env })).toEqual(object);
    expect(await thrownBy(ask({ cluster, env: { ...env, NO_PROXY: '.example' } }))).toMatchObject({
      message: expect.not.stringContaining('proxy'),
    });
    expect(way.asked).toHaveLength(1);
  });

  test('that is not trusted is sent nothing, whatever an earlier step has put into the environment', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    await using way = await serve([ok], own);
    const address = way.address.replace('//', '//user:canary-word@');
    const cluster = { server: 'https://api.example', 'proxy-url': address };
    const error = await thrownBy(ask({ cluster }));
    expect(error).toMatchObject({ code: 'CLUSTER_UNREACHABLE', message: expect.stringContaining(way.address) });
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
    expect(way.seen).toHaveLength(0);
  });

  test.each([
    [
      407,
      /it answered 407 to CONNECT api.example:443$/,
      /^the proxy wants a name and a password: .* as proxy-url of cluster "c" of /,
    ],
    [
      403,
      /it answered 403 to CONNECT api.example:443$/,
      /does not let this address and port through.* take proxy-url away/,
    ],
    [503, /it answered 503 to CONNECT api.example:443$/, /^check proxy-url of cluster "c" of /],
    [0, /: no answer within 0.05 s$/, /^check proxy-url of cluster "c" of /],
  ])('that answers %i is told with its address, and without its password', async (status, message, hint) => {
    await using way = await proxy(status);
    const address = `http://user:canary-word@127.0.0.1:${way.port}`;
    const cluster = { server: 'https://api.example', 'proxy-url': address };
    const error = await thrownBy(ask({ cluster, tuning: { connectMs: 50 } }));
    expect(error).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(error).toMatchObject({
      message: expect.stringContaining(`the proxy http://127.0.0.1:${way.port} (proxy-url of cluster "c" of `),
    });
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|dXNlcjpjYW5hcnktd29yZA/);
  });

  test('that nobody is, is told with the variable', async () => {
    const env = { https_proxy: 'http://127.0.0.1:1' };
    const error = await thrownBy(ask({ cluster: { server: 'https://api.example' }, env }));
    expect(error).toMatchObject({
      message: expect.stringMatching(/: the proxy http:\/\/127.0.0.1:1 \(https_proxy\): .*ECONNREFUSED/),
      hint: expect.stringMatching(/^check https_proxy; or name the host of the server in NO_PROXY/),
    });
  });
});

// As kubectl 1.32 decides.
test.each([
  ['https://api.example', {}, false],
  ['https://api.example', { HTTPS_PROXY: 'http://p:1' }, true],
  ['https://api.example', { https_proxy: 'http://p:1' }, true],
  ['https://api.example', { ALL_PROXY: 'http://p:1', HTTP_PROXY: 'http://p:1' }, false],
  ['https://localhost', { HTTPS_PROXY: 'http://p:1' }, false],
  ['https://127.0.0.2', { HTTPS_PROXY: 'http://p:1' }, false],
  ['https://[::1]', { HTTPS_PROXY: 'http://p:1' }, false],
  ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, false],
  ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'other, API.example ' }, false],
  ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'example' }, false],
  ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '.example' }, false],
  ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*.example' }, false],
  ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '.api.example' }, true],
  ['https://xapi.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'api.example' }, true],
  ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'api.example:6443' }, true],
  ['https://api.example:6443', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'api.example:6443' }, false],
  ['https://10.1.2.3', { HTTPS_PROXY: 'http://p:1', no_proxy: '10.0.0.0/8' }, false],
  ['https://11.1.2.3', { HTTPS_PROXY: 'http://p:1', no_proxy: '10.0.0.0/8' }, true],
  ['https://api.example', { HTTPS_PROXY: 'http://p:1', no_proxy: '10.0.0.0/8' }, true],
  ['https://10.1.2.3', { HTTPS_PROXY: 'http://p:1', no_proxy: '10.1.2.3' }, false],
  ['https://[fd00::5]', { HTTPS_PROXY: 'http://p:1', no_proxy: 'fd00::/8' }, false],
  ['https://[fd00::5]', { HTTPS_PROXY: 'http://p:1', no_proxy: 'fd00:0::5' }, false],
  ['https://[fd00::5]:6443', { HTTPS_PROXY: 'http://p:1', no_proxy: '[fd00::5]:6443' }, false],
  ['https://[fd00::5]', { HTTPS_PROXY: 'http://p:1', no_proxy: '[fd00::5]:6443' }, true],
])('%s with %j goes through a proxy: %s', (server, env, goes) => {
  const found = proxyFor({ server: new URL(server), given: null, env, ca: null, mask: () => undefined });
  expect(found !== null).toBe(goes);
});
