import { notFound, Refusal } from '../api/answers.ts';
import { clean, isMap, type Json, type JsonMap, mapAt, textAt, withAt } from '../api/json.ts';
import { apiVersionOf, type KindInfo, resourceName } from '../api/kinds.ts';
import { fieldSelector, labelSelector } from '../api/selectors.ts';
import { isGoing, type Thing } from '../api/things.ts';
import type { Call } from '../faults.ts';
import type { Pod } from '../workloads/types.ts';
import { killPod, type World } from '../world.ts';
import { jsonIn, objectIn, patchIn } from './bodies.ts';
import { type Place, servedIn } from './places.ts';

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

type Collection = Extract<Place, { is: 'collection' }>;
type Target = Extract<Place, { is: 'object' }>;

/** Throws the Refusal of what cannot be understood; nothing has happened then. */
export function actionOf(world: World, asked: Asked): Action {
  const { place, method } = asked;
  switch (place.is) {
    case 'resources':
      if (method !== 'GET') throw notAllowed();
      return {
        is: 'answer',
        call: callOf('discover', place, asked),
        perform: () => ({ code: 200, body: resources(place.group, place.version) }),
      };
    case 'collection':
      if (method === 'GET') return isTrue(asked.query, 'watch') ? watching(place, asked) : list(world, place, asked);
      if (method === 'POST') return create(world, place, asked);
      throw notAllowed();
    case 'object':
      if (method === 'GET') return get(world, place, asked);
      if (method === 'PATCH') return patch(world, place, asked);
      if (method === 'DELETE' && place.subresource === null) return remove(world, place, asked);
      throw notAllowed();
  }
}

function get(world: World, place: Target, asked: Asked): Action {
  const { info, version } = place;
  return {
    is: 'answer',
    call: callOf('get', place, asked),
    perform() {
      const found = world.api.get<Thing>(info.id, place.namespace ?? '', place.name);
      if (found === undefined) throw notFound(resourceName(info), place.name);
      return { code: 200, body: versioned(found, info, version) };
    },
  };
}

function list(world: World, place: Collection, asked: Asked): Action {
  const { info, version, namespace } = place;
  const wanted = selected(asked.query);
  return {
    is: 'answer',
    call: callOf('list', place, asked),
    perform() {
      const found = world.api.list<Thing>(info.id, namespace).filter(wanted);
      // As the real server: a custom resource says in a list what it is, a native one does not.
      const item = (thing: Thing): Json => {
        if (isCustom(info)) return versioned(thing, info, version);
        const { apiVersion: _version, kind: _kind, ...rest } = versioned(thing, info, version);
        return rest;
      };
      return {
        code: 200,
        body: {
          kind: `${info.kind}List`,
          apiVersion: apiVersionOf(info, version),
          metadata: { resourceVersion: String(world.api.store.version) },
          items: found.map(item),
        },
      };
    },
  };
}

function watching(place: Collection, asked: Asked): Action {
  const { query } = asked;
  const since = query.get('resourceVersion') ?? '';
  const seconds = query.get('timeoutSeconds');
  if (!/^\d*$/.test(since)) throw new Refusal(400, 'BadRequest', `invalid resource version "${since}"`);
  if (seconds !== null && !/^\d+$/.test(seconds)) {
    throw new Refusal(400, 'BadRequest', `strconv.ParseInt: parsing "${seconds}": invalid syntax`);
  }
  const { info, version, namespace } = place;
  return {
    is: 'watch',
    call: callOf('watch', place, asked),
    watching: {
      info,
      version,
      namespace,
      wanted: selected(query),
      since: Number(since) === 0 ? null : Number(since),
      bookmarks: isTrue(query, 'allowWatchBookmarks'),
      seconds: seconds === null || Number(seconds) === 0 ? null : Number(seconds),
    },
  };
}

