import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { dist } from '../action/runner.ts';
import { clusterOf, deployment, filesOf } from '../action/workspace.ts';
import { selfSigned } from '../adapters/kubernetes/certificate.ts';
import { failure, folder, kubeconfig, type Reply, serve } from '../adapters/kubernetes/server.ts';
import { startGitHub } from '../github/github.ts';
import { checkoutWith } from '../github/hub/checkout.ts';

/** The built Action as a process, with a secret in every credential, and a cluster that says all of them. */

/** A secret that changes when it is escaped, around a core that no escaping changes. */
function canary(): string {
  return `c"%+${randomBytes(15).toString('hex')}&=/`;
}

/** The part of a secret that stands in every escaped form of it. */
const core = (secret: string) => /[0-9a-f]{30}/.exec(secret)?.[0] ?? secret;

/** What any base64 of a text with the core in it has, wherever it begins; longer than chance could make it. */
function inBase64(secret: string): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.from(`${'x'.repeat(shift)}${core(secret)}`).toString('base64');
    return encoded.slice(4, encoded.length - 4 - (encoded.length % 4)).slice(0, 24);
  });
}

/** The forms in which servers and programs say a secret. */
function sayings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    bytes.toString('base64'),
    bytes.toString('base64url'),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ];
}

const client = selfSigned('client');
const [, keyLine = ''] = client.key.split('\n');
const base64 = (text: string) => Buffer.from(text).toString('base64');

interface Given {
  readonly is: string;
  /** The user of the kubeconfig. */
  user(secret: string): object;
  readonly answers: 'a waiting release' | 'a refusal';
  readonly output: string;
}

const rows: readonly Given[] = [
  {
    is: 'a token and a client certificate',
    user: (token) => ({
      token,
      'client-certificate-data': base64(client.cert),
      'client-key-data': base64(client.key),
    }),
    answers: 'a waiting release',
    output: 'text',
  },
  {
    is: 'a program that signs in',
    user: () => ({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sign-in' } }),
    answers: 'a waiting release',
    output: 'json',
  },
  {
    is: 'a password, and a server that refuses',
    user: (password) => ({ username: 'ada', password }),
    answers: 'a refusal',
    output: 'markdown',
  },
];

describe('threat 7: leaks of credentials: nothing that is printed or sent has one, with', () => {
  test.concurrent.each(rows)('$is', async ({ user, answers, output }) => {
    await using hub = await startGitHub();
    const ada = hub.person('ada');
    const policy = String(filesOf(['shop'])['stepgate.yaml']);
    const repo = hub.repository('acme/shop', {
      collaborators: { ada: 'write' },
      files: {
        'stepgate.yaml': policy.replace('strategy:', 'cluster: { exec: [sign-in] }\n    strategy:'),
        'deploy/shop.yaml': deployment('shop:v0'),
      },
    });
    const changed = { 'deploy/shop.yaml': deployment('shop:v1') };
    const commit = ada.merges(repo.openPullRequest({ by: ada, files: changed }));
    const job = hub.runFor(repo.event('push'), {
      permissions: { contents: 'write', checks: 'write', deployments: 'write', 'pull-requests': 'write' },
    });
    await using here = await checkoutWith(repo, job.token, { depth: null });
    await using place = await folder();

    const [cluster, other, hook] = [canary(), canary(), `/services/${core(canary())}`];
    const webhook = `https://127.0.0.1:1${hook}`;
    const secrets = [cluster, webhook, hook, job.token];
    const said = `SAID-BY-THE-CLUSTER ${[...secrets.flatMap(sayings), keyLine].join(' ')}`;
    const refusal: Reply = (response, seen) =>
      failure(403, 'Forbidden', `${seen.headers.authorization} ${said}`)(response, seen);
    await using server = await serve([
      answers === 'a refusal' ? refusal : clusterOf({ shop: said }, 'waiting', commit),
    ]);
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: cluster },
    };
    await place.write('sign-in', `#!/bin/sh\ncat << 'END'\n${JSON.stringify(credential)}\nEND\n`, 0o700);
    const mine = user(cluster);
    const users = [mine, { token: other }].map((one, index) => ({ name: index === 0 ? 'u' : 'other', user: one }));
    const env = {
      ...job.env,
      PATH: `${place.path}:${process.env['PATH']}`,
      HOME: place.path,
      GITHUB_WORKSPACE: here.folder,
      GITHUB_OUTPUT: await place.write('output', ''),
      GITHUB_STEP_SUMMARY: await place.write('summary', ''),
      GITHUB_STATE: await place.write('state', ''),
      GITHUB_ENV: await place.write('env', ''),
      STEPGATE_WEBHOOK_URL: webhook,
      INPUT_COMMAND: 'tick',
      INPUT_OUTPUT: output,
      INPUT_KUBECONFIG: await place.write('kubeconfig', kubeconfig({ server: server.address }, mine, { users })),
    };
    const run = promisify(execFile)(process.execPath, [path.join(dist, 'action.js')], { cwd: here.folder, env });
    const { stdout, stderr } = await run.catch((failed: { stdout: string; stderr: string }) => failed);

    const lines = stdout.split('\n');
    const [told, log] = [true, false].map((is) => lines.filter((line) => line.startsWith('::add-mask::') === is));
    const [outputs, summary, state, later] = await Promise.all(
      ['output', 'summary', 'state', 'env'].map((name) => readFile(path.join(place.path, name), 'utf8')),
    );
    const sent = hub.requests.all.map(({ method, path, query, text }) => [method, path, query, text].join(' '));
    const shown = { log: log?.join('\n'), stderr, outputs, summary, state, later, sent: sent.join('\n') };

    // The run came as far as it should, and the words of the cluster are where they could do harm.
    const reached = answers === 'a refusal' ? ['log', 'outputs', 'summary'] : ['log', 'outputs', 'summary', 'sent'];
    expect(
      Object.entries(shown).flatMap(([name, text]) => (text?.includes('SAID-BY-THE-CLUSTER') ? [name] : [])),
    ).toEqual(reached);
    expect(server.seen.length).toBeGreaterThan(0);
    for (const secret of secrets) expect(told?.join('\n')).toContain(secret.replaceAll('%', '%25'));
    for (const [name, text] of Object.entries(shown)) {
      for (const secret of [...secrets, other]) {
        for (const part of [core(secret), ...inBase64(secret)]) expect(text, name).not.toContain(part);
      }
      if ('client-key-data' in mine) expect(text, name).not.toContain(keyLine);
    }
  });
});
