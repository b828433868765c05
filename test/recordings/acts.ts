import {
  at,
  type Json,
  type JsonMap,
  listAt,
  mapAt,
  mapOf,
  mergePatch,
  same,
  textAt,
  withAt,
} from '../../src/simulator/api/json.ts';
import { kinds } from '../../src/simulator/api/kinds.ts';
import type { RecordedEvent, UserEvent } from '../fidelity/recording.ts';
import { Scene } from '../fidelity/scene.ts';
import { type Rest, restOf } from './rests.ts';

/** What the recorded user did, as an act of somebody who uses stepgate. */
export type Act =
  /** Applies an object that belongs to nobody's release, or does what stepgate has no act for. */
  | { readonly act: 'byHand' }
  /** Merges a manifest, and deploys. */
  | { readonly act: 'deploy'; readonly manifest: JsonMap }
  /** Merges a config that is made from this Rollout, and deploys. */
  | { readonly act: 'plan'; readonly rollout: JsonMap }
  | { readonly act: 'promote'; readonly to: number | null; readonly method: 'status' | 'plan' }
  | { readonly act: 'rollback' }
  /** An approval on the way back: a rollback gives it by itself. */
  | { readonly act: 'goingBack' };

export interface Acted {
  /** Counts the recorded user's actions, from 1. */
  readonly number: number;
  readonly event: UserEvent;
  readonly act: Act;
  /** Where the engine stood with each Rollout then. */
  readonly before: Rest;
}

const driven = new Set(['Deployment', 'CloneSet', 'StatefulSet', 'AdvancedStatefulSet', 'AdvancedDaemonSet']);

/** The acts of a recording (see `lasting` of the fidelity suite), in order. */
export function actsOf(events: readonly RecordedEvent[]): readonly Acted[] {
  const scene = new Scene();
  const acts: Acted[] = [];
  let [manifest, rollout]: [JsonMap, JsonMap] = [{}, {}];
  /** The version that served before the release that runs. */
  let stable = '';
  let goes: Before['goes'] = 'nowhere';
  for (const event of events) {
    if (event.actor === 'cluster') {
      const before = phaseOf(scene);
      scene.take(event);
      if (phaseOf(scene) === 'Healthy' && before !== 'Healthy') goes = 'nowhere';
    }
    if (event.actor !== 'user') continue;
    if (goes === 'nowhere') stable = imageOf(manifest);
    const act = actOf(event, { manifest, rollout, stable, goes });
    if (act.act === 'deploy') {
      if (imageOf(manifest) !== '' && imageOf(act.manifest) !== imageOf(manifest)) goes = 'on';
      manifest = act.manifest;
    }
    if (act.act === 'rollback') {
      manifest = withImage(manifest, stable);
      goes = 'back';
    }
    if (event.kind === 'Rollout' && event.answer < 300) rollout = rolloutAfter(event, rollout);
    acts.push({ number: acts.length + 1, event, act, before: restOf(scene.picture()) });
  }
  return acts;
}

interface Before {
  /** What was applied last, or {}. */
  readonly manifest: JsonMap;
  readonly rollout: JsonMap;
  readonly stable: string;
  /** Where the engine goes with the release that runs. */
  readonly goes: 'on' | 'back' | 'nowhere';
}

function actOf(event: UserEvent, before: Before): Act {
  const sent = at(event.detail, 'error') === undefined ? event.detail : (at(event.detail, 'object') ?? null);
  if (driven.has(event.kind)) return workloadAct(event, sent, before);
  if (event.kind !== 'Rollout') return { act: 'byHand' };
  if (event.op.endsWith('of status')) return statusAct(sent, before);
  return rolloutAct(event, before);
}

function workloadAct(event: UserEvent, sent: Json, { manifest, stable, goes }: Before): Act {
  const next = manifestAfter(event, sent, manifest);
  if (next === null) return { act: 'byHand' };
  const isBack = goes === 'on' && imageOf(next) === stable && imageOf(manifest) !== stable;
  return isBack ? { act: 'rollback' } : { act: 'deploy', manifest: next };
}

/** The manifest that says what this write says; null where no manifest does. */
function manifestAfter({ op, kind, name }: UserEvent, sent: Json, manifest: JsonMap): JsonMap | null {
  switch (op) {
    case 'server-side apply':
    case 'kubectl apply':
      return mapOf(sent);
    case 'create': {
      const info = kinds.find(({ id }) => id === kind);
      if (info === undefined) throw new Error(`nobody knows the kind ${kind}`);
      const apiVersion = `${info.group}/${info.versions[0]}`;
      return { ...mapOf(sent), apiVersion, kind: info.kind };
    }
    case 'merge patch': {
      const image = imageOf(sent);
      if (image !== '') return withImage(withLabels(manifest, sent), image);
      const onlyReplicas = same(sent, { spec: { replicas: at(sent, 'spec', 'replicas') ?? null } });
      return onlyReplicas ? mapOf(mergePatch(manifest, sent)) : null;
    }
    case 'json patch': {
      const template = listAt(sent).find((one) => textAt(one, 'path') === '/spec/template');
      const image = imageOf({ spec: { template: at(template, 'value') ?? {} } });
      return image === '' ? null : withImage(manifest, image);
    }
    case 'delete':
    case 'merge patch of status':
    case 'json patch of status':
      return null;
    default:
      throw new Error(`${op} of ${name}`);
  }
}

