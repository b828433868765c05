import { stringify } from 'yaml';
import type { Fingerprint } from '../release/fingerprint.ts';
import { isObject, type Json, type JsonObject, objectAt, stringAt } from '../release/json.ts';
import { hideCredentials, isSecretField, isSecretName, namesSecret } from './credentials.ts';
import { unifiedDiff } from './diff.ts';
import { below, type Listed, mayShow } from './listed.ts';
import { listedPaths, secretPaths } from './listed-paths.ts';

/**
 * A shorter secret is not searched for in other text: `a` or `1` would be found in every word. Of a PIN, somebody could write every
 * guess beside it, as keys, and see which is hidden.
 */
const SHORTEST = 8;

/** Fields that the API server writes; left out of diffs. */
const SERVER_FIELDS: readonly string[] = [
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'selfLink',
];
/** The end of the annotations in which kubectl and others keep the whole object. */
const LAST_APPLIED = '/last-applied-configuration';
/** A key that is shown: as Kubernetes takes them, and as definitions name their fields. */
const PLAIN_KEY = /^[\w$][\w./$-]{0,316}$/u;

/** What a diff may show. */
export interface Disclosure {
  /** `listed`: values at the listed paths alone. `full`: all but Secrets and what is recognised as a credential. */
  readonly values: 'listed' | 'full';
  readonly fingerprint: Fingerprint;
  /** Called with each value of a Secret and each credential in the objects. */
  readonly found?: (secret: string) => void;
}

/**
 * Lines of a unified diff between two objects as YAML; null is an object that does not exist. A hidden value is replaced by
 * its fingerprint, so that a change is visible and the value is not. Every occurrence of a value of a Secret or of a
 * credential in the two objects is hidden.
 */
export function diffObjects(before: JsonObject | null, after: JsonObject | null, disclosure: Disclosure): string[] {
  const known = new Set([...secretValues(before), ...secretValues(after)]);
  for (const secret of known) disclosure.found?.(secret);
  const lines = (object: JsonObject | null) => yamlLines(object, known, disclosure);
  return unifiedDiff(lines(before), lines(after));
}

function yamlLines(object: JsonObject | null, known: ReadonlySet<string>, disclosure: Disclosure): string[] {
  if (object === null) return [];
  const { values, fingerprint } = disclosure;
  const redacted = redactObject(lean(object), hiding(fingerprint));
  const shown = values === 'full' ? redacted : listed(redacted, rootOf(redacted), (text) => token(fingerprint(text)));
  const text = stringify(scrub(shown, needles(known, fingerprint)), {
    sortMapEntries: true,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
  return text.trimEnd().split('\n');
}

/** What stands in the place of a hidden value. */
function token(fingerprint: string): string {
  return `<hidden ${fingerprint}>`;
}

const TOKEN = /^<hidden [0-9a-f]{8}>$/u;

/** The object without the fields that the server writes, and without annotations that repeat the whole object. */
function lean(object: JsonObject): JsonObject {
  const { status: _, ...rest } = object;
  const metadata = Object.entries(objectAt(object, 'metadata')).filter(([key]) => !SERVER_FIELDS.includes(key));
  const kept = metadata.map(([key, value]) =>
    key === 'annotations' && isObject(value) ? [key, withoutLastApplied(value)] : [key, value],
  );
  return 'metadata' in rest ? { ...rest, metadata: Object.fromEntries(kept) } : rest;
}

function withoutLastApplied(annotations: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.endsWith(LAST_APPLIED)));
}

/**
 * What becomes of a secret that was found. `place`: where it stands; the same secret has another fingerprint elsewhere, so
 * that nobody can try values in a field of their own and compare.
 */
interface Finder {
  /** A value of a Secret, or a credential. */
  secret(text: string, place: string): string;
  /** Any other field of a Secret. */
  beside(text: string, place: string): string;
}

