import { Refusal } from '../api/answers.ts';
import { clean, type Json, type JsonMap, withAt } from '../api/json.ts';
import { apiVersionOf, type KindInfo } from '../api/kinds.ts';
import type { Pages } from '../api/pages.ts';
import type { Thing } from '../api/things.ts';
import type { Call } from '../faults.ts';
import type { World } from '../world.ts';
import type { Place } from './places.ts';

/** What requests are answered from. */
export interface Backend {
  readonly world: World;
  readonly pages: Pages;
}

export interface Asked {
  readonly method: string;
  readonly place: Place;
  readonly query: URLSearchParams;
  /** Without parameters; empty where there is none. */
  readonly contentType: string;
  readonly userAgent: string;
  readonly body: Buffer;
}

export interface Answer {
  readonly code: number;
  readonly body: Json;
}

/** What a watch looks at. */
export interface Watching {
  readonly info: KindInfo;
  readonly version: string;
  readonly namespace: string | null;
  /** Empty where there is none. */
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly wanted: (thing: Thing) => boolean;
  /** Changes after this version; null: everything there is, then its changes. */
  readonly since: number | null;
  readonly bookmarks: boolean;
  /** Null: as long as the client likes. */
  readonly seconds: number | null;
}

/** A request understood: who asks what, and the transaction (or the watch) that answers it. */
export type Action =
  | { readonly is: 'answer'; readonly call: Call; readonly perform: () => Answer }
  | { readonly is: 'watch'; readonly call: Call; readonly watching: Watching };

export type Collection = Extract<Place, { is: 'collection' }>;
export type Target = Extract<Place, { is: 'object' }>;

export function callOf(verb: Call['verb'], place: Place, { query, userAgent }: Asked, name = ''): Call {
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All')) {
    throw optionsInvalid(`dryRun: Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`);
  }
  return {
    verb,
    kind: place.is === 'resources' ? '' : place.info.id,
    namespace: place.is === 'resources' ? null : place.namespace,
    name: place.is === 'object' ? place.name : name,
    subresource: place.is === 'object' ? place.subresource : null,
    dryRun: dryRun.length > 0,
    // Who names no manager owns fields under the program's name.
    manager: query.get('fieldManager') ?? userAgent.split('/', 1)[0] ?? '',
  };
}

/** As it is told in a version; without the empty resourceVersion that a create in a dry run has. */
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
