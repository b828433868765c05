import type { Catalog, Condition, Kind } from '../release/delivery.ts';
import type { Gate } from '../release/gate.ts';
import type { JsonObject } from '../release/json.ts';

/** All that a kind of gate is, in its own file: what releases ask of it, and what its conditions are elsewhere. Pure. */
export interface Row<K extends Kind = Kind> extends Gate<K> {
  /**
   * What the digest of a plan says of a condition beside kind and name. Records keep digests: a key that is added later goes
   * in only where it is not the default.
   */
  inDigest(condition: Condition<K>): JsonObject;
  /** The condition by today's entry of its name; itself where it refers to none. */
  today(condition: Condition<K>, catalog: Catalog): Condition<K>;
}

/** What most kinds answer. */
export const plain = {
  shutWords: ({ name, why }) => `waits for ${name} (${why})`,
  isForceable: true,
  admits: () => true,
} satisfies Partial<Row>;

/** What kinds answer that refer to no entry of the config. */
export const withoutEntry = {
  ...plain,
  today: <C>(condition: C) => condition,
};
