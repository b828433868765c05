import { setTimeout as sleep } from 'node:timers/promises';
import { at, type Json, type JsonMap, listAt, numberAt, textAt } from '../../src/simulator/api/json.ts';
import type { RecordedEvent, Recording } from '../fidelity/recording.ts';
import { Scene } from '../fidelity/scene.ts';
import type { Pulse } from './pulse.ts';
import type { Answer, RealApi } from './real-api.ts';
import { begin, firstRequests, type Memory, type Request, turn } from './requests.ts';
import { actionWords, isOfKruise, type Scenario, words, workloadKinds } from './scenario.ts';
import { calmPicture } from './states.ts';
import { scribe, watchedKinds } from './witness.ts';

export interface RealOptions {
  /** Its own, and new. */
  readonly namespace: string;
  readonly id: string;
  readonly pulse: Pulse;
  /** How many times as long as usual nothing must have changed before something counts as at rest. */
  readonly patience: number;
  readonly signal: AbortSignal;
  /** By the index of an action: it is sent at this moment instead of at rest. */
  readonly moments?: readonly (Moment | null)[];
}

/** Whether what is there is what an action is sent in. */
export type Moment = (scene: Pick<Observed, 'get' | 'all'>) => boolean;

/** What a request set off never came to rest. */
class Restless extends Error {
  override readonly name = 'Restless';
}

export interface RealRun {
  readonly recording: Recording;
  /** Whether the last request set off what never came to rest; there it ends. */
  readonly restless: boolean;
}

/** Runs a scenario on the real engine, each action at rest, and hands back what happened as a recording. */
export async function runReal(api: RealApi, scenario: Scenario, options: RealOptions): Promise<RealRun> {
  const { namespace, id, patience, pulse, moments = [] } = options;
  await api.createNamespace(namespace);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, options.signal]);
  const scene = observed();
  const watches = Promise.all(
    watchedKinds.map((kind) => api.watch(namespace, kind, ({ type, object }) => scene.see(kind, type, object), signal)),
  );
  // A watch that breaks ends the run: what it would have shown is missing.
  const broken = watches.then(() => new Promise<never>(() => undefined));
  let restless = false;
  try {
    await Promise.race([broken, play(api, scenario, scene, { namespace, patience, pulse, signal, moments })]);
  } catch (error) {
    if (!(error instanceof Restless)) throw error;
    restless = true;
  } finally {
    over.abort();
    await watches.catch(() => undefined);
    await api.deleteNamespace(namespace);
  }
  const kruise = isOfKruise(scenario.plan.kind) ? ' and OpenKruise v1.8.0' : '';
  const engine = `openkruise/rollouts v0.6.2 on Kubernetes 1.34.4${kruise}`;
  return { restless, recording: { id, title: words(scenario), engine, expect: [], events: scene.events } };
}

interface Playing {
  readonly namespace: string;
  readonly patience: number;
  readonly pulse: Pulse;
  readonly signal: AbortSignal;
  readonly moments: readonly (Moment | null)[];
}

async function play(api: RealApi, { plan, actions }: Scenario, scene: Observed, playing: Playing): Promise<void> {
  const send = async (request: Request, what: string, next: Moment | null = null) => {
    await scene.sent(request, () => api.send(playing.namespace, request));
    if (next === null) await rest(scene, playing, what);
    else await come(scene, playing, next);
  };
  let memory = begin(plan, playing.namespace);
  const first = firstRequests(memory);
  for (const request of first) {
    if (request.kind !== 'Service' && request.kind !== 'Ingress') {
      await send(request, `${request.kind} applied`);
      continue;
    }
    // What only routes sets nothing off.
    await scene.sent(request, () => api.send(playing.namespace, request));
    while (scene.get(request.kind, request.name) === undefined) await sleep(20, undefined, { signal: playing.signal });
  }
  for (const [index, action] of actions.entries()) {
    const next = turn(action, remember(memory, scene), scene.get('Rollout', 'demo'));
    memory = next.memory;
    const then = playing.moments[index + 1] ?? null;
    for (const request of next.requests) await send(request, `action ${index + 1}: ${actionWords(action)}`, then);
  }
}

async function come(scene: Observed, { signal }: Playing, moment: Moment): Promise<void> {
  const deadline = performance.now() + patienceMs.most;
  while (!moment(scene)) {
    if (performance.now() > deadline) throw new Restless('the moment of the next action never came');
    await sleep(2, undefined, { signal });
  }
}

