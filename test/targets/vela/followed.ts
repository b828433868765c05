import { readFileSync } from 'node:fs';
import { isObject, type JsonObject, objectAt, stringAt } from '../../../src/release/json.ts';
import type { Engine } from '../../../src/release/observation.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import { olderRollouts } from '../../../src/targets/kruise/dialect/index.ts';
import { velaApplication } from '../../../src/targets/vela/index.ts';
import { parseRecording } from '../../fidelity/recording.ts';
import { ofApplication } from './fixture.ts';

/** What stepgate reads at a moment of a recording of KubeVela. */
export interface Moment {
  readonly t: number;
  /** The engine as the target observes it, in one line. */
  readonly engine: string;
  /** The id in the workload's label. */
  readonly id: string | null;
  readonly gated: boolean;
  /** The phase of the Application, which the target does not read. */
  readonly phase: string;
  /** The annotations of the Rollout. */
  readonly notes: JsonObject;
}

/** Every moment of a recording of one Application with the component web, each once. */
export function followed(id: string): readonly Moment[] {
  const objects = new Map<string, JsonObject>();
  const moments: Moment[] = [];
  const file = new URL(`recordings/${id}.json`, import.meta.url);
  for (const event of parseRecording(readFileSync(file, 'utf8')).events) {
    if (event.actor !== 'cluster') continue;
    const kept = Object.entries(objects.get(event.kind) ?? {}).filter(([field]) => !event.removed.includes(field));
    objects.set(event.kind, { ...Object.fromEntries(kept), ...objectAt({ fields: event.fields }, 'fields') });
    const moment = read(event.t, objects);
    const last = moments.at(-1);
    if (last === undefined || line(last) !== line(moment)) moments.push(moment);
  }
  return moments;
}

/** A moment in one line, without its time. */
export function line({ engine, id, gated, phase }: Moment): string {
  return `${engine}; workload ${id ?? 'none'}${gated ? ', gated' : ''}; Application ${phase}`;
}

function read(t: number, objects: ReadonlyMap<string, JsonObject>): Moment {
  const shaped = (kind: string): KubeObject | undefined => {
    const fields = objects.get(kind);
    if (fields === undefined) return undefined;
    const { labels = {}, annotations = {}, generation = 1, spec = {}, status = {} } = fields;
    return { kind, metadata: { name: 'web', generation, labels, annotations }, spec, status };
  };
  return momentOf(t, {
    application: shaped('Application'),
    rollout: shaped('Rollout/v1alpha1'),
    workload: shaped('Deployment'),
  });
}

/** What stepgate reads of these objects. The Rollout is one of v1alpha1. */
export function momentOf(
  t: number,
  objects: Readonly<Record<'application' | 'rollout' | 'workload', unknown>>,
): Moment {
  const of = ofApplication('partition 20% 60% 100%', { workload: { kind: 'Deployment', name: 'web' } });
  const found = (object: unknown): KubeObject | null => (isObject(object) ? object : null);
  const live = found(objects.rollout);
  const rollout = live === null ? null : olderRollouts.read(live);
  const takenAt = new Date('2026-11-21T02:00:00Z');
  const seen = velaApplication.observe(of, { takenAt, rollout, workload: found(objects.workload), pods: [] });
  return {
    t,
    engine: words(seen.engine),
    id: seen.workload?.id ?? null,
    gated: seen.workload?.gated ?? false,
    phase: stringAt(objects.application, 'status', 'status') ?? 'none',
    notes: objectAt(live, 'metadata', 'annotations'),
  };
}

function words(engine: Engine): string {
  const step = 'step' in engine ? ` ${engine.step}` : '';
  const id = 'id' in engine && engine.id !== null ? ` of ${engine.id}` : '';
  const asks = engine.at === 'waiting' && engine.asks ? ', asks' : '';
  const outcome = engine.at === 'idle' ? ` (${engine.outcome})` : '';
  return `${engine.at}${step}${id}${asks}${outcome}`;
}
