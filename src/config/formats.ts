import type { Amount } from '../release/delivery.ts';
import {
  parseAbsolutePath,
  parseAddress,
  parseHost,
  parsePage,
  parseQuery,
  parseServer,
  parseShare,
  parseVariable,
} from './addresses.ts';
import { parseRefPattern } from './commits.ts';
import { quoted } from './found.ts';
import { loginText, parseApprover, parseClusterUser, parseLogin, teamText, userText } from './people.ts';
import { type Parsed, parseDays, parseDuration, parseMoment, parseWindow, parseZone } from './time.ts';

/** A text format: `read` decides, `pattern` is the part that an editor can check. */
interface Format {
  readonly read: (text: string) => Parsed<unknown>;
  readonly pattern?: string;
}

const label = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$';
const subdomain = '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$';

const groupVersion = '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/v[0-9]+((alpha|beta)[0-9]+)?$';
const metadataKey =
  '^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$';
const objectTitle = '^[A-Z][A-Za-z0-9]{0,62}/([a-z0-9.-]|\\{(env|name)\\})+$';
const labelValue = '^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$';
const releaseName =
  '^([a-z0-9]|\\{(env|name)\\})([a-z0-9-]|\\{(env|name)\\})*([a-z0-9]|\\{(env|name)\\})$|^([a-z0-9]|\\{(env|name)\\})$';
const kubeVersion = '^v?1\\.[0-9]{1,3}(\\.[0-9]{1,3})?$';
const apiVersion = '^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?v[0-9]+((alpha|beta)[0-9]+)?(/[A-Z][A-Za-z0-9]*)?$';
const headerName = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$";

