import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { isObject, type Json, type JsonObject, objectAt, stringAt } from '../release/json.ts';
import { unifiedDiff } from './diff.ts';

/** Names whose values nobody should read in a diff. */
const SECRET_NAME =
  /passw(?:or)?d|passphrase|token|secret|private|credential|keys?(?:$|[_.-])|(?:^|[_.-])(?:pass|pwd|auth|dsn)(?:$|[_.-])/iu;
/** What an argument or variable may be called. */
const PLAIN_NAME = /^-{0,2}\w[\w.-]*$/u;
/** What shows by its form that it is one: forge and cloud tokens, JSON web tokens, private keys. */
const SECRET_SHAPE =
  /gh[a-z]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gu;
/** User and password in an address. */
const ADDRESS_SECRET = /((?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/giu;

/** Values shorter than this are not looked for elsewhere: `a` or `1` would be found in every word. */
const SHORTEST = 6;

/** What the API server writes itself: never news in a diff. */
const SERVER_FIELDS: readonly string[] = [
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'selfLink',
];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Lines of a unified diff between two objects as YAML; null stands for an object that is not there. Secret values of
 * either show only as a short hash, so that a change is seen and the value is not, wherever in the two they stand.
 */
export function diffObjects(before: JsonObject | null, after: JsonObject | null): string[] {
  const known = new Set([...secretValues(before), ...secretValues(after)]);
  return unifiedDiff(yamlLines(before, known), yamlLines(after, known));
}

/** Enough of a hash to see that a value changed, too little to be sure of a guess. Data and stringData hash alike. */
function hidden(value: string | Buffer): string {
  return `<hidden ${createHash('sha256').update(value).digest('hex').slice(0, 6)}>`;
}

function yamlLines(object: JsonObject | null, known: ReadonlySet<string>): string[] {
  if (object === null) return [];
  const text = stringify(scrub(redact(lean(object)), needles(known)), {
    sortMapEntries: true,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
  return text.trimEnd().split('\n');
}

/** Without what the server writes, and without the copy of everything that kubectl leaves. */
function lean(object: JsonObject): JsonObject {
  const { status: _, ...rest } = object;
  const metadata = Object.entries(objectAt(object, 'metadata')).filter(([key]) => !SERVER_FIELDS.includes(key));
  const kept = metadata.map(([key, value]) =>
    key === 'annotations' && isObject(value) ? [key, withoutLastApplied(value)] : [key, value],
  );
  return 'metadata' in rest ? { ...rest, metadata: Object.fromEntries(kept) } : rest;
}

function withoutLastApplied(annotations: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED));
}

/** The object with every value hidden that stands where secrets stand. */
function redact(object: JsonObject): JsonObject {
  return redactValue(object, (value, base64) => hidden(base64 ? Buffer.from(value, 'base64') : value)) as JsonObject;
}

/** Every such value, as it stands and decoded. */
function secretValues(object: JsonObject | null): string[] {
  const found: string[] = [];
  if (object === null) return found;
  redactValue(lean(object), (value, base64) => {
    found.push(value);
    if (base64) found.push(Buffer.from(value, 'base64').toString('utf8'));
    return value;
  });
  return found;
}

/** How a secret is replaced; `base64` where it stands encoded. */
type Hide = (value: string, base64: boolean) => string;

/** The one description of where secrets stand: `hide` is called with each and answers what goes there instead. */
function redactValue(value: Json, hide: Hide): Json {
  if (typeof value === 'string') return redactText(value, hide);
  if (Array.isArray(value)) return value.map((item, index) => redactValue(afterFlag(value, index, hide) ?? item, hide));
  if (!isObject(value)) return value;
  const name = stringAt(value, 'name');
  const isSecret = value['kind'] === 'Secret';
  const isConfig = value['kind'] === 'ConfigMap';
  const isEnv = name !== null && SECRET_NAME.test(name);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (isSecret && key === 'data')
        return [
          key,
          hideAll(
            item,
            () => true,
            (text) => hide(text, true),
          ),
        ];
      if (isSecret && key === 'stringData')
        return [
          key,
          hideAll(
            item,
            () => true,
            (text) => hide(text, false),
          ),
        ];
      if (isConfig && key === 'data')
        return [
          key,
          redactValue(
            hideAll(
              item,
              (one) => SECRET_NAME.test(one),
              (text) => hide(text, false),
            ),
            hide,
          ),
        ];
      if (isEnv && key === 'value' && typeof item === 'string') return [key, hide(item, false)];
      return [key, redactValue(item, hide)];
    }),
  );
}

/** Secret parts of a text: an argument's value, a token that shows by its form, a password in an address. */
function redactText(text: string, hide: Hide): string {
  const [name = ''] = text.split('=', 1);
  const value = text.slice(name.length + 1);
  if (value !== '' && isSecretName(name)) return `${name}=${hide(value, false)}`;
  return text
    .replace(SECRET_SHAPE, (token) => hide(token, false))
    .replace(ADDRESS_SECRET, (whole, scheme: string) => `${scheme}${hide(whole.slice(scheme.length, -1), false)}@`);
}

function isSecretName(name: string): boolean {
  return PLAIN_NAME.test(name) && SECRET_NAME.test(name);
}

/** An argument behind `--password` is its value. */
function afterFlag(list: readonly Json[], index: number, hide: Hide): string | null {
  const item = list[index];
  const flag = list[index - 1];
  if (typeof item !== 'string' || typeof flag !== 'string' || item.startsWith('-')) return null;
  return flag.startsWith('-') && isSecretName(flag) ? hide(item, false) : null;
}

function hideAll(values: Json | undefined, which: (key: string) => boolean, hide: (text: string) => string): Json {
  if (typeof values === 'string') return hide(values);
  if (!isObject(values)) return values ?? null;
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      which(key) && value !== null ? hide(typeof value === 'string' ? value : JSON.stringify(value)) : value,
    ]),
  );
}

/** All the ways in which the known secrets could stand in a text, longest first, each with what goes there instead. */
function needles(known: ReadonlySet<string>): [string, string][] {
  const found = new Map<string, string>();
  for (const value of known) {
    for (const part of [value, ...value.split(/[\r\n]+/u).map((line) => line.trim())]) {
      if (part.length < SHORTEST) continue;
      const base64 = Buffer.from(part).toString('base64');
      for (const form of [part, base64, base64.replace(/=+$/u, '')]) found.set(form, hidden(part));
    }
  }
  return [...found].toSorted(([left], [right]) => right.length - left.length);
}

/** The value with no known secret in any string or key. */
function scrub(value: Json, secrets: readonly (readonly [string, string])[]): Json {
  const clean = (text: string) =>
    secrets.reduce((rest, [secret, instead]) => rest.replaceAll(secret, () => instead), text);
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((item) => scrub(item, secrets));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), scrub(item, secrets)]));
}
