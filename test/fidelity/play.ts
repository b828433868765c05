import type { KruiseGates } from '../../src/simulator/api/defaults.ts';
import { at, clean, type Json, type JsonMap, listAt, mapAt, same, textAt } from '../../src/simulator/api/json.ts';
import type { Change } from '../../src/simulator/api/store.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { type VirtualTimeline, virtualTimeline } from '../../src/simulator/time.ts';
import type { Picture } from './picture.ts';
import { type ClusterEvent, gatesOf, type RecordedEvent, type UserEvent } from './recording.ts';
import { isResting, type Stretch, stretches } from './resting.ts';
import { Scene } from './scene.ts';
import { send } from './send.ts';

/** What has to be there before the next action: the same picture; the engine at the same point; or only that nothing moves. */
type Cue = 'picture' | 'standing' | 'quiet';

export interface PlayOptions {
  readonly seed?: number;
  /** Chance from these actions on, counted from 1, comes from other seeds. */
  readonly turns?: ReadonlyMap<number, number>;
  /** Those of OpenKruise in the recorded cluster. */
  readonly gates?: KruiseGates;
}

/** Seconds of virtual time in which a cue must come. */
const patience = 240;

/**
 * Plays the user events of a recording (see `lasting`) on the model, each at the point where the recorded cluster was, and
 * gives what the model shows in the format of a recording, with the model's own answers.
 */
export function play(
  events: readonly RecordedEvent[],
  { seed = 1, turns, gates = gatesOf('') }: PlayOptions = {},
): readonly RecordedEvent[] {
  const actions = events.filter((event): event is UserEvent => event.actor === 'user');
  const { all, tokens } = stretches(events);
  const points = Array.from({ length: actions.length + 1 }, (_, after) =>
    all.filter((one) => one.after === after).at(-1),
  );
  const cues: Cue[] = points.map(() => 'picture');
  // The model is the same for the same seed: where a cue was missed, play again and take the next weaker one there.
  for (;;) {
    const stage = openStage({ seed, turns: turns ?? new Map(), gates }, namespaceIn(actions));
    const missed = performAll(stage, actions, points, tokens, cues);
    stage.close();
    if (missed === null) return stage.events;
    cues[missed] = cues[missed] === 'picture' ? 'standing' : 'quiet';
  }
}

/** The index of the point whose cue did not come; null where all went through. */
function performAll(
  stage: Stage,
  actions: readonly UserEvent[],
  points: readonly (Stretch | undefined)[],
  tokens: ReadonlySet<string>,
  cues: readonly Cue[],
): number | null {
  for (const [index, point] of points.entries()) {
    if (point !== undefined && !stage.waitFor(point, tokens, cues[index] ?? 'quiet')) return index;
    const action = actions[index];
    if (action !== undefined) stage.perform(action);
  }
  return null;
}

interface Stage {
  readonly events: readonly RecordedEvent[];
  perform(action: UserEvent): void;
  waitFor(point: Stretch, tokens: ReadonlySet<string>, cue: Cue): boolean;
  close(): void;
}

