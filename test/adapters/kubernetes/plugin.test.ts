import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { authenticate } from '../../../src/adapters/kubernetes/auth.ts';
import { client, type Folder, failure, folder, json, kubeconfig, maps, type Reply, serve, thrownBy } from './server.ts';

const signal = new AbortController().signal;
const apiVersion = 'client.authentication.k8s.io/v1';
const later = '2099-01-01T00:00:00Z';
const PATH = '/usr/bin:/bin';

interface Given {
  /** What the plugin, a shell script, does. */
  readonly script: string;
  readonly exec?: object;
  readonly cluster?: object;
  readonly allowed?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly timeout?: number;
}

/** The endpoint of a kubeconfig whose plugin is that script, in a folder that is first in PATH. */
async function withPlugin(files: Folder, given: Given) {
  const { script, exec = {}, cluster = {}, env = {}, name = 'plugin', timeout = 5000 } = given;
  await files.write(name, `#!/bin/sh\n${script}\n`, 0o700);
  const user = { exec: { apiVersion, command: name, ...exec } };
  const file = await files.write('config', kubeconfig({ server: 'https://api.example', ...cluster }, user));
  const masked: string[] = [];
  const endpoint = await authenticate({
    kubeconfig: file,
    context: null,
    exec: given.allowed ?? [name],
    env: { PATH: `${files.path}:${PATH}`, ...env },
    mask: (secret) => masked.push(secret),
    pluginTimeoutMs: timeout,
  });
  return { endpoint, masked };
}

function credential(status: object): string {
  return `echo '${JSON.stringify({ apiVersion, kind: 'ExecCredential', status })}'`;
}

/** The object that is asked for. */
const named: Reply = (response, seen) =>
  json(200, { kind: 'ConfigMap', metadata: { name: seen.url.pathname.split('/').at(-1) } })(response, seen);

const count = 'echo x >> "$(dirname "$0")/runs"';
const runs = async (files: Folder) => (await readFile(path.join(files.path, 'runs'), 'utf8')).trim().split('\n').length;
const tokenOf = credential({ token: 'canary-token', expirationTimestamp: later });