function hiding(fingerprint: Fingerprint): Finder {
  const hide = (text: string, place: string) => token(fingerprint(place, text));
  return { secret: hide, beside: hide };
}

/** Every secret value, decoded. */
function secretValues(object: JsonObject | null): string[] {
  const found: string[] = [];
  if (object === null) return found;
  redactObject(lean(object), {
    secret(text) {
      found.push(text);
      return text;
    },
    beside: (text) => text,
  });
  return found;
}

/** The object with every Secret in it, and every credential, as `finder` says. */
function redactObject(object: JsonObject, finder: Finder): Json {
  const kind = stringAt(object, 'kind') ?? '';
  if (kind === 'Secret') return redactSecret(object, '', finder);
  return redact(object, `${kind}/${stringAt(object, 'metadata', 'namespace') ?? ''}`, finder);
}

function redact(value: Json, place: string, finder: Finder): Json {
  if (typeof value === 'string') return redactText(value, place, finder);
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      // Items with a name are known by it, wherever they stand in the list.
      const at = stringAt(item, 'name') === null ? `${place}/${index}` : place;
      return afterFlag(value, index, at, finder) ?? redact(item, at, finder);
    });
  }
  if (!isObject(value)) return value;
  if (isSecret(value)) return redactSecret(value, place, finder);
  const name = stringAt(value, 'name') ?? stringAt(value, 'metadata', 'name') ?? '';
  const isConfig = value['kind'] === 'ConfigMap';
  const here = `${place}/${name}`;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const at = `${here}/${key}`;
      const hide = (text: string) => finder.secret(text, at);
      const shownKey = hideCredentials(key, hide);
      const isNamed = (key === 'value' && isSecretName(name)) || (isSecretField(key) && typeof item === 'string');
      if (isNamed && item !== null && typeof item !== 'object') return [shownKey, hide(textOf(item))];
      if (isConfig && key === 'data') return [shownKey, redactData(item, at, finder)];
      if (isConfig && key === 'binaryData') return [shownKey, redactBinary(item, at, finder)];
      return [shownKey, redact(item, at, finder)];
    }),
  );
}

/** Whether it is a Secret, and no reference to one. */
function isSecret(value: JsonObject): boolean {
  return value['kind'] === 'Secret' && ['metadata', 'data', 'stringData'].some((key) => Object.hasOwn(value, key));
}

/** A Secret shows its name, its type and the names of its keys. */
function redactSecret(secret: JsonObject, place: string, finder: Finder): JsonObject {
  const here = `${place}/Secret/${stringAt(secret, 'metadata', 'namespace') ?? ''}/${stringAt(secret, 'metadata', 'name') ?? ''}`;
  return Object.fromEntries(
    Object.entries(secret).map(([key, item]) => {
      if (key !== 'data' && key !== 'stringData') {
        return [key, listed(item, below(secretPaths, key), (text) => finder.beside(text, `${here}/${key}`))];
      }
      if (!isObject(item)) return [key, item === null ? null : finder.secret(textOf(item), here)];
      const decoded = (text: string) => (key === 'data' ? Buffer.from(text, 'base64').toString('utf8') : text);
      const hidden = Object.entries(item).map(([name, one]) =>
        // The server gives as `data` what was written as `stringData`: both have one place.
        [name, one === null ? null : finder.secret(decoded(textOf(one)), `${here}/data/${name}`)],
      );
      return [key, Object.fromEntries(hidden)];
    }),
  );
}

function redactData(data: Json, place: string, finder: Finder): Json {
  if (!isObject(data)) return redact(data, place, finder);
  return Object.fromEntries(
    Object.entries(data).map(([key, item]) => {
      const at = `${place}/${key}`;
      return [key, namesSecret(key) && item !== null ? finder.secret(textOf(item), at) : redact(item, at, finder)];
    }),
  );
}

