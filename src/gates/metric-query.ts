import { nearest, oneOf, quoted } from '../config/found.ts';

/** The placeholders of a query, in the order of docs/metrics.md. */
export const placeholders = ['name', 'namespace', 'release', 'canary', 'stable', 'pods', 'step', 'window'] as const;
export type Placeholder = (typeof placeholders)[number];

/** The value of each placeholder. With null there is none at this place, and a query that needs it can't be asked. */
export type Values = Readonly<Record<Placeholder, string | null>>;

/** A placeholder. It can't be mistaken for PromQL: braces there hold label selectors, with an operator or quotes. */
const written = /\{([A-Za-z][A-Za-z0-9_]*)\}/gu;

function isPlaceholder(word: string): word is Placeholder {
  return placeholders.some((one) => one === word);
}

/** The placeholders of a query, each once. */
export function placeholdersIn(query: string): readonly Placeholder[] {
  const found = [...query.matchAll(written)].map(([, word = '']) => word);
  return [...new Set(found.filter(isPlaceholder))];
}

/** What is wrong with a query of the config; null when nothing is. */
export function wrongIn(query: string): { readonly says: string; readonly hint: string } | null {
  for (const [, word = ''] of query.matchAll(written)) {
    if (isPlaceholder(word)) continue;
    const close = nearest(word, placeholders);
    const meant = close === null ? '' : `did you mean {${close}}? `;
    return { says: `has the unknown {${word}}`, hint: `${meant}filled in are ${oneOf(placeholders, 'and')}` };
  }
  return null;
}

/** The query with everything filled in; or the placeholder that has no value. */
export function fill(query: string, values: Values): { readonly text: string } | { readonly missing: Placeholder } {
  const missing = placeholdersIn(query).find((word) => values[word] === null);
  if (missing !== undefined) return { missing };
  const text = query.replace(written, (whole, word: string) => (isPlaceholder(word) ? (values[word] ?? '') : whole));
  return { text };
}

/** Matches no pod, because no pod is called `-`. An empty expression would match series without a label `pod`. */
export const NO_POD = '-';

/**
 * Names of pods as a regular expression for `pod=~"..."`. A dot is written as `[.]`: without a backslash it means the same in all
 * quotes of PromQL. Null for no pods. Throws RangeError for a text that is not a Kubernetes name, to keep it out of the query.
 */
export function podsPattern(names: readonly string[]): string | null {
  return names.length === 0 ? null : [...names].sort().map(safe).join('|').replaceAll('.', '[.]');
}

/** The text, if it is a Kubernetes name or a release id: both are safe in all quotes of PromQL. Else throws RangeError. */
export function safe(name: string): string {
  if (!/^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(name))
    throw new RangeError(`${quoted(name)} is no name`);
  return name;
}

const seconds: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

/** The longest stretch of time that a query looks back, such as the `[5m]` of a rate. Seconds; 0 where it has none. */
export function longestRange(query: string): number {
  const ranges = [...query.matchAll(/\[((?:\d{1,9}(?:ms|[smhdwy]))+)\s*(?::[^[\]]*)?\]/gu)].map(([, text = '']) =>
    [...text.matchAll(/(\d{1,9})(ms|[smhdwy])/gu)].reduce(
      (sum, [, count = '', unit = '']) => sum + Number(count) * (seconds[unit] ?? 0),
      0,
    ),
  );
  return Math.max(0, ...ranges);
}