function create(world: World, place: Collection, asked: Asked): Action {
  const { info, version, namespace } = place;
  if (info.namespaced && namespace === null) throw notAllowed();
  if (asked.contentType !== '' && asked.contentType !== 'application/json') throw unknownFormat(['application/json']);
  const given = objectIn(asked.body, 'the object provided is unrecognized');
  checkVersion(info, version, given);
  const object = inNamespace(given, namespace);
  if (textAt(object, 'metadata', 'name') === '' && textAt(object, 'metadata', 'generateName') === '') {
    throw new Refusal(
      422,
      'Invalid',
      `${info.kind}${info.group === '' ? '' : `.${info.group}`} "" is invalid: metadata.name: Required value: name or generateName is required`,
    );
  }
  const call = callOf('create', place, asked, textAt(object, 'metadata', 'name'));
  return {
    is: 'answer',
    call,
    perform() {
      checkNamespace(world, info, namespace);
      const made = world.api.create<Thing>(info.id, object, call);
      return { code: 201, body: versioned(made, info, version) };
    },
  };
}

const applyType = 'application/apply-patch+yaml';
const jsonPatchType = 'application/json-patch+json';
const mergePatchType = 'application/merge-patch+json';

function patch(world: World, place: Target, asked: Asked): Action {
  switch (asked.contentType) {
    case applyType:
      return apply(world, place, asked);
    case jsonPatchType:
      return change(world, place, asked, 'json', patchIn(asked.body));
    case mergePatchType:
      return change(world, place, asked, 'merge', objectIn(asked.body, 'error decoding patch'));
    default:
      throw unknownFormat([jsonPatchType, mergePatchType, applyType]);
  }
}

function change(world: World, place: Target, asked: Asked, type: 'json' | 'merge', body: Json): Action {
  const { info, version, name, subresource } = place;
  if (asked.query.has('force')) throw optionsInvalid('force: Forbidden: may not be specified for non-apply patch');
  const call = callOf('patch', place, asked);
  return {
    is: 'answer',
    call,
    perform() {
      const { manager, dryRun } = call;
      const options = { manager, dryRun, subresource, type } as const;
      const patched = world.api.patch<Thing>(info.id, place.namespace ?? '', name, body, options);
      return { code: 200, body: versioned(patched, info, version) };
    },
  };
}

function apply(world: World, place: Target, asked: Asked): Action {
  const { info, version, name, namespace, subresource } = place;
  // The status of nothing here is applied; of the real server's rules for it none are known to the model.
  if (subresource !== null) throw notAllowed();
  if ((asked.query.get('fieldManager') ?? '') === '') {
    throw optionsInvalid('fieldManager: Required value: is required for apply patch');
  }
  // A text of YAML that is no JSON is answered as if it were broken: nothing sends one here.
  const given = objectIn(asked.body, 'error decoding YAML');
  checkVersion(info, version, given);
  const metadata = mapAt(given, 'metadata');
  if (metadata['managedFields'] !== undefined) {
    throw new Refusal(400, 'BadRequest', 'metadata.managedFields must be nil');
  }
  if ((metadata['name'] ?? name) !== name) {
    const told = textAt(metadata, 'name');
    throw bad(`the name of the object (${told}) does not match the name on the URL (${name})`);
  }
  const config = inNamespace(given, namespace);
  const call = callOf('apply', place, asked);
  return {
    is: 'answer',
    call,
    perform() {
      const exists = world.api.get(info.id, namespace ?? '', name) !== undefined;
      if (!exists) checkNamespace(world, info, namespace);
      const { object, created } = world.api.apply<Thing>(info.id, namespace ?? '', name, config, {
        manager: call.manager,
        dryRun: call.dryRun,
        force: isTrue(asked.query, 'force'),
        apiVersion: apiVersionOf(info, version),
      });
      return { code: created ? 201 : 200, body: versioned(object, info, version) };
    },
  };
}

