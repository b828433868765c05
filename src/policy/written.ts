import { gates, printCondition } from '../gates/index.ts';
import type { Condition, Delivery, Source } from '../release/delivery.ts';
import { at, isObject, type Json, type JsonObject, same, without } from '../release/json.ts';
import { deliveryToJson, printYaml, type Remark } from './print.ts';
import { writtenSource } from './source.ts';

/** Stands for what only a person knows. No key takes it, so the config does not load until it is replaced. */
export const FILL_IN = 'FILL_IN';

/** A delivery to be written; its source is null and its namespace empty where nothing says them. */
export type Draft = Omit<Delivery, 'source'> & { readonly source: Source | null };

/**
 * A stepgate.yaml with these deliveries, a block each, as a person writes it: without defaults. It reads back as the same
 * deliveries. They belong to no environment, and the entries that their conditions refer to are not written.
 */
export function printWritten(drafts: readonly Draft[], remarks: readonly Remark[]): string {
  return printYaml({ version: 1, deliveries: drafts.map(blockOf) }, remarks);
}

/** The block of a delivery as a person writes it: without defaults. */
export function blockOf({ source, ...draft }: Draft): JsonObject {
  const all = deliveryToJson({ ...draft, source: source ?? { kind: 'files', patterns: [] } }, conditionOf);
  const { context, exec } = draft.cluster;
  const written = {
    ...all,
    cluster: { context, exec: exec.length === 0 ? null : exec },
    environment: null,
    namespace: draft.namespace === '' ? FILL_IN : draft.namespace,
    source: source === null ? FILL_IN : writtenSource(source),
  };
  const silent = Object.entries(defaults).filter(([key, value]) => same(at(written, key), value));
  return said(
    without(
      written,
      silent.map(([key]) => key),
    ),
  );
}

/** What a block means that lacks the key. */
const defaults: JsonObject = {
  cluster: { context: null, exec: null },
  startWhen: [],
  doneWhen: [],
  rollback: { on: [], stuckAfter: '15m', git: 'auto', merge: false },
};

/** Maps without the keys that have no value. */
function said(object: JsonObject): JsonObject {
  const entries = Object.entries(object).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, isObject(value) ? said(value) : value]));
}

/** `approval` or `{soak: 10m}`. */
function conditionOf(condition: Condition): Json {
  const { kind } = condition;
  const { inConfig } = gates[kind];
  if (inConfig?.alone?.name === condition.name) return kind;
  return { [kind]: printCondition(condition)[kind] ?? condition.name };
}
