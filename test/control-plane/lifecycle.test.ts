import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bootCluster } from './cluster.ts';
import { waitFor } from './fixture.ts';

test.concurrent('the engine and the API server can be killed and started again', async () => {
  await using own = await bootCluster();
  const rollout = {
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name: 'shop', namespace: 'default' },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
      strategy: { canary: { steps: [{ replicas: 1, pause: {} }] } },
    },
  };
  const create = () => own.kubectl(['create', '-f', '-'], { input: JSON.stringify(rollout) });

  await own.engine.stop();
  await expect(create()).rejects.toThrow('connection refused');
  await own.engine.start();
  await create();

  await own.apiServer.stop();
  await expect(own.kubectl(['get', 'rollouts'])).rejects.toThrow('refused');
  await own.apiServer.start();
  expect(await own.kubectl(['get', 'rollouts', '-o', 'name'])).toBe('rollout.rollouts.kruise.io/shop\n');
  await own.kubectl(['run', 'late', '--image=registry.test/late:v1']);
  await own.kubectl(['wait', '--for=condition=Ready', 'pod/late', '--timeout=60s']);
});

test.concurrent('nothing is left of a cluster whose process was killed', async () => {
  const play = spawn(process.execPath, [join(import.meta.dirname, 'play.ts')], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(createInterface({ input: play.stdout }), 'line')) as [string];
  const dir = dirname(line.replace(/^export KUBECONFIG=(\S+) .*$/, '$1'));
  expect(await processesNaming(dir)).toBeGreaterThan(5);

  play.kill('SIGKILL');
  await waitFor(async () => !existsSync(dir) && (await processesNaming(dir)) === 0, { what: `${dir} to be gone` });
});

async function processesNaming(text: string): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'args']);
  return stdout.split('\n').filter((line) => line.includes(text)).length;
}
