import type { Reader } from '../config/check.ts';
import type { Key } from '../config/shapes.ts';
import type { Path } from '../config/yaml.ts';
import type { Catalog, Condition, Kind, People } from '../release/delivery.ts';
import type { Gate, Need } from '../release/gate.ts';
import type { JsonObject } from '../release/json.ts';

/** All that a kind of gate is, in its own file: what releases ask of it, and what its conditions are elsewhere. Pure. */
export interface Row<K extends Kind = Kind> extends Gate<K> {
  /** How a condition is written, under the kind as its key; null for what only other keys of the config make. */
  readonly inConfig: InConfig<K> | null;
  /** A condition in the resolved config, with the entry that it refers to. */
  print(condition: Condition<K>): JsonObject;
  /**
   * What the digest of a plan says of a condition beside kind and name. Records keep digests: a key that is added later goes
   * in only where it is not the default.
   */
  inDigest(condition: Condition<K>): JsonObject;
  /** The condition by today's entry of its name; itself where it refers to none. */
  today(condition: Condition<K>, catalog: Catalog): Condition<K>;
  /** What has to be looked up for it. */
  needs(condition: Condition<K>): readonly Need[];
  /** What the time before it is spent on in a rehearsal. A person's is opened by an approval, and nothing else is. */
  readonly waitsOn: 'person' | 'time';
  /** Those whose approvals it counts; null where none opens it. */
  approvers(condition: Condition<K>): Approvers | null;
  /** When it shuts by itself next, from a moment on; null where it never does. */
  closesAt(condition: Condition<K>, from: Date): Date | null;
  /** The seconds that the engine's own timer can wait instead; null where it can't. */
  engineSeconds(condition: Condition<K>): number | null;
}

/** Who may give an approval: nobody named is anybody. */
export interface Approvers {
  readonly from: readonly string[];
  readonly count: number;
}

/** Where a condition stands: before the start, at a step, or after the last one. */
export type Place = 'start' | 'step' | 'end';

export interface InConfig<K extends Kind> {
  readonly key: Key;
  /** An example for a hint. */
  readonly example: string;
  /** The condition that the kind's name alone stands for; null for none. */
  readonly alone: Condition<K> | null;
  /** Null where check() or this found it wrong. */
  read(text: string, where: Where): Condition<K> | null;
}

/** A condition that is being read. */
export interface Where {
  readonly reader: Reader;
  /** Of the condition, not of its key. */
  readonly path: Path;
  readonly place: Place;
  readonly catalog: Catalog;
}

/** Entries at the root of the config that conditions refer to by name. */
export interface Entries<T> {
  readonly key: Key;
  /** Parts that check() found wrong are left out. */
  read(reader: Reader, people: People): T;
}

/** What most kinds answer. */
export const plain = {
  shutWords: ({ name, why }) => `waits for ${name} (${why})`,
  isForceable: true,
  admits: () => true,
  needs: () => [],
  waitsOn: 'time',
  approvers: () => null,
  closesAt: () => null,
  engineSeconds: () => null,
} satisfies Partial<Row>;

/** What kinds answer that refer to no entry of the config. */
export const withoutEntry = {
  ...plain,
  today: <C>(condition: C) => condition,
};
