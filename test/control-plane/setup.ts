import type { TestProject } from 'vitest/node';
import { buildMissing } from './build.ts';
import { bootCluster } from './cluster.ts';
import type { Connection } from './connection.ts';
import { openVelaDoor } from './vela-door.ts';

/** The RBAC test users of the shared cluster. None has a right until a test binds a role in its own namespace. */
const sharedUsers = ['deployer', 'promoter', 'reader', 'stranger'] as const;
export type SharedUser = (typeof sharedUsers)[number];

declare module 'vitest' {
  interface ProvidedContext {
    cluster: Connection<SharedUser>;
    /** See `velaRuns`. */
    vela: string;
  }
}

/** Boots one cluster for the whole suite; tests keep to namespaces of their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildMissing();
  const started = performance.now();
  const cluster = await bootCluster({ users: sharedUsers, kruise: true });
  console.log(`control plane ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const { dir, server, caFile, kubeconfig, token, users, engineLog } = cluster;
  project.provide('cluster', { dir, server, caFile, kubeconfig, token, users, engineLog });
  const door = await openVelaDoor(cluster);
  project.provide('vela', door.url);
  return async () => {
    await door[Symbol.asyncDispose]();
    await cluster.stop();
  };
}
