import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Report } from '../../src/release/report.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { serve } from '../../src/simulator/server/serve.ts';
import { realTimeline } from '../../src/simulator/time.ts';
import { dist } from '../action/runner.ts';
import { gitRemote } from '../support/git-remote.ts';
import { repository } from '../support/repository.ts';
import { proxy } from '../support/tunnels.ts';
import { documents, workload } from './shapes.ts';

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: object }[];
  readonly users: readonly object[];
  readonly contexts: readonly object[];
}

/** Clusters, users and contexts in a file each, as teams that share clusters keep them; the cluster is behind a proxy. */
async function kubeconfigFiles(folder: string, text: string, address: string): Promise<string> {
  const { clusters, users, contexts } = parse(text) as Kubeconfig;
  const behind = clusters.map((one) => ({ ...one, cluster: { ...one.cluster, 'proxy-url': address } }));
  const parts = {
    clusters: { clusters: behind },
    users: { users },
    contexts: { contexts, 'current-context': 'embedded' },
  };
  const files = Object.entries(parts).map(([name, content]) => ({ file: path.join(folder, `${name}.yaml`), content }));
  for (const { file, content } of files)
    await writeFile(file, stringify({ apiVersion: 'v1', kind: 'Config', ...content }), { mode: 0o600 });
  return files.map(({ file }) => file).join(path.delimiter);
}

test('several kubeconfig files and a proxy, from init to a rollback', { timeout: 120_000 }, async () => {
  const files = (version: string) => ({
    'deploy/shop.yaml': documents(workload({ namespace: 'shop', replicas: 1, version })),
  });
  const cluster = createCluster({ timeline: realTimeline(20), seed: 1 });
  cluster.api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'tests' });
  await using server = await serve(cluster);
  await using tunnels = await proxy();
  await using remote = await gitRemote();
  await using clone = await repository({ files: files('v1') });
  await clone.connect(remote);
  const address = `http://ada:secret-of-the-proxy@127.0.0.1:${tunnels.port}`;
  const env = { ...clone.env, KUBECONFIG: await kubeconfigFiles(clone.env['HOME'] ?? '', server.kubeconfig, address) };
  let said = '';
  const stepgate = async (line: string): Promise<Report> => {
    const args = [`${dist}/cli.js`, ...line.split(' '), '--json'];
    const options = { cwd: clone.folder, env };
    const [stdout, stderr] = await new Promise<[string, string]>((resolve) => {
      execFile(process.execPath, args, options, (_, ...streams) => resolve(streams));
    });
    said += stdout + stderr;
    return JSON.parse(stdout) as Report;
  };
  const states = ({ deliveries, error }: Report) =>
    error?.message ?? deliveries.map(({ state, reason }) => `${state} ${reason}`);
  const push = async (version: string) => {
    await clone.commit(files(version), version);
    await clone.push('main');
  };

  const release = async (version: string) => {
    await push(version);
    // One replica: init proposes that a person approves the start.
    expect(states(await stepgate('deploy'))).toEqual(['waiting START_GATE_SHUT']);
    await stepgate('promote --delivery shop');
    expect(states(await stepgate('tick --until done'))).toEqual([expect.stringMatching(/^done /)]);
  };

  await stepgate('init');
  await release('v1');
  await release('v2');
  expect(states(await stepgate('rollback --delivery shop --reason bad'))).toEqual(['rolledBack ROLLED_BACK']);
  expect(await remote.tip('main')).not.toBe(await clone.head());

  const credentials = `Basic ${Buffer.from('ada:secret-of-the-proxy').toString('base64')}`;
  expect(new Set(tunnels.asked)).toEqual(new Set([`${new URL(server.url).host} ${credentials}`]));
  expect(said).not.toContain('secret-of-the-proxy');
  cluster.stop();
});
