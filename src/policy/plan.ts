import { complain, type Reader } from '../config/check.ts';
import { readAmount } from '../config/formats.ts';
import { quoted } from '../config/found.ts';
import { parseDuration, parsedValue } from '../config/time.ts';
import type { Path } from '../config/yaml.ts';
import { byCommand } from '../gates/approval.ts';
import { engineSeconds, gates, kinds } from '../gates/index.ts';
import type { Place } from '../gates/row.ts';
import {
  type Catalog,
  type Condition,
  isRouted,
  type PlanSettings,
  type RollbackPolicy,
  revertWays,
  rollbackTriggers,
  type Step,
  type Style,
} from '../release/delivery.ts';
import { at, isObject, type Json, listAt, objectAt, stringAt, textsAt } from '../release/json.ts';
import type { PlannedStep } from '../release/target.ts';
import { settingsInConfig, targets, trafficInConfig } from '../targets/index.ts';

/** How a delivery is released. */
export interface Plan {
  readonly style: Style;
  readonly steps: readonly Step[];
  readonly startWhen: readonly Condition[];
  readonly doneWhen: readonly Condition[];
  readonly rollback: RollbackPolicy;
  readonly settings: PlanSettings;
  /** The path of a key; null when it is not given. */
  readonly pathOf: (key: string) => Path | null;
  /** The path of the style; null when it is not given. */
  readonly stylePath: Path | null;
  /** The first step with traffic, for the message when the delivery has no traffic key. */
  readonly routing: Path | null;
}

/** Plans are read before the deliveries that use them. */
const target = targets.usual;

const defaultStuckAfter = 15 * 60;
const styles: readonly Style[] = ['partition', 'canary', 'blueGreen'];

/**
 * Reads a plan from several places: each key is taken as a whole from the first place that has it. Complains about steps
 * that the engine's webhook would deny, and about gates that the engine would pass.
 */
export function readPlan(reader: Reader, places: readonly Path[], catalog: Catalog): Plan {
  const root = reader.document.value;
  const pathOf = (key: string): Path | null => {
    const place = places.find((path) => Object.hasOwn(objectAt(root, ...path), key));
    return place === undefined ? null : [...place, key];
  };
  const [own] = places;
  for (const key of ['strategy', 'steps']) {
    if (own === undefined || pathOf(key) !== null) continue;
    complain(reader, { path: own, says: `has no ${key}`, hint: `add ${key}, or a plan that has them` });
  }
  const stylePath = pathOf('strategy');
  const style = styles.find((known) => stylePath !== null && at(root, ...stylePath) === known) ?? null;
  const stepsPath = pathOf('steps');
  const steps = stepsPath === null ? [] : readSteps(reader, stepsPath, { style, catalog });
  const conditions = (key: 'startWhen' | 'doneWhen') => {
    const path = pathOf(key);
    return path === null ? [] : readConditions(reader, path, { catalog, place: key === 'doneWhen' ? 'end' : 'start' });
  };
  const routing = steps.findIndex(isRouted);
  return {
    style: style ?? 'partition',
    pathOf,
    stylePath: style === null ? null : stylePath,
    steps,
    startWhen: conditions('startWhen'),
    doneWhen: conditions('doneWhen'),
    rollback: readRollback(reader, pathOf('rollback')),
    settings: settingsInConfig.read(reader, pathOf, style),
    routing: routing < 0 || stepsPath === null ? null : [...stepsPath, routing],
  };
}

function readRollback(reader: Reader, path: Path | null): RollbackPolicy {
  const found = path === null ? {} : objectAt(reader.document.value, ...path);
  const named = textsAt(found, 'on');
  const on = rollbackTriggers.filter((word) => named.includes(word));
  const stuckAfter = parsedValue(parseDuration(stringAt(found, 'stuckAfter') ?? ''));
  const git = revertWays.find((way) => way === stringAt(found, 'git')) ?? 'auto';
  const merge = at(found, 'merge') === true;
  if (path !== null && merge && git === 'commit') {
    const hint = 'remove merge, or write git: auto or git: pull-request';
    complain(reader, { path: [...path, 'merge'], says: 'is true, and git: commit opens no pull request', hint });
  }
  return {
    on,
    stuckAfterSeconds: stuckAfter ?? defaultStuckAfter,
    git,
    ...(merge ? { merge } : {}),
  };
}

