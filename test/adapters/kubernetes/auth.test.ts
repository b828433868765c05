import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type AuthOptions, authenticate } from '../../../src/adapters/kubernetes/auth.ts';
import { connect } from '../../../src/adapters/kubernetes/index.ts';
import { StepgateError } from '../../../src/release/error.ts';
import { selfSigned } from './certificate.ts';
import { type Folder, folder, kubeconfig, maps, serve, text, thrownBy } from './server.ts';

const signal = new AbortController().signal;
const server = 'https://api.example:6443';
const token = 'canary-of-a-token';
const own = selfSigned('own');
const other = selfSigned('other');
const base64 = (plain: string) => Buffer.from(plain).toString('base64');

/** Reads a kubeconfig of that text in a folder of its own, home elsewhere. */
async function read(files: Folder, content: string, more: Partial<AuthOptions> = {}) {
  const file = await files.write('config', content);
  return authenticate({
    kubeconfig: file,
    context: null,
    exec: [],
    env: { HOME: path.join(files.path, 'home') },
    ...more,
  });
}

/** Everything that a log could show of it. */
function visible(what: unknown): string {
  return [inspect(what, { depth: 12, showHidden: true, getters: true }), JSON.stringify(what), String(what)].join('\n');
}

interface Hostile {
  readonly what: string;
  readonly cluster?: object;
  readonly user?: object;
  readonly more?: object;
  readonly context?: string;
  readonly code?: 'KUBECONFIG_INVALID' | 'NOT_SUPPORTED';
  /** What the message has to name. */
  readonly says: string;
}

const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws' };
const good = { server, 'certificate-authority-data': base64(own.cert) };

