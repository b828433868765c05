import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Check } from '../../src/release/check.ts';
import { built } from './build.ts';
import { cluster, kubectl, waitFor } from './fixture.ts';
import { behindServices, canaryIngress, ingress, service } from './routes.ts';
import { rollout, waiting } from './scenes.ts';
import { deployment, type Shop } from './shop.ts';

/** What the real engine leaves of a release whose workload is deleted (T51), and that the commands of doctor take it away. */

const names = /^(left|pinned)/;

async function left(it: Shop): Promise<readonly Pick<Check, 'name' | 'is' | 'todo'>[]> {
  const { stdout, stderr } = await it.stepgate('doctor');
  const { checks } = JSON.parse(stdout || JSON.stringify({ checks: [{ name: stderr }] })) as { checks: Check[] };
  return checks.filter(({ name }) => names.test(name)).map(({ name, is, todo }) => ({ name, is, todo }));
}

/** Types a command of kubectl as a person does, after the words that stand before it. */
async function typed(it: Shop, todo: string): Promise<void> {
  const command = todo.slice(todo.indexOf('kubectl'));
  const env = {
    PATH: `${path.dirname(built('kubectl'))}:/usr/bin:/bin`,
    KUBECONFIG: cluster.kubeconfig,
    HOME: it.repo.folder,
  };
  await promisify(execFile)('/bin/sh', ['-c', command], { env });
}

test.for(['partition', 'canary'] as const)('%s: a workload that is deleted in mid-release', async (style) => {
  await using it = await waiting({
    style,
    steps: ['{ name: some, replicas: 20%, traffic: 20% }', '{ name: all, replicas: 100% }'],
    config: '    traffic: { service: shop, grace: 1s, ingress: { name: shop } }',
    files: { 'deploy/service.yaml': service, 'deploy/ingress.yaml': ingress },
  });
  expect(await left(it)).toEqual([{ name: 'left objects', is: 'skipped', todo: null }]);
  await kubectl(['delete', 'deployment', 'shop', '-n', it.namespace]);
  const at = (phase: string) => async () => (await rollout(it)).status?.phase === phase;
  await waitFor(at('Initial'), { what: 'a Rollout without its workload', show: () => rollout(it) });
  await kubectl(['apply', '-n', it.namespace, '-f', '-'], { input: deployment('app:v1', 5) });
  await waitFor(at('Healthy'), { what: 'a Rollout that is Healthy again', show: () => rollout(it) });

  expect(await canaryIngress(it)).toEqual({ weight: '20' });
  const found = await left(it);
  expect(found.map(({ name, is }) => `${name}: ${is}`)).toEqual([
    'left BatchRelease: error',
    ...(style === 'canary' ? ['left Deployment: warning'] : []),
    'left route: error',
    'left Service: warning',
    'pinned Service: warning',
  ]);
  for (const { todo } of found) if (todo?.includes('kubectl') === true) await typed(it, todo);
  await waitFor(async () => (await left(it)).every(({ is }) => is === 'ok'), {
    what: 'nothing left',
    show: () => left(it),
  });
  expect([await canaryIngress(it), await behindServices(it)]).toEqual([null, { shop: { 'app:v1': 5 } }]);
});
