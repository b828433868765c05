import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Door, pathOf, type Resource } from './connection.ts';

/**
 * Plays the parts of KubeVela v1.1 that move a CloneSet, on a real API server: it makes revisions of Applications, and takes
 * AppRollouts through their batches, with the statuses of the recordings. It is no model of the states in between: those are held to
 * the recordings in test/simulator/approllout. The pods are moved by OpenKruise itself.
 */
export interface Player extends AsyncDisposable {
  /** What went wrong again and again, if anything did. */
  readonly failure: unknown;
}

type Labels = Readonly<Record<string, string>>;

interface Meta {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

interface Component {
  readonly name: string;
  readonly properties: { readonly image: string; readonly replicas: number };
}

interface App {
  readonly metadata: Meta;
  readonly spec: { readonly components: readonly Component[] };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly latestRevision?: { readonly name: string; readonly revision: number; readonly revisionHash: string };
  };
}

interface AppRevision {
  readonly metadata: Meta;
  readonly spec: { readonly application: Pick<App, 'spec'> };
}

interface AppRollout {
  readonly metadata: Meta;
  readonly spec: {
    readonly targetAppRevisionName: string;
    readonly sourceAppRevisionName?: string;
    readonly rolloutPlan: {
      readonly targetSize: number;
      readonly rolloutBatches: readonly { readonly replicas: number }[];
      readonly batchPartition?: number;
      readonly paused?: boolean;
    };
  };
  readonly status?: {
    readonly rollingState?: string;
    readonly batchRollingState?: string;
    readonly currentBatch?: number;
    readonly rolloutTargetSize?: number;
    readonly lastTargetAppRevision?: string;
    readonly LastSourceAppRevision?: string;
  };
}

interface CloneSet {
  readonly metadata: Meta;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReadyReplicas?: number;
    readonly replicas?: number;
  };
}

interface Items<T> {
  readonly items: readonly T[];
}

const hashLabel = 'app.oam.dev/app-revision-hash';