/** Base64: hidden as a whole when there is a credential in the decoded text. */
function redactBinary(data: Json, place: string, finder: Finder): Json {
  if (!isObject(data)) return redact(data, place, finder);
  return Object.fromEntries(
    Object.entries(data).map(([key, item]) => {
      const text = textOf(item);
      const decoded = Buffer.from(text, 'base64').toString('utf8');
      const has = namesSecret(key) || hideCredentials(decoded, () => '') !== decoded;
      return [key, has ? finder.secret(text, `${place}/${key}`) : item];
    }),
  );
}

/** Hides the credentials in a text: the value of an argument or variable, and what is recognised. */
function redactText(text: string, place: string, finder: Finder): string {
  let count = 0;
  const hide = (found: string) => {
    count += 1;
    return finder.secret(found, `${place}/${count}`);
  };
  const [name = ''] = text.split('=', 1);
  const value = text.slice(name.length + 1);
  return value !== '' && isSecretName(name) ? `${name}=${hide(value)}` : hideCredentials(text, hide);
}

/**
 * In `--password VALUE`, the argument after the flag is the secret; after `-p` it is, unless it is a number: a port. After `-u` it is
 * one when it is a user with a password, and no pair of numbers.
 */
function afterFlag(list: readonly Json[], index: number, place: string, finder: Finder): string | null {
  const item = list[index];
  const flag = list[index - 1];
  if (typeof item !== 'string' || typeof flag !== 'string' || item.startsWith('-')) return null;
  const isSecret =
    (flag.startsWith('-') && isSecretName(flag)) ||
    (flag === '-p' && !/^[\d:]*$/u.test(item)) ||
    (['-u', '--user', '--proxy-user'].includes(flag) && /^[^\s:/]+:(?!\d*$)[^/]/u.test(item));
  return isSecret ? finder.secret(item, place) : null;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The value with what is not listed hidden. Every object inside that has a name of its own is listed from its own root. */
function listed(value: Json, here: Listed | null, hide: (text: string) => string): Json {
  if (value === null) return null;
  if (typeof value === 'string' && TOKEN.test(value)) return value;
  if (typeof value !== 'object') return mayShow(here, value) ? value : hide(JSON.stringify(value));
  if (Array.isArray(value)) return value.map((item, index) => listed(item, below(here, index), hide));
  if (!isObject(value)) return value;
  const from = isKubeObject(value) ? rootOf(value) : here;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      PLAIN_KEY.test(key) || TOKEN.test(key) ? key : hide(key),
      listed(item, below(from, key), hide),
    ]),
  );
}

function rootOf(object: Json): Listed {
  return isObject(object) && object['kind'] === 'Secret' ? secretPaths : listedPaths;
}

/** Whether it is a whole object, as an Application of KubeVela has in its components. */
function isKubeObject(value: JsonObject): boolean {
  return stringAt(value, 'kind') !== null && stringAt(value, 'apiVersion') !== null && isObject(value['metadata']);
}

/** Every form of the known secrets, longest first, each with its replacement. */
function needles(known: ReadonlySet<string>, fingerprint: Fingerprint): [string, string][] {
  const found = new Map<string, string>();
  for (const value of known) {
    for (const part of [value, ...value.split(/[\r\n]+/u).map((line) => line.trim())]) {
      if (part.length < SHORTEST) continue;
      const base64 = Buffer.from(part).toString('base64');
      const instead = token(fingerprint('known', part, ''));
      for (const form of [part, base64, base64.replace(/={1,2}$/u, '')]) found.set(form, instead);
    }
  }
  return [...found].toSorted(([left], [right]) => right.length - left.length);
}

/** The value with the known secrets replaced in every string and key. */
function scrub(value: Json, secrets: readonly (readonly [string, string])[]): Json {
  const clean = (text: string) =>
    secrets.reduce((rest, [secret, instead]) => rest.replaceAll(secret, () => instead), text);
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((item) => scrub(item, secrets));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), scrub(item, secrets)]));
}