function openStage({ seed, turns, gates }: Required<PlayOptions>, namespace: string): Stage {
  const start = Date.UTC(2026, 10, 21);
  const timeline = virtualTimeline(start);
  const cluster = createCluster({ timeline, seed, gates });
  const events: RecordedEvent[] = [];
  const scene = new Scene();
  let picture = '';
  let changed = 0;
  let dirty = false;
  let performed = 0;
  const t = () => (timeline.now() - start) / 1000;
  /** Of what is no longer there, the last that was told of it. */
  const told = new Map<string, JsonMap>();
  cluster.api.store.listen((change) => {
    const event = eventOf(change, t(), told);
    events.push(event);
    if (scene.take(event)) dirty = true;
  });
  /** The picture now; since when it is so is in `changed`. */
  const look = () => {
    if (dirty) {
      dirty = false;
      const now = blank(scene.picture(), scene.tokens);
      if (now !== picture) {
        picture = now;
        changed = t();
      }
    }
    return picture;
  };

  return {
    events,
    perform(action) {
      const event = { ...action, t: t() };
      performed += 1;
      const turn = turns.get(performed);
      if (turn !== undefined) cluster.reseed(turn);
      const place = events.length;
      const answered = send(cluster.api, namespace, action);
      events.splice(place, 0, { ...event, ...answered });
      look();
    },
    waitFor(point, tokens, cue) {
      const wanted = blank(point.picture, tokens);
      const rests = isResting(point);
      const quiet = rests ? point.to - point.from : 0;
      const holds = () => {
        const now = look();
        switch (cue) {
          case 'picture':
            return now === wanted;
          case 'standing':
            return scene.standing() === point.standing;
          case 'quiet':
            return true;
        }
      };
      const end = t() + patience + quiet;
      let was = false;
      changed = t();
      while (t() < end) {
        if (holds()) {
          was = true;
          const left = changed + (cue === 'quiet' ? Math.max(quiet, 10) : quiet) - t();
          if (left <= 0 || !moves(timeline, left, look, () => changed)) return true;
        } else {
          // It was there and is gone, or the engine has gone past the point in the midst of a movement.
          if (was && !rests) return false;
          if (!timeline.step()) timeline.advance(1000);
          look();
        }
      }
      return cue === 'quiet';
    },
    close() {
      events.push({ t: t(), actor: 'observer', op: 'note', what: 'the end' });
      cluster.stop();
    },
  };
}

/** Goes on for at most so many seconds; whether the picture changed on the way. */
function moves(timeline: VirtualTimeline, seconds: number, look: () => string, since: () => number): boolean {
  const before = since();
  const end = timeline.now() + seconds * 1000;
  while (timeline.next !== null && timeline.next <= end) {
    timeline.step();
    look();
    if (since() !== before) return true;
  }
  timeline.advance(Math.max(0, end - timeline.now()));
  return false;
}

/** A picture to compare across clusters, without what is generated. */
function blank(picture: Picture, tokens: ReadonlySet<string>): string {
  let text = JSON.stringify(Object.entries(picture).sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const token of tokens) text = text.replaceAll(token, '~');
  return text;
}

const kept = ['labels', 'annotations', 'generation', 'ownerReferences', 'finalizers', 'deletionTimestamp'] as const;

export function eventOf({ type, kind, object, old }: Change, t: number, told: Map<string, JsonMap>): ClusterEvent {
  const name = object.metadata.name;
  const key = `${kind}/${name}`;
  if (type === 'DELETED') {
    told.set(key, fieldsOf(kind, object));
    return { t, actor: 'cluster', op: 'deleted', kind, name, fields: {}, removed: [] };
  }
  const now = fieldsOf(kind, object);
  const before = type === 'MODIFIED' && old !== undefined ? fieldsOf(kind, old) : (told.get(key) ?? {});
  const fields = Object.fromEntries(Object.entries(now).filter(([field, value]) => !same(value, before[field])));
  const removed = Object.keys(before).filter((field) => now[field] === undefined);
  return { t, actor: 'cluster', op: type === 'ADDED' ? 'added' : 'modified', kind, name, fields, removed };
}

function fieldsOf(kind: string, object: Change['object']): JsonMap {
  const labels = mapAt(object, 'metadata', 'labels');
  if (kind === 'Pod') {
    const conditions = listAt(object, 'status', 'conditions');
    return {
      labels,
      phase: textAt(object, 'status', 'phase'),
      images: listAt(object, 'spec', 'containers').map((one) => textAt(one, 'image')),
      ready: conditions.some((one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True'),
      deleting: at(object, 'metadata', 'deletionTimestamp') !== undefined,
    };
  }
  const fields: Record<string, Json> = {};
  for (const key of kept) {
    const value = at(object, 'metadata', key);
    if (value !== undefined) fields[key] = value;
  }
  for (const key of ['spec', 'status']) {
    const value = at(object, key);
    if (value !== undefined) fields[key] = clean(value);
  }
  return fields;
}

function namespaceIn(actions: readonly UserEvent[]): string {
  for (const { detail } of actions)
    for (const found of [textAt(detail, 'metadata', 'namespace'), textAt(detail, 'object', 'metadata', 'namespace')])
      if (found !== '') return found;
  return 'default';
}