function statusAct(sent: Json, { goes }: Before): Act {
  const patches = Array.isArray(sent) ? sent : [];
  const ready = [
    ...patches.filter((one) => textAt(one, 'op') !== 'test').map((one) => textAt(one, 'value')),
    ...['canaryStatus', 'blueGreenStatus'].map((sub) => textAt(sent, 'status', sub, 'currentStepState')),
  ].includes('StepReady');
  if (ready && goes === 'back') return { act: 'goingBack' };
  if (ready) return { act: 'promote', to: null, method: 'status' };
  const next = ['canaryStatus', 'blueGreenStatus'].map((sub) => at(sent, 'status', sub, 'nextStepIndex'));
  const to = next.find((one) => typeof one === 'number');
  return typeof to === 'number' ? { act: 'promote', to, method: 'status' } : { act: 'byHand' };
}

function rolloutAct(event: UserEvent, { manifest, rollout }: Before): Act {
  const named = textAt(rollout, 'metadata', 'name');
  if (event.op === 'delete' || (named !== '' && event.name !== named)) return { act: 'byHand' };
  const next = rolloutAfter(event, rollout);
  // Before anything is deployed, the config says it.
  if (named === '' || imageOf(manifest) === '') return { act: 'plan', rollout: next };
  const rest = (one: JsonMap) => withSteps(one, []);
  const touchesMore = !same(rest(next), rest(rollout));
  const isWhole = event.op === 'server-side apply' || event.op === 'kubectl apply';
  if (touchesMore && !isWhole) return { act: 'byHand' };
  if (zeros(next) > zeros(rollout) && same(rest(next), rest(rollout)))
    return { act: 'promote', to: null, method: 'plan' };
  return { act: 'plan', rollout: next };
}

function rolloutAfter({ op, detail }: UserEvent, rollout: JsonMap): JsonMap {
  const sent = at(detail, 'error') === undefined ? detail : (at(detail, 'object') ?? null);
  switch (op) {
    case 'server-side apply':
    case 'kubectl apply':
      return mapOf(sent);
    case 'create':
      return { ...mapOf(sent), apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout' };
    case 'merge patch':
      return mapOf(mergePatch(rollout, sent));
    case 'json patch':
      return listAt(sent).reduce<JsonMap>(replaced, rollout);
    case 'delete':
    case 'merge patch of status':
    case 'json patch of status':
      return rollout;
  }
}

function blockName(rollout: JsonMap): 'blueGreen' | 'canary' {
  return at(rollout, 'spec', 'strategy', 'blueGreen') === undefined ? 'canary' : 'blueGreen';
}

export function stepsOf(rollout: JsonMap): readonly Json[] {
  return listAt(rollout, 'spec', 'strategy', blockName(rollout), 'steps');
}

function withSteps(rollout: JsonMap, steps: readonly Json[]): JsonMap {
  return withAt(rollout, ['spec', 'strategy', blockName(rollout), 'steps'], steps);
}

function zeros(rollout: JsonMap): number {
  return stepsOf(rollout).filter((one) => at(one, 'pause', 'duration') === 0).length;
}

/** What an operation of a JSON patch that is no test does to the steps. */
function replaced(rollout: JsonMap, operation: Json): JsonMap {
  const [, index, key] = /\/steps\/(\d+)\/(\w+)$/.exec(textAt(operation, 'path')) ?? [];
  if (textAt(operation, 'op') !== 'replace' || index === undefined || key === undefined) return rollout;
  const value = at(operation, 'value') ?? null;
  const steps = stepsOf(rollout).map((step, place) =>
    place === Number(index) ? { ...mapOf(step), [key]: value } : step,
  );
  return withSteps(rollout, steps);
}

function phaseOf(scene: Scene): string {
  const [rollout] = scene.of('Rollout');
  return textAt(rollout?.fields, 'status', 'phase');
}

export function imageOf(workload: unknown): string {
  const [container] = listAt(workload, 'spec', 'template', 'spec', 'containers');
  return textAt(container, 'image');
}

function withImage(manifest: JsonMap, image: string): JsonMap {
  const containers = listAt(manifest, 'spec', 'template', 'spec', 'containers').map((one, index) =>
    index === 0 ? { ...mapOf(one), image } : one,
  );
  return withAt(manifest, ['spec', 'template', 'spec', 'containers'], containers);
}

function withLabels(manifest: JsonMap, sent: Json): JsonMap {
  return mapOf(mergePatch(manifest, { metadata: { labels: mapAt(sent, 'metadata', 'labels') } }));
}
