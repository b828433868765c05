import { at, type JsonObject, numberAt, stringAt } from '../../release/json.ts';
import {
  type Access,
  type Cluster,
  ClusterError,
  type Kind,
  KindMissing,
  type KubeObject,
  type Listed,
  type ListQuery,
  type ObjectRef,
  type PageQuery,
} from '../../release/ports.ts';
import { itemsIn, kindsIn } from './answers.ts';
import { type AuthOptions, authenticate } from './auth.ts';
import { openConnection, type Stats } from './http.ts';
import { serverClock } from './server-clock.ts';
import { nonsense } from './trouble.ts';
import { type Tuning, tuned } from './tuning.ts';
import { watch } from './watch.ts';

export type { Stats } from './http.ts';

export interface ConnectOptions extends AuthOptions {
  readonly tuning?: Partial<Tuning>;
  /** Monotonic milliseconds, to estimate the server's time between answers; by default those of the process. */
  readonly elapsed?: () => number;
}

/** A connection to one API server. Disposing closes every socket and ends running requests. */
export interface ConnectedCluster extends Cluster, AsyncDisposable {
  /** The numbers of requests and connections. */
  readonly stats: Stats;
}

/**
 * The cluster of a kubeconfig's context, or of the pod. Sends nothing yet. Throws KUBECONFIG_INVALID and NOT_SUPPORTED
 * (input) for a broken or unsafe kubeconfig. Credentials are passed to `mask` before their first use. They are in no
 * property, message or cause of the result or of an error.
 */
export async function connect(options: ConnectOptions): Promise<ConnectedCluster> {
  const tuning = { ...tuned, ...options.tuning };
  const endpoint = await authenticate(options);
  const connection = openConnection(endpoint, tuning, serverClock(options.elapsed));
  /** Cached resources by group version. A missing kind is looked up again. */
  const discovered = new Map<string, readonly Kind[]>();
  let username: string | null = null;

  const read = (path: string, signal: AbortSignal) => connection.ask({ method: 'GET', path, repeatable: true }, signal);

  async function list(query: PageQuery, signal: AbortSignal): Promise<Listed> {
    const asked = selectors(query);
    if (query.limit !== undefined) asked.set('limit', String(query.limit));
    if (query.continue !== undefined) asked.set('continue', query.continue);
    const answer = await unlessMissing(read(collectionPath(query, asked), signal));
    if (answer === null) throw new KindMissing(query.kind);
    const resourceVersion = stringAt(answer, 'metadata', 'resourceVersion') ?? '';
    if (resourceVersion === '') throw nonsense(endpoint, 'a list without a resourceVersion');
    const items = itemsIn(answer, query.kind);
    if (items === null) throw nonsense(endpoint, 'a list whose items are not objects with names');
    const next = stringAt(answer, 'metadata', 'continue') ?? '';
    // What is taken for the whole must not be a part, and pages without objects could go on for ever.
    if (next !== '' && (query.limit === undefined || items.length === 0))
      throw nonsense(endpoint, 'a part of a list, which was asked for as a whole');
    const remaining = numberAt(answer, 'metadata', 'remainingItemCount');
    return {
      items,
      resourceVersion,
      ...(next === '' ? {} : { continue: next }),
      ...(remaining === null ? {} : { remaining }),
    };
  }

  /** The object of this name. An answer without it is not the answer of an API server: it must not count as an object without fields. */
  async function objectNamed(name: string, answer: Promise<JsonObject>): Promise<JsonObject> {
    const object = await answer;
    if (stringAt(object, 'metadata', 'name') === name) return object;
    throw nonsense(endpoint, `something else than the object ${JSON.stringify(name)}`);
  }

  async function discover(apiVersion: string, kind: string, signal: AbortSignal): Promise<Kind | null> {
    const known = discovered.get(apiVersion)?.find((resource) => resource.kind === kind);
    if (known !== undefined) return known;
    const answer = await unlessMissing(read(versionPath(apiVersion), signal));
    if (answer === null) return null;
    const resources = kindsIn(answer, apiVersion);
    discovered.set(apiVersion, resources);
    return resources.find((resource) => resource.kind === kind) ?? null;
  }

  async function refOf(object: KubeObject, signal: AbortSignal): Promise<ObjectRef> {
    const apiVersion = stringAt(object, 'apiVersion') ?? '';
    const kindName = stringAt(object, 'kind') ?? '';
    const kind = await discover(apiVersion, kindName, signal);
    if (kind === null) {
      throw new ClusterError(404, 'NotFound', `the server does not serve the kind ${kindName} of ${apiVersion}`);
    }
    return {
      kind,
      namespace: stringAt(object, 'metadata', 'namespace'),
      name: stringAt(object, 'metadata', 'name') ?? '',
    };
  }

  async function whoAmI(signal: AbortSignal): Promise<string> {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    // It creates nothing, so it may be sent twice.
    const request = { method: 'POST', path, contentType: 'application/json', body, repeatable: true } as const;
    const found = stringAt(await connection.ask(request, signal), 'status', 'userInfo', 'username') ?? '';
    if (found === '') throw nonsense(endpoint, 'a review of this identity without a name');
    return found;
  }

  async function may(access: Access, signal: AbortSignal): Promise<boolean> {
    const { verb, group, plural, part, namespace, name } = access;
    const resourceAttributes = {
      ...{ verb, group, resource: plural },
      ...(part === null ? {} : { subresource: part }),
      ...(namespace === null ? {} : { namespace }),
      ...(name === null ? {} : { name }),
    };
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    };
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    // It creates nothing, so it may be sent twice.
    const request = { method: 'POST', path, contentType: 'application/json', body, repeatable: true } as const;
    const allowed = at(await connection.ask(request, signal), 'status', 'allowed');
    if (typeof allowed !== 'boolean') throw nonsense(endpoint, 'a review of access without an answer');
    return allowed;
  }

  return {
    title: endpoint.title,
    stats: connection.stats,
    list,
    discover,
    now: connection.now,

    async get(ref, signal) {
      try {
        return await objectNamed(ref.name, read(objectPath(ref), signal));
      } catch (error) {
        // A 404 without a Status means that the server does not serve the path: a missing CRD, not a missing object.
        if (error instanceof ClusterError && error.status === 404 && error.reason === 'NotFound') return null;
        throw error;
      }
    },

    async apply(object, { manager, force, dryRun, signal }) {
      const query = new URLSearchParams({ fieldManager: manager, force: String(force), fieldValidation: 'Strict' });
      if (dryRun) query.set('dryRun', 'All');
      const ref = await refOf(object, signal);
      const path = `${objectPath(ref)}?${query}`;
      // JSON is valid YAML, and this content type selects server-side apply.
      const contentType = 'application/apply-patch+yaml';
      const request = { method: 'PATCH', path, contentType, body: object, repeatable: dryRun } as const;
      return objectNamed(ref.name, connection.ask(request, signal));
    },

    async patch(ref, body, { manager, subresource, dryRun, signal }) {
      const query = new URLSearchParams({ fieldManager: manager, fieldValidation: 'Strict' });
      if (dryRun) query.set('dryRun', 'All');
      const path = `${objectPath(ref)}${subresource === null ? '' : `/${subresource}`}?${query}`;
      const contentType = 'application/json-patch+json';
      const request = { method: 'PATCH', path, contentType, body, repeatable: dryRun } as const;
      return objectNamed(ref.name, connection.ask(request, signal));
    },

    async remove(ref, uid, signal) {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
      const request = { method: 'DELETE', contentType: 'application/json', body, repeatable: true } as const;
      await unlessMissing(connection.ask({ ...request, path: objectPath(ref) }, signal));
    },

    logs({ namespace, pod, container, previous, lines, bytes }, signal) {
      const query = new URLSearchParams({ container, tailLines: String(lines), limitBytes: String(bytes) });
      if (previous) query.set('previous', 'true');
      return connection.read(`/api/v1/namespaces/${segment(namespace)}/pods/${segment(pod)}/log?${query}`, signal);
    },

    watch(query, since, signal) {
      const path = (resourceVersion: string) => {
        const asked = selectors(query);
        asked.set('watch', 'true');
        asked.set('allowWatchBookmarks', 'true');
        asked.set('resourceVersion', resourceVersion);
        // Random, so that many watches do not return in the same second.
        asked.set('timeoutSeconds', String(270 + Math.floor(Math.random() * 40)));
        return collectionPath(query, asked);
      };
      return watch({ connection, endpoint, tuning, path, list: (inner) => list(query, inner), since, signal });
    },

    may,

    async user(signal) {
      username ??= await whoAmI(signal);
      return username;
    },

    async [Symbol.asyncDispose]() {
      endpoint.close();
      await connection[Symbol.asyncDispose]();
    },
  };
}

