import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { at, isMap, type Json, type JsonMap, listAt, mapAt, textAt } from '../../src/simulator/api/json.ts';
import { lasting } from './actions.ts';
import { stateOf } from './order.ts';
import {
  type ClusterEvent,
  isOfTheEngine,
  parseRecording,
  type RecordedEvent,
  type Recording,
  recordingText,
} from './recording.ts';
import { firstDifference, restingStates } from './resting.ts';
import { Scene } from './scene.ts';

const ours = 'rollouts.kruise.io/';
const CONTROL = 'batchrelease.rollouts.kruise.io/control-info';
/** Annotations of workloads that the comparison reads or a replaying write needs. */
const read = [ours, 'batchrelease.rollouts.kruise.io/', 'deployment.kubernetes.io/revision'];

/** What the comparison reads of a watch event; null where it reads nothing. */
function leanFields(kind: string, fields: JsonMap): JsonMap | null {
  const { labels, annotations, spec, status, deletionTimestamp } = fields;
  const going = deletionTimestamp === undefined ? {} : { deletionTimestamp };
  const chosen = (of: Json | undefined, keep: (key: string) => boolean) =>
    of === undefined ? undefined : Object.fromEntries(Object.entries(mapAt({ of }, 'of')).filter(([key]) => keep(key)));
  const given = (object: Record<string, Json | undefined>): JsonMap =>
    Object.fromEntries(Object.entries(object).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  switch (kind) {
    case 'Pod':
      return given({
        labels: chosen(labels, (key) => key.startsWith(ours)),
        ...given({ images: fields['images'], ready: fields['ready'], deleting: fields['deleting'] }),
      });
    case 'Rollout':
      return given({
        labels,
        annotations,
        spec,
        ...going,
        status: status === undefined ? undefined : leanStatus(status),
      });
    case 'BatchRelease':
      return given({ ...going, status: status === undefined ? undefined : leanBatch(status) });
    case 'Deployment':
    case 'CloneSet':
    case 'StatefulSet':
    case 'AdvancedStatefulSet':
    case 'DaemonSet':
    case 'AdvancedDaemonSet':
      return given({
        ...going,
        labels: chosen(labels, () => true),
        annotations: annotations === undefined ? undefined : leanAnnotations(annotations),
        spec: spec === undefined ? undefined : leanWorkload(spec),
      });
    case 'Service':
      return given({ spec: spec === undefined ? undefined : { selector: at(spec, 'selector') ?? {} } });
    case 'Ingress':
    case 'HTTPRoute':
      return given({ annotations, spec: spec === undefined ? undefined : { rules: listAt(spec, 'rules') } });
    case 'HorizontalPodAutoscaler':
      return given({ spec });
    case 'TrafficRouting':
      return given({ status, finalizers: fields['finalizers'] });
    default:
      return null;
  }
}

function leanAnnotations(annotations: Json): JsonMap {
  const kept = Object.entries(isMap(annotations) ? annotations : {}).filter(([key]) =>
    read.some((prefix) => key.startsWith(prefix)),
  );
  // That it is there is all that is looked at.
  return Object.fromEntries(kept.map(([key, value]) => [key, key === CONTROL ? '{}' : value]));
}

function leanStatus(status: Json): JsonMap {
  const { phase, message, conditions, canaryStatus, blueGreenStatus } = isMap(status) ? status : {};
  const drop = (of: Json, ...fields: readonly string[]) =>
    Object.fromEntries(Object.entries(isMap(of) ? of : {}).filter(([key]) => !fields.includes(key)));
  const sub = (of: Json) => drop(of, 'rolloutHash', 'observedWorkloadGeneration');
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(message === undefined ? {} : { message }),
    ...(conditions === undefined
      ? {}
      : { conditions: listAt(conditions).map((one) => drop(one, 'lastUpdateTime', 'lastTransitionTime')) }),
    ...(canaryStatus === undefined ? {} : { canaryStatus: sub(canaryStatus) }),
    ...(blueGreenStatus === undefined ? {} : { blueGreenStatus: sub(blueGreenStatus) }),
  };
}

function leanBatch(status: Json): Json {
  const { currentBatch, batchState } = mapAt(status, 'canaryStatus');
  const canaryStatus = { currentBatch: currentBatch ?? 0, ...(batchState === undefined ? {} : { batchState }) };
  return { phase: at(status, 'phase') ?? '', canaryStatus };
}

/** A workload's spec without the pod's defaults, which the API server writes in by itself. Writes may be told from it (E9). */
function leanWorkload(spec: Json): JsonMap {
  const { revisionHistoryLimit: _limit, ...rest } = isMap(spec) ? spec : {};
  const template = mapAt(rest, 'template');
  const containers = listAt(template, 'spec', 'containers').map((one) => {
    const keep = ['name', 'image', 'env', 'command', 'args', 'ports'];
    return Object.fromEntries(keep.flatMap((key) => (at(one, key) === undefined ? [] : [[key, at(one, key) ?? null]])));
  });
  return { ...rest, template: { metadata: mapAt(template, 'metadata'), spec: { containers } } };
}

/**
 * The recording with nothing but what the comparison reads. `every`: each change of an object stays apart, for a recording
 * in which somebody acts while the engine moves.
 */
