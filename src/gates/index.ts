import type { Reader } from '../config/check.ts';
import type { Keys } from '../config/shapes.ts';
import type { Catalog, Condition, Kind, People } from '../release/delivery.ts';
import type { JsonObject } from '../release/json.ts';
import type { Need } from '../release/verdict.ts';
import { after } from './after.ts';
import { approval } from './approval.ts';
import { approvals } from './approvers.ts';
import { check } from './check.ts';
import { http, pages } from './http.ts';
import { job, jobs } from './job.ts';
import { metric } from './metric.ts';
import { metrics } from './metric-entries.ts';
import { noRestarts } from './no-restarts.ts';
import type { Entries, Row } from './row.ts';
import { schedule, schedules } from './schedule.ts';
import { soak } from './soak.ts';

const rows = { approval, soak, schedule, metric, http, check, job, noRestarts, after } satisfies {
  readonly [K in Kind]: Row<K>;
};
const entries = { approvals, schedules, metrics, http: pages, jobs } satisfies {
  readonly [N in keyof Catalog]: Entries<Catalog[N]>;
};

/** Every kind of gate, in the order in which the config lists them. */
export const gates: Readonly<Record<Kind, Row>> = rows;
export const kinds: readonly Kind[] = Object.keys(rows).filter((name): name is Kind => Object.hasOwn(rows, name));

const written = kinds.flatMap((kind) => {
  const { inConfig } = gates[kind];
  return inConfig === null ? [] : [{ kind, ...inConfig }];
});

/** The ways to write a condition in the config. */
export const conditionKeys = {
  alone: written.filter((one) => one.alone !== null).map(({ kind }) => kind),
  keys: Object.fromEntries(written.map(({ kind, key }) => [kind, key])),
  examples: written.map(({ example }) => example),
} satisfies { readonly keys: Keys['keys'] } & Readonly<Record<'alone' | 'examples', readonly string[]>>;

/** The keys of the root whose entries conditions name. */
export const entryKeys: Keys['keys'] = Object.fromEntries(
  Object.entries<Entries<unknown>>(entries).flatMap(([name, { key, also = {} }]) => [
    [name, key],
    ...Object.entries(also),
  ]),
);

/** The entries of a config. */
export function readCatalog(reader: Reader, people: People): Catalog {
  return {
    approvals: approvals.read(reader, people),
    schedules: schedules.read(reader, people),
    metrics: metrics.read(reader, people),
    http: pages.read(reader, people),
    jobs: jobs.read(reader, people),
  };
}

/** No entries. */
export const emptyCatalog: Catalog = {
  approvals: new Map(),
  schedules: new Map(),
  metrics: new Map(),
  http: new Map(),
  jobs: new Map(),
};

/** The evidence that conditions need, each once. */
export function needsOf(conditions: readonly Condition[]): readonly Need[] {
  const needs = conditions.flatMap((condition) => gates[condition.kind].needs(condition));
  return [...new Map(needs.map((need) => [JSON.stringify(need), need])).values()];
}

/** Whether a review or a merge of a promotion pull request approves the condition. */
export function asksForPromotion(condition: Condition): boolean {
  return needsOf([condition]).some((need) => need.is === 'votes' && need.ways.some((way) => way !== 'comment'));
}

/** Schedules may open in turns: what does not open together in so many turns is taken not to. */
const TURNS = 1000;

/** The first moment from `start` on at which all conditions may be open, for a release that reaches them at a time; null for never. */
export function earliestOpening(conditions: readonly Condition[], reached: Date, start = reached): Date | null {
  let from = start;
  for (let turn = 0; turn < TURNS; turn += 1) {
    const before = from;
    for (const condition of conditions) {
      const opens = gates[condition.kind].earliest(condition, { reached, from });
      if (opens === null) return null;
      from = opens;
    }
    if (from.getTime() === before.getTime()) return from;
  }
  return null;
}

/** A condition as text: `approval by command`, `soak 10m`. */
export function conditionWords(condition: Condition): string {
  return gates[condition.kind].words(condition);
}

/** A condition as printed in the resolved config. */
export function printCondition(condition: Condition): JsonObject {
  return gates[condition.kind].print(condition);
}

/** The seconds of the engine's own timer that replaces these conditions; null when it can't replace them. */
export function engineSeconds(conditions: readonly Condition[]): number | null {
  const [only, ...more] = conditions;
  return only === undefined || more.length > 0 ? null : gates[only.kind].engineSeconds(only);
}
