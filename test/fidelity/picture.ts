import { at, canonical, type JsonMap, listAt, mapAt, numberAt, textAt } from '../../src/rehearsal/api/json.ts';
import type { ClusterEvent } from './recording.ts';

/** What is compared of a cluster at one moment: a line for each thing. */
export type Picture = Readonly<Record<string, string>>;

interface Seen {
  readonly kind: string;
  readonly name: string;
  readonly fields: JsonMap;
}

const workloads = ['Deployment', 'CloneSet', 'StatefulSet', 'AdvancedStatefulSet', 'AdvancedDaemonSet', 'DaemonSet'];
const pictured = new Set([
  ...workloads,
  ...['Pod', 'Rollout', 'BatchRelease', 'TrafficRouting', 'Service', 'Ingress', 'HTTPRoute', 'HorizontalPodAutoscaler'],
]);
const hashKeys = ['pod-template-hash', 'controller-revision-hash', 'rollouts.kruise.io/stable-revision'];

/** The state of a cluster, kept from its watch events. */
export class Scene {
  readonly #objects = new Map<string, Seen>();
  /** Generated names and hashes met so far: they differ between clusters, and are compared by consistent renaming. */
  readonly tokens = new Set<string>();
  /** Batches in the order their first pod came. */
  readonly #batches = new Map<string, number>();

