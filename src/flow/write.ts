import { type Apply, titleOf } from '../release/change.ts';
import type { CodeOf } from '../release/codes.ts';
import { environmentError, type StepgateError } from '../release/error.ts';
import {
  type Cluster,
  ClusterError,
  type JsonPatch,
  KindMissing,
  type KubeObject,
  type ObjectRef,
} from '../release/ports.ts';
import type { Context } from './context.ts';

/** The cluster has changed since the write was decided on: observe and decide again. */
export class Moved extends Error {}

/** Sends every write to one cluster. Logs each with its reason, and turns a refusal into an error with a code. */
export interface Writer {
  /**
   * Server-side apply. A conflict is forced only when each manager in it is ours, is in `takes`, or is named by --take-over. The last does
   * not hold for a change with `ifRefused: leave`, such as an object that a rollback restores.
   */
  apply(object: KubeObject, options: ApplyAs & { readonly why: string }): Promise<KubeObject>;
  /** The same as a dry-run: returns what the server would answer, and writes nothing. */
  dryRun(object: KubeObject, options: ApplyAs): Promise<KubeObject>;
  patch(ref: ObjectRef, body: JsonPatch, options: PatchOptions & { readonly why: string }): Promise<KubeObject>;
  /** The same as a dry-run: returns what the server would answer, and writes nothing. */
  dryRunPatch(ref: ObjectRef, body: JsonPatch, options: PatchOptions): Promise<KubeObject>;
  /** Deletes the object if it is still the one of that uid. */
  remove(ref: ObjectRef, uid: string, why: string): Promise<void>;
  /** How many writes were made. */
  readonly count: number;
}

type ApplyAs = Pick<Apply, 'manager' | 'takes'> & Partial<Pick<Apply, 'ifRefused'>>;

interface PatchOptions {
  readonly manager: string;
  readonly subresource: 'status' | null;
}

/** After a longer request a refused write is not forced but decided again: a hold may have come meanwhile. Milliseconds. */
const LATE = 2_000;

export function writer(
  context: Pick<Context, 'targets' | 'signal' | 'log' | 'clock'>,
  cluster: Pick<Cluster, 'apply' | 'patch' | 'remove'>,
  takeOver: readonly string[],
): Writer {
  const ours: readonly string[] = context.targets.all.flatMap(({ managers }) => Object.values(managers));
  const { signal, clock } = context;
  let count = 0;

  async function send(
    object: KubeObject,
    { manager, takes, ifRefused }: ApplyAs,
    dryRun: boolean,
  ): Promise<KubeObject> {
    const options = { manager, dryRun, signal };
    const sent = clock.now().getTime();
    try {
      return await cluster.apply(object, { ...options, force: false });
    } catch (error) {
      if (!(error instanceof ClusterError) || error.conflicts.length === 0) throw writeError(error, object);
      const others = ifRefused === 'leave' ? [] : takeOver;
      const taken = [...ours, ...takes, ...others];
      const foreign = error.conflicts.filter(({ manager }) => !taken.includes(manager));
      if (foreign.length > 0) throw conflict(object, foreign);
      if (!dryRun && clock.now().getTime() - sent > LATE) {
        throw new Moved(`${titleOf(object)} was refused late, so it is decided again`);
      }
      return await cluster.apply(object, { ...options, force: true }).catch((again: unknown) => {
        throw writeError(again, object);
      });
    }
  }

  async function sendPatch(
    ref: ObjectRef,
    body: JsonPatch,
    options: PatchOptions,
    dryRun: boolean,
  ): Promise<KubeObject> {
    try {
      return await cluster.patch(ref, body, { ...options, dryRun, signal });
    } catch (error) {
      throw writeError(error, { kind: ref.kind.kind, metadata: { name: ref.name } });
    }
  }

  return {
    get count() {
      return count;
    },
    async apply(object, { why, ...as }) {
      context.log(`write: apply ${titleOf(object)}: ${why}`);
      const answer = await send(object, as, false);
      count += 1;
      return answer;
    },
    dryRun: (object, as) => send(object, as, true),
    async remove(ref, uid, why) {
      context.log(`write: delete ${ref.kind.kind} ${ref.name}: ${why}`);
      try {
        await cluster.remove(ref, uid, signal);
        count += 1;
      } catch (error) {
        throw writeError(error, { kind: ref.kind.kind, metadata: { name: ref.name } });
      }
    },
    async patch(ref, body, { why, ...options }) {
      const part = options.subresource === null ? '' : ` ${options.subresource}`;
      context.log(`write: patch ${ref.kind.kind} ${ref.name}${part}: ${why}`);
      const answer = await sendPatch(ref, body, options, false);
      count += 1;
      return answer;
    },
    dryRunPatch: (ref, body, options) => sendPatch(ref, body, options, true),
  };
}

