import { engineSeconds } from '../../gates/index.ts';
import { type Delivery, formatAmount, type Step, type Style } from '../../release/delivery.ts';
import {
  at,
  canonical,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  same,
  stringAt,
  without,
} from '../../release/json.ts';
import type { LiveStep } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { annotationDifferences } from './annotations.ts';
import { renderSettings, settingFields } from './settings/index.ts';
import { NO_CANARY_SERVICE, renderTraffic } from './traffic/index.ts';
import { stepRouting } from './traffic/step.ts';

/** `spec.strategy` of the Rollout (docs/engine.md#spec). */
export function strategyOf(delivery: Pick<Delivery, 'style' | 'steps' | 'traffic' | 'settings'>): JsonObject {
  const block: JsonObject = {
    ...(delivery.style === 'canary' ? { enableExtraWorkloadForCanary: true } : {}),
    steps: delivery.steps.map(stepOf),
    ...renderTraffic(delivery.traffic),
    ...renderSettings(delivery.settings, 'strategy'),
  };
  return delivery.style === 'blueGreen' ? { blueGreen: block } : { canary: block };
}

/** The pause in seconds after which the engine's own timer ends the step; null without `timer: engine` and a single soak. */
export function timedByEngine(step: Step): number | null {
  return step.timer === 'engine' ? engineSeconds(step.leaveWhen) : null;
}

function stepOf(step: Step): JsonObject {
  const seconds = timedByEngine(step);
  return {
    replicas: step.replicas.unit === 'pods' ? step.replicas.value : formatAmount(step.replicas),
    ...stepRouting.render(step),
    // The pause is always written, because only stepgate ends the step. A missing pause would hide that intent.
    pause: seconds === null ? {} : { duration: seconds },
  };
}

/** The steps of a rendered or live Rollout in one form. The server's defaults are filled in. */
export function livePlanOf(rollout: KubeObject): readonly LiveStep[] {
  const block = blockOf(rollout);
  const known = plans.get(block);
  if (known !== undefined) return known;
  const plan = listAt(block, 'steps').map((step) => ({
    replicas: text(at(step, 'replicas')),
    traffic: stringAt(step, 'traffic'),
    pause: numberAt(step, 'pause', 'duration'),
    rest: canonical(restOf(step)),
  }));
  plans.set(block, plan);
  return plan;
}

/** Known plans. A plan is read after every event, and objects from the cluster never change. */
const plans = new WeakMap<JsonObject, readonly LiveStep[]>();

/** The style of a Rollout; null when it has neither canary nor blueGreen (docs/engine.md#spec). */
export function styleOf(rollout: KubeObject): Style | null {
  const strategy = objectAt(rollout, 'spec', 'strategy');
  if (isObject(strategy['blueGreen'])) return 'blueGreen';
  if (!isObject(strategy['canary'])) return null;
  return strategy['canary']['enableExtraWorkloadForCanary'] === true ? 'canary' : 'partition';
}

/** Whether two plans are equal apart from pauses. The engine compares plans in the same way (E7). */
export function samePlan(left: readonly LiveStep[], right: readonly LiveStep[]): boolean {
  return left.length === right.length && left.every((step, index) => stepDifferences(step, right[index]).length === 0);
}

/** Whether a pause differs between two plans of the same length, as after an approval by plan, which sets it to zero (E1). */
export function pausesDiffer(left: readonly LiveStep[], right: readonly LiveStep[]): boolean {
  return left.some((step, index) => step.pause !== right[index]?.pause);
}

/**
 * The differences that the engine refuses while a release runs, one line each (docs/engine.md#denials). The number of steps
 * is not compared here.
 */
export function fixedDifferences(rendered: KubeObject, live: KubeObject): readonly string[] {
  return [
    ...styleDifferences(rendered, live),
    ...unequal([
      ['traffic', routingsOf(rendered), routingsOf(live)],
      ['workloadRef', objectAt(rendered, 'spec', 'workloadRef'), objectAt(live, 'spec', 'workloadRef')],
    ]),
  ];
}

function styleDifferences(rendered: KubeObject, live: KubeObject): readonly string[] {
  const [wanted, found] = [styleOf(rendered), styleOf(live)];
  return wanted === found ? [] : [`strategy is ${found ?? 'none'} in the cluster, ${wanted} in the policy`];
}

/** One line for each part whose values differ. A part has a name, the wanted value and the found value. */
function unequal(parts: readonly (readonly [what: string, wanted: Json, found: Json])[]): readonly string[] {
  const words = (value: Json) => (value === null ? 'none' : canonical(value));
  return parts.flatMap(([what, wanted, found]) =>
    same(wanted, found) ? [] : [`${what} is ${words(found)} in the cluster, ${words(wanted)} in the policy`],
  );
}