describe('a plugin', () => {
  test('gives a token, once for all that ask', async () => {
    await using files = await folder();
    const { endpoint, masked } = await withPlugin(files, { script: `${count}\nsleep 0.1\n${tokenOf}` });
    const all = await Promise.all(Array.from({ length: 8 }, () => endpoint.credentials(signal)));
    for (const { headers } of all) expect(headers).toEqual({ authorization: 'Bearer canary-token' });
    await endpoint.credentials(signal);
    expect(await runs(files)).toBe(1);
    expect(masked).toEqual(['canary-token']);
    expect(inspect(endpoint, { depth: 9, showHidden: true })).not.toContain('canary');
  });

  test('gives a certificate', async () => {
    await using files = await folder();
    const status = { clientCertificateData: 'CERT', clientKeyData: 'canary-key' };
    const { endpoint, masked } = await withPlugin(files, { script: credential(status) });
    expect(await endpoint.credentials(signal)).toMatchObject({ headers: {}, tls: { cert: 'CERT', key: 'canary-key' } });
    expect(masked).toEqual(['canary-key']);
  });

  test('is asked again when what it gave has expired, or was turned away', async () => {
    await using files = await folder();
    const expired = credential({ token: 'canary-token', expirationTimestamp: '2020-01-01T00:00:00Z' });
    const { endpoint } = await withPlugin(files, { script: `${count}\n${expired}` });
    await endpoint.credentials(signal);
    await endpoint.credentials(signal);
    expect(await runs(files)).toBe(2);

    await using more = await folder();
    const counted = `${count}\necho '{"apiVersion":"${apiVersion}","kind":"ExecCredential","status":{"token":"canary-'$(wc -l < "$(dirname "$0")/runs" | tr -d ' ')'"}}'`;
    await more.write('plugin', `#!/bin/sh\n${counted}\n`, 0o700);
    await using server = await serve([failure(401, 'Unauthorized', 'no'), named]);
    const user = { exec: { apiVersion, command: 'plugin' } };
    const env = { PATH: `${more.path}:${PATH}` };
    await using api = await client(server.address, { user, exec: ['plugin'], env });
    await api.patch({ kind: maps, namespace: 'n', name: 'one' }, [], {
      manager: 'm',
      subresource: null,
      dryRun: false,
      signal,
    });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer canary-1', 'Bearer canary-2']);
  });

  test('is asked once more for all that were turned away together, and a second refusal is told', async () => {
    await using files = await folder();
    const answer = `echo '{"apiVersion":"${apiVersion}","kind":"ExecCredential","status":{"token":"canary-'$(wc -l < "$(dirname "$0")/runs" | tr -d ' ')'"}}'`;
    await files.write('plugin', `#!/bin/sh\n${count}\n${answer}\n`, 0o700);
    const refused = (accepted: string): Reply => {
      const no = failure(401, 'Unauthorized', 'Unauthorized');
      return (response, seen) => (seen.headers.authorization === accepted ? named : no)(response, seen);
    };
    await using server = await serve([refused('Bearer canary-2')]);
    const user = { exec: { apiVersion, command: 'plugin' } };
    const options = { user, exec: ['plugin'], env: { PATH: `${files.path}:${PATH}` } };
    await using api = await client(server.address, options);
    const get = (name: string) => api.get({ kind: maps, namespace: 'n', name }, signal);
    await Promise.all(Array.from({ length: 20 }, (_, n) => get(`m${n}`)));
    expect(await runs(files)).toBe(2);

    await using strict = await serve([refused('Bearer none')]);
    await using other = await client(strict.address, options);
    await expect(other.get({ kind: maps, namespace: 'n', name: 'one' }, signal)).rejects.toMatchObject({
      status: 401,
      message: 'Unauthorized (also with a credential that was fetched anew)',
    });
    expect(strict.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer canary-3', 'Bearer canary-4']);
  });

  test('sees a scrubbed environment, what the kubeconfig gives it, and where it is', async () => {
    await using files = await folder();
    const { endpoint } = await withPlugin(files, {
      name: 'aws',
      script: `env > "$(dirname "$0")/seen"\necho "$@" > "$(dirname "$0")/args"\ntest -t 0 && exit 9\n${tokenOf}`,
      exec: {
        args: ['eks', '$(touch /tmp/never)', '; id'],
        env: [{ name: 'GIVEN', value: 'yes' }],
        provideClusterInfo: true,
      },
      cluster: { 'tls-server-name': 'inside' },
      env: {
        HOME: files.path,
        AWS_PROFILE: 'prod',
        AZURE_CLIENT_SECRET: 'canary',
        GITHUB_TOKEN: 'canary',
        ACTIONS_RUNTIME_TOKEN: 'canary',
        'INPUT_GITHUB-TOKEN': 'canary',
        NODE_OPTIONS: '--require /tmp/canary.js',
        LD_PRELOAD: '/tmp/canary.so',
      },
    });
    await endpoint.credentials(signal);
    const seen = await readFile(path.join(files.path, 'seen'), 'utf8');
    expect(seen).not.toContain('canary');
    expect(seen).toMatch(/^AWS_PROFILE=prod$/m);
    expect(seen).toMatch(/^GIVEN=yes$/m);
    expect(await readFile(path.join(files.path, 'args'), 'utf8')).toBe('eks $(touch /tmp/never) ; id\n');
    const info: unknown = JSON.parse(/^KUBERNETES_EXEC_INFO=(.*)$/m.exec(seen)?.[1] ?? '');
    expect(info).toEqual({
      apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: 'https://api.example', 'tls-server-name': 'inside' } },
    });
  });

  test('may be named by its path, which may be relative to the kubeconfig', async () => {
    await using files = await folder();
    const allowed = [path.join(files.path, 'plugin')];
    for (const command of [path.join(files.path, 'plugin'), './plugin']) {
      const { endpoint } = await withPlugin(files, {
        script: tokenOf,
        exec: { command },
        allowed,
        env: { PATH: '/nonexistent' },
      });
      expect((await endpoint.credentials(signal)).headers).toHaveProperty('authorization');
    }
  });
});

describe('a plugin is not run', () => {
  const marker = 'touch "$(dirname "$0")/marker"';
  test.each([
    ['when nobody allowed it', {}, []],
    ['when its name is allowed, but a path is asked for', { command: './plugin' }, ['plugin']],
    ['when another path is allowed', { command: './plugin' }, ['/usr/bin/plugin']],
    ['when it is only like one that is allowed', { command: 'plugin ' }, ['plugin']],
    ['with another PATH', { env: [{ name: 'PATH', value: '/tmp' }] }, ['plugin']],
    ['with a library of someone', { env: [{ name: 'LD_PRELOAD', value: '/tmp/x.so' }] }, ['plugin']],
    ['with options for its interpreter', { env: [{ name: 'NODE_OPTIONS', value: '-r /tmp/x' }] }, ['plugin']],
    ['with another interpreter', { env: [{ name: 'CLOUDSDK_PYTHON', value: '/tmp/x' }] }, ['plugin']],
    ['with a config that names programs', { env: [{ name: 'AWS_CONFIG_FILE', value: '/tmp/x' }] }, ['plugin']],
    ['with another home', { env: [{ name: 'HOME', value: '/tmp' }] }, ['plugin']],
    ['with modules for OpenSSL', { env: [{ name: 'OPENSSL_CONF', value: '/tmp/x' }] }, ['plugin']],
    ['with a program for what it asks', { env: [{ name: 'SSH_ASKPASS', value: '/tmp/x' }] }, ['plugin']],
    ['with a variable that is none', { env: [{ name: 'A=B', value: 'x' }] }, ['plugin']],
    ['with an environment of numbers', { env: [{ name: 'A', value: 1 }] }, ['plugin']],
    ['with arguments of numbers', { args: [1] }, ['plugin']],
    ['of an old version', { apiVersion: 'client.authentication.k8s.io/v1alpha1' }, ['plugin']],
    ['when it wants someone to type', { interactiveMode: 'Always' }, ['plugin']],
    ['without a command', { command: '' }, ['plugin']],
  ])('%s', async (_, exec, allowed) => {
    await using files = await folder();
    const error = await thrownBy(withPlugin(files, { script: `${marker}\n${tokenOf}`, exec, allowed }));
    expect(error).toMatchObject({
      family: 'input',
      code: expect.stringMatching(/^(KUBECONFIG_INVALID|NOT_SUPPORTED)$/),
    });
    await expect(readFile(path.join(files.path, 'marker'))).rejects.toThrow('ENOENT');
  });

  test('when it is not installed: with its own hint', async () => {
    await using files = await folder();
    const exec = { installHint: 'get it from example.com' };
    // Its folder is in PATH only by way of the current folder, which does not count.
    const given = { script: tokenOf, exec, env: { PATH: `:.:${path.relative(process.cwd(), files.path)}` } };
    const { endpoint } = await withPlugin(files, given);
    expect(await thrownBy(endpoint.credentials(signal))).toMatchObject({
      family: 'environment',
      code: 'TOOL_MISSING',
      hint: 'get it from example.com',
    });
  });
});