async function unlessMissing(answer: Promise<JsonObject>): Promise<JsonObject | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ClusterError && error.status === 404) return null;
    throw error;
  }
}

function selectors({ labelSelector, fieldSelector }: ListQuery): URLSearchParams {
  const query = new URLSearchParams();
  if (labelSelector !== undefined) query.set('labelSelector', labelSelector);
  if (fieldSelector !== undefined) query.set('fieldSelector', fieldSelector);
  return query;
}

function versionPath(apiVersion: string): string {
  return apiVersion.includes('/')
    ? `/apis/${apiVersion.split('/').map(segment).join('/')}`
    : `/api/${segment(apiVersion)}`;
}

function collectionPath(
  { kind, namespace }: { kind: Kind; namespace: string | null },
  query?: URLSearchParams,
): string {
  const scope = kind.namespaced && namespace !== null ? `/namespaces/${segment(namespace)}` : '';
  const asked = query === undefined || query.size === 0 ? '' : `?${query}`;
  return `${versionPath(kind.apiVersion)}${scope}/${segment(kind.plural)}${asked}`;
}

function objectPath(ref: ObjectRef): string {
  if (ref.kind.namespaced && ref.namespace === null) throw new Error(`${ref.kind.kind} ${ref.name} needs a namespace`);
  return `${collectionPath(ref)}/${segment(ref.name)}`;
}

/** One part of a path. A name that would change the path is a defect of stepgate. */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..' || /[/%]/.test(text)) {
    throw new Error(`${JSON.stringify(text)} cannot be part of an API path`);
  }
  return encodeURIComponent(text);
}