  /** Whether the event can have changed the picture. */
  take(event: ClusterEvent): boolean {
    if (!pictured.has(event.kind)) return false;
    const key = `${event.kind}/${event.name}`;
    if (event.op === 'deleted') return this.#objects.delete(key);
    const before = event.op === 'added' ? {} : (this.#objects.get(key)?.fields ?? {});
    const fields = { ...before, ...event.fields };
    for (const gone of event.removed) delete fields[gone];
    this.#objects.set(key, { kind: event.kind, name: event.name, fields });
    this.#learn(event);
    return true;
  }

  of(kind: string): readonly Seen[] {
    return [...this.#objects.values()].filter((one) => one.kind === kind);
  }

  #learn({ kind, name, fields }: ClusterEvent): void {
    const add = (token: string) => {
      if (token.length > 4) this.tokens.add(token);
    };
    for (const key of hashKeys) add(textAt(fields, 'labels', key));
    if (kind === 'Rollout') {
      const id = (sub: JsonMap) => {
        for (const field of ['stableRevision', 'canaryRevision', 'podTemplateHash']) add(textAt(sub, field));
      };
      id(mapAt(fields, 'status', 'canaryStatus'));
      id(mapAt(fields, 'status', 'blueGreenStatus'));
    }
    if (textAt(fields, 'labels', 'rollouts.kruise.io/canary-deployment') !== '') add(name);
    if (kind === 'Pod') {
      const batch = batchOf(fields);
      if (batch !== '' && !this.#batches.has(batch)) this.#batches.set(batch, this.#batches.size);
    }
  }

  picture(): Picture {
    const lines: Record<string, string> = {};
    for (const rollout of this.of('Rollout')) Object.assign(lines, rolloutLines(rollout));
    Object.assign(lines, podLines(this.of('Pod'), this.#batches));
    for (const { name, fields } of this.of('BatchRelease')) {
      const status = mapAt(fields, 'status');
      const batch = numberAt(status, 'canaryStatus', 'currentBatch');
      const going = at(fields, 'deletionTimestamp') === undefined ? '' : ', going';
      lines[`BatchRelease ${name}`] =
        `${textAt(status, 'phase')} batch ${batch} ${textAt(status, 'canaryStatus', 'batchState')}${going}`;
    }
    for (const kind of workloads) for (const one of this.of(kind)) Object.assign(lines, workloadLines(one));
    for (const { name, fields } of this.of('Service'))
      lines[`Service ${name}`] = canonical(mapAt(fields, 'spec', 'selector'));
    for (const { name, fields } of this.of('Ingress')) {
      lines[`Ingress ${name}`] = canonical(mapAt(fields, 'annotations'));
      lines[`Ingress ${name} rules`] = canonical(listAt(fields, 'spec', 'rules'));
    }
    for (const { name, fields } of this.of('HTTPRoute'))
      lines[`HTTPRoute ${name}`] = canonical(listAt(fields, 'spec', 'rules'));
    for (const { name, fields } of this.of('HorizontalPodAutoscaler'))
      lines[`HorizontalPodAutoscaler ${name}`] = textAt(fields, 'spec', 'scaleTargetRef', 'name');
    for (const { name, fields } of this.of('TrafficRouting')) {
      const finalizers = listAt(fields, 'finalizers').map(String).sort().join(' ');
      lines[`TrafficRouting ${name}`] = `${textAt(fields, 'status', 'phase')} ${finalizers}`;
    }
    return lines;
  }
}

/** Where the engine stands: a Rollout's phase, its Progressing reason and its step; '' where there is none. */
export function standing(scene: Scene): string {
  return scene
    .of('Rollout')
    .map(({ name, fields }) => `${name} ${placeOf(mapAt(fields, 'status'))}`)
    .join('; ');
}

function subOf(status: JsonMap): JsonMap {
  const blueGreen = mapAt(status, 'blueGreenStatus');
  return Object.keys(blueGreen).length > 0 ? blueGreen : mapAt(status, 'canaryStatus');
}

function placeOf(status: JsonMap): string {
  const reason = textAt(
    listAt(status, 'conditions').find((one) => textAt(one, 'type') === 'Progressing'),
    'reason',
  );
  const sub = subOf(status);
  const step = `${at(sub, 'currentStepIndex') ?? '-'}:${textAt(sub, 'currentStepState') || '-'}`;
  return `${textAt(status, 'phase') || '-'} ${reason || '-'} ${step} id ${textAt(sub, 'observedRolloutID') || '-'}`;
}

function rolloutLines({ name, fields }: Seen): Picture {
  const status = mapAt(fields, 'status');
  const sub = subOf(status);
  const conditions = listAt(status, 'conditions')
    .map((one) => ({ type: textAt(one, 'type'), is: `${textAt(one, 'status')}/${textAt(one, 'reason')}`, one }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
  // The two styles name what they count apart (kruise.md 2.1).
  const all = numberAt(sub, 'canaryReplicas') + numberAt(sub, 'updatedReplicas');
  const ready = numberAt(sub, 'canaryReadyReplicas') + numberAt(sub, 'updatedReadyReplicas');
  const title = `Rollout ${name}`;
  const going = at(fields, 'deletionTimestamp') === undefined ? '' : ', going';
  return {
    [title]: `${placeOf(status)} next ${at(sub, 'nextStepIndex') ?? '-'}${going}`,
    [`${title} conditions`]: conditions.map(({ type, is }) => `${type}=${is}`).join(' '),
    [`${title} condition messages`]: conditions.map(({ type, one }) => `${type}: ${textAt(one, 'message')}`).join('; '),
    [`${title} pods`]: `${all} updated, ${ready} ready`,
    [`${title} finalising step`]: textAt(sub, 'finalisingStep'),
    [`${title} message`]: textAt(status, 'message'),
    [`${title} step message`]: textAt(sub, 'message'),
    [`${title} revisions`]: `stable ${textAt(sub, 'stableRevision')} canary ${textAt(sub, 'canaryRevision')} pods ${textAt(sub, 'podTemplateHash')}`,
  };
}

function batchOf(fields: JsonMap): string {
  const id = textAt(fields, 'labels', 'rollouts.kruise.io/rollout-id');
  const batch = textAt(fields, 'labels', 'rollouts.kruise.io/rollout-batch-id');
  return id === '' && batch === '' ? '' : `${id}/${batch}`;
}

function podLines(pods: readonly Seen[], order: ReadonlyMap<string, number>): Picture {
  const staying = pods.filter(({ fields }) => at(fields, 'deleting') !== true);
  const byImage = Map.groupBy(staying, ({ fields }) => listAt(fields, 'images').map(String).join(' '));
  const lines: Record<string, string> = {};
  for (const [image, group] of byImage) {
    const ready = group.filter(({ fields }) => at(fields, 'ready') === true).length;
    lines[`pods of ${image}`] = `${group.length}, ${ready} ready`;
    const batches = Map.groupBy(group, ({ fields }) => batchOf(fields));
    const counted = [...batches]
      .filter(([batch]) => batch !== '')
      .sort(([a], [b]) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
      .map(([batch, inIt]) => `${batch}: ${inIt.length}`);
    if (counted.length > 0) lines[`batches of ${image}`] = counted.join(', ');
  }
  return lines;
}

function workloadLines({ kind, name, fields }: Seen): Picture {
  const spec = mapAt(fields, 'spec');
  const annotations = mapAt(fields, 'annotations');
  const labels = mapAt(fields, 'labels');
  const images = listAt(spec, 'template', 'spec', 'containers').map((one) => textAt(one, 'image'));
  const strategy = at(spec, 'strategy') ?? at(spec, 'updateStrategy') ?? {};
  const extra = textAt(labels, 'rollouts.kruise.io/canary-deployment') !== '';
  const title = `${kind} ${extra ? 'extra' : name}`;
  const own = Object.entries(labels).filter(([key]) => key.startsWith('rollouts.kruise.io/'));
  return {
    [title]: `${at(spec, 'replicas') ?? '-'} of ${images.join(' ')}`,
    [`${title} gate`]: [
      `paused ${at(spec, 'paused') === true}`,
      canonical(strategy),
      `gated ${textAt(annotations, 'rollouts.kruise.io/in-progressing') || 'no'}`,
      `taken ${textAt(annotations, 'batchrelease.rollouts.kruise.io/control-info') !== ''}`,
      `min ready ${at(spec, 'minReadySeconds') ?? 0}`,
      `deadline ${at(spec, 'progressDeadlineSeconds') ?? '-'}`,
    ].join(', '),
    [`${title} labels`]: canonical(Object.fromEntries(own)),
    [`${title} saved strategy`]: sorted(textAt(annotations, 'rollouts.kruise.io/deployment-strategy')),
  };
}

/** JSON in an annotation, whatever order its writer gave the keys. */
function sorted(text: string): string {
  return text === '' ? '' : canonical(JSON.parse(text));
}
