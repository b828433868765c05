import { setTimeout as sleep } from 'node:timers/promises';
import { at, type Json, type JsonMap, numberAt } from '../../src/simulator/api/json.ts';
import type { RealApi } from './real-api.ts';
import { workloadType } from './workload.ts';

/**
 * Whether the cluster keeps up. On a machine that is short of time nothing may change for many seconds though much is due:
 * only when what was asked of the engine, the controllers and the nodes after the last change has been done, has nothing
 * more come of it.
 */
export interface Pulse {
  /** Resolves when work that was asked for after the call has gone through all of them. */
  beat(signal: AbortSignal): Promise<void>;
}

const name = 'pulse';
/** Moved by Kubernetes' controllers, and by OpenKruise's. */
const movers = ['Deployment', 'CloneSet'] as const;

/** Makes a Rollout without a workload, and a Deployment and a CloneSet of one pod each, in a namespace of their own. */
export async function startPulse(api: RealApi, namespace: string): Promise<Pulse> {
  await api.createNamespace(namespace);
  await must(api, namespace, 'Rollout', rollout(namespace));
  for (const kind of movers) await must(api, namespace, kind, workload(kind, namespace));
  let beats = 0;
  let begun: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;

  async function once(): Promise<void> {
    beats += 1;
    // The plan of the one and the templates of the others change with every beat.
    const steps = [{ replicas: 1 + (beats % 50), pause: {} }];
    const template = { metadata: { annotations: { beat: `${beats}` } } };
    await patch(api, namespace, 'Rollout', { spec: { strategy: { canary: { steps } } } });
    for (const kind of movers) await patch(api, namespace, kind, { spec: { template } });
    for (;;) {
      const engine = await api.read(namespace, 'Rollout', name);
      const workloads = await Promise.all(movers.map((kind) => api.read(namespace, kind, name)));
      if (seen(engine) && workloads.every((one) => seen(one) && isWhole(one))) return;
      await sleep(100);
    }
  }

  return {
    async beat(signal) {
      signal.throwIfAborted();
      // One that is under way began too early; whoever else waits shares the one after it.
      next ??= begun.then(() => {
        next = null;
        begun = once();
        return begun;
      });
      await next;
      signal.throwIfAborted();
    },
  };
}

function seen(object: JsonMap): boolean {
  return numberAt(object, 'status', 'observedGeneration') === numberAt(object, 'metadata', 'generation');
}

function isWhole(workload: JsonMap): boolean {
  const status = at(workload, 'status');
  return (['replicas', 'updatedReplicas', 'availableReplicas'] as const).every((key) => numberAt(status, key) === 1);
}

async function must(api: RealApi, namespace: string, kind: string, detail: Json): Promise<void> {
  const { status, body } = await api.send(namespace, { op: 'server-side apply', kind, name, detail });
  if (status >= 300) throw new Error(`the pulse's ${kind} was refused: ${JSON.stringify(body)}`);
}

async function patch(api: RealApi, namespace: string, kind: string, detail: Json): Promise<void> {
  const { status, body } = await api.send(namespace, { op: 'merge patch', kind, name, detail });
  if (status >= 300) throw new Error(`the pulse's ${kind} was refused: ${JSON.stringify(body)}`);
}

function rollout(namespace: string): JsonMap {
  return {
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name, namespace },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nothing' },
      strategy: { canary: { steps: [{ replicas: 1, pause: {} }] } },
    },
  };
}

function workload(kind: (typeof movers)[number], namespace: string): JsonMap {
  return {
    ...workloadType(kind),
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: `${name}-${kind}` } },
      template: {
        metadata: { labels: { app: `${name}-${kind}` } },
        spec: { containers: [{ name: 'main', image: 'app:pulse' }] },
      },
    },
  };
}