/** The formats of the config's texts, by their names in the table of keys. */
export const formats = {
  text: {
    read: filled,
    pattern: '\\S',
  },
  /** Paths and query parameters: the engine's schema takes no longer ones. */
  shortText: {
    read: (text) => (text.length > 1024 ? wrong('is longer than 1024 characters', 'shorten it') : filled(text)),
    pattern: '\\S',
  },
  duration: { read: nonzero(parseDuration), pattern: '^([0-9]+h)?([0-9]+m)?([0-9]+s)?$' },
  durationOrZero: { read: parseDuration, pattern: '^([0-9]+h)?([0-9]+m)?([0-9]+s)?$' },
  window: { read: parseWindow, pattern: '^\\S+ +[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$' },
  days: { read: parseDays, pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?$' },
  zone: { read: parseZone },
  /** A date, a time and a zone. */
  moment: {
    read: parseMoment,
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})$',
  },
  percent: { read: parsePercent, pattern: '^([1-9]?[0-9]|100)%$' },
  replicas: { read: positivePercent, pattern: '^([1-9][0-9]?|100)%$' },
  /** Namespaces, deliveries, environments. */
  label: {
    read: named(label, 63, 'use small letters, digits and "-", at most 63, with a letter or digit at both ends'),
    pattern: label,
  },
  /** The name of a delivery or an environment, in which * is any text. */
  namePattern: {
    read: named('^[a-z0-9*]([a-z0-9@*-]{0,125}[a-z0-9*])?$', 127, 'write a name, such as shop@prod; * is any text'),
    pattern: '^[a-z0-9*]([a-z0-9@*-]{0,125}[a-z0-9*])?$',
  },
  /** Deployments, Ingresses, routes. */
  subdomain: {
    read: named(subdomain, 253, 'use small letters, digits, "-" and ".", at most 253, as Kubernetes names are'),
    pattern: subdomain,
  },
  /** Services: a label that begins with a letter. */
  service: {
    read: named('^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$', 63, 'use small letters, digits and "-", with a letter first'),
    pattern: '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$',
  },
  /** The apiVersion of a kind that has a group: `networking.istio.io/v1`. */
  groupVersion: {
    read: named(groupVersion, 316, 'write group and version, such as networking.istio.io/v1'),
    pattern: groupVersion,
  },
  kind: {
    read: named('^[A-Z][A-Za-z0-9]*$', 63, 'write the kind as its objects do, such as VirtualService'),
    pattern: '^[A-Z][A-Za-z0-9]{0,62}$',
  },
  /** An object of a source: `Deployment/worker`; `{env}` and `{name}` are replaced. */
  objectTitle: {
    read: named(objectTitle, 317, 'write kind and name of an object of the source, such as Deployment/worker'),
    pattern: objectTitle,
  },
  /** Keys of labels and annotations. */
  metadataKey: {
    read: named(
      metadataKey,
      317,
      'use at most 63 letters, digits, "-", "_" and ".", after a prefix such as example.com/',
    ),
    pattern: metadataKey,
  },
  labelValue: {
    read: named(
      labelValue,
      63,
      'use at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends',
    ),
    pattern: labelValue,
  },
  /** Headers and query parameters, as the engine's schema has them. */
  header: {
    read: named(headerName, 256, "use letters, digits and !#$%&'*+-.^_`|~, at most 256, as names of headers are"),
    pattern: headerName,
  },
  step: { read: parseStepName, pattern: '^[a-z0-9-]*[a-z-][a-z0-9-]*$' },
  /** Names of plans, approvals, schedules, metrics. */
  word: { read: named('^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$', 63, 'use letters, digits, "-" and "_", at most 63') },
  /** Who approves: a person, a team, or the owners of the delivery's paths. */
  approver: { read: parseApprover, pattern: `^(@?${loginText}|kube:${userText}|@?${teamText})$` },
  login: { read: parseLogin, pattern: `^@?${loginText}$` },
  clusterUser: { read: parseClusterUser, pattern: `^${userText}$` },
  /** Names of branches or tags. */
  refPattern: { read: parseRefPattern, pattern: '^(?!-)[^\\s~^:\\\\\\[]{1,255}$' },
  path: { read: parsePath },
  /** The release of a chart: `{env}` and `{name}` are replaced. */
  releaseName: {
    read: named(releaseName, 120, 'use small letters, digits and "-", with a letter or digit at both ends'),
    pattern: releaseName,
  },
  /** A version of Kubernetes, as helm takes it. */
  kubeVersion: { read: named(kubeVersion, 20, 'write a version, such as "1.34.0", in quotes'), pattern: kubeVersion },
  /** What templates ask the API server for: a version of a group, or a kind of it. */
  apiVersion: {
    read: named(apiVersion, 253, 'write group and version, such as gateway.networking.k8s.io/v1'),
    pattern: apiVersion,
  },
  pathPattern: { read: parsePathPattern },
  /** A server from which sources may be loaded. */
  host: { read: parseHost, pattern: '^[a-z0-9.:[\\]-]{1,253}$' },
  include: { read: parseInclude, pattern: '\\.ya?ml$' },
  /** Servers of metrics. */
  address: { read: parseAddress, pattern: '^https?://[^\\s?#]+$' },
  server: { read: parseServer },
  page: { read: parsePage, pattern: '^https?://[^\\s#]+$' },
  workflowFile: {
    read: named(
      '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\\.ya?ml$',
      105,
      'write the name of a file in .github/workflows, such as smoke.yml',
    ),
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\\.ya?ml$',
  },
  variable: { read: parseVariable, pattern: '^STEPGATE_[A-Z0-9_]{1,100}$' },
  absolutePath: { read: parseAbsolutePath, pattern: '^/' },
  share: { read: parseShare, pattern: '^[0-9]{1,3}(\\.[0-9]{1,6})?%$' },
  promql: { read: parseQuery, pattern: '\\S' },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

/** Reads a text in a format. */
export function readFormat(name: FormatName, text: string): Parsed<unknown> {
  return formats[name].read(text);
}

/** The JSON Schema pattern of a format; null when only stepgate can check it. */
export function patternOf(name: FormatName): string | null {
  const format: Format = formats[name];
  return format.pattern ?? null;
}

function wrong(what: string, hint: string): Parsed<never> {
  return { wrong: what, hint };
}

function filled(text: string): Parsed<string> {
  return text.trim() === '' ? wrong('is empty', 'write a text') : line(text);
}

function line(text: string): Parsed<string> {
  if (text.length > 4096) return wrong('is longer than 4096 characters', 'shorten it');
  return /[\u0000-\u001f\u007f]/.test(text) ? wrong('has control characters', 'write it on one line') : { value: text };
}

function named(pattern: string, max: number, hint: string): (text: string) => Parsed<string> {
  const expression = new RegExp(pattern);
  return (text) => (text.length <= max && expression.test(text) ? { value: text } : wrong('is not a valid name', hint));
}

function nonzero(read: (text: string) => Parsed<number>): (text: string) => Parsed<number> {
  return (text) => {
    const seconds = read(text);
    return 'value' in seconds && seconds.value === 0 ? wrong('is zero', 'write at least 1s') : seconds;
  };
}

