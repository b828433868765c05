import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../src/release/report.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { serve } from '../../src/simulator/server/serve.ts';
import { realTimeline } from '../../src/simulator/time.ts';
import { runAction, type Step } from '../action/runner.ts';
import { deployment, filesOf } from '../action/workspace.ts';
import { folder, hang, kubeconfig, serve as serveReplies } from '../adapters/kubernetes/server.ts';
import { startGitHub } from '../github/github.ts';
import { checkoutWith } from '../github/hub/checkout.ts';

/** The built Action in the job of a pull request from a fork, whose author wrote everything that the author can write. */

/** A text that leaves a file in the current folder where a shell reads it, also between double quotes. Git takes it for a name. */
const script = (name: string) => `x$(touch\${IFS}${name});\`touch\${IFS}${name}\``;

async function pullRequest() {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await startGitHub());
  const mallory = hub.person('mallory');
  const policy = String(filesOf(['shop'])['stepgate.yaml']).replace(
    'strategy:',
    'cluster: { context: x }\n    strategy:',
  );
  const repo = hub.repository('acme/shop', {
    // The text is in the log only where the policy opens the diff: it is no image.
    files: { 'stepgate.yaml': `${policy}diff: full\n`, 'deploy/shop.yaml': deployment('shop:v1') },
  });
  const hostile = {
    'stepgate.yaml': policy
      .replace('version: 1', 'version: 1\ncommits: any')
      .replace('context: x', 'context: evil, exec: [sign-in]')
      .replace('namespace: shop', 'namespace: kube-system')
      .replace('{ name: one, replicas: 1 }', '{ name: one, replicas: 100%, leaveWhen: [] }'),
    'deploy/shop.yaml': deployment(`shop:v2 # ${script('ran-image')}`),
    [`deploy/${script('ran-file')}.yaml`]: 'kind: List\napiVersion: v1\nitems: []\n',
  };
  const fork = repo.fork(mallory);
  repo.openPullRequest({
    by: mallory,
    from: fork,
    branch: script('ran-branch'),
    title: script('ran-title'),
    body: script('ran-body'),
    files: hostile,
  });
  const job = hub.runFor(repo.event('pull_request'), { permissions: { contents: 'read' } });
  // What actions/checkout leaves: the merge of the head.
  const here = stack.use(await checkoutWith(repo, job.token, { depth: null }));
  await here.commit(hostile, script('ran-message'));

  const cluster = createCluster({ timeline: realTimeline(1) });
  stack.defer(() => cluster.stop());
  for (const name of ['shop', 'kube-system'])
    cluster.api.create('Namespace', { metadata: { name } }, { manager: 'tests' });
  const server = stack.use(await serve(cluster));
  const evil = stack.use(await serveReplies([hang()]));
  const place = stack.use(await folder());
  await place.write('sign-in', `#!/bin/sh\ntouch ${place.path}/ran-sign-in\n`, 0o700);
  const users = [
    { name: 'u', user: { token: server.token } },
    { name: 'evil', user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sign-in' } } },
  ];
  const more = {
    users,
    clusters: [
      { name: 'c', cluster: { server: server.url } },
      { name: 'evil', cluster: { server: evil.address } },
    ],
    contexts: [
      { name: 'x', context: { cluster: 'c', user: 'u' } },
      { name: 'evil', context: { cluster: 'evil', user: 'evil' } },
    ],
  };
  const file = await place.write('kubeconfig', kubeconfig({}, {}, more));
  const written = () => ['shop', 'kube-system'].flatMap((name) => cluster.api.list('Deployment', name));
  const owned = stack.move();
  return {
    evil,
    written,
    /** Files that anything has left which must not run. */
    ran: () =>
      [
        ...['image', 'file', 'branch', 'title', 'body', 'message'].map((name) => path.join(here.folder, `ran-${name}`)),
        path.join(place.path, 'ran-sign-in'),
      ].filter((one) => existsSync(one)),
    run: (command: string) =>
      runAction({
        workspace: here.folder,
        with: { command, kubeconfig: file },
        env: { PATH: `${place.path}:${process.env['PATH']}` },
        github: job.context,
        payload: job.payload,
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

let here: Awaited<ReturnType<typeof pullRequest>>;
let [plan, deploy]: Step[] = [];

beforeAll(async () => {
  here = await pullRequest();
  plan = await here.run('plan');
  deploy = await here.run('deploy');
});
afterAll(() => here[Symbol.asyncDispose]());

test('threat 1: script injection: no text of a pull request runs', async () => {
  await using place = await folder();
  const shell = (text: string) =>
    execFileSync('sh', ['-c', text], { cwd: place.path, encoding: 'utf8', stdio: 'pipe' });
  // A shell would run it.
  expect(shell(`echo "${script('ran')}" && ls`)).toContain('ran');
  expect(plan?.outputs['exit-code']).toBe('0');
  expect(plan?.log.join('\n')).toContain(script('ran-image'));
  expect(here.ran()).toEqual([]);
});

test('threat 2: a pull request that deploys: it is refused, and nothing is written', () => {
  expect(deploy?.outputs).toMatchObject({ reason: 'EVENT_REFUSED', changed: 'false' });
  expect(here.written()).toEqual([]);
});

test('threat 3: the config of a fork: the plan is for the namespace, the cluster and the steps of the base', () => {
  const [shop] = (JSON.parse(plan?.outputs['result-json'] ?? '') as Report).deliveries;
  expect(shop?.changes.map(({ diff }) => diff?.filter((line) => line.includes('namespace:')))).toEqual([
    ['+  namespace: shop'],
    ['+  namespace: shop'],
  ]);
  expect(shop?.steps).toMatchObject([{ replicas: '1', waitsFor: ['approval by command'] }, { replicas: '100%' }]);
  expect(plan?.log.join('\n')).not.toContain('kube-system');
  expect([here.evil.seen, here.ran()]).toEqual([[], []]);
});