export function lean(recording: Recording, every = false): Recording {
  const last = recording.events.at(-1);
  const events = recording.events.flatMap((event): readonly RecordedEvent[] => {
    if (event.actor === 'user') return [event];
    if (event.actor === 'observer') return event === last ? [{ ...event, op: 'note', what: 'the end' }] : [];
    const fields = leanFields(event.kind, event.fields);
    if (fields === null) return [];
    const removed = event.removed.filter((field) => field !== 'generation' && field !== 'ownerReferences');
    const tells = event.op !== 'modified' || removed.length > 0 || Object.keys(fields).length > 0;
    return tells ? [{ ...event, fields, removed }] : [];
  });
  const end: readonly RecordedEvent[] =
    last === undefined || last.actor === 'observer'
      ? []
      : [{ t: last.t, actor: 'observer', op: 'note', what: 'the end' }];
  // The noted ones too: those that were lost have to be seen to be lost.
  const acted = [...recording.events, ...lasting(recording.events)].flatMap(({ actor, t }) =>
    actor === 'user' ? [t] : [],
  );
  const told = withoutRepetition([...events, ...end]);
  return { ...recording, expect: [], events: every ? told : together(told, acted) };
}

/**
 * All changes of an object between two actions, or up to the end of a timed pause, as one, told when the picture last
 * changed: the comparison looks at clusters at rest. That the engine left a step, and which one, stays.
 */
function together(events: readonly RecordedEvent[], actions: readonly number[]): readonly RecordedEvent[] {
  const scene = new Scene();
  const changing = new Set(events.filter((event) => event.actor === 'cluster' && scene.take(event)));
  const turns = [...actions, ...endsOfTimedPauses(events)];
  const merged = [...events];
  const last = new Map<string, number>();
  for (const [index, event] of events.entries()) {
    if (event.actor !== 'cluster') continue;
    const key = `${event.kind}/${event.name}`;
    const place = last.get(key);
    const before = place === undefined ? undefined : merged[place];
    last.set(key, index);
    const still = before?.actor === 'cluster' && !turns.some((t) => t >= before.t - 0.05 && t <= event.t);
    if (place !== undefined && event.op === 'deleted' && event.kind === 'Pod' && still && before.op === 'modified')
      merged[place] = { t: before.t, actor: 'observer', op: '', what: '' };
    if (place === undefined || before?.actor !== 'cluster' || before.op === 'deleted' || event.op !== 'modified')
      continue;
    const apart = turns.some((t) => t >= before.t - 0.05 && t <= event.t);
    // What shows a write stays where it was.
    const shows = before.fields['spec'] !== undefined && actions.some((t) => before.t >= t - 0.05 && before.t < t + 1);
    const leaves = event.kind === 'Rollout' && rest(before) !== rest(event);
    if (apart || shows || leaves || before.removed.length > 0 || event.removed.length > 0) continue;
    const both = { ...before.fields, ...event.fields };
    const [kept, gone] = changing.has(event) ? [index, place] : [place, index];
    merged[kept] = { ...event, t: changing.has(event) ? event.t : before.t, op: before.op, fields: both };
    merged[gone] = { t: before.t, actor: 'observer', op: '', what: '' };
    last.set(key, kept);
    if (changing.has(before)) changing.add(merged[kept]);
  }
  return merged.filter((event) => event.actor !== 'observer' || event.op !== '');
}

/** At rest at a step, about to leave it, or anywhere else. */
function rest({ fields }: ClusterEvent): string {
  const state = stateOf(fields);
  return state === 'StepPaused' || state === 'StepReady' ? state : '';
}

function endsOfTimedPauses(events: readonly RecordedEvent[]): readonly number[] {
  const timed = ({ fields }: ClusterEvent) =>
    stateOf(fields) === 'StepPaused' && textAt(fields, 'status', 'message').includes('wait duration');
  const statuses = events.filter(
    (event): event is ClusterEvent =>
      event.actor === 'cluster' && event.kind === 'Rollout' && event.fields['status'] !== undefined,
  );
  return statuses.flatMap((event, index) => {
    const before = statuses[index - 1];
    return before !== undefined && timed(before) && !timed(event) ? [event.t] : [];
  });
}

/** Events that say again what was said before tell nothing but that time goes on. */
function withoutRepetition(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const told = new Map<string, Map<string, string>>();
  return events.flatMap((event): readonly RecordedEvent[] => {
    if (event.actor !== 'cluster') return [event];
    const key = `${event.kind}/${event.name}`;
    const known = told.get(key) ?? new Map<string, string>();
    told.set(key, known);
    const fields = Object.fromEntries(
      Object.entries(event.fields).filter(([field, value]) => known.get(field) !== JSON.stringify(value)),
    );
    for (const [field, value] of Object.entries(fields)) known.set(field, JSON.stringify(value));
    for (const field of event.removed) known.delete(field);
    const tells = event.op !== 'modified' || event.removed.length > 0 || Object.keys(fields).length > 0;
    return tells ? [{ ...event, fields }] : [];
  });
}

/** `node test/fidelity/lean.ts FOLDER` makes the committed recordings from a folder of whole ones. */
if (import.meta.main) {
  const [from] = process.argv.slice(2);
  if (from === undefined) throw new Error('name the folder of the recordings');
  const to = fileURLToPath(new URL('./recordings/', import.meta.url));
  for (const file of readdirSync(to)) rmSync(`${to}${file}`);
  let [files, bytes] = [0, 0];
  for (const file of readdirSync(from).filter((name) => name.endsWith('.json'))) {
    const text = readFileSync(`${from}/${file}`, 'utf8');
    if (!isOfTheEngine(text)) continue;
    const whole = parseRecording(text);
    const made = recordingText(lean(whole));
    const resting = (recording: Recording) => restingStates(lasting(recording.events));
    const lost = firstDifference(resting(whole), resting(parseRecording(made)));
    if (lost !== null) throw new Error(`${file}: the lean form has lost something: ${lost}`);
    writeFileSync(`${to}${file}`, made);
    files += 1;
    bytes += made.length;
  }
  console.log(`${files} recordings, ${bytes} bytes`);
}