function readSteps(reader: Reader, path: Path, known: { style: Style | null; catalog: Catalog }): readonly Step[] {
  const found = listAt(reader.document.value, ...path);
  const names = new Set<string>();
  const steps: Step[] = [];
  const planned = new Map<number, PlannedStep>();
  for (const [index, entry] of found.entries()) {
    if (!isObject(entry)) continue;
    const here = [...path, index];
    const amount = readAmount(entry.replicas);
    const name = stringAt(entry, 'name') ?? `step-${index + 1}`;
    if (names.has(name)) {
      const hint = 'give every step a name of its own';
      complain(reader, { path: [...here, 'name'], says: `is ${quoted(name)}, as an earlier step`, hint });
    }
    names.add(name);
    const isLast = index === found.length - 1;
    const passes = isLast && amount !== null && target.passesAsLast(known.style ?? 'partition', amount);
    const leaveWhen = readLeaveWhen(reader, here, { passes, catalog: known.catalog });
    const routing = trafficInConfig.step.read(reader, here);
    const timer = entry.timer === 'engine' ? 'engine' : 'stepgate';
    if (timer === 'engine' && engineSeconds(leaveWhen) === null) {
      const hint = 'give the step a lone soak, such as leaveWhen: [{ soak: 10m }], or leave timer out';
      complain(reader, { path: [...here, 'timer'], says: 'is engine, but the engine can only time a soak', hint });
    }
    const saysRouting = Object.hasOwn(entry, 'traffic') || Object.hasOwn(entry, 'matches');
    planned.set(index, { replicas: amount, traffic: routing.traffic, isRouted: saysRouting });
    steps.push({ name, replicas: amount ?? { unit: 'pods', value: 1 }, ...routing, leaveWhen, timer });
  }
  if (known.style !== null) {
    const nothing: PlannedStep = { replicas: null, traffic: null, isRouted: false };
    const all = found.map((_, index) => planned.get(index) ?? nothing);
    for (const { step, key, says, hint } of target.check(known.style, all))
      complain(reader, { path: [...path, step, key], says, hint });
  }
  return steps;
}

function readLeaveWhen(
  reader: Reader,
  step: Path,
  { passes, catalog }: { passes: boolean; catalog: Catalog },
): readonly Condition[] {
  const path = [...step, 'leaveWhen'];
  const given = at(reader.document.value, ...path);
  if (!passes) return given === undefined ? [byCommand] : readConditions(reader, path, { catalog, place: 'step' });
  if (!Array.isArray(given) || given.length === 0) return [];
  complain(reader, {
    path,
    says: 'is on a last step of 100%, which the engine passes without waiting',
    hint: 'remove it, and move the condition to the step before or to doneWhen',
  });
  return [];
}

function readConditions(reader: Reader, path: Path, known: { catalog: Catalog; place: Place }): readonly Condition[] {
  const conditions: Condition[] = [];
  for (const [index, entry] of listAt(reader.document.value, ...path).entries()) {
    const here = [...path, index];
    const condition = readCondition(reader, { entry, path: here }, known);
    if (condition === null) continue;
    if (conditions.some(({ kind, name }) => kind === condition.kind && name === condition.name)) {
      complain(reader, { path: here, says: `names ${condition.name} a second time`, hint: 'remove one of them' });
      continue;
    }
    conditions.push(condition);
  }
  return conditions;
}

/** Null when check() or the kind found a problem. */
function readCondition(
  reader: Reader,
  { entry, path }: { entry: Json; path: Path },
  { catalog, place }: { catalog: Catalog; place: Place },
): Condition | null {
  for (const kind of kinds) {
    const { inConfig } = gates[kind];
    if (inConfig === null) continue;
    if (entry === kind) return inConfig.alone;
    const text = stringAt(entry, kind);
    if (text !== null) return inConfig.read(text, { reader, path, catalog, place });
  }
  return null;
}
