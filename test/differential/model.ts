import { Refusal } from '../../src/simulator/api/answers.ts';
import type { Api } from '../../src/simulator/api/api.ts';
import { isMap, type Json } from '../../src/simulator/api/json.ts';
import { asMap } from '../../src/simulator/api/things.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import type { RecordedEvent, UserEvent } from '../fidelity/recording.ts';
import { Scene } from '../fidelity/scene.ts';
import { calmPicture } from './states.ts';
import { scribe, watchedKinds } from './witness.ts';

const start = Date.UTC(2026, 0, 1);
/** Longer than anything the engine waits for (docs/engine.md#times), and shorter than the timed pauses that are to rest. */
const quietMs = 15_000;
const mostMs = 600_000;

/** The model never came to rest after so many requests. */
export class ModelRestless extends Error {
  override readonly name = 'ModelRestless';
  readonly after: number;

  constructor(after: number) {
    super(`the model never comes to rest after request ${after}`);
    this.after = after;
  }
}

/** Sends what the users of a recording sent to the model, each request at rest, and hands back what happened. Throws ModelRestless. */
export function playOnModel(requests: readonly UserEvent[], namespace: string, seed = 1): readonly RecordedEvent[] {
  const timeline = virtualTimeline(start);
  const cluster = createCluster({ timeline, seed });
  const events: RecordedEvent[] = [];
  const hand = scribe();
  const t = () => Math.round(timeline.now() - start) / 1000;
  const scene = new Scene();
  let dirty = false;
  cluster.api.store.listen(({ kind, type, object }) => {
    if (!watchedKinds.some((one) => one === kind)) return;
    const event = hand.note(kind, type, asMap(object), t());
    if (event === null) return;
    events.push(event);
    if (scene.take(event)) dirty = true;
  });
  /** Moves time on until the picture has stayed the same for long enough. */
  function rest(after: number): void {
    const begun = timeline.now();
    let changed = begun;
    let picture = '';
    while (timeline.now() - changed < quietMs) {
      if (timeline.now() - begun > mostMs) throw new ModelRestless(after);
      if (timeline.next === null || timeline.next - changed > quietMs) timeline.advance(quietMs);
      else timeline.step();
      if (!dirty) continue;
      dirty = false;
      const now = JSON.stringify(calmPicture(scene));
      if (now !== picture) changed = timeline.now();
      picture = now;
    }
  }

  for (const [index, request] of requests.entries()) {
    const place = events.length;
    const answered = { ...request, t: t(), ...send(cluster.api, namespace, request) };
    // Before what it has set off already.
    events.splice(place, 0, answered);
    rest(index + 1);
    events.push({ t: t(), actor: 'observer', op: 'resting', what: `${request.op} of ${request.kind}` });
  }
  cluster.stop();
  return events;
}

/** The request's object as it was sent, also where the recording tells of a refusal. */
function sentOf({ answer, detail }: UserEvent): Json {
  return answer >= 300 && isMap(detail) && detail['object'] !== undefined ? detail['object'] : detail;
}

function send(api: Api, namespace: string, request: UserEvent): Pick<UserEvent, 'answer' | 'detail'> {
  const detail = sentOf(request);
  try {
    return { answer: write(api, namespace, request, detail), detail };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { answer: error.code, detail: { object: detail, error: error.status } };
  }
}

/** The HTTP status of the answer. */
function write(api: Api, namespace: string, { op, kind, name }: UserEvent, detail: Json): number {
  const manager = 'tester';
  switch (op) {
    case 'server-side apply': {
      if (!isMap(detail)) throw new Error('what is applied is an object');
      return api.apply(kind, namespace, name, detail, { manager: 'stepgate', force: true }).created ? 201 : 200;
    }
    case 'merge patch':
      api.patch(kind, namespace, name, detail, { manager, type: 'merge' });
      return 200;
    case 'json patch':
      api.patch(kind, namespace, name, detail, { manager, type: 'json' });
      return 200;
    case 'merge patch of status':
      api.patch(kind, namespace, name, detail, { manager, type: 'merge', subresource: 'status' });
      return 200;
    case 'json patch of status':
      api.patch(kind, namespace, name, detail, { manager, type: 'json', subresource: 'status' });
      return 200;
    case 'delete':
      api.remove(kind, namespace, name);
      return 200;
    default:
      throw new Error(`differential runs send no "${op}"`);
  }
}
