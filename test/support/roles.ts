import { parseAllDocuments } from 'yaml';
import { at, listAt, stringAt, textsAt } from '../../src/release/json.ts';
import { type Cluster, ClusterError, type Kind, type KubeObject } from '../../src/release/ports.ts';
import { groupVersion, kinds } from '../../src/simulator/api/kinds.ts';

/** A request, in the words of a role. */
export interface Asked {
  readonly verb: string;
  readonly group: string;
  /** `rollouts`, `rollouts/status`, `pods/log`. */
  readonly resource: string;
  /** Null for every namespace, and for a kind without them. */
  readonly namespace: string | null;
  /** Null for a list and a watch. */
  readonly name: string | null;
}

/** What one rule of a printed role allows on one object or on all, by one verb. */
export interface Grant extends Asked {
  readonly role: string;
}

/** The documents of a YAML stream. */
export function documentsIn(yaml: string): readonly Record<string, unknown>[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as Record<string, unknown>);
}

/** Every grant of the printed roles, by duty. */
export function grantsIn(yaml: string): ReadonlyMap<string, readonly Grant[]> {
  const roles = documentsIn(yaml).filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole');
  return Map.groupBy(
    roles.flatMap((role) => grantsOf(role)),
    ({ role }) => dutyOf(role),
  );
}

function grantsOf(object: Readonly<Record<string, unknown>>): readonly Grant[] {
  const role = stringAt(object, 'metadata', 'name') ?? '';
  const namespace = stringAt(object, 'metadata', 'namespace');
  return listAt(object, 'rules').flatMap((rule) => {
    const names = at(rule, 'resourceNames') === undefined ? [null] : textsAt(rule, 'resourceNames');
    return textsAt(rule, 'apiGroups').flatMap((group) =>
      textsAt(rule, 'resources').flatMap((resource) =>
        textsAt(rule, 'verbs').flatMap((verb) =>
          names.map((name) => ({ role, group, resource, verb, namespace, name })),
        ),
      ),
    );
  });
}

function dutyOf(role: string): string {
  return role.replace(/^stepgate-/, '').replace(/\..*$/, '');
}

/** The grants that allow a request. */
export function allowing(grants: readonly Grant[], asked: Asked): readonly Grant[] {
  return grants.filter(
    ({ group, resource, verb, namespace, name }) =>
      group === asked.group &&
      resource === asked.resource &&
      verb === asked.verb &&
      (namespace === null || namespace === asked.namespace) &&
      (name === null || name === asked.name),
  );
}

/**
 * A cluster that answers as an API server with role-based access control does: what `may` denies is 403. A server-side apply of a
 * missing object takes the rights to patch and to create.
 */
export function authorised(inner: Cluster, may: (asked: Asked) => boolean): Cluster {
  const check = (verb: string, kind: Kind, namespace: string | null, name: string | null, part = '') => {
    const { group } = groupVersion(kind.apiVersion);
    const resource = `${kind.plural}${part}`;
    if (may({ verb, group, resource, namespace, name })) return;
    const where = namespace === null ? 'at the cluster scope' : `in the namespace "${namespace}"`;
    const whole = group === '' ? kind.plural : `${kind.plural}.${group}`;
    throw new ClusterError(
      403,
      'Forbidden',
      `${whole}${name === null ? '' : ` "${name}"`} is forbidden: User "ada" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
    );
  };
  return {
    ...inner,
    async get(ref, signal) {
      check('get', ref.kind, ref.namespace, ref.name);
      return inner.get(ref, signal);
    },
    async list(query, signal) {
      check('list', query.kind, query.namespace, null);
      return inner.list(query, signal);
    },
    async apply(object, options) {
      const kind = kindIn(object);
      const namespace = stringAt(object, 'metadata', 'namespace');
      const name = stringAt(object, 'metadata', 'name') ?? '';
      check('patch', kind, namespace, name);
      if ((await inner.get({ kind, namespace, name }, options.signal)) === null) check('create', kind, namespace, name);
      return inner.apply(object, options);
    },
    async patch(ref, body, options) {
      check('patch', ref.kind, ref.namespace, ref.name, options.subresource === null ? '' : `/${options.subresource}`);
      return inner.patch(ref, body, options);
    },
    async remove(ref, uid, signal) {
      check('delete', ref.kind, ref.namespace, ref.name);
      return inner.remove(ref, uid, signal);
    },
    async logs(query, signal) {
      const pod = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
      check('get', pod, query.namespace, query.pod, '/log');
      return inner.logs(query, signal);
    },
    async *watch(query, since, signal) {
      check('watch', query.kind, query.namespace, null);
      yield* inner.watch(query, since, signal);
    },
  };
}

function kindIn(object: KubeObject): Kind {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  const kind = stringAt(object, 'kind') ?? '';
  const { group } = groupVersion(apiVersion);
  const found = kinds.find((one) => one.group === group && (one.kind === kind || one.id === kind));
  if (found === undefined) throw new Error(`the embedded cluster has no ${kind} of ${apiVersion}`);
  return { apiVersion, kind, plural: found.plural, namespaced: found.namespaced };
}
