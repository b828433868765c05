import type { Reader } from '../config/check.ts';
import type { Key, Keys } from '../config/shapes.ts';
import type { Path } from '../config/yaml.ts';
import type { Catalog, Condition, Kind, People } from '../release/delivery.ts';
import type { JsonObject } from '../release/json.ts';
import type { Gate, Need } from '../release/verdict.ts';
import type { Way } from '../release/vote.ts';

/** A kind of gate, defined in one file: the gate for releases, and its conditions in config, plans and rehearsals. Pure. */
export interface Row<K extends Kind = Kind> extends Gate<K> {
  /** The config key of a condition, named like the kind; null when the condition is made from another key. */
  readonly inConfig: InConfig<K> | null;
  /** A condition as printed in the resolved config, with its entry. */
  print(condition: Condition<K>): JsonObject;
  /**
   * The values of a condition in the plan's digest, beside kind and name. Records keep digests, so a key that is added later
   * must be left out when it has the default value.
   */
  inDigest(condition: Condition<K>): JsonObject;
  /** The condition with today's entry of its name; unchanged for a kind without entries. */
  today(condition: Condition<K>, catalog: Catalog): Condition<K>;
  /** The evidence that has to be fetched. */
  needs(condition: Condition<K>): readonly Need[];
  /** What a rehearsal shows while the gate is shut. Only `person` gates are opened by an approval. */
  readonly waitsOn: 'person' | 'time';
  /** Whose approvals count; null for a gate that no approval opens. */
  approvers(condition: Condition<K>): Approvers | null;
  /** When it next shuts by itself after a time; null when it never does. */
  closesAt(condition: Condition<K>, from: Date): Date | null;
  /** The first moment from `from` on at which it may be open, for a release that came to it at `reached`; null for never. */
  earliest(condition: Condition<K>, times: { readonly reached: Date; readonly from: Date }): Date | null;
  /** The seconds of the engine's own timer that replaces the gate; null when it can't replace it. */
  engineSeconds(condition: Condition<K>): number | null;
}

/** Who may approve, and how. */
export interface Approvers {
  readonly by: readonly Way[];
  /** Logins, users of the cluster, teams, or the owners of the delivery's paths; an empty list is every person. */
  readonly from: readonly string[];
  readonly count: number;
  /** Whether those who wrote the release approve nothing. */
  readonly notAuthor: boolean;
  /** Whether those who merged it approve nothing. */
  readonly notMerger: boolean;
}

/** The place of a condition: before the start, at a step, or after the last step. */
export type Place = 'start' | 'step' | 'end';

export interface InConfig<K extends Kind> {
  readonly key: Key;
  /** An example for a hint. */
  readonly example: string;
  /** The condition for the kind's name without a value; null when a value is needed. */
  readonly alone: Condition<K> | null;
  /** Null when check() or this function found a problem. */
  read(text: string, where: Where): Condition<K> | null;
}

/** The condition to read. */
export interface Where {
  readonly reader: Reader;
  /** The path of the condition, not of its key. */
  readonly path: Path;
  readonly place: Place;
  readonly catalog: Catalog;
}

/** Entries at the root of the config that conditions name. */
export interface Entries<T> {
  readonly key: Key;
  /** Further keys of the root that these entries name. */
  readonly also?: Keys['keys'];
  /** Entries in which check() found a problem are left out. */
  read(reader: Reader, people: People): T;
}

/** The defaults for most kinds. */
export const plain = {
  shutWords: ({ name, why }) => `waits for ${name} (${why})`,
  admits: () => true,
  bars: () => false,
  yieldsToUrgency: false,
  trigger: null,
  needs: () => [],
  waitsOn: 'time',
  approvers: () => null,
  closesAt: () => null,
  earliest: (_, { from }) => from,
  engineSeconds: () => null,
} satisfies Partial<Row>;

/** The defaults for kinds without entries in the config. */
export const withoutEntry = {
  ...plain,
  today: <C>(condition: C) => condition,
};
