import type { KruiseGates } from '../../src/simulator/api/defaults.ts';
import { at, isMap, type Json, type JsonMap, listAt, numberAt, textAt } from '../../src/simulator/api/json.ts';

/** What a person or a tool did, and how the API server answered. */
export interface UserEvent {
  readonly t: number;
  readonly actor: 'user';
  readonly op: UserOp;
  readonly kind: string;
  readonly name: string;
  /** The HTTP status; 0 where a tool without one did it. */
  readonly answer: number;
  /** What was sent; where it was refused, `{ object, error }` with the Status object. */
  readonly detail: Json;
}

const userOps = [
  'server-side apply',
  'merge patch',
  'json patch',
  'merge patch of status',
  'json patch of status',
  'delete',
  'kubectl apply',
  'create',
] as const;
export type UserOp = (typeof userOps)[number];

/** A watch event: of the object's fields only what changed since its event before; `removed` names fields that went. */
export interface ClusterEvent {
  readonly t: number;
  readonly actor: 'cluster';
  readonly op: 'added' | 'modified' | 'deleted';
  readonly kind: string;
  readonly name: string;
  /** Of labels, annotations, generation, ownerReferences, finalizers, deletionTimestamp, spec, status; of Pods what is read of them. */
  readonly fields: JsonMap;
  readonly removed: readonly string[];
}

/** What the script that made the recording waited for or noted. */
export interface ObserverEvent {
  readonly t: number;
  readonly actor: 'observer';
  readonly op: string;
  readonly what: string;
}

export type RecordedEvent = UserEvent | ClusterEvent | ObserverEvent;

export interface Recording {
  readonly id: string;
  readonly title: string;
  /** The engine and its version, such as `openkruise/rollouts v0.6.2 on Kubernetes 1.34.4`. */
  readonly engine: string;
  /** Resting points in words. */
  readonly expect: readonly string[];
  readonly events: readonly RecordedEvent[];
}

/** Whether a recording's text is of the engine that src/simulator is a model of: others have events of their own. */
export function isOfTheEngine(text: string): boolean {
  return textAt(JSON.parse(text), 'engine').startsWith('openkruise/rollouts');
}

/** Recordings whose engine names OpenKruise were made with the defaults of its feature gates; those before with all of them on. */
export function gatesOf(engine: string): KruiseGates {
  return { templateNoDefaults: !engine.includes('OpenKruise') };
}

/** Reads a recording; throws where the text is none, naming the event. */
export function parseRecording(text: string): Recording {
  const whole: unknown = JSON.parse(text);
  if (!isMap(whole) || !Array.isArray(whole['events'])) throw new Error('a recording is an object with `events`');
  return {
    id: textAt(whole, 'id'),
    title: textAt(whole, 'title'),
    engine: textAt(whole, 'engine'),
    expect: listAt(whole, 'expect').map(String),
    events: listAt(whole, 'events').map(parseEvent),
  };
}

function parseEvent(event: Json, index: number): RecordedEvent {
  if (!isMap(event)) throw new Error(`event ${index} is no object`);
  const t = numberAt(event, 't');
  const [actor, op, kind, name] = ['actor', 'op', 'kind', 'name'].map((key) => textAt(event, key));
  switch (actor) {
    case 'user': {
      const known = userOps.find((one) => one === op);
      if (known === undefined) throw new Error(`event ${index}: nobody knows how to "${op}"`);
      const answer = numberAt(event, 'answer');
      return { t, actor, op: known, kind: kind ?? '', name: name ?? '', answer, detail: at(event, 'detail') ?? null };
    }
    case 'cluster': {
      if (op !== 'added' && op !== 'modified' && op !== 'deleted') throw new Error(`event ${index}: op is "${op}"`);
      const { t: _t, actor: _a, op: _o, kind: _k, name: _n, removed: _r, ...fields } = event;
      return {
        t,
        actor,
        op,
        kind: kind ?? '',
        name: name ?? '',
        fields,
        removed: listAt(event, 'removed').map(String),
      };
    }
    case 'observer':
      return { t, actor, op: op ?? '', what: textAt(event, 'what') };
    default:
      throw new Error(`event ${index}: actor is "${actor}"`);
  }
}

/** The event as a recording's line has it. */
export function eventLine(event: RecordedEvent): string {
  if (event.actor !== 'cluster') return JSON.stringify(event);
  const { t, actor, op, kind, name, fields, removed } = event;
  return JSON.stringify({ t, actor, op, kind, name, ...fields, ...(removed.length === 0 ? {} : { removed }) });
}

/** The recording as text: its head on the first line, then one event a line. */
export function recordingText(recording: Recording): string {
  const { events, ...head } = recording;
  const opening = JSON.stringify(head).slice(0, -1);
  return `${opening},"events":[\n${events.map(eventLine).join(',\n')}\n]}\n`;
}