function conflict(object: KubeObject, foreign: ClusterError['conflicts']): StepgateError {
  const what = foreign.map(({ manager, field }) => `${field} (${manager})`).join(', ');
  const managers = [...new Set(foreign.map(({ manager }) => manager))];
  return environmentError('CLUSTER_CONFLICT', `${titleOf(object)}: another manager owns ${what}`, {
    hint: `leave those fields out of the source, or let stepgate own them: deploy --take-over ${managers.join(' --take-over ')}`,
  });
}

const signIn = 'the server does not know this credential, or it has expired: check the user of the kubeconfig';

/**
 * Turns an error of the API server on a write into Moved when the object has changed, or else into an error that says
 * what to grant or to change.
 */
function writeError(error: unknown, object: KubeObject): unknown {
  if (!(error instanceof ClusterError)) return error;
  const say = (code: CodeOf<'environment'>, message: string, hint: string) =>
    environmentError(code, message, { hint, cause: error });
  const what = titleOf(object);
  // The engine's webhook reads from a cache of its own, which may not have an object that was just created.
  if (/denied the request: .*Internal error: .* not found/.test(error.message)) return new Moved(error.message);
  switch (error.status) {
    case 409:
      return new Moved(`${what} has changed since it was read`);
    case 404:
      return say(
        'ENGINE_MISSING',
        `${what}: the server has no such kind or object`,
        'check that Kruise Rollouts v0.6 is installed and that the namespace exists',
      );
    case 401:
      return say('CLUSTER_FORBIDDEN', `${what}: ${error.message}`, error.hint ?? signIn);
    case 403:
      return say('CLUSTER_FORBIDDEN', `${what}: ${error.message}`, grantWords(error));
    case 422:
      // A failed `test` of a JSON patch; a webhook's or the schema's refusal has another text (E9, E10).
      if (
        /the server rejected our request due to an error in our request|testing .*(failed|value)|test operation/i.test(
          error.message,
        )
      )
        return new Moved(`${what} has changed since the write was decided on`);
      return say('CLUSTER_REJECTED', `${what}: ${error.message}`, 'correct the manifest or the plan');
    case 500:
      // Schema errors under server-side apply come as 500 (E10).
      if (error.message.includes('failed to create typed patch object')) {
        return say(
          'CLUSTER_REJECTED',
          `${what}: ${error.message}`,
          'the manifest does not fit the schema: correct the field named here',
        );
      }
      return say(
        'CLUSTER_UNREACHABLE',
        `${what}: ${error.message}`,
        'try again; if the error stays, check the API server and its webhooks',
      );
    case 429:
      return say('CLUSTER_UNREACHABLE', `${what}: ${said(error)}`, 'the server has too much to do: try again later');
    default:
      // A gateway gave up, or the server is away: nothing is wrong with what was written.
      if (error.status > 500) {
        return say(
          'CLUSTER_UNREACHABLE',
          `${what}: ${said(error)}; a write may have been executed all the same`,
          'try again; if the error stays, check the API server and what is in front of it',
        );
      }
      return say('CLUSTER_REJECTED', `${what}: ${error.message}`, 'correct what the API server names');
  }
}

/** The message of the API server, with the HTTP status in front unless it is there already. */
function said({ status, message }: ClusterError): string {
  return message.startsWith(`HTTP ${status}`) ? message : `HTTP ${status}: ${message}`;
}

/**
 * Turns an error of the API server on a read into an error that says what to grant or to check. Returns any other error
 * unchanged.
 */
export function readTrouble(error: unknown, cluster: string): unknown {
  if (!(error instanceof ClusterError)) return error;
  const say = (code: CodeOf<'environment'>, message: string, hint: string) =>
    environmentError(code, message, { hint, cause: error });
  if (error instanceof KindMissing && error.kind.whereMissing !== undefined)
    return say('KIND_MISSING', `${cluster}: ${error.message}`, error.kind.whereMissing);
  switch (error.status) {
    case 401:
      return say('CLUSTER_FORBIDDEN', `${cluster}: ${error.message}`, error.hint ?? signIn);
    case 403:
      return say('CLUSTER_FORBIDDEN', `${cluster}: ${error.message}`, grantWords(error));
    case 404:
      return say(
        'ENGINE_MISSING',
        `${cluster}: ${error.message}`,
        'check that Kruise Rollouts v0.6 is installed in this cluster',
      );
    default:
      return say('CLUSTER_UNREACHABLE', `${cluster}: ${said(error)}`, 'try again');
  }
}

/** How to get what the server has refused. Its own message names the verb, the resource and the namespace. */
function grantWords({ message }: ClusterError): string {
  if (message.includes('attempting to grant RBAC permissions not currently held')) {
    return 'nobody grants a right that he has not: an administrator applies this object, or gives this identity these rights (or escalate on roles, bind on the role)';
  }
  return message.includes('ValidatingAdmissionPolicy')
    ? 'name this identity with what may move releases: stepgate permissions --identity NAME'
    : 'grant this right: stepgate permissions prints the role of each command, and --identity NAME binds it';
}
