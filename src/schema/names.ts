import { didYouMean } from '../config/check.ts';
import { foundWords, oneOf, quoted } from '../config/found.ts';
import type { Json } from '../release/json.ts';
import type { Wrong } from './problem.ts';

/** What is wrong with a value of the right type; null when nothing is. */
export type FieldRule = (value: Json) => Wrong | null;

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualified = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

function named(good: RegExp, most: number, hint: string): FieldRule {
  return (value) =>
    typeof value !== 'string' || (good.test(value) && value.length <= most)
      ? null
      : { says: `is ${foundWords(value)}`, hint };
}

export const label = named(
  dnsLabel,
  63,
  'use small letters, digits and "-", at most 63, with a letter or digit at both ends',
);
export const domain = named(
  subdomain,
  253,
  'use small letters, digits, "-" and ".", at most 253, with a letter or digit at both ends',
);
export const hostPattern = named(
  /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  253,
  'write a host in small letters, without a port and a path, such as shop.example.com or *.example.com',
);
export const dataKey = named(/^[-._a-zA-Z0-9]+$/, 253, 'use letters, digits, "-", "_" and ".", at most 253');
export const variable = named(/^[ -<>-~]+$/, Number.POSITIVE_INFINITY, 'write a name without "="');

/** A name that may be left empty. */
export const orEmpty =
  (rule: FieldRule): FieldRule =>
  (value) =>
    value === '' ? null : rule(value);

export const filled: FieldRule = (value) => (value === '' ? { says: 'is empty', hint: 'write a text' } : null);

/** The name of a port: it needs a letter. */
export const portName: FieldRule = (value) => {
  if (typeof value !== 'string') return null;
  const isGood = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value) && /[a-z]/.test(value) && !value.includes('--');
  if (isGood && value.length <= 15) return null;
  return {
    says: `is ${foundWords(value)}`,
    hint: 'use small letters, digits and "-", at most 15, and at least one letter',
  };
};

export function between(least: number, most: number): FieldRule {
  return (value) =>
    typeof value !== 'number' || (value >= least && value <= most)
      ? null
      : { says: `is ${foundWords(value)}`, hint: `write a number from ${least} to ${most}` };
}

export function atLeast(least: number): FieldRule {
  return (value) =>
    typeof value !== 'number' || value >= least
      ? null
      : { says: `is ${foundWords(value)}`, hint: `write ${least} or more` };
}

export const port = between(1, 65535);

/** The number of a port, or its name. */
export const portOrName: FieldRule = (value) => (typeof value === 'number' ? port(value) : portName(value));

/** A number of pods, or a share of them. `most` is for the share. */
export function share(most: number | null): FieldRule {
  return (value) => {
    if (typeof value === 'number') return atLeast(0)(value);
    if (typeof value !== 'string') return null;
    const percent = /^(\d+)%$/.exec(value)?.[1];
    if (percent !== undefined && (most === null || Number(percent) <= most)) return null;
    const hint = `write a number, such as 1, or a percentage, such as 25%${most === null ? '' : `, up to ${most}%`}`;
    return { says: `is ${foundWords(value)}`, hint };
  };
}

/** One of some words. A newer version may know more, but not one that is nearly the same. */
export function words(...known: readonly string[]): FieldRule {
  return (value) => {
    // An empty word is the default.
    if (typeof value !== 'string' || value === '' || known.includes(value)) return null;
    const close = didYouMean(value, known);
    return { says: `is ${foundWords(value)}`, hint: `${close}write ${oneOf(known)}`, mayBeTaken: close === '' };
  };
}

/** A key of a label or an annotation; null when it is good. */
export function wrongKey(key: string): string | null {
  const [prefix, name, more] = key.includes('/') ? key.split('/') : [null, key];
  const isGood =
    more === undefined &&
    name !== undefined &&
    name.length <= 63 &&
    qualified.test(name) &&
    (prefix === null || prefix === undefined || (prefix.length <= 253 && subdomain.test(prefix.toLowerCase())));
  return isGood
    ? null
    : `write a name of letters, digits, "-", "_" and ".", at most 63, with or without a prefix, such as example.com/${'name'}`;
}

/** The value of a label; null when it is good. */
export function wrongLabelValue(value: Json): Wrong | null {
  if (typeof value !== 'string' || value === '' || (value.length <= 63 && qualified.test(value))) return null;
  return {
    says: `is ${quoted(value)}`,
    hint: 'use letters, digits, "-", "_" and ".", at most 63, with a letter or digit at both ends',
  };
}
