import {
  at,
  isMap,
  type Json,
  type JsonMap,
  listAt,
  mapAt,
  mergePatch,
  numberAt,
  same,
  textAt,
  withAt,
} from '../../src/simulator/api/json.ts';
import { inOrder, stateOf, subName } from './order.ts';
import type { ClusterEvent, RecordedEvent, UserEvent } from './recording.ts';

const workloads = new Set(['Deployment', 'CloneSet', 'StatefulSet', 'AdvancedStatefulSet', 'AdvancedDaemonSet']);
const GATED = 'rollouts.kruise.io/in-progressing';
const EXTRA = 'rollouts.kruise.io/canary-deployment';
const STABLE = 'rollouts.kruise.io/stable-revision';
const NATIVE = 'deployment.kubernetes.io/revision';
const HASH = 'rollouts.kruise.io/hash';

/**
 * A recording with exactly those user events that had a lasting effect or a refusal: writes that other tools made and that
 * only their watch events show are put in (the engine writes no spec of a Rollout and no template), approvals and jumps
 * that the engine overwrote (E4) are left out. A user event stands before the watch event that shows it.
 */
export function lasting(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  return withoutLost(withUnseen(inOrder(events)));
}

/** Puts in what nobody noted: see `lasting`. */
function withUnseen(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const told = new Map<string, JsonMap>();
  const gone = new Set<string>();
  /** What is shown is what was written, whatever was noted as sent. */
  const explained = new Map<UserEvent, UserEvent>();
  const result: RecordedEvent[] = [];
  for (const event of events) {
    if (event.actor === 'cluster') {
      const key = `${event.kind}/${event.name}`;
      const last = told.get(key);
      const after: Record<string, Json> = { ...last, ...event.fields };
      for (const field of event.removed) delete after[field];
      const before = gone.has(key) ? undefined : last;
      for (const written of writesOf(event, before, after)) {
        const known = events.find(
          (one): one is UserEvent =>
            one.actor === 'user' &&
            !explained.has(one) &&
            one.answer < 300 &&
            Math.abs(one.t - event.t) < 1 &&
            one.kind === event.kind &&
            one.name === event.name &&
            one.op.endsWith('of status') === written.op.endsWith('of status'),
        );
        if (known === undefined) result.push(written);
        else explained.set(known, applied(known, written, before, after));
      }
      told.set(key, after);
      if (event.op === 'deleted') gone.add(key);
      else gone.delete(key);
    }
    result.push(event);
  }
  return result.map((event) => (event.actor === 'user' ? (explained.get(event) ?? event) : event));
}

/** A merge patch as its effect shows it: some were noted after the script had changed what it had sent (E1). */
function applied(known: UserEvent, written: UserEvent, before: JsonMap | undefined, after: JsonMap): UserEvent {
  if (known.op !== 'merge patch' || known.kind !== 'Rollout') return known;
  const meant = mergePatch(byHand(known.kind, before, before), known.detail);
  return same(at(meant, 'spec'), at(after, 'spec')) ? known : { ...known, detail: written.detail };
}

/** The writes by somebody else than the engine and the cluster's controllers that the event shows. */
function writesOf(event: ClusterEvent, before: JsonMap | undefined, after: JsonMap): readonly UserEvent[] {
  const driven = event.kind === 'Rollout' || (workloads.has(event.kind) && textAt(after, 'labels', EXTRA) === '');
  return driven
    ? [mainWrite(event, before, after), statusWrite(event, before, after)].filter((one) => one !== null)
    : [];
}

function mainWrite(event: ClusterEvent, before: JsonMap | undefined, after: JsonMap): UserEvent | null {
  if (event.op === 'added') {
    const whole = written(after);
    return noted(event, 'create', { ...whole, metadata: { ...mapAt(whole, 'metadata'), name: event.name } });
  }
  const going = (of: JsonMap | undefined) => at(of, 'deletionTimestamp') !== undefined;
  if (event.op === 'deleted') return going(before) ? null : noted(event, 'delete', null);
  if (going(after)) return going(before) ? null : noted(event, 'delete', null);
  const [old, now] = [byHand(event.kind, before, before), byHand(event.kind, after, before)];
  const template = ['spec', 'template'];
  // A whole object put in the place of the live one: what the cluster's own controllers keep there goes with it.
  const replaced = at(before, 'annotations', NATIVE) !== undefined && at(after, 'annotations', NATIVE) === undefined;
  const unchanged =
    event.kind === 'Rollout'
      ? same(old, now)
      : !replaced && same(filled(at(old, ...template)), filled(at(now, ...template)));
  return unchanged ? null : noted(event, 'merge patch', difference(old, now));
}

