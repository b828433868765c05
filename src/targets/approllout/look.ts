import type { Delivery } from '../../release/delivery.ts';
import type { Finding, Surroundings } from '../../release/finding.ts';
import type { Observation } from '../../release/observation.ts';
import type { Rendered } from '../../release/target.ts';

/** What a finding is made from. `size`: the pods that the source asks for. */
export interface Look {
  readonly delivery: Delivery;
  readonly rendered: Rendered;
  readonly observation: Observation;
  readonly around: Surroundings;
  readonly size: number;
  /** `CloneSet/shop`. */
  readonly title: string;
}

export type Trap = (look: Look) => readonly Finding[];