const hostile: readonly Hostile[] = [
  {
    what: 'an auth-provider',
    user: { 'auth-provider': { name: 'gcp', config: { 'cmd-path': '/bin/sh' } } },
    says: 'auth-provider',
  },
  { what: 'an exec plugin nobody allowed', user: { exec: { ...exec, args: [token] } }, says: '"aws"' },
  { what: 'an exec plugin without a command', user: { exec: { ...exec, command: '' } }, says: 'has no command' },
  { what: 'an exec plugin by a path', user: { exec: { ...exec, command: '/tmp/aws' } }, says: '"/tmp/aws"' },
  {
    what: 'no check of the certificate',
    cluster: { ...good, 'insecure-skip-tls-verify': true },
    says: 'insecure-skip-tls-verify',
  },
  {
    what: 'no check, said as text',
    cluster: { ...good, 'insecure-skip-tls-verify': 'true' },
    says: 'insecure-skip-tls-verify',
  },
  { what: 'plain http', cluster: { server: 'http://api.example' }, says: 'plain http' },
  {
    what: 'plain http to what looks like loopback',
    cluster: { server: 'http://127.0.0.1.example' },
    says: 'plain http',
  },
  { what: 'plain http to a name, be it localhost', cluster: { server: 'http://localhost:8001' }, says: 'plain http' },
  { what: 'plain http to every address', cluster: { server: 'http://0.0.0.0:8001' }, says: 'plain http' },
  { what: 'plain http to an address within IPv6', cluster: { server: 'http://[::ffff:10.0.0.1]' }, says: 'plain http' },
  { what: 'another scheme', cluster: { server: 'file:///etc/passwd' }, says: 'not https' },
  {
    what: 'credentials in the address',
    cluster: { server: `https://me:${token}@api.example` },
    says: 'more than scheme',
  },
  {
    what: 'a query in the address',
    cluster: { server: `https://api.example/?token=${token}` },
    says: 'more than scheme',
  },
  { what: 'no address', cluster: { server: `${token} here` }, says: 'not an address' },
  { what: 'no server', cluster: {}, says: 'no server' },
  { what: 'a server that is a number', cluster: { server: 1 }, says: 'server is not a string' },
  {
    what: 'a proxy that speaks SOCKS',
    cluster: { ...good, 'proxy-url': `socks5://me:${token}@proxy` },
    code: 'NOT_SUPPORTED',
    says: 'SOCKS',
  },
  { what: 'a proxy of another scheme', cluster: { ...good, 'proxy-url': `ftp://me:${token}@proxy` }, says: 'neither' },
  { what: 'a proxy without a scheme', cluster: { ...good, 'proxy-url': `me:${token}@proxy:1` }, says: 'neither' },
  { what: 'a proxy that is no address', cluster: { ...good, 'proxy-url': `http://${token} b` }, says: 'no address' },
  { what: 'a proxy that is a list', cluster: { ...good, 'proxy-url': [token] }, says: 'proxy-url is not a string' },
  {
    what: 'a password of a proxy with a stray percent sign',
    cluster: { ...good, 'proxy-url': `http://me:${token}%zz@proxy` },
    says: 'not percent-encoded',
  },
  {
    what: 'plain http through a proxy elsewhere',
    cluster: { server: 'http://127.0.0.1:8001', 'proxy-url': 'http://proxy.example' },
    says: 'would show the credentials to the proxy',
  },
  { what: 'groups of nobody', user: { token, 'as-groups': ['dev'] }, says: 'as-groups without as' },
  { what: 'groups that are a text', user: { token, as: 'me', 'as-groups': 'dev' }, says: 'as-groups is not a list' },
  { what: 'a group that is a number', user: { token, as: 'me', 'as-groups': [1] }, says: 'as-groups has an entry' },
  { what: 'extra that is a list', user: { token, as: 'me', 'as-user-extra': ['a'] }, says: 'is not a mapping' },
  { what: 'extra of a text', user: { token, as: 'me', 'as-user-extra': { a: 'b' } }, says: 'as-user-extra.a is not' },
  { what: 'a header in a group', user: { token, as: 'me', 'as-groups': ['a\r\nx: y'] }, says: 'as-groups is not' },
  { what: 'a header in the user', user: { token, as: 'me\r\nx: y' }, says: 'as is not a name' },
  { what: "client-node's token-file", user: { 'token-file': '/etc/passwd' }, says: 'token-file' },
  { what: 'a token that is a number', user: { token: 12345678 }, says: 'token is not a string' },
  { what: 'a token of two lines', user: { token: `${token}\r\nx-header: y` }, says: 'its token is not a token' },
  { what: 'a token and a password', user: { token, username: 'me' }, says: 'token and username' },
  { what: 'a token in a file and a password', user: { tokenFile: 'x', password: 'canary' }, says: 'tokenFile and' },
  { what: 'a password of nobody', user: { password: 'canary' }, says: 'without username' },
  { what: 'a certificate without its key', user: { 'client-certificate-data': base64(own.cert) }, says: 'not both' },
  {
    what: 'a key that goes with another',
    user: { 'client-certificate-data': base64(own.cert), 'client-key-data': base64(other.key) },
    says: 'client-key',
  },
  {
    what: 'a key that is none',
    user: { 'client-certificate-data': base64(own.cert), 'client-key-data': base64(token) },
    says: 'client-key',
  },
  {
    what: 'a certificate that is none',
    cluster: { server, 'certificate-authority-data': base64(token) },
    says: 'certificate-authority',
  },
  { what: 'a file elsewhere', cluster: { server, 'certificate-authority': '/etc/hostname' }, says: 'outside' },
  {
    what: 'a file above',
    user: { token, 'client-certificate': '../../etc/hostname', 'client-key': 'x' },
    says: 'outside',
  },
  {
    what: 'a key elsewhere',
    user: { 'client-certificate': 'own.crt', 'client-key': '/etc/hostname' },
    says: 'outside',
  },
  { what: 'a file by a link', cluster: { server, 'certificate-authority': 'link' }, says: 'outside' },
  {
    what: 'a file through a linked folder',
    cluster: { server, 'certificate-authority': 'etc/hostname' },
    says: 'outside',
  },
  {
    what: 'a file that is a folder',
    cluster: { server, 'certificate-authority': 'folder' },
    says: 'is a folder',
  },
  { what: 'a file that is a device', cluster: { server, 'certificate-authority': '/dev/zero' }, says: 'outside' },
  { what: 'a file that is not there', cluster: { server, 'certificate-authority': 'missing' }, says: 'does not exist' },
  { what: 'a huge file', cluster: { server, 'certificate-authority': 'huge' }, says: 'larger than' },
  { what: 'a context that is not there', context: 'y', says: '"y"' },
  { what: 'no current context', more: { 'current-context': '' }, says: 'no current-context' },
  { what: 'no contexts', more: { contexts: null }, says: 'no context "x"' },
  {
    what: 'a context twice',
    more: { contexts: Array(2).fill({ name: 'x', context: { cluster: 'c', user: 'u' } }) },
    says: '2 contexts',
  },
  { what: 'a cluster twice', more: { clusters: Array(2).fill({ name: 'c', cluster: good }) }, says: '2 clusters' },
  { what: 'a cluster that is not there', more: { clusters: [] }, says: 'cluster "c"' },
  { what: 'a user that is not there', more: { users: [] }, says: 'user "u"' },
  { what: 'a user that is a list', more: { users: [{ name: 'u', user: [token] }] }, says: 'not a mapping' },
  {
    what: 'a context without a cluster',
    more: { contexts: [{ name: 'x', context: { user: 'u' } }] },
    says: 'names no cluster',
  },
  { what: 'a context that is a text', more: { contexts: [{ name: 'x', context: token }] }, says: 'names no cluster' },
];

