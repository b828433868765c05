import { environmentError } from '../../src/release/error.ts';
import {
  type Cluster,
  ClusterError,
  type KubeObject,
  type ObjectRef,
  type Repo,
  type WatchEvent,
} from '../../src/release/ports.ts';
import type { Api } from '../../src/simulator/api/api.ts';
import type { Fault, Meddling } from './case.ts';

/** The process is gone: whatever the run still tries throws this. */
export class Killed extends Error {}

/** Who writes at this moment. Whoever is not named is the engine, or what moves pods. */
export interface Stage {
  actor: string;
}

export function acting<T>(stage: Stage, actor: string, body: () => T): T {
  const before = stage.actor;
  stage.actor = actor;
  try {
    return body();
  } finally {
    stage.actor = before;
  }
}

/** The API under somebody's name. */
export function authored(api: Api, stage: Stage, actor: string): Api {
  return {
    ...api,
    create: (...given) => acting(stage, actor, () => api.create(...given)),
    update: (...given) => acting(stage, actor, () => api.update(...given)),
    patch: (...given) => acting(stage, actor, () => api.patch(...given)),
    apply: (...given) => acting(stage, actor, () => api.apply(...given)),
    remove: (...given) => acting(stage, actor, () => api.remove(...given)),
  };
}

/** One run on its way through the faults. */
export interface Way {
  readonly fault: Fault | null;
  /** Milliseconds that the next call takes, each way. */
  readonly delay: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Ends the process. */
  readonly die: () => void;
  /** Somebody touches an object that is about to be written. */
  readonly touch: (kind: string, name: string) => void;
  /** Somebody does something without stepgate. */
  readonly meddle: (what: Meddling) => void;
  /** A write is about to be sent. */
  readonly begins: (kind: string) => void;
  /** An object is about to be read by its name. */
  readonly reads: (kind: string) => void;
  /** The cluster has shown the run this object. */
  readonly saw: (object: KubeObject) => void;
  /** The fault came to pass. */
  readonly met: (fault: Fault) => void;
  dead: boolean;
  calls: number;
  /** Those to the forge. */
  requests: number;
  /** Those to servers of metrics. */
  queries: number;
  writes: number;
}

/** A write or a read through latency, faults and the end of the process. */
async function through<T>(way: Way, isWrite: boolean, target: Named | null, body: () => Promise<T>): Promise<T> {
  await late(way);
  const { fault } = way;
  way.calls += 1;
  if (isWrite) way.writes += 1;
  if (fault?.fault === 'answer' && fault.call === way.calls) {
    way.met(fault);
    throw new ClusterError(fault.status, '', `the API server answers ${fault.status}`);
  }
  if (fault?.fault === 'meddle' && fault.call === way.calls) {
    way.met(fault);
    way.meddle(fault.what);
  }
  if (fault?.fault === 'standstill' && fault.call === way.calls) {
    way.met(fault);
    await way.sleep(fault.late);
    if (way.dead) throw new Killed();
  }
  const here = isWrite && fault !== null && 'write' in fault && fault.write === way.writes ? fault : null;
  if (here?.fault === 'touch' && target !== null) {
    way.met(here);
    way.touch(target.kind, target.name);
  }
  if (here?.fault === 'slow') {
    way.met(here);
    await way.sleep(here.late);
    if (way.dead) throw new Killed();
  }
  if (here?.fault === 'kill' || here?.fault === 'cut') {
    way.met(here);
    if (here.when === 'after') await body().catch(() => {});
    if (here.fault === 'kill') way.die();
    throw here.fault === 'kill' ? new Killed() : environmentError('CLUSTER_UNREACHABLE', 'the connection was cut');
  }
  const answer = await body();
  await late(way);
  return answer;
}

interface Named {
  readonly kind: string;
  readonly name: string;
}

/** The time that a call takes, each way; its process may end meanwhile. */
export async function late(way: Way): Promise<void> {
  if (way.dead) throw new Killed();
  const time = way.delay();
  if (time > 0) await way.sleep(time);
  if (way.dead) throw new Killed();
}