describe('a plugin fails', () => {
  const secret = 'canary-of-the-environment';
  test.each([
    [
      'with an exit code',
      'echo "session expired, log in" >&2; exit 3',
      'CLUSTER_FORBIDDEN',
      'exit code 3: session expired',
    ],
    ['and tells a secret', `echo "bad $GIVEN" >&2; echo canary-out; exit 1`, 'CLUSTER_FORBIDDEN', 'bad ***'],
    ['by a signal', 'kill -TERM $$', 'CLUSTER_FORBIDDEN', 'SIGTERM'],
    ['by silence', 'sleep 30', 'CLUSTER_FORBIDDEN', 'did not end within'],
    ['by a child that stays', 'sleep 30 & exit 0', 'CLUSTER_FORBIDDEN', 'did not end within'],
    ['by too much', 'yes canary-out', 'CLUSTER_FORBIDDEN', 'more than'],
    ['by too much to say', 'yes >&2', 'CLUSTER_FORBIDDEN', 'more than'],
    ['with nonsense', 'echo canary-out', 'KUBECONFIG_INVALID', 'not an ExecCredential'],
    ['with nothing', 'true', 'KUBECONFIG_INVALID', 'not an ExecCredential'],
    [
      'with another version',
      `echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"canary-out"}}'`,
      'KUBECONFIG_INVALID',
      'another apiVersion',
    ],
    ['with no credential', credential({}), 'KUBECONFIG_INVALID', 'neither a token nor a certificate'],
    ['with half a certificate', credential({ clientKeyData: 'canary-out' }), 'KUBECONFIG_INVALID', 'neither'],
    ['with a token of two lines', credential({ token: 'canary-out\\nx: y' }), 'KUBECONFIG_INVALID', 'not a token'],
    [
      'with a time that is none',
      credential({ token: 'canary-out', expirationTimestamp: 'soon' }),
      'KUBECONFIG_INVALID',
      'not a time',
    ],
  ])('%s', async (_, script, code, says) => {
    await using files = await folder();
    const exec = { env: [{ name: 'GIVEN', value: secret }] };
    const { endpoint } = await withPlugin(files, { script, exec, timeout: 400 });
    const error = await thrownBy(endpoint.credentials(signal));
    expect(error).toMatchObject({ code, message: expect.stringContaining(says) });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
  });

  test('and what it started ends with it', async () => {
    await using files = await folder();
    const script = 'sleep 60 & echo $! > "$(dirname "$0")/pid"; wait';
    const { endpoint } = await withPlugin(files, { script, timeout: 300 });
    await thrownBy(endpoint.credentials(signal));
    const pid = Number(await readFile(path.join(files.path, 'pid'), 'utf8'));
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test('one who waits may leave, the others get their token', async () => {
    await using files = await folder();
    const { endpoint } = await withPlugin(files, { script: `${count}\nsleep 0.3\n${tokenOf}` });
    const leaving = new AbortController();
    const [first, second] = [thrownBy(endpoint.credentials(leaving.signal)), endpoint.credentials(signal)];
    await sleep(50);
    const reason = new Error('enough');
    leaving.abort(reason);
    expect(await first).toBe(reason);
    expect((await second).headers).toHaveProperty('authorization');
    expect(await runs(files)).toBe(1);
  });

  test('closing ends it', async () => {
    await using files = await folder();
    // By itself it would end long after this test.
    const { endpoint } = await withPlugin(files, { script: 'sleep 3600', timeout: 3_600_000 });
    const asking = thrownBy(endpoint.credentials(signal));
    await sleep(50);
    endpoint.close();
    expect(await asking).toMatchObject({ message: 'the connection was closed' });
  });
});

/** A killed process that nobody has waited for yet is a zombie: it does not run. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    return !/^\d+ \(.*\) Z/.test(await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
