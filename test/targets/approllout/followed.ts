import type { Delivery } from '../../../src/release/delivery.ts';
import { isObject, type JsonObject, listAt, stringAt } from '../../../src/release/json.ts';
import type { Engine, Observation } from '../../../src/release/observation.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import { velaAppRollout } from '../../../src/targets/approllout/index.ts';
import { events, objectsOf, shaped } from '../../simulator/approllout/replay.ts';
import { ofAppRollout } from './fixture.ts';

/** What stepgate reads at a moment of a recording of KubeVela. */
export interface Moment {
  readonly t: number;
  readonly seen: Observation;
  readonly rollout: KubeObject | null;
}

/** A moment in one line: the engine, and how many pods are new, of all. */
export function line({ seen }: Pick<Moment, 'seen'>): string {
  const { canary, stable } = seen.pods;
  return `${words(seen.engine)}; ${canary.total} new of ${canary.total + stable.total}`;
}

export function words(engine: Engine): string {
  const step = 'step' in engine ? ` ${engine.step}` : '';
  const id = 'id' in engine && engine.id !== null ? ` of ${engine.id}` : '';
  const more = engine.at === 'moving' && engine.leaving ? ', leaving' : '';
  const blocked = (engine.at === 'moving' || engine.at === 'waiting') && engine.blocked !== null ? ', blocked' : '';
  const outcome = engine.at === 'idle' ? ` (${engine.outcome})` : '';
  return `${engine.at}${step}${id}${more}${blocked}${outcome}`;
}

/** Every moment of a recording of one component web whose line is another one. `of`: the delivery of that component. */
export function followed(id: string, of: Delivery): readonly Moment[] {
  const { live, take } = objectsOf();
  const moments: Moment[] = [];
  for (const event of events(id)) {
    if (event.actor !== 'cluster') continue;
    take(event);
    const moment = momentOf(event.t, live, of);
    const last = moments.at(-1);
    if (last === undefined || line(last) !== line(moment)) moments.push(moment);
  }
  return moments;
}

function momentOf(t: number, objects: ReadonlyMap<string, JsonObject>, of: Delivery): Moment {
  const found = (key: string): KubeObject | null => {
    const object = shaped(key, objects.get(key));
    return isObject(object) ? object : null;
  };
  const all = (kind: string): readonly KubeObject[] =>
    [...objects.keys()].flatMap((key) => {
      const object = key.startsWith(`${kind}/`) ? found(key) : null;
      return object === null ? [] : [object];
    });
  const rollout = found('AppRollout/demo');
  const takenAt = new Date('2026-11-21T02:00:00Z');
  const seen = velaAppRollout.observe(of, {
    takenAt,
    rollout,
    workload: of.workload.kind === 'Deployment' ? null : found(`${of.workload.kind}/web`),
    beside: all('Deployment'),
    pods: [...objects].flatMap(([key, fields]) => (key.startsWith('Pod/') ? [podOf(key.slice(4), fields)] : [])),
  });
  return { t, seen, rollout };
}

function podOf(name: string, { labels = {}, ready, deleting, images = [] }: JsonObject): KubeObject {
  const time = '2026-11-21T01:00:00Z';
  return {
    kind: 'Pod',
    metadata: {
      name,
      labels,
      creationTimestamp: time,
      ...(deleting === true ? { deletionTimestamp: time } : {}),
    },
    spec: { containers: listAt({ images }, 'images').map((image) => ({ image })) },
    status: { conditions: [{ type: 'Ready', status: ready === true ? 'True' : 'False', lastTransitionTime: time }] },
  };
}

/** The delivery of the recordings' component, with as many steps as their batches. */
export function ofWeb(kind: string, plan = 'partition 1 3 100%'): Delivery {
  return ofAppRollout(plan, { workload: { kind, name: 'web' } });
}

export const stateOf = ({ rollout }: Moment): string =>
  `${stringAt(rollout, 'status', 'rollingState') ?? ''}/${stringAt(rollout, 'status', 'batchRollingState') ?? ''}`;
