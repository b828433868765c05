import type { Condition, Kind } from '../release/delivery.ts';
import { after } from './after.ts';
import { approval } from './approval.ts';
import type { Row } from './row.ts';
import { schedule } from './schedule.ts';
import { soak } from './soak.ts';

const rows = { approval, soak, schedule, after } satisfies { readonly [K in Kind]: Row<K> };

/** Every kind of gate, in the order in which the config lists them. */
export const gates: Readonly<Record<Kind, Row>> = rows;

/** A condition in the words of a plan: `approval by command`, `soak 10m`. */
export function conditionWords(condition: Condition): string {
  return gates[condition.kind].words(condition);
}