/** Plays in one namespace until it is disposed of. */
export function playAppRollouts(to: Door, namespace: string): Player {
  const state: { failure: unknown; over: boolean } = { failure: undefined, over: false };
  const played = (async () => {
    for (let misses = 0; !state.over; await sleep(100)) {
      try {
        for (const app of await list<App>('applications')) await revise(app);
        for (const rollout of await list<AppRollout>('approllouts')) await move(rollout);
        misses = 0;
      } catch (error) {
        // A server whose kinds are new answers after some seconds, and objects change meanwhile.
        misses += 1;
        if (misses > 50) {
          state.failure = error;
          return;
        }
      }
    }
  })();
  return {
    get failure() {
      return state.failure;
    },
    async [Symbol.asyncDispose]() {
      state.over = true;
      await played;
    },
  };

  async function list<T>(resource: Resource): Promise<readonly T[]> {
    return (await ask<Items<T>>(to, pathOf(namespace, resource))).items;
  }

  async function find<T>(resource: Resource, name: string): Promise<T | null> {
    const { items } = await ask<Items<T>>(to, `${pathOf(namespace, resource)}?fieldSelector=metadata.name%3D${name}`);
    return items[0] ?? null;
  }

  /** A merge patch, as KubeVela. */
  async function patch(resource: Resource, name: string, body: object, status = false): Promise<void> {
    const path = `${pathOf(namespace, resource, name)}${status ? '/status' : ''}?fieldManager=kubevela`;
    await ask(to, path, { method: 'PATCH', contentType: 'application/merge-patch+json', body });
  }

  async function create(resource: Resource, body: object): Promise<void> {
    await ask(to, `${pathOf(namespace, resource)}?fieldManager=kubevela`, { method: 'POST', body });
  }

  /** A content that was there before has its revision of before; another one has the next number after the latest. */
  async function revise({ metadata, spec, status }: App): Promise<void> {
    if (status?.observedGeneration === metadata.generation) return;
    const hash = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16);
    const known = (await list<AppRevision>('applicationrevisions')).find(
      (one) => one.metadata.labels?.[hashLabel] === hash && one.metadata.labels['app.oam.dev/name'] === metadata.name,
    );
    const name = known?.metadata.name ?? `${metadata.name}-v${(status?.latestRevision?.revision ?? 0) + 1}`;
    const body = {
      apiVersion: 'core.oam.dev/v1beta1',
      kind: 'ApplicationRevision',
      metadata: { name, labels: { ...metadata.labels, 'app.oam.dev/name': metadata.name, [hashLabel]: hash } },
      spec: { application: { metadata: { name: metadata.name }, spec } },
    };
    if ((await find('applicationrevisions', name)) === null) await create('applicationrevisions', body);
    else await patch('applicationrevisions', name, body);
    const latestRevision = { name, revision: Number(name.slice(name.lastIndexOf('-v') + 2)), revisionHash: hash };
    const next = { observedGeneration: metadata.generation, latestRevision, status: 'running', conditions: [] };
    await patch('applications', metadata.name, { status: next }, true);
  }

  async function move(rollout: AppRollout): Promise<void> {
    const { spec, status = {}, metadata } = rollout;
    const { targetAppRevisionName: target, sourceAppRevisionName: source = '', rolloutPlan: plan } = spec;
    const isNew =
      status.rollingState === undefined ||
      status.lastTargetAppRevision !== target ||
      (status.LastSourceAppRevision ?? '') !== source ||
      status.rolloutTargetSize !== plan.targetSize;
    if (isNew) {
      const revision = await find<AppRevision>('applicationrevisions', target);
      if (revision === null) return;
      await begin(rollout, revision);
      return;
    }
    if (status.rollingState !== 'rollingInBatches' || plan.paused === true) return;
    const [current, last] = [status.currentBatch ?? 0, plan.rolloutBatches.length - 1];
    const goal = current === last ? plan.targetSize : sum(plan.rolloutBatches.slice(0, current + 1));
    if (status.batchRollingState === 'batchReady') {
      const { batchPartition = last } = plan;
      if (batchPartition > current)
        await report(metadata.name, { ...status, currentBatch: current + 1, batchRollingState: 'batchInitializing' });
      return;
    }
    const aimed =
      source === ''
        ? { replicas: goal, updateStrategy: { paused: false, partition: 0 } }
        : { updateStrategy: { paused: false, partition: plan.targetSize - goal } };
    // An AppRollout of stepgate has the name of its component, and so has the CloneSet.
    const { name } = metadata;
    await patch('clonesets.apps.kruise.io', name, { spec: aimed });
    const set = await find<CloneSet>('clonesets.apps.kruise.io', name);
    const isSeen = set?.status?.observedGeneration === set?.metadata.generation;
    if (!isSeen || (set?.status?.updatedReadyReplicas ?? 0) < goal) {
      await report(metadata.name, { ...status, batchRollingState: 'batchVerifying' });
      return;
    }
    if (current < last) return report(metadata.name, { ...status, batchRollingState: 'batchReady' });
    await patch('clonesets.apps.kruise.io', name, { metadata: { ownerReferences: [] } });
    await report(metadata.name, { ...status, rollingState: 'rolloutSucceed', batchRollingState: 'batchReady' });
  }

  /** Writes the target's workload paused, and takes hold of it. */
  async function begin({ metadata, spec }: AppRollout, revision: AppRevision): Promise<void> {
    const { targetAppRevisionName: target, sourceAppRevisionName: source = '', rolloutPlan: plan } = spec;
    const component = revision.spec.application.spec.components.find(({ name }) => name === metadata.name);
    if (component === undefined) throw new Error(`${target} has no component ${metadata.name}`);
    const labels = { 'app.oam.dev/component': component.name };
    const set = await find<CloneSet>('clonesets.apps.kruise.io', component.name);
    const { image, replicas } = component.properties;
    const owner = {
      apiVersion: 'core.oam.dev/v1beta1',
      kind: 'AppRollout',
      name: metadata.name,
      uid: metadata.uid,
      controller: true,
    };
    const body = {
      apiVersion: 'apps.kruise.io/v1alpha1',
      kind: 'CloneSet',
      metadata: {
        name: component.name,
        labels: { ...revision.metadata.labels, ...labels, 'app.oam.dev/appRevision': target },
        ownerReferences: [owner],
      },
      spec: {
        ...(set === null ? { replicas: 0 } : {}),
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: component.name, image }] } },
        updateStrategy: { paused: true, partition: set === null ? 0 : replicas },
      },
    };
    if (set === null) await create('clonesets.apps.kruise.io', body);
    else await patch('clonesets.apps.kruise.io', component.name, body);
    await report(metadata.name, {
      rollingState: 'rollingInBatches',
      batchRollingState: 'batchInitializing',
      currentBatch: 0,
      rolloutTargetSize: plan.targetSize,
      lastTargetAppRevision: target,
      ...(source === '' ? { LastSourceAppRevision: null } : { LastSourceAppRevision: source }),
      conditions: [],
    });
  }

  async function report(name: string, status: object): Promise<void> {
    await patch('approllouts', name, { status }, true);
  }
}

function sum(batches: readonly { readonly replicas: number }[]): number {
  return batches.reduce((all, { replicas }) => all + replicas, 0);
}