/** The differences between the live Rollout's plan and the rendered one, one line each, without pauses. */
export function planDifferences(rendered: KubeObject, live: KubeObject): readonly string[] {
  const [wanted, found] = [livePlanOf(rendered), livePlanOf(live)];
  const differences: string[] = [...styleDifferences(rendered, live)];
  if (wanted.length !== found.length) {
    differences.push(`${count(found.length)} in the cluster, ${count(wanted.length)} in the policy`);
  } else {
    for (const [index, step] of wanted.entries()) {
      differences.push(...stepDifferences(step, found[index]).map((line) => `step ${index + 1}: ${line}`));
    }
  }
  differences.push(
    ...unequal([
      ['traffic', routingsOf(rendered), routingsOf(live)],
      ['canaryService', canaryServiceOf(rendered), canaryServiceOf(live)],
      ...Object.entries(settingFields('strategy')).map(
        ([field, name]) => [name, blockOf(rendered)[field] ?? null, blockOf(live)[field] ?? null] as const,
      ),
      ['the rest of the strategy', othersOf(rendered), othersOf(live)],
      ['workloadRef', objectAt(rendered, 'spec', 'workloadRef'), objectAt(live, 'spec', 'workloadRef')],
    ]),
  );
  for (const { name, wanted, found, ours } of annotationDifferences(rendered, live)) {
    // An apply does not remove another manager's annotation. A finding reports it, and no release waits for it.
    if (wanted === null && !ours) continue;
    differences.push(`${name} is ${found ?? 'none'} in the cluster, ${wanted ?? 'none'} in the policy`);
  }
  return differences;
}

/** One part of a step that differs between two plans; null for a part that is missing. */
export interface StepEdit {
  /** The key in the config. */
  readonly part: string;
  readonly wanted: string | null;
  readonly found: string | null;
}

function stepDifferences(wanted: LiveStep, found: LiveStep | undefined): readonly string[] {
  if (found === undefined) return ['is missing in the cluster'];
  return stepEdits(wanted, found).map(
    (edit) => `${edit.part} ${edit.found ?? 'none'} in the cluster, ${edit.wanted ?? 'none'} in the policy`,
  );
}

/** The parts of a step that differ from another step, without the pause. */
export function stepEdits(wanted: LiveStep, found: LiveStep): readonly StepEdit[] {
  return [
    ...(['replicas', 'traffic'] as const)
      .filter((part) => wanted[part] !== found[part])
      .map((part) => ({ part, wanted: wanted[part], found: found[part] })),
    ...(wanted.rest === found.rest ? [] : restEdits(wanted.rest, found.rest)),
  ];
}

/** The config's names for other fields of a step. A field that the config does not know keeps its own name. */
const restNames: Readonly<Record<string, string>> = { requestHeaderModifier: 'requestHeaders' };

function restEdits(wanted: string, found: string): readonly StepEdit[] {
  const [left, right] = [JSON.parse(wanted) as Json, JSON.parse(found) as Json];
  const parts = new Set([...Object.keys(objectAt({ left }, 'left')), ...Object.keys(objectAt({ right }, 'right'))]);
  return [...parts].flatMap((key) => {
    const [ours, theirs] = [at(left, key), at(right, key)];
    if (same(ours, theirs)) return [];
    const part = Object.hasOwn(restNames, key) ? (restNames[key] ?? key) : key;
    const text = (value: Json | undefined) => (value === undefined ? null : canonical(value));
    return [{ part, wanted: text(ours), found: text(theirs) }];
  });
}

/** The block of the strategy that the engine uses. */
export function blockOf(rollout: KubeObject): JsonObject {
  const strategy = objectAt(rollout, 'spec', 'strategy');
  return isObject(strategy['blueGreen']) ? strategy['blueGreen'] : objectAt(strategy, 'canary');
}

/** Routings with the CRD's default for the grace period (docs/engine.md#spec). */
function routingsOf(rollout: KubeObject): readonly Json[] {
  return listAt(blockOf(rollout), 'trafficRoutings').map((routing) =>
    isObject(routing) ? { gracePeriodSeconds: 3, ...routing } : routing,
  );
}

function canaryServiceOf(rollout: KubeObject): boolean {
  return blockOf(rollout)[NO_CANARY_SERVICE] !== true;
}

/** The other fields of the block. A person may have added them in the cluster. */
function othersOf(rollout: KubeObject): JsonObject {
  const settings = Object.keys(settingFields('strategy'));
  const named = ['steps', 'trafficRoutings', NO_CANARY_SERVICE, 'enableExtraWorkloadForCanary', ...settings];
  const rest = without(blockOf(rollout), named);
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== false && value !== ''));
}

function restOf(step: Json): JsonObject {
  if (!isObject(step)) return {};
  const rest = without(step, ['replicas', 'traffic', 'pause']);
  if (!Array.isArray(rest['matches'])) return rest;
  return { ...rest, matches: rest['matches'].map(withDefaults) };
}

/** A match as the server stores it: the CRD's defaults of path, headers and queryParams. */
function withDefaults(match: Json): Json {
  if (!isObject(match)) return match;
  const filled: Record<string, Json> = { ...match };
  if (isObject(filled['path'])) filled['path'] = { type: 'PathPrefix', value: '/', ...filled['path'] };
  for (const list of ['headers', 'queryParams']) {
    const items = filled[list];
    if (Array.isArray(items)) {
      filled[list] = items.map((item) => (isObject(item) ? { type: 'Exact', ...item } : item));
    }
  }
  return filled;
}

function text(replicas: Json | undefined): string {
  return typeof replicas === 'number' ? String(replicas) : typeof replicas === 'string' ? replicas : '';
}

function count(steps: number): string {
  return steps === 1 ? '1 step' : `${steps} steps`;
}