export function faultyCluster(inner: Cluster, way: Way): Cluster {
  const named = (ref: ObjectRef): Named => ({ kind: ref.kind.kind, name: ref.name });
  // What is shown while a write is on its way is not what that write was decided on.
  const later: KubeObject[] = [];
  let writing = 0;
  const shown = <T extends KubeObject | null>(object: T): T => {
    if (object !== null && writing > 0) later.push(object);
    else if (object !== null) way.saw(object);
    return object;
  };
  const write = async (isWrite: boolean, target: Named, body: () => Promise<KubeObject>): Promise<KubeObject> => {
    if (!isWrite) return shown(await through(way, false, target, body));
    writing += 1;
    way.begins(target.kind);
    try {
      return shown(await through(way, true, target, body));
    } finally {
      writing -= 1;
      if (writing === 0) later.splice(0).forEach(way.saw);
    }
  };
  return {
    title: inner.title,
    async get(ref, signal) {
      way.reads(ref.kind.kind);
      return shown(await through(way, false, null, () => inner.get(ref, signal)));
    },
    async list(query, signal) {
      const listed = await through(way, false, null, () => inner.list(query, signal));
      listed.items.forEach(shown);
      return listed;
    },
    apply(object, options) {
      const metadata = object['metadata'];
      const name = typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : '';
      const target = { kind: String(object['kind']), name: String(name) };
      return write(!options.dryRun, target, () => inner.apply(object, options));
    },
    patch: (ref, body, options) => write(!options.dryRun, named(ref), () => inner.patch(ref, body, options)),
    async remove(ref, uid, signal) {
      await write(true, named(ref), async () => {
        await inner.remove(ref, uid, signal);
        return {};
      });
    },
    logs: (query, signal) => inner.logs(query, signal),
    watch: (query, since, signal) => watched(inner.watch(query, since, signal), shown),
    discover: (apiVersion, kind, signal) => inner.discover(apiVersion, kind, signal),
    now: () => inner.now(),
    user: (signal) => inner.user(signal),
    may: (access, signal) => inner.may(access, signal),
  };
}

async function* watched(
  events: AsyncIterable<WatchEvent>,
  shown: (object: KubeObject) => void,
): AsyncIterable<WatchEvent> {
  for await (const event of events) {
    if (event.type === 'reset') event.items.forEach(shown);
    else shown(event.object);
    yield event;
  }
}

/** A clone that has the newest commit alone, and gets no other. */
export function shallowRepo(checkout: { readonly repo: Repo; readonly known: string }): Repo {
  const { repo } = checkout;
  const only = <T>(commit: string, body: () => Promise<T>): Promise<T> =>
    commit === checkout.known
      ? body()
      : Promise.reject(environmentError('GIT_SHALLOW', `this clone does not have ${commit.slice(0, 10)}`));
  return {
    ...repo,
    read: (commit, path) => only(commit, () => repo.read(commit, path)),
    files: (commit, folder) => only(commit, () => repo.files(commit, folder)),
    has: async (commit) => commit === checkout.known,
    contains: async (commit, ancestor) => (commit === ancestor ? true : 'unknown'),
    ensureHistory: async () => false,
    fetchCommit: async (_remote, commit) => commit === checkout.known,
    log: () => Promise.reject(environmentError('GIT_SHALLOW', 'this clone has one commit')),
    sameAt: (left, right, paths) => only(left, () => only(right, () => repo.sameAt(left, right, paths))),
    revert: (request) => only(request.from, () => repo.revert(request)),
  };
}

/** Only a push is a write that others see; the rest ends with the process. */
export function faultyRepo(inner: Repo, way: Way): Repo {
  const alive = <T>(body: () => Promise<T>): Promise<T> => (way.dead ? Promise.reject(new Killed()) : body());
  return {
    ...inner,
    revert: (request) => alive(() => inner.revert(request)),
    commitFiles: (request) => alive(() => inner.commitFiles(request)),
    fetch: (remote, branch) => alive(() => inner.fetch(remote, branch)),
    fetchRefs: (remote, query) => alive(() => inner.fetchRefs(remote, query)),
    fetchCommit: (remote, commit) => alive(() => inner.fetchCommit(remote, commit)),
    push: (remote, commit, branch) => through(way, true, null, () => inner.push(remote, commit, branch)),
  };
}