/** Without what is empty: some writers spell it out (T06). */
function filled(value: Json | undefined): Json {
  if (!isMap(value)) return Array.isArray(value) ? value.map(filled) : (value ?? null);
  const members = Object.entries(value).map(([key, member]) => [key, filled(member)] as const);
  return Object.fromEntries(
    members.filter(([, member]) => member !== null && !(isMap(member) && Object.keys(member).length === 0)),
  );
}

function noted({ kind, name, t }: ClusterEvent, op: UserEvent['op'], detail: UserEvent['detail']): UserEvent {
  return { t, actor: 'user', op, kind, name, answer: 0, detail };
}

/** The object without what the engine writes into a Rollout, or what its webhook has added to a write of a workload. */
function byHand(kind: string, fields: JsonMap | undefined, before: JsonMap | undefined): JsonMap {
  const whole = written(fields);
  if (kind === 'Rollout') return withAt(whole, ['metadata', 'annotations', HASH], undefined);
  const added = [
    ['metadata', 'annotations', GATED],
    ['metadata', 'labels', STABLE],
    ['spec', 'paused'],
  ].filter((path) => at(written(before), ...path) === undefined);
  return added.reduce((object, path) => withAt(object, path, undefined), whole);
}

/** A status in which nothing but the state (to StepReady) or the next step is new: the engine writes more than that. */
function statusWrite(event: ClusterEvent, before: JsonMap | undefined, after: JsonMap): UserEvent | null {
  if (event.kind !== 'Rollout' || at(event.fields, 'status') === undefined) return null;
  // The copies beside the sub-status are lost in a write through v1alpha1 (E11).
  const told = (of: JsonMap | undefined) =>
    withAt(withAt(mapAt(of, 'status'), ['currentStepIndex'], undefined), ['currentStepState'], undefined);
  const [old, now] = [told(before), told(after)];
  const sub = subName(now);
  if (passesByItself(mapAt(after, 'spec', 'strategy'), numberAt(old, sub, 'currentStepIndex'))) return null;
  for (const field of ['currentStepState', 'nextStepIndex']) {
    const value = at(now, sub, field);
    if (value === undefined || same(value, at(old, sub, field))) continue;
    if (field === 'currentStepState' && value !== 'StepReady') continue;
    const patch = { [sub]: { [field]: value } };
    if (same(mergePatch(old, patch), now)) return noted(event, 'merge patch of status', { status: patch });
  }
  return null;
}

/** Timed pauses end by themselves, and so does a last step of "100%" unless it is blueGreen (E13). */
function passesByItself(strategy: JsonMap, index: number): boolean {
  const blueGreen = at(strategy, 'blueGreen') !== undefined;
  const steps = listAt(strategy, blueGreen ? 'blueGreen' : 'canary', 'steps');
  const step = steps[index - 1];
  const last = index === steps.length && at(step, 'replicas') === '100%' && !blueGreen;
  return last || at(step, 'pause', 'duration') !== undefined;
}

/** What a write of the main resource can change. */
function written(fields: JsonMap | undefined): JsonMap {
  const { labels, annotations } = { labels: mapAt(fields, 'labels'), annotations: mapAt(fields, 'annotations') };
  return { metadata: { labels, annotations }, spec: mapAt(fields, 'spec') };
}

/** The merge patch (RFC 7386) that makes the one of the other. */
function difference(before: JsonMap, after: JsonMap): JsonMap {
  const patch: Record<string, Json> = {};
  for (const key of Object.keys(before)) if (after[key] === undefined) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (!same(value, old)) patch[key] = isMap(value) && isMap(old) ? difference(old, value) : value;
  }
  return patch;
}

/** Leaves out approvals and jumps after which the engine is seen waiting at the same step, and nowhere else. */
function withoutLost(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  return events.filter((event, index) => {
    if (event.actor !== 'user' || !event.op.endsWith('of status') || event.answer >= 300) return true;
    const place = ({ fields }: ClusterEvent) => {
      const status = mapAt(fields, 'status');
      return `${numberAt(status, subName(status), 'currentStepIndex')}:${stateOf(fields)}`;
    };
    const isStatus = (one: RecordedEvent): one is ClusterEvent =>
      one.actor === 'cluster' && one.kind === event.kind && one.name === event.name && isMap(one.fields['status']);
    const before = events.slice(0, index).filter(isStatus).at(-1);
    const next = events.findIndex((one, later) => later > index && one.actor === 'user');
    const seen = events
      .slice(index + 1, next < 0 ? events.length : next)
      .filter(isStatus)
      .map(place);
    if (before === undefined || stateOf(before.fields) !== 'StepPaused') return true;
    const here = place(before);
    const passing = here.replace('StepPaused', 'StepReady');
    return !(seen.every((one) => one === here || one === passing) && (seen.at(-1) ?? here) === here);
  });
}
