import { isKubeconfigPath, pathHint } from '../config/kubeconfig-path.ts';
import { parseDuration, parseMoment } from '../config/time.ts';
import { inputError } from '../release/error.ts';

/** Reads the text of an option, the default included. Throws USAGE with what was found and what would do. */
export type Reader<T> = (text: string, name: string) => T;

export const text: Reader<string> = (given) => given;

/** A text for which an empty one can't be meant: a variable of a script that is not set. */
export const someText: Reader<string> = (given, name) => {
  if (given !== '') return given;
  throw inputError('USAGE', `no value is given for ${name}`, { hint: 'give one, or leave it out for the usual one' });
};

/** Null for an empty text, which counts as not given. */
export function orNull<T>(read: Reader<T>): Reader<T | null> {
  return (given, name) => (given === '' ? null : read(given, name));
}

/** Every entry of a list: an option that was given several times, and the lines of an input of the Action. */
export function lines(given: readonly string[]): readonly string[] {
  return given.flatMap((one) => one.split('\n').map((line) => line.trim())).filter((one) => one !== '');
}

export const trueOrFalse: Reader<boolean> = (given, name) => {
  if (['true', 'True', 'TRUE'].includes(given)) return true;
  if (['false', 'False', 'FALSE', ''].includes(given)) return false;
  throw inputError('USAGE', `${name} is '${given}'`, { hint: 'write true or false' });
};

export function oneOf<const T extends string>(...allowed: readonly T[]): Reader<T> {
  return (given, name) => {
    const found = allowed.find((one) => one === given);
    if (found !== undefined) return found;
    throw inputError('USAGE', `${name} is '${given}'`, { hint: `write ${allowed.join(' or ')}` });
  };
}

/** A whole number from 1. */
export const positive: Reader<number> = (given, name) => {
  if (/^[1-9]\d{0,14}$/.test(given)) return Number(given);
  throw inputError('USAGE', `${name} is '${given}'`, { hint: 'write a number, such as 12' });
};

/** A duration, in seconds. */
export const seconds: Reader<number> = (given, name) => {
  const parsed = parseDuration(given);
  if ('value' in parsed) return parsed.value;
  throw inputError('USAGE', `${name} is '${given}': ${parsed.wrong}`, { hint: parsed.hint });
};

export function secondsFrom(least: number): Reader<number> {
  return (given, name) => {
    const found = seconds(given, name);
    if (found >= least) return found;
    throw inputError('USAGE', `${name} is ${found} s`, { hint: `write ${least} s or more` });
  };
}

/** A moment with its zone. */
export const moment: Reader<Date> = (given, name) => {
  const parsed = parseMoment(given);
  if ('value' in parsed) return parsed.value;
  throw inputError('USAGE', `${name} is '${given}'`, { hint: parsed.hint });
};

/** A moment, or the seconds until then. */
export type When = { readonly at: Date } | { readonly after: number };

/** A moment with its zone, or a duration. */
export const when: Reader<When> = (given, name) => {
  const duration = parseDuration(given);
  if ('value' in duration && duration.value > 0) return { after: duration.value };
  const parsed = parseMoment(given);
  if ('value' in parsed) return { at: parsed.value };
  throw inputError('USAGE', `${name} is '${given}'`, {
    hint: 'write a duration, such as 60h, or a date, a time and a zone, such as 2026-11-30T06:00Z',
  });
};

/** A path. The error quotes nothing of what was given: it may be the kubeconfig itself, with its credentials. */
export const kubeconfigPath: Reader<string> = (given) => {
  if (isKubeconfigPath(given)) return given;
  throw inputError('USAGE', 'kubeconfig is not a path', { hint: pathHint });
};
