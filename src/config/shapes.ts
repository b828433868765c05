import type { FormatName } from './formats.ts';

/**
 * What may stand where in the config. One table: the parser checks files against it (check.ts), and the JSON Schema for
 * editors is printed from it (json-schema.ts).
 */
export type Shape =
  | { readonly is: 'text'; readonly format: FormatName }
  | { readonly is: 'integer'; readonly min: number; readonly max: number }
  | { readonly is: 'number' }
  | { readonly is: 'one'; readonly value: number }
  /** One of some words; `later` are words of the format that this version doesn't do yet, with what does instead. */
  | {
      readonly is: 'word';
      readonly words: readonly string[];
      readonly later?: { readonly [word: string]: string };
      readonly or?: string;
    }
  | { readonly is: 'list'; readonly of: Shape; readonly min?: number; readonly max?: number }
  /** A map whose keys are names. Where `insteadOfNone` is given, an empty map is an error, and that is what to write. */
  | { readonly is: 'names'; readonly names: FormatName; readonly of: Shape; readonly insteadOfNone?: string }
  | Keys
  /** By what is found: text, or anything else. */
  | { readonly is: 'either'; readonly text: Shape; readonly other: Shape };

export interface Keys {
  readonly is: 'keys';
  readonly keys: { readonly [key: string]: Key };
  /** Exactly one of these is needed. */
  readonly exactlyOne?: readonly string[];
  /** At least one of these is needed. */
  readonly atLeastOne?: readonly string[];
  /** Known elsewhere and refused here, with the reason. */
  readonly refused?: { readonly keys: readonly string[]; readonly why: string };
  /** An empty value counts as an empty map. */
  readonly mayBeEmpty?: true;
}

export interface Key {
  readonly about: string;
  readonly shape: Shape;
  readonly required?: true;
  /** Part of the format that this version doesn't do yet: what to do instead. */
  readonly later?: string;
}

export const text = (format: FormatName): Shape => ({ is: 'text', format });
export const list = (of: Shape, more: { min?: number; max?: number } = {}): Shape => ({ is: 'list', of, ...more });
export const keys = (table: Keys['keys'], more: Omit<Keys, 'is' | 'keys'> = {}): Keys => ({
  is: 'keys',
  keys: table,
  ...more,
});
