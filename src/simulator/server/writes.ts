import { notFound, Refusal } from '../api/answers.ts';
import { isMap, type Json, type JsonMap, mapAt, textAt, withAt } from '../api/json.ts';
import { apiVersionOf, type KindInfo } from '../api/kinds.ts';
import { isGoing, type Thing } from '../api/things.ts';
import { killPod, type World } from '../world.ts';
import {
  type Action,
  type Asked,
  type Backend,
  bad,
  type Collection,
  callOf,
  checkType,
  checkVersion,
  isTrue,
  notAllowed,
  optionsInvalid,
  type Target,
  unknownFormat,
  versioned,
} from './asked.ts';
import { jsonIn, objectIn, patchIn } from './bodies.ts';
import { checkMembers } from './members.ts';

export function create({ world }: Backend, place: Collection, asked: Asked): Action {
  const { info, version, namespace } = place;
  if (info.namespaced && namespace === null) throw notAllowed();
  checkType(asked.contentType, ['application/json']);
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
      const made = world.api.create(info.id, object, call);
      return { code: 201, body: versioned(made, info, version) };
    },
  };
}

const applyType = 'application/apply-patch+yaml';
const jsonPatchType = 'application/json-patch+json';
const mergePatchType = 'application/merge-patch+json';

export function patch(backend: Backend, place: Target, asked: Asked): Action {
  switch (asked.contentType) {
    case applyType:
      return apply(backend, place, asked);
    case jsonPatchType:
      return change(backend, place, asked, 'json', patchIn(asked.body));
    case mergePatchType:
      return change(backend, place, asked, 'merge', objectIn(asked.body, 'error decoding patch'));
    default:
      throw unknownFormat([jsonPatchType, mergePatchType, applyType]);
  }
}

function change({ world }: Backend, place: Target, asked: Asked, type: 'json' | 'merge', body: Json): Action {
  const { info, version, name, subresource } = place;
  if (asked.query.has('force')) throw optionsInvalid('force: Forbidden: may not be specified for non-apply patch');
  const call = callOf('patch', place, asked);
  return {
    is: 'answer',
    call,
    perform() {
      const { manager, dryRun } = call;
      const options = { manager, dryRun, subresource, type } as const;
      const patched = world.api.patch(info.id, place.namespace ?? '', name, body, options);
      return { code: 200, body: versioned(patched, info, version) };
    },
  };
}

function apply({ world }: Backend, place: Target, asked: Asked): Action {
  const { info, version, name, namespace, subresource } = place;
  // The model does not support an apply of a status.
  if (subresource !== null) throw notAllowed();
  if ((asked.query.get('fieldManager') ?? '') === '') {
    throw optionsInvalid('fieldManager: Required value: is required for apply patch');
  }
  // YAML that is not JSON is refused as broken, because no client here sends it.
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
  checkMembers(info, version, given, namespace === null ? name : `${namespace}/${name}`);
  const config = inNamespace(given, namespace);
  const call = callOf('apply', place, asked);
  return {
    is: 'answer',
    call,
    perform() {
      const exists = world.api.get(info.id, namespace ?? '', name) !== undefined;
      if (!exists) checkNamespace(world, info, namespace);
      const { object, created } = world.api.apply(info.id, namespace ?? '', name, config, {
        manager: call.manager,
        dryRun: call.dryRun,
        force: isTrue(asked.query, 'force'),
        apiVersion: apiVersionOf(info, version),
      });
      return { code: created ? 201 : 200, body: versioned(object, info, version) };
    },
  };
}

export function remove({ world }: Backend, place: Target, asked: Asked): Action {
  const { info, version, name } = place;
  const namespace = place.namespace ?? '';
  const options = asked.body.length === 0 ? {} : jsonIn(asked.body, 'unable to parse DeleteOptions');
  const propagation = asked.query.get('propagationPolicy') ?? textAt(options, 'propagationPolicy');
  // No controller here implements these.
  if (info.id === 'Namespace' || !['', 'Background'].includes(propagation)) throw notAllowed();
  const uid = textAt(options, 'preconditions', 'uid');
  const inBody = isMap(options) && Array.isArray(options['dryRun']) && options['dryRun'].length > 0;
  const asTold = callOf('delete', place, asked);
  const call = { ...asTold, dryRun: asTold.dryRun || inBody };
  return {
    is: 'answer',
    call,
    perform() {
      const pod = info.id === 'Pod' ? world.api.get('Pod', namespace, name) : undefined;
      if (pod !== undefined && !call.dryRun && (uid === '' || uid === pod.metadata.uid)) {
        killPod(world, pod);
        return { code: 200, body: versioned(world.api.get('Pod', namespace, name) ?? pod, info, version) };
      }
      const gone = world.api.remove(info.id, namespace, name, { dryRun: call.dryRun, ...(uid === '' ? {} : { uid }) });
      if (isGoing(gone)) return { code: 200, body: versioned(gone, info, version) };
      return { code: 200, body: success(info, gone) };
    },
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