function remove(world: World, place: Target, asked: Asked): Action {
  const { info, version, name } = place;
  const namespace = place.namespace ?? '';
  const options = asked.body.length === 0 ? {} : jsonIn(asked.body, 'unable to parse DeleteOptions');
  const propagation = asked.query.get('propagationPolicy') ?? textAt(options, 'propagationPolicy');
  // No controller here would do what these ask for.
  if (info.id === 'Namespace' || !['', 'Background'].includes(propagation)) throw notAllowed();
  const uid = textAt(options, 'preconditions', 'uid');
  const inBody = isMap(options) && Array.isArray(options['dryRun']) && options['dryRun'].length > 0;
  const asTold = callOf('delete', place, asked);
  const call = { ...asTold, dryRun: asTold.dryRun || inBody };
  return {
    is: 'answer',
    call,
    perform() {
      const pod = info.id === 'Pod' ? world.api.get<Pod>('Pod', namespace, name) : undefined;
      if (pod !== undefined && !call.dryRun && (uid === '' || uid === pod.metadata.uid)) {
        killPod(world, pod);
        return { code: 200, body: versioned(world.api.get<Pod>('Pod', namespace, name) ?? pod, info, version) };
      }
      const gone = world.api.remove(info.id, namespace, name, { dryRun: call.dryRun, ...(uid === '' ? {} : { uid }) });
      if (isGoing(gone)) return { code: 200, body: versioned(gone, info, version) };
      return { code: 200, body: success(info, gone) };
    },
  };
}

function callOf(verb: Call['verb'], place: Place, { query, userAgent }: Asked, name = ''): Call {
  const dryRun = query.getAll('dryRun');
  const other = dryRun.find((value) => value !== 'All');
  if (other !== undefined) {
    throw optionsInvalid(`dryRun: Unsupported value: ${JSON.stringify(other)}: supported values: "All"`);
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

function resources(group: string, version: string): Json {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: servedIn(group, version).flatMap(({ plural, kind, namespaced, status }) => {
      const resource = { name: plural, singularName: kind.toLowerCase(), namespaced, kind };
      const verbs = ['create', 'delete', 'get', 'list', 'patch', 'watch'];
      const sub = { ...resource, name: `${plural}/status`, singularName: '', verbs: ['get', 'patch'] };
      return status ? [{ ...resource, verbs }, sub] : [{ ...resource, verbs }];
    }),
  };
}

function success(info: KindInfo, { metadata: { name, uid } }: Thing): Json {
  const group = info.group === '' ? {} : { group: info.group };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...group, kind: info.plural, uid },
  };
}

function selected(query: URLSearchParams): (thing: Thing) => boolean {
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const fields = fieldSelector(query.get('fieldSelector') ?? '');
  return (thing) => labels(thing) && fields(thing);
}

function isCustom({ group }: KindInfo): boolean {
  return group.includes('.') && !['rbac.authorization.k8s.io', 'networking.k8s.io'].includes(group);
}

function isTrue(query: URLSearchParams, key: string): boolean {
  const value = query.get(key);
  return value !== null && value !== 'false' && value !== '0';
}

function checkVersion(info: KindInfo, version: string, given: JsonMap): void {
  const wanted = apiVersionOf(info, version);
  const [apiVersion, kind] = [textAt(given, 'apiVersion'), textAt(given, 'kind')];
  if (apiVersion !== wanted) {
    throw bad(`the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`);
  }
  if (kind !== info.kind) throw bad(`the kind in the data (${kind}) does not match the expected kind (${info.kind})`);
}

function inNamespace(given: JsonMap, namespace: string | null): JsonMap {
  const told = textAt(given, 'metadata', 'namespace');
  if (told !== '' && told !== (namespace ?? '')) {
    throw bad('the namespace of the provided object does not match the namespace sent on the request');
  }
  return withAt(given, ['metadata', 'namespace'], namespace ?? undefined);
}

function checkNamespace(world: World, info: KindInfo, namespace: string | null): void {
  if (!info.namespaced || namespace === null || world.api.get('Namespace', '', namespace) !== undefined) return;
  throw notFound('namespaces', namespace);
}

function notAllowed(): Refusal {
  return new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

function unknownFormat(types: readonly string[]): Refusal {
  return new Refusal(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`,
  );
}

function optionsInvalid(what: string): Refusal {
  return new Refusal(422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: ${what}`);
}

function bad(message: string): Refusal {
  return new Refusal(400, 'BadRequest', message);
}
