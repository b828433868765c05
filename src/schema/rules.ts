import type { JsonObject } from '../release/json.ts';
import { dataRules } from './data-rules.ts';
import { networkRules } from './network-rules.ts';
import { podRules } from './pod-rules.ts';
import type { Say } from './problem.ts';
import { workloadRules } from './workload-rules.ts';

/** What the API server asks of the fields of a type together. The values have the right types. */
export type Rule = (value: JsonObject, say: Say) => void;

export type Rules = Readonly<Record<string, Rule>>;

const tables: readonly Rules[] = [dataRules, podRules, workloadRules, networkRules];

export function rulesOf(type: string): readonly Rule[] {
  return tables.flatMap((table) => {
    const rule = Object.hasOwn(table, type) ? table[type] : undefined;
    return rule === undefined ? [] : [rule];
  });
}
