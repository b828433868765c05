import type { FormatName } from './formats.ts';

/**
 * The allowed shapes of the config, in one table: the parser checks files against it (check.ts), and the JSON Schema for
 * editors is made from it (json-schema.ts).
 */
export type Shape =
  | { readonly is: 'text'; readonly format: FormatName }
  | { readonly is: 'integer'; readonly min: number; readonly max: number }
  | { readonly is: 'number' }
  | { readonly is: 'boolean' }
  /** A text, a number, true or false. */
  | { readonly is: 'scalar' }
  | { readonly is: 'one'; readonly value: number }
  /** One of some words. `later`: words that this version does not support yet, each with a hint. */
  | {
      readonly is: 'word';
      readonly words: readonly string[];
      readonly later?: { readonly [word: string]: string };
      readonly or?: string;
    }
  | { readonly is: 'list'; readonly of: Shape; readonly min?: number; readonly max?: number }
  /** A map whose keys are names. With `insteadOfNone`, an empty map is an error, and this is what to write instead. */
  | { readonly is: 'names'; readonly names: FormatName; readonly of: Shape; readonly insteadOfNone?: string }
  | Keys
  /** One shape for text, another for every other value. */
  | { readonly is: 'either'; readonly text: Shape; readonly other: Shape };

export interface Keys {
  readonly is: 'keys';
  readonly keys: { readonly [key: string]: Key };
  /** Exactly one of these keys is needed. */
  readonly exactlyOne?: readonly string[];
  /** At least one of these keys is needed. */
  readonly atLeastOne?: readonly string[];
  /** Keys that exist elsewhere and are refused here, with the reason. */
  readonly refused?: { readonly keys: readonly string[]; readonly why: string };
  /** An empty value counts as an empty map. */
  readonly mayBeEmpty?: true;
}

export interface Key {
  readonly about: string;
  readonly shape: Shape;
  readonly required?: true;
}

export const text = (format: FormatName): Shape => ({ is: 'text', format });
export const list = (of: Shape, more: { min?: number; max?: number } = {}): Shape => ({ is: 'list', of, ...more });
export const keys = (table: Keys['keys'], more: Omit<Keys, 'is' | 'keys'> = {}): Keys => ({
  is: 'keys',
  keys: table,
  ...more,
});
