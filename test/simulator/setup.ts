import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { createCluster } from '../../src/simulator/cluster.ts';
import { serve } from '../../src/simulator/server/serve.ts';
import { realTimeline } from '../../src/simulator/time.ts';

/** Serves one embedded cluster for the whole suite, in the place of the real control plane of test/control-plane/setup.ts. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = createCluster({ timeline: realTimeline() });
  const server = await serve(cluster);
  const dir = await mkdtemp(path.join(tmpdir(), 'stepgate-embedded-'));
  const write = async (name: string, token: string) => {
    const kubeconfig = path.join(dir, name);
    await writeFile(kubeconfig, server.kubeconfig.replace(server.token, token), { mode: 0o600 });
    return { token, kubeconfig };
  };
  const admin = await write('kubeconfig', server.token);
  // There are no other users here: whoever tries to be one is turned away.
  const nobody = await write('nobody', 'nobody');
  project.provide('cluster', {
    dir,
    server: server.url,
    caFile: '',
    ...admin,
    users: { deployer: nobody, promoter: nobody, reader: nobody, stranger: nobody },
    engineLog: '',
  });
  return async () => {
    console.log(`the embedded API server was asked: ${JSON.stringify(server.requests)}`);
    await server[Symbol.asyncDispose]();
    cluster.stop();
    await rm(dir, { recursive: true, force: true });
  };
}
