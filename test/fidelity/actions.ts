import {
  at,
  isMap,
  type JsonMap,
  listAt,
  mapAt,
  mergePatch,
  numberAt,
  same,
  textAt,
  withAt,
} from '../../src/rehearsal/api/json.ts';
import type { ClusterEvent, RecordedEvent, UserEvent } from './recording.ts';

const workloads = new Set(['Deployment', 'CloneSet', 'StatefulSet', 'AdvancedStatefulSet', 'AdvancedDaemonSet']);
const GATED = 'rollouts.kruise.io/in-progressing';
const EXTRA = 'rollouts.kruise.io/canary-deployment';
const HASH = 'rollouts.kruise.io/hash';

/**
 * A recording with exactly those user events that had a lasting effect or a refusal: writes that other tools made and that
 * only their watch events show are put in (the engine writes no spec of a Rollout and no template), approvals and jumps
 * that the engine overwrote (E4) are left out. A user event stands before the watch event that shows it.
 */
export function lasting(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  return withoutLost(withUnseen(inOrder(events)));
}

/** An answer may be noted a few milliseconds after the watch has shown what was written. */
function inOrder(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const ordered: RecordedEvent[] = [];
  for (const event of events) {
    if (event.actor !== 'user') {
      ordered.push(event);
      continue;
    }
    const shown = ordered.findIndex(
      (one) => one.actor === 'cluster' && one.t >= event.t - 0.03 && shows(one, event) && one.kind === event.kind,
    );
    if (shown < 0) ordered.push(event);
    else ordered.splice(shown, 0, { ...event, t: ordered[shown]?.t ?? event.t });
  }
  return ordered;
}

/** Whether the watch event can be of this write. */
function shows(event: ClusterEvent, { op, kind, name, detail }: UserEvent): boolean {
  if (event.kind !== kind || event.name !== name) return false;
  switch (op) {
    case 'merge patch of status':
    case 'json patch of status':
      return at(event.fields, 'status') !== undefined && stateOf(event.fields) === 'StepReady';
    case 'delete':
      return event.op === 'deleted' || at(event.fields, 'deletionTimestamp') !== undefined;
    default: {
      if (event.op === 'added') return true;
      const images = (of: unknown) =>
        listAt(of, 'spec', 'template', 'spec', 'containers').map((one) => textAt(one, 'image'));
      return at(event.fields, 'spec') !== undefined && same(images(event.fields), images(detail));
    }
  }
}

function subName(status: JsonMap): 'blueGreenStatus' | 'canaryStatus' {
  return at(status, 'blueGreenStatus') === undefined ? 'canaryStatus' : 'blueGreenStatus';
}

function stateOf(fields: JsonMap): string {
  const status = mapAt(fields, 'status');
  return textAt(status, subName(status), 'currentStepState');
}

/** Puts in what nobody noted: see `lasting`. */
function withUnseen(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const objects = new Map<string, JsonMap>();
  const explained = new Set<UserEvent>();
  const result: RecordedEvent[] = [];
  for (const event of events) {
    if (event.actor === 'cluster') {
      const key = `${event.kind}/${event.name}`;
      const before = event.op === 'added' ? undefined : objects.get(key);
      const after = { ...before, ...event.fields };
      const written = writeOf(event, before, after);
      if (written !== null) {
        const noted = events.find(
          (one): one is UserEvent =>
            one.actor === 'user' &&
            !explained.has(one) &&
            one.answer < 300 &&
            Math.abs(one.t - event.t) < 1 &&
            one.kind === event.kind &&
            one.name === event.name &&
            one.op.endsWith('of status') === written.op.endsWith('of status'),
        );
        if (noted === undefined) result.push(written);
        else explained.add(noted);
      }
      if (event.op === 'deleted') objects.delete(key);
      else objects.set(key, after);
    }
    result.push(event);
  }
  return result;
}

/** The write by somebody else than the engine and the cluster's controllers that the event shows; null where it shows none. */
function writeOf(event: ClusterEvent, before: JsonMap | undefined, after: JsonMap): UserEvent | null {
  const { kind, name, t, fields } = event;
  const made = (op: UserEvent['op'], detail: UserEvent['detail'] = null): UserEvent => ({
    ...{ t, actor: 'user', op, kind, name, detail },
    answer: 0,
  });
  const driven = kind === 'Rollout' || (workloads.has(kind) && textAt(after, 'labels', EXTRA) === '');
  if (!driven) return null;
  if (event.op === 'added') return made('create', object(name, after));
  if (event.op === 'deleted') return at(before, 'deletionTimestamp') === undefined ? made('delete') : null;
  if (at(fields, 'deletionTimestamp') !== undefined) return made('delete');
  if (kind !== 'Rollout') {
    if (at(fields, 'spec') === undefined || same(at(fields, 'spec', 'template'), at(before, 'spec', 'template')))
      return null;
    // What the webhook adds to a write is for the model's webhook to add.
    const gated =
      at(before, 'annotations', GATED) === undefined ? withAt(after, ['annotations', GATED], undefined) : after;
    const paused =
      at(after, 'spec', 'paused') === true ? withAt(gated, ['spec', 'paused'], at(before, 'spec', 'paused')) : gated;
    return made('update', object(name, paused));
  }
  const annotations = (of: JsonMap | undefined) => withAt(mapAt(of, 'annotations'), [HASH], undefined);
  if (!same(at(after, 'spec'), at(before, 'spec')) || !same(annotations(after), annotations(before)))
    return made('update', object(name, after));
  return statusWrite(mapAt(before, 'status'), mapAt(after, 'status'), made);
}

/** A status in which nothing but the state (to StepReady) or the next step is new: the engine writes more than that. */
function statusWrite(
  before: JsonMap,
  after: JsonMap,
  made: (op: UserEvent['op'], detail: UserEvent['detail']) => UserEvent,
): UserEvent | null {
  const sub = subName(after);
  for (const field of ['currentStepState', 'nextStepIndex']) {
    const value = at(after, sub, field);
    if (value === undefined || same(value, at(before, sub, field))) continue;
    if (field === 'currentStepState' && value !== 'StepReady') continue;
    if (same(mergePatch(before, { [sub]: { [field]: value } }), after))
      return made('merge patch of status', { status: { [sub]: { [field]: value } } });
  }
  return null;
}

function object(name: string, fields: JsonMap): JsonMap {
  const { labels, annotations, spec } = fields;
  return {
    metadata: {
      name,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: spec ?? {},
  };
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
