import { statusError } from '../../src/adapters/kubernetes/status.ts';
import { tuned } from '../../src/adapters/kubernetes/tuning.ts';
import { environmentError } from '../../src/release/error.ts';
import { stringAt } from '../../src/release/json.ts';
import type { Clock, Cluster, Kind, ListQuery } from '../../src/release/ports.ts';
import { Refusal } from '../../src/simulator/api/answers.ts';
import type { Api } from '../../src/simulator/api/api.ts';
import { kindFor } from '../../src/simulator/api/kinds.ts';
import { answer, type Call, Cut, type Fault, type Faults } from '../../src/simulator/faults.ts';

export interface FaultyOptions {
  readonly api: Api;
  readonly faults: Faults;
  readonly clock: Clock;
}

/**
 * The port of an embedded cluster with no socket between, under the faults that its server would meet: what is tried
 * again, and after how long, is as the real adapter does it, but for the jitter; waiting is the clock's.
 */
export function faulty(inner: Cluster, options: FaultyOptions): Cluster {
  const { api, faults, clock } = options;

  async function through<T>(call: Call, signal: AbortSignal, perform: () => Promise<T>): Promise<T> {
    const isWrite = writes.includes(call.verb) && !call.dryRun;
    for (let attempt = 1; ; attempt += 1) {
      const fault = faults.take(call);
      try {
        return await late(fault, signal, () => answer(api, call, fault, () => quiet(perform())));
      } catch (error) {
        const last = attempt >= tuned.attempts;
        if (error instanceof Cut) {
          if (last || isWrite) throw unreachable(inner.title, isWrite);
          await clock.sleep(pauseBefore(attempt), signal);
        } else if (error instanceof Refusal) {
          const busy = error.code === 429 || (!isWrite && error.code >= 500);
          if (last || !busy) throw statusError(error.code, error.status);
          await clock.sleep(retryAfter(error) ?? pauseBefore(attempt), signal);
        } else throw error;
      }
    }
  }

  async function late<T>(fault: Fault | null, signal: AbortSignal, perform: () => Promise<T>): Promise<T> {
    const answered = perform();
    if (fault?.is === 'slow') {
      quiet(answered);
      await clock.sleep(fault.ms, signal);
    }
    return answered;
  }

  async function* watch(query: ListQuery, since: string, signal: AbortSignal): ReturnType<Cluster['watch']> {
    let version = since;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const fault = faults.take(callOf('watch', query.kind, query));
      if (fault?.is === 'gone') {
        const fresh = await inner.list(query, signal);
        version = fresh.resourceVersion;
        yield { type: 'reset', items: fresh.items, resourceVersion: version };
        continue;
      }
      let left = fault?.is === 'drop' ? fault.after : Number.POSITIVE_INFINITY;
      if (fault !== null && fault.is !== 'drop') {
        left = fault.is === 'slow' ? Number.POSITIVE_INFINITY : 0;
        const ms = fault.is === 'slow' ? fault.ms : pauseBefore(Math.min(attempt, 6));
        if (await interrupted(clock.sleep(ms, signal))) return;
      }
      if (left === 0) continue;
      for await (const event of inner.watch(query, version, signal)) {
        attempt = 0;
        version =
          event.type === 'reset'
            ? event.resourceVersion
            : (stringAt(event.object, 'metadata', 'resourceVersion') ?? version);
        yield event;
        left -= 1;
        if (left === 0) break;
      }
    }
  }

  return {
    title: inner.title,
    get: (ref, signal) => through(callOf('get', ref.kind, ref), signal, () => inner.get(ref, signal)),
    list: (query, signal) => through(callOf('list', query.kind, query), signal, () => inner.list(query, signal)),
    discover: (apiVersion, kind, signal) =>
      through(callOf('discover', null, {}), signal, () => inner.discover(apiVersion, kind, signal)),
    logs: (query, signal) =>
      through(callOf('get', { apiVersion: 'v1', kind: 'Pod' }, { ...query, name: query.pod }), signal, () =>
        inner.logs(query, signal),
      ),
    now: () => inner.now(),
    user: (signal) =>
      through({ ...callOf('review', null, {}), kind: 'SelfSubjectReview' }, signal, () => inner.user(signal)),
    may: (access, signal) =>
      through({ ...callOf('review', null, {}), kind: 'SelfSubjectAccessReview' }, signal, () =>
        inner.may(access, signal),
      ),
    apply(object, given) {
      const apiVersion = stringAt(object, 'apiVersion') ?? '';
      const kind = stringAt(object, 'kind') ?? '';
      const namespace = stringAt(object, 'metadata', 'namespace');
      const name = stringAt(object, 'metadata', 'name') ?? '';
      const call = callOf('apply', { apiVersion, kind }, { namespace, name, ...given });
      return through(call, given.signal, () => inner.apply(object, given));
    },
    remove: (ref, uid, signal) =>
      through(callOf('delete', ref.kind, ref), signal, () => inner.remove(ref, uid, signal)),
    patch: (ref, body, given) =>
      through(callOf('patch', ref.kind, { ...ref, ...given }), given.signal, () => inner.patch(ref, body, given)),
    watch,
  };
}

const writes: readonly Call['verb'][] = ['create', 'apply', 'patch', 'delete'];

function callOf(
  verb: Call['verb'],
  kind: Pick<Kind, 'apiVersion' | 'kind'> | null,
  more: Partial<Omit<Call, 'verb' | 'kind'>>,
): Call {
  const { namespace = null, name = '', subresource = null, dryRun = false, manager = '' } = more;
  const id = kind === null ? '' : (kindFor(kind.apiVersion, kind.kind)?.id ?? '');
  return { verb, kind: id, namespace, name, subresource, dryRun, manager };
}

function pauseBefore(attempt: number): number {
  return Math.min(tuned.pauseMs * 2 ** (attempt - 1), tuned.pauseCapMs);
}

function retryAfter({ retryAfter: seconds }: Refusal): number | null {
  return seconds === null ? null : Math.min(seconds * 1000, tuned.retryAfterCapMs);
}

function unreachable(title: string, isWrite: boolean): Error {
  const outcome = isWrite ? '; it is unknown whether the server executed the write' : '';
  return environmentError('CLUSTER_UNREACHABLE', `${title} cannot be reached: socket hang up${outcome}`);
}

/** What nobody may come to read must not end the process. */
function quiet<T>(answered: Promise<T>): Promise<T> {
  answered.catch(() => {});
  return answered;
}

function interrupted(sleep: Promise<void>): Promise<boolean> {
  return sleep.then(
    () => false,
    () => true,
  );
}
