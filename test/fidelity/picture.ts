import { at, canonical, type JsonMap, listAt, mapAt, numberAt, textAt } from '../../src/simulator/api/json.ts';

/** What is compared of a cluster at one moment: a line for each thing. */
export type Picture = Readonly<Record<string, string>>;

/** An object as its watch events have told it. */
export interface Seen {
  readonly kind: string;
  readonly name: string;
  readonly fields: JsonMap;
}

/** An object's part of the picture; pods are counted together (`podLines`). Null for what is not looked at. */
export function linesOf(seen: Seen): Picture | null {
  const { kind, name, fields } = seen;
  switch (kind) {
    case 'Rollout':
      return rolloutLines(seen);
    case 'BatchRelease':
      return { [`BatchRelease ${name}`]: batchLine(fields) };
    case 'Deployment':
    case 'CloneSet':
    case 'StatefulSet':
    case 'AdvancedStatefulSet':
    case 'DaemonSet':
    case 'AdvancedDaemonSet':
      return workloadLines(seen);
    case 'Service':
      return { [`Service ${name}`]: canonical(mapAt(fields, 'spec', 'selector')) };
    case 'Ingress':
      return {
        [`Ingress ${name}`]: canonical(mapAt(fields, 'annotations')),
        [`Ingress ${name} rules`]: canonical(listAt(fields, 'spec', 'rules')),
      };
    case 'HTTPRoute':
      return { [`HTTPRoute ${name}`]: canonical(listAt(fields, 'spec', 'rules')) };
    case 'HorizontalPodAutoscaler':
      return { [`HorizontalPodAutoscaler ${name}`]: textAt(fields, 'spec', 'scaleTargetRef', 'name') };
    case 'TrafficRouting': {
      const finalizers = listAt(fields, 'finalizers').map(String).sort().join(' ');
      return { [`TrafficRouting ${name}`]: `${textAt(fields, 'status', 'phase')} ${finalizers}` };
    }
    default:
      return null;
  }
}

function batchLine(fields: JsonMap): string {
  const status = mapAt(fields, 'status');
  const batch = numberAt(status, 'canaryStatus', 'currentBatch');
  const going = at(fields, 'deletionTimestamp') === undefined ? '' : ', going';
  const state = calmed(textAt(status, 'canaryStatus', 'batchState'));
  return `${textAt(status, 'phase')} batch ${batch} ${state}${going}`;
}

/** The sub-status of the Rollout's style. */
export function subOf(status: JsonMap): JsonMap {
  const blueGreen = mapAt(status, 'blueGreenStatus');
  return Object.keys(blueGreen).length > 0 ? blueGreen : mapAt(status, 'canaryStatus');
}

/** Where the engine stands: phase, the Progressing reason, the step, and the release's id. */
export function placeOf(status: JsonMap): string {
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
  // The two styles name what they count apart (docs/engine.md#status).
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
    [`${title} step message`]: calmed(textAt(sub, 'message')),
    [`${title} revisions`]: `stable ${textAt(sub, 'stableRevision')} new ${textAt(sub, 'canaryRevision')}${textAt(sub, 'updatedRevision')} pods ${textAt(sub, 'podTemplateHash')}`,
  };
}

/** A pod's release and batch; '' where it has none. */
export function batchOf(fields: JsonMap): string {
  const id = textAt(fields, 'labels', 'rollouts.kruise.io/rollout-id');
  const batch = textAt(fields, 'labels', 'rollouts.kruise.io/rollout-batch-id');
  return id === '' && batch === '' ? '' : `${id}/${batch}`;
}

/** Pods by version, and by version and batch; `order` of the batches is that in which they came. */
export function podLines(pods: readonly Seen[], order: ReadonlyMap<string, number>): Picture {
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

/** While a batch cannot get ready the engine goes to and fro between the two (T07, T15c). */
function calmed(text: string): string {
  return text.replace(/\b(Upgrading|Verifying)\b/, 'not ready');
}