/** What is everywhere while the Rollout is idle is what a revert goes back to. */
function remember(memory: Memory, scene: Observed): Memory {
  const phase = textAt(scene.get('Rollout', 'demo'), 'status', 'phase');
  return phase === 'Progressing' || phase === 'Disabling' ? memory : { ...memory, stable: memory.image };
}

const patienceMs = { settled: 4000, other: 9500, most: 150_000 };

/**
 * Waits until nothing has changed for as long as the engine could still be about to do something (it looks again after 3 s),
 * and then until the cluster has shown that it keeps up: what is seen to change meanwhile begins it anew.
 */
async function rest(scene: Observed, { patience, pulse, signal }: Playing, what: string): Promise<void> {
  const begun = performance.now();
  let proven = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal.throwIfAborted();
    const since = scene.lastChange();
    const quiet = (settled(scene) ? patienceMs.settled : patienceMs.other) * patience;
    const left = quiet - (performance.now() - since);
    if (left <= 0) {
      if (proven >= since + quiet) break;
      proven = performance.now();
      await pulse.beat(signal);
    } else await sleep(Math.min(left, 250), undefined, { signal });
    if (performance.now() - begun > patienceMs.most + quiet) throw new Restless(`not at rest after ${what}`);
  }
  scene.note(what);
}

/** Idle or waiting for a person, with every pod ready: nobody has anything left to do. */
function settled(scene: Observed): boolean {
  const rollout = scene.get('Rollout', 'demo');
  const phase = textAt(rollout, 'status', 'phase');
  const reason = textAt(
    listAt(rollout, 'status', 'conditions').find((one) => textAt(one, 'type') === 'Progressing'),
    'reason',
  );
  const waits =
    reason === 'InRolling' && textAt(rollout, 'status', 'message').endsWith('manually confirm to enter the next step');
  if (phase === 'Progressing' && !waits) return false;
  return workloadKinds.flatMap((kind) => scene.all(kind)).every(done) && scene.all('Pod').every(isReady);
}

function done(workload: JsonMap): boolean {
  const seen = numberAt(workload, 'status', 'observedGeneration');
  return seen === numberAt(workload, 'metadata', 'generation');
}

function isReady(pod: JsonMap): boolean {
  const ready = listAt(pod, 'status', 'conditions').find((one) => textAt(one, 'type') === 'Ready');
  return at(pod, 'metadata', 'deletionTimestamp') === undefined && textAt(ready, 'status') === 'True';
}

/** What has been seen and sent so far. */
interface Observed {
  readonly events: readonly RecordedEvent[];
  /** When the picture was last found changed, or anything was sent, of performance.now(). */
  lastChange(): number;
  see(kind: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: JsonMap): void;
  /** Sends it, and notes it with its answer. */
  sent(request: Request, send: () => Promise<Answer>): Promise<void>;
  note(what: string): void;
  get(kind: string, name: string): JsonMap | undefined;
  all(kind: string): JsonMap[];
}

function observed(): Observed {
  const begun = performance.now();
  const events: RecordedEvent[] = [];
  const objects = new Map<string, JsonMap>();
  const hand = scribe();
  const scene = new Scene();
  let lastChange = begun;
  let dirty = false;
  let picture = '';
  const t = () => Math.round(performance.now() - begun) / 1000;
  return {
    events,
    lastChange() {
      if (!dirty) return lastChange;
      dirty = false;
      const now = JSON.stringify(calmPicture(scene));
      if (now !== picture) lastChange = performance.now();
      picture = now;
      return lastChange;
    },
    see(kind, type, object) {
      const key = `${kind}/${textAt(object, 'metadata', 'name')}`;
      if (type === 'DELETED') objects.delete(key);
      else objects.set(key, object);
      const event = hand.note(kind, type, object, t());
      if (event === null) return;
      if (scene.take(event)) dirty = true;
      events.push(event);
    },
    async sent({ op, kind, name, detail = null }, send) {
      const place = events.length;
      const event = { t: t(), actor: 'user', op, kind, name, answer: 0, detail } as const;
      // Its place is before everything that it sets off, which may be seen before its answer.
      events.push(event);
      const { status, body } = await send();
      const told: Json = status < 300 ? detail : { object: detail, error: body };
      events[place] = { ...event, answer: status, detail: told };
      lastChange = performance.now();
    },
    note(what) {
      events.push({ t: t(), actor: 'observer', op: 'resting', what });
    },
    get: (kind, name) => objects.get(`${kind}/${name}`),
    all: (kind) => [...objects].flatMap(([key, object]) => (key.startsWith(`${kind}/`) ? [object] : [])),
  };
}
