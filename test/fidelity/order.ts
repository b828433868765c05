import { at, type JsonMap, listAt, mapAt, same, textAt } from '../../src/simulator/api/json.ts';
import type { ClusterEvent, RecordedEvent, UserEvent } from './recording.ts';
import { Scene } from './scene.ts';

/** How much later than the watch has shown it a write may be noted, in seconds. */
const lag = 1;

/** The events with every user event before the watch event that shows it: an answer may be noted a little later. */
export function inOrder(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const scene = new Scene();
  const moving = new Set(events.filter((event) => event.actor === 'cluster' && scene.take(event)));
  const ordered: RecordedEvent[] = [];
  for (const event of events) {
    if (event.actor !== 'user') {
      ordered.push(event);
      continue;
    }
    const shown = ordered.findIndex(
      (one, index) => one.actor === 'cluster' && one.t >= event.t - lag && shows(one, event, ordered.slice(0, index)),
    );
    const place = start(ordered, moving, shown < 0 ? ordered.length : shown, event.t);
    ordered.splice(place, 0, { ...event, t: Math.min(ordered[place]?.t ?? event.t, event.t) });
  }
  return ordered;
}

/**
 * Watches of different kinds are noted out of step: where the engine waited and the cluster began to move right before the
 * write was noted, the write was what moved it (T32).
 */
function start(events: readonly RecordedEvent[], moving: ReadonlySet<RecordedEvent>, place: number, t: number): number {
  const tells = (event: RecordedEvent) => event.actor === 'user' || moving.has(event);
  let found = place;
  for (let index = place - 1; index >= 0; index -= 1) {
    const event = events[index];
    if (event === undefined || event.actor === 'user' || event.t < t - 0.15) break;
    if (!tells(event)) continue;
    const before = events.slice(0, index);
    const last = before.findLast(tells);
    if (last !== undefined && event.t - last.t >= (waits(before) ? 0.3 : longestWait)) found = index;
  }
  return found;
}

/** In seconds: longer than what the engine waits for between two steps of its own (docs/engine.md#times). */
const longestWait = 3.5;

/** The engine moves no more unless somebody does something. */
function waits(events: readonly RecordedEvent[]): boolean {
  const last = events.findLast(
    (one): one is ClusterEvent =>
      one.actor === 'cluster' && one.kind === 'Rollout' && at(one.fields, 'status') !== undefined,
  );
  const status = mapAt(last?.fields, 'status');
  const asks = textAt(status, 'message').includes('manually confirm') && stateOf({ status }) === 'StepPaused';
  return asks || textAt(status, 'phase') === 'Healthy';
}

/** Whether the watch event is of this write: one that changes what nobody else changes. */
function shows(event: ClusterEvent, { op, kind, name, detail }: UserEvent, earlier: readonly RecordedEvent[]): boolean {
  if (event.kind !== kind || event.name !== name) return false;
  switch (op) {
    case 'merge patch of status':
    case 'json patch of status':
      return stateOf(event.fields) === 'StepReady' && !followsWrite(earlier);
    case 'delete':
      return event.op === 'deleted' || at(event.fields, 'deletionTimestamp') !== undefined;
    default: {
      if (event.op === 'added') return true;
      const spec = at(event.fields, 'spec');
      if (spec === undefined) return false;
      const last = earlier.findLast(
        (one): one is ClusterEvent =>
          one.actor === 'cluster' && one.kind === kind && one.name === name && one.fields['spec'] !== undefined,
      );
      // The engine too writes specs of workloads, but no template.
      const own = kind === 'Rollout' ? [] : ['template'];
      const isNew = !same(at(spec, ...own), at(last?.fields, 'spec', ...own));
      return isNew && same(imagesOf(event.fields), imagesOf(detail));
    }
  }
}

function imagesOf(object: unknown): readonly string[] {
  return listAt(object, 'spec', 'template', 'spec', 'containers').map((one) => textAt(one, 'image'));
}

/** A write of a status stands right before the event, which is then that one's. */
function followsWrite(earlier: readonly RecordedEvent[]): boolean {
  const last = earlier.at(-1);
  return last?.actor === 'user' && last.op.endsWith('of status');
}

export function subName(status: JsonMap): 'blueGreenStatus' | 'canaryStatus' {
  return at(status, 'blueGreenStatus') === undefined ? 'canaryStatus' : 'blueGreenStatus';
}

export function stateOf(fields: JsonMap): string {
  const status = mapAt(fields, 'status');
  return textAt(status, subName(status), 'currentStepState');
}
