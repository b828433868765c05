import { Refusal } from '../api/answers.ts';
import { clean, type Json, type JsonMap, textAt, withAt } from '../api/json.ts';
import { apiVersionOf, type KindInfo } from '../api/kinds.ts';
import type { Pages } from '../api/pages.ts';
import type { Thing } from '../api/things.ts';
import type { Call } from '../faults.ts';
import type { World } from '../world.ts';
import type { Place } from './places.ts';
import type { User } from './users.ts';

/** The parts that answer requests. */
export interface Backend {
  readonly world: World;
  readonly pages: Pages;
}

export interface Asked {
  readonly method: string;
  readonly place: Place;
  readonly query: URLSearchParams;
  /** Without parameters; empty when there is none. */
  readonly contentType: string;
  readonly userAgent: string;
  readonly user: User;
  readonly body: Buffer;
}

/** JSON, or for a log plain text. */
export type Answer = { readonly code: number; readonly body: Json } | { readonly code: number; readonly text: string };

/** The scope of a watch. */
export interface Watching {
  readonly info: KindInfo;
  readonly version: string;
  readonly namespace: string | null;
  /** Empty when there is none. */
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly wanted: (thing: Thing) => boolean;
  /** Changes after this version; null: all present objects, then their changes. */
  readonly since: number | null;
  readonly bookmarks: boolean;
  /** The time limit; null: none. */
  readonly seconds: number | null;
}

/** A parsed request: the user, the call, and the transaction or watch that answers it. */
export type Action =
  | { readonly is: 'answer'; readonly call: Call; readonly perform: () => Answer }
  | { readonly is: 'watch'; readonly call: Call; readonly watching: Watching };

export type Collection = Extract<Place, { is: 'collection' }>;
export type Target = Extract<Place, { is: 'object' }>;
export type Log = Extract<Place, { is: 'log' }>;
export type Review = Extract<Place, { is: 'review' }>;

export function callOf(verb: Call['verb'], place: Place, { query, userAgent }: Asked, name = ''): Call {
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All')) {
    throw optionsInvalid(`dryRun: Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`);
  }
  return {
    verb,
    kind: place.is === 'resources' ? '' : place.info.id,
    namespace: place.is === 'resources' ? null : place.namespace,
    name: place.is === 'object' || place.is === 'log' ? place.name : name,
    subresource: place.is === 'object' ? place.subresource : null,
    dryRun: dryRun.length > 0,
    // Without a manager, the name of the program is the owner of fields.
    manager: query.get('fieldManager') ?? userAgent.split('/', 1)[0] ?? '',
  };
}

/** The object in the requested version, without the empty resourceVersion of a create in a dry-run. */
export function versioned(thing: Thing, info: KindInfo, version: string): JsonMap {
  const object = { ...(clean(thing) as JsonMap), apiVersion: apiVersionOf(info, version) };
  return thing.metadata.resourceVersion === '' ? withAt(object, ['metadata', 'resourceVersion'], undefined) : object;
}

export function isTrue(query: URLSearchParams, key: string): boolean {
  const value = query.get(key);
  return value !== null && value !== 'false' && value !== '0';
}

export function notAllowed(): Refusal {
  return new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

export function optionsInvalid(what: string): Refusal {
  return new Refusal(422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: ${what}`);
}

export function bad(message: string): Refusal {
  return new Refusal(400, 'BadRequest', message);
}

/** Throws 415 for a body with another content type. Without a content type, the first format is assumed. */
export function checkType(contentType: string, types: readonly string[]): void {
  if (contentType !== '' && !types.includes(contentType)) throw unknownFormat(types);
}

export function unknownFormat(types: readonly string[]): Refusal {
  return new Refusal(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`,
  );
}

/** Throws 400 for an object with another kind or version than its path. */
export function checkVersion(info: KindInfo, version: string, given: JsonMap): void {
  const wanted = apiVersionOf(info, version);
  const [apiVersion, kind] = [textAt(given, 'apiVersion'), textAt(given, 'kind')];
  if (apiVersion !== wanted) {
    throw bad(`the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`);
  }
  if (kind !== info.kind) {
    const internal = info.group === '' ? 'core' : info.group.split('.', 1)[0];
    throw bad(
      `${kind} in version "${version}" cannot be handled as a ${info.kind}: converting (${version}.${kind}) to (${internal}.${info.kind}): unknown conversion`,
    );
  }
}