/** `0%` to `100%`. */
export function parsePercent(text: string): Parsed<number> {
  const match = /^(\d{1,3})%$/.exec(text);
  const value = Number(match?.[1] ?? -1);
  const hint = 'write a percentage up to 100%, such as 25%';
  if (match === null || String(value) !== match[1]) return wrong('is not a percentage', hint);
  return value > 100 ? wrong('is more than 100%', hint) : { value };
}

function positivePercent(text: string): Parsed<Amount> {
  const percent = parsePercent(text);
  const hint = 'write a number of pods, such as 1, or a percentage from 1% to 100%, such as 25%';
  if ('wrong' in percent) return wrong(/^\d+$/.test(text) ? 'is text, not a number' : percent.wrong, hint);
  return percent.value === 0 ? wrong('moves no pod', hint) : { value: { unit: 'percent', value: percent.value } };
}

/** The replicas of a step; null when the value is not valid. */
export function readAmount(found: unknown): Amount | null {
  if (typeof found === 'number') return { unit: 'pods', value: found };
  const amount = typeof found === 'string' ? positivePercent(found) : null;
  return amount !== null && 'value' in amount ? amount.value : null;
}

function parseStepName(text: string): Parsed<string> {
  const hint = 'use small letters, digits and "-", at most 63, and not digits alone: those are step numbers';
  return /^[a-z0-9-]{1,63}$/.test(text) && !/^\d+$/.test(text) && /^[a-z0-9].*[a-z0-9]$|^[a-z]$/.test(text)
    ? { value: text }
    : wrong('is not a step name', hint);
}

const placeholders = ['env', 'name'];

/** A path (or pattern) below the repository's root, which can't lead out of it. `./` and a last `/` are dropped. */
export function parsePath(text: string): Parsed<string> {
  const hint = 'write a path below the repository, such as deploy/prod or deploy/*.yaml';
  const plain = line(text);
  if (text === '') return wrong('is empty', hint);
  if ('wrong' in plain) return wrong(plain.wrong, hint);
  if (text.includes('\\')) return wrong('has a backslash', 'separate folders with /');
  if (text.startsWith('/')) return wrong('is absolute', hint);
  const path = text.replace(/^(\.\/)+/, '').replace(/\/$/, '');
  const parts = path.split('/');
  if (parts.includes('..')) return wrong('leads out of its folder with ".."', hint);
  if (path !== '.' && parts.some((part) => part === '' || part === '.')) return wrong('has an empty part', hint);
  if (parts.some((part) => part.toLowerCase() === '.git')) return wrong("leads into git's own folder", hint);
  if (/^[-~]/.test(path) || path.includes(':')) return wrong('is not a path', hint);
  for (const [, name = ''] of path.matchAll(/\{([A-Za-z]\w*)\}/g)) {
    if (!placeholders.includes(name)) return wrong(`has the unknown {${name}}`, 'only {env} and {name} are replaced');
  }
  return { value: path };
}

/** A path in which `*` and `?` stand for a part of a name, and `**` for folders. */
export function parsePathPattern(text: string): Parsed<string> {
  const path = parsePath(text);
  if ('wrong' in path) return path;
  if (text.length > 512) return wrong('is longer than 512 characters', 'shorten it, for instance with **');
  const special = /[[\]{}]|[!?+*@]\(/.exec(path.value.replaceAll(/\{(env|name)\}/g, ''))?.[0];
  if (special === undefined) return path;
  const hint = 'only *, ** and ? are special characters here; list several patterns, or write ? in place of a bracket';
  return wrong(`has ${JSON.stringify(special)} in it`, hint);
}

function parseInclude(text: string): Parsed<string> {
  const path = parsePathPattern(text);
  if ('wrong' in path) return path;
  const hint = 'include files that end in .yaml or .yml, such as services/*/stepgate.yaml';
  if (/\{(env|name)\}/.test(path.value)) return wrong('has a placeholder, which include does not support', hint);
  return /\.ya?ml$/.test(path.value) ? path : wrong('does not name YAML files', hint);
}

/** The path with `{env}` and `{name}` replaced, or what is missing. */
export function fillPath(path: string, names: { readonly env: string | null; readonly name: string }): Parsed<string> {
  if (names.env === null && path.includes('{env}')) {
    return wrong(`is ${quoted(path)}, but this delivery has no environment`, 'write the path without {env}');
  }
  return { value: path.replaceAll('{env}', names.env ?? '').replaceAll('{name}', names.name) };
}