describe('a hostile or broken kubeconfig is refused', () => {
  test.each(hostile)('$what', async ({ cluster = good, user = { token }, more = {}, context = null, code, says }) => {
    await using files = await folder();
    await files.write('own.crt', own.cert);
    await files.write('huge', 'x'.repeat(2 * 1024 * 1024));
    await mkdir(path.join(files.path, 'folder'));
    await symlink('/etc/hostname', path.join(files.path, 'link'));
    await symlink('/etc', path.join(files.path, 'etc'));
    const error = await thrownBy(read(files, kubeconfig(cluster, user, more), { context }));
    expect(error).toBeInstanceOf(StepgateError);
    expect(error).toMatchObject({
      family: 'input',
      code: code ?? 'KUBECONFIG_INVALID',
      message: expect.stringContaining(says),
    });
    for (const secret of ['canary', own.key, base64(own.key), own.key.split('\n')[1] ?? 'none']) {
      expect(visible(error)).not.toContain(secret);
    }
  });

  test.each([
    ['an empty file', '\n', 'is empty'],
    ['a list', `[${token}]`, 'one YAML mapping'],
    ['broken YAML', `users:\n- user: {token: ${token}\n  name: "u`, 'not readable as YAML'],
    ['a key twice', `users: ${token}\nusers: ${token}`, 'config:2:1 is not readable as YAML: a key is there twice'],
    ['a credential twice', `${token}: 1\n${token}: 2`, 'config:2:1 is not readable as YAML: a key is there twice'],
    ['an alias of a credential', `users: *${token}`, 'config:1:8 is not readable as YAML'],
    ['tabs', `users:\n\t- ${token}`, 'config:2:1 is not readable as YAML: Tabs are not allowed as indentation'],
    ['zero bytes', `${token}\0`, ': the character U+0000 is not allowed in YAML'],
    ['a conflict of a merge', `<<<<<<< ${token}\na: 1\n=======\na: 2\n>>>>>>> b\n`, 'a conflict of a merge'],
    ['content that is encoded', base64(`kind: Config # ${token}, and more`), 'one YAML mapping'],
    ['entries that are no list', `contexts: { ${token}: {} }`, 'config: contexts is no list'],
    ['a current context that is a number', 'current-context: 5\ncontexts: []', 'current-context is not a string'],
    ['an unknown tag', `users: !secret ${token}`, 'not readable as YAML'],
    ['two documents', `a: 1\n---\ntoken: ${token}`, 'one YAML mapping'],
    ['an alias', `a: &a ${token}\nb: *a`, 'no current-context'],
    [
      'an alias bomb',
      `a: &a [x,x,x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i === 0 ? 'a' : `b${i - 1}`},*${i === 0 ? 'a' : `b${i - 1}`}]`).join('\n')}`,
      'not readable as YAML',
    ],
    ['depth', `a: ${'['.repeat(50_000)}`, 'not readable as YAML'],
    ['depth that is closed again', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'is'],
    ['very many keys', Array.from({ length: 30_000 }, (_, i) => `k${i}: 1`).join('\n'), 'no current-context'],
    ['two megabytes', `a: ${'x'.repeat(2 * 1024 * 1024)}`, 'larger than'],
    [
      'keys that reach for prototypes',
      '__proto__: {current-context: x}\nconstructor: {prototype: {polluted: 1}}',
      'not readable as YAML',
    ],
  ])('%s', async (_, content, says) => {
    await using files = await folder();
    const before = process.cpuUsage();
    const error = await thrownBy(read(files, content));
    expect(error).toMatchObject({ code: 'KUBECONFIG_INVALID', message: expect.stringContaining(says) });
    expect(visible(error)).not.toContain('canary');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    // What this process worked, not what it waited for on a busy machine.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(10_000);
  });

  test.each([
    ['a context that is not there', {}, 'prod', 'it has: "x"'],
    ['a cluster that is not there', { clusters: [{ name: 'd', cluster: good }] }, null, 'its clusters are: "d"'],
    ['a user that is not there', { users: [] }, null, 'its users are: none'],
    [
      'no current context',
      { 'current-context': '' },
      null,
      'name one with --context, or in cluster.context of stepgate.yaml: "x"',
    ],
    [
      'no context at all',
      { 'current-context': '', contexts: [] },
      null,
      'it has no contexts either: sign in to a cluster first, or give another file with --kubeconfig',
    ],
  ])('%s: the hint lists what there is', async (_, more, context, hint) => {
    await using files = await folder();
    expect(await thrownBy(read(files, kubeconfig(good, { token }, more), { context }))).toMatchObject({ hint });
  });

  test('what the context does not use is not judged', async () => {
    await using files = await folder();
    const more = {
      clusters: [
        { name: 'c', cluster: good },
        { name: 'd', cluster: { server: 'http://far', 'insecure-skip-tls-verify': true } },
      ],
      users: [
        { name: 'u', user: { token } },
        { name: 'v', user: { 'token-file': '/etc/shadow', exec: 1 } },
        { name: 'w', user: { 'auth-provider': {} } },
      ],
    };
    expect((await read(files, kubeconfig({}, {}, more))).title).toBe('x (api.example:6443)');
  });
});

describe('a good kubeconfig', () => {
  interface Row {
    readonly what: string;
    readonly cluster?: object;
    readonly user?: object;
    readonly header?: string;
    readonly tls?: object;
    readonly masks?: readonly string[];
  }
  const encoded = base64('me:canary-password');
  const rows: readonly Row[] = [
    { what: 'a token', user: { token }, header: `Bearer ${token}`, masks: [token] },
    {
      what: 'a password',
      user: { username: 'me', password: 'canary-password' },
      header: `Basic ${encoded}`,
      masks: ['canary-password', encoded],
    },
    { what: 'nobody', user: {} },
    {
      what: 'a certificate inline',
      user: { 'client-certificate-data': base64(own.cert), 'client-key-data': base64(own.key) },
      tls: { cert: Buffer.from(own.cert), key: Buffer.from(own.key) },
      masks: [own.key.trim(), base64(own.key)],
    },
    {
      what: 'a certificate in files',
      user: { 'client-certificate': 'own.crt', 'client-key': 'sub/own.key' },
      tls: { cert: Buffer.from(own.cert), key: Buffer.from(own.key) },
      masks: [own.key.trim()],
    },
    {
      what: 'an authority inline, which wins',
      cluster: { ...good, 'certificate-authority': '/etc/hostname' },
      tls: { ca: Buffer.from(own.cert) },
    },
    {
      what: 'an authority in a file',
      cluster: { server, 'certificate-authority': 'own.crt' },
      tls: { ca: Buffer.from(own.cert) },
    },
    {
      what: 'an authority at home',
      cluster: { server, 'certificate-authority': 'HOME/ca.crt' },
      tls: { ca: Buffer.from(own.cert) },
    },
    {
      what: 'a name for the certificate',
      cluster: { ...good, 'tls-server-name': 'inside' },
      tls: { servername: 'inside' },
    },
    { what: 'a token in a file', user: { tokenFile: 'token' }, header: `Bearer ${token}`, masks: [token] },
    {
      what: 'a token in a file, before one that is written',
      user: { token: 'canary-old', tokenFile: 'token' },
      header: `Bearer ${token}`,
      masks: [token],
    },
    {
      what: 'a token that is written, without its file',
      user: { token, tokenFile: 'away' },
      header: `Bearer ${token}`,
      masks: [token],
    },
    { what: 'a token before a program', user: { token, exec }, header: `Bearer ${token}`, masks: [token] },
    {
      what: 'a token in a file before a program',
      user: { tokenFile: 'token', exec },
      header: `Bearer ${token}`,
      masks: [token],
    },
    {
      what: 'a password before a program',
      user: { username: 'me', password: 'canary-password', exec },
      header: `Basic ${encoded}`,
      masks: ['canary-password', encoded],
    },
    {
      what: 'a certificate before a program',
      user: { 'client-certificate-data': base64(own.cert), 'client-key-data': base64(own.key), exec },
      tls: { cert: Buffer.from(own.cert), key: Buffer.from(own.key) },
      masks: [own.key.trim(), base64(own.key)],
    },
    { what: 'a token too short to be masked', user: { token: 'abc' }, header: 'Bearer abc', masks: [] },
  ];

  test.each(rows)('$what', async ({ cluster = good, user = {}, header, tls = {}, masks = [] }) => {
    await using files = await folder();
    await using home = await folder();
    await files.write('own.crt', own.cert);
    await files.write('token', `${token}\n`);
    await mkdir(path.join(files.path, 'sub'));
    await writeFile(path.join(files.path, 'sub', 'own.key'), own.key);
    await home.write('ca.crt', own.cert);
    const masked: string[] = [];
    const content = kubeconfig(cluster, user).replace('HOME', home.path);
    const env = { HOME: home.path, HTTPS_PROXY: undefined };
    const endpoint = await read(files, content, { env, mask: (secret) => masked.push(secret) });
    const credentials = await endpoint.credentials(signal);
    expect(credentials.headers).toEqual(header === undefined ? {} : { authorization: header });
    expect(credentials.tls).toMatchObject({ rejectUnauthorized: true, ...tls });
    expect(masked).toEqual(masks);
    expect(visible(endpoint)).not.toMatch(/canary|PRIVATE KEY/);
  });

  test('speaks for someone else', async () => {
    await using files = await folder();
    const endpoint = await read(files, kubeconfig(good, { token, as: 'system:serviceaccount:a:b' }));
    expect((await endpoint.credentials(signal)).headers).toMatchObject({
      'impersonate-user': 'system:serviceaccount:a:b',
    });
  });

  // What kubectl 1.32 sends for the same kubeconfig.
  test('speaks for someone else, with groups and more', async () => {
    await using files = await folder();
    const user = {
      token,
      as: 'jäne',
      'as-groups': ['dev', 'ops x'],
      'as-uid': 'u1',
      'as-user-extra': { 'acme.com/reason': ['a', 'b'], 'x%y z': ['c'] },
    };
    const endpoint = await read(files, kubeconfig(good, user));
    expect((await endpoint.credentials(signal)).headers).toEqual({
      authorization: `Bearer ${token}`,
      'impersonate-user': 'jÃ¤ne',
      'impersonate-group': ['dev', 'ops x'],
      'impersonate-uid': 'u1',
      'impersonate-extra-acme.com%2Freason': ['a', 'b'],
      'impersonate-extra-x%25y%20z': ['c'],
    });
  });

  test.each([
    ['https://api.example', { host: 'api.example', port: 443, basePath: '', secure: true }],
    ['https://api.example:6443/', { host: 'api.example', port: 6443, basePath: '' }],
    ['https://rancher.example/k8s/clusters/c-1', { host: 'rancher.example', port: 443, basePath: '/k8s/clusters/c-1' }],
    ['https://[fd00::1]:6443', { host: 'fd00::1', port: 6443 }],
    ['http://127.0.0.1:8001', { host: '127.0.0.1', port: 8001, secure: false }],
    ['http://127.1', { host: '127.0.0.1', port: 80, secure: false }],
    ['http://[::1]:8001', { host: '::1', port: 8001, secure: false }],
  ])('server %s', async (address, expected) => {
    await using files = await folder();
    expect(await read(files, kubeconfig({ server: address }, {}))).toMatchObject(expected);
  });

  test('a token file lies below the folder of the kubeconfig, or is that of a pod', async () => {
    await using files = await folder();
    await using home = await folder();
    await using temp = await folder();
    await using account = await folder();
    await mkdir(path.join(files.path, 'sub'));
    for (const place of [path.join(files.path, 'token'), path.join(files.path, 'sub/token')])
      await writeFile(place, token);
    for (const one of [home, temp, account]) await one.write('token', token);
    await symlink(path.join(home.path, 'token'), path.join(files.path, 'link'));
    const env = { HOME: home.path, RUNNER_TEMP: temp.path };
    const header = async (where: Folder, tokenFile: string, more: Partial<AuthOptions> = {}) => {
      const endpoint = await read(where, kubeconfig(good, { tokenFile }), {
        env,
        serviceAccount: account.path,
        ...more,
      });
      return (await endpoint.credentials(signal)).headers['authorization'];
    };
    for (const good of ['token', './sub/token', path.join(files.path, 'token'), path.join(account.path, 'token')])
      expect(await header(files, good), good).toBe(`Bearer ${token}`);
    for (const bad of ['link', '../x', ...[home, temp].map((one) => path.join(one.path, 'token'))])
      expect(await thrownBy(header(files, bad)), bad).toMatchObject({ code: 'KUBECONFIG_INVALID' });
    // Others keep their credentials in these folders.
    for (const shared of [home, temp])
      expect(await thrownBy(header(shared, 'token'))).toMatchObject({
        code: 'KUBECONFIG_INVALID',
        message: expect.stringContaining('others keep their files in that folder too'),
        hint: expect.stringContaining('a folder of its own'),
      });
    expect(await thrownBy(header(files, 'token', { env: { HOME: path.join(files.path, 'sub') } }))).toMatchObject({
      message: expect.stringContaining('others keep their files'),
    });
  });

  test('a token file is not any file', async () => {
    await using files = await folder();
    await files.write('id', own.key);
    const endpoint = await read(files, kubeconfig(good, { tokenFile: 'id' }), { env: {} });
    const error = await thrownBy(endpoint.credentials(signal));
    expect(error).toMatchObject({ code: 'KUBECONFIG_INVALID', message: expect.stringContaining('not a token') });
    expect(visible(error)).not.toContain(own.key.split('\n')[1]);
  });
});

describe('which kubeconfig', () => {
  const named = (name: string) =>
    kubeconfig(
      good,
      { token },
      { contexts: [{ name, context: { cluster: 'c', user: 'u' } }], 'current-context': name },
    );
  const title = async (options: Partial<AuthOptions>) =>
    (await authenticate({ kubeconfig: null, context: null, exec: [], env: {}, ...options })).title;

  test('the argument, else KUBECONFIG, else the one at home, else the pod we are', async () => {
    await using files = await folder();
    await mkdir(path.join(files.path, '.kube'));
    await files.write('.kube/config', named('home'));
    const listed = await files.write('listed', named('listed'));
    const given = await files.write('given', named('given'));
    const account = path.join(files.path, 'account');
    await mkdir(account);
    await writeFile(path.join(account, 'ca.crt'), own.cert);
    await writeFile(path.join(account, 'token'), token);
    const pod = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    const all = { HOME: files.path, KUBECONFIG: listed, ...pod };
    expect(await title({ kubeconfig: given, env: all })).toMatch(/^given /);
    expect(await title({ kubeconfig: '~/given', env: all })).toMatch(/^given /);
    expect(await title({ env: all })).toMatch(/^listed /);
    expect(await title({ env: { ...all, KUBECONFIG: '' } })).toMatch(/^home /);
    expect(await title({ env: pod, serviceAccount: account })).toBe('in-cluster ([fd00::1]:6443)');
    const inside = await authenticate({ kubeconfig: null, context: null, exec: [], env: pod, serviceAccount: account });
    expect(await inside.credentials(signal)).toMatchObject({
      headers: { authorization: `Bearer ${token}` },
      tls: { ca: Buffer.from(own.cert) },
    });
    expect(await thrownBy(title({ env: pod, serviceAccount: account, context: 'x' }))).toMatchObject({
      code: 'KUBECONFIG_INVALID',
    });
  });

  test.each([
    ['nothing at all', {}, 'there is no kubeconfig'],
    ['nothing at home', { HOME: '/nonexistent' }, 'there is no kubeconfig'],
    ['a file that is not there', { KUBECONFIG: '/nonexistent/config' }, '/nonexistent/config does not exist'],
    ['none of a list', { KUBECONFIG: '/nonexistent/a:/nonexistent/b' }, 'none of the files'],
    ['a folder', { KUBECONFIG: '/tmp' }, 'the kubeconfig /tmp is a folder'],
    ['a device', { KUBECONFIG: '/dev/null' }, 'is a device, and not a regular file'],
    ['a device without end', { KUBECONFIG: '/dev/zero' }, 'is a device, and not a regular file'],
    ['a pod whose server has no address', { KUBERNETES_SERVICE_HOST: 'a b' }, 'are not an address'],
  ])('%s', async (_, env, says) => {
    expect(await thrownBy(title({ env }))).toMatchObject({
      family: 'input',
      code: 'KUBECONFIG_INVALID',
      message: expect.stringContaining(says),
    });
  });

  test('of a list the first that has a name counts, each file with its own folder', async () => {
    await using one = await folder();
    await using two = await folder();
    await two.write('ca.crt', own.cert);
    const context = { name: 'x', context: { cluster: 'c', user: 'u' } };
    const first = await one.write(
      'config',
      JSON.stringify({ contexts: [context], users: [{ name: 'u', user: { token } }] }),
    );
    const second = await two.write(
      'config',
      kubeconfig({ server, 'certificate-authority': 'ca.crt' }, { token: 'canary-second' }),
    );
    const env = { KUBECONFIG: `${first}:${one.path}/missing:${second}` };
    const endpoint = await authenticate({ kubeconfig: null, context: null, exec: [], env });
    expect((await endpoint.credentials(signal)).headers).toEqual({ authorization: `Bearer ${token}` });
    expect((await endpoint.credentials(signal)).tls).toMatchObject({ ca: Buffer.from(own.cert) });
  });
});

test('no secret is in what a cluster shows, or in what it throws', async () => {
  await using files = await folder();
  await using fake = await serve([text(401, ''), text(200, 'nonsense')]);
  for (const user of [{ token }, { username: 'me', password: 'canary-password' }, { tokenFile: 'token' }]) {
    await files.write('token', token);
    const file = await files.write('config', kubeconfig({ server: fake.address }, user));
    await using cluster = await connect({ kubeconfig: file, context: null, exec: [], env: {} });
    const error = await thrownBy(cluster.get({ kind: maps, namespace: 'n', name: 'one' }, signal));
    for (const shown of [visible(cluster), visible(error)]) {
      expect(shown).not.toContain('canary');
      expect(shown).not.toContain(base64('me:canary-password'));
      expect(shown).not.toContain(base64(token));
    }
    expect(fake.seen.at(-1)?.headers.authorization).toBeDefined();
  }
});
