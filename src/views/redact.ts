import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { isObject, type Json, type JsonObject, objectAt, stringAt } from '../release/json.ts';
import { unifiedDiff } from './diff.ts';

/** Names whose values are secret. */
const SECRET_NAME =
  /passw(?:or)?d|passphrase|token|secret|private|credential|keys?(?:$|[_.-])|(?:^|[_.-])(?:pass|pwd|auth|dsn)(?:$|[_.-])/iu;
/** The form of a name of an argument or variable. */
const PLAIN_NAME = /^-{0,2}\w[\w.-]*$/u;
/** Secrets that are recognised by their form: forge and cloud tokens, JSON web tokens, private keys. */
const SECRET_SHAPE =
  /gh[a-z]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gu;
/** User and password in a URL. */
const ADDRESS_SECRET = /((?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/giu;

/** A shorter secret is not searched for in other text: `a` or `1` would be found in every word. */
const SHORTEST = 6;

/** Fields that the API server writes; left out of diffs. */
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
 * Lines of a unified diff between two objects as YAML; null is an object that does not exist. Every occurrence of a secret
 * value is replaced by a short hash, so that the change is visible and the value is not.
 */
export function diffObjects(before: JsonObject | null, after: JsonObject | null): string[] {
  const known = new Set([...secretValues(before), ...secretValues(after)]);
  return unifiedDiff(yamlLines(before, known), yamlLines(after, known));
}

/**
 * A value behind the name of a secret: `password=x`, `"token": "x"`, `Authorization: Bearer x`. Names are bounded, so that
 * a long line takes no long time.
 */
const NAMED_SECRET =
  /([\w.-]{0,40}(?:passw(?:or)?d|passphrase|token|secret|credential|api[_-]?key|authorization)[\w.-]{0,40}["']?\s{0,9}([=:])\s{0,9}(?:(?:bearer|basic)\s{1,9})?)("[^"\n]*"|'[^'\n]*'|[^\s,;&"']+)/giu;

/** Foreign text, such as a log, with what is recognised as a secret hidden. What has no sign of one stays. */
export function hideSecrets(text: string): string {
  return text
    .replace(SECRET_SHAPE, (token) => hidden(token))
    .replace(ADDRESS_SECRET, (whole, scheme: string) => `${scheme}${hidden(whole.slice(scheme.length, -1))}@`)
    .replace(NAMED_SECRET, (whole, name: string, sign: string, value: string) => {
      // `invalid token: expired` is prose, and says what is wrong.
      const isProse = sign === ':' && !/["'\d]/u.test(value);
      return isProse || value.startsWith('<hidden') ? whole : `${name}${hidden(value)}`;
    });
}

/** A hash that is long enough to show a change, and too short to confirm a guess. The same for data and stringData. */
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

/** The object without the fields that the server writes, and without kubectl's last-applied annotation. */
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

/** The object with all secret values hidden. */
function redact(object: JsonObject): JsonObject {
  return redactValue(object, (value, base64) => hidden(base64 ? Buffer.from(value, 'base64') : value)) as JsonObject;
}

/** Every secret value, as written and decoded. */
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

/** Makes the replacement of a secret; `base64`: the value is encoded. */
type Hide = (value: string, base64: boolean) => string;

/** Finds every secret in an object, and replaces it by the result of `hide`. */
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

/** Hides the secrets in a text: the value of an argument, a token recognised by its form, a password in a URL. */
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

/** In `--password VALUE`, the argument after the flag is the secret. */
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

/** Every form of the known secrets, longest first, each with its replacement. */
function needles(known: ReadonlySet<string>): [string, string][] {
  const found = new Map<string, string>();
  for (const value of known) {
    for (const part of [value, ...value.split(/[\r\n]+/u).map((line) => line.trim())]) {
      if (part.length < SHORTEST) continue;
      const base64 = Buffer.from(part).toString('base64');
      for (const form of [part, base64, base64.replace(/={1,2}$/u, '')]) found.set(form, hidden(part));
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
