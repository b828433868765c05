import { type Change, titleOf } from '../release/change.ts';
import { type Changes, done, type Live, type Need } from '../release/changes/changes.ts';
import { recordChanges } from '../release/changes/facts.ts';
import { COPY_LABEL } from '../release/copies.ts';
import { StepgateError } from '../release/error.ts';
import { ClusterError, type Kind, type KubeObject } from '../release/ports.ts';
import type { LeftObject, ReleaseRecord } from '../release/record.ts';
import type { Rendered } from '../release/target.ts';
import { checkCommit, fetchTip, obtain, tipOf } from './commits.ts';
import { collect } from './observe/pages.ts';
import { ready, refuseOwned } from './owners.ts';
import { referenceOf } from './reference.ts';
import { renderAt } from './source.ts';
import type { Observed, Work } from './work.ts';
import { Moved } from './write.ts';

/**
 * Fetches the facts that changes need, and sends their writes. The next observation confirms a write, never the answer to
 * it. Throws Moved when the cluster has changed since the changes were decided on.
 */
export function execute(work: Work, changes: Changes): Promise<void> {
  return walk(work, changes, { send: (change) => write(work, change), leave: (left) => tellLeft(work, left) });
}

/** What became of a change. */
export interface Sent {
  /** The object in the server's answer. Null when nothing was written, and after a deletion. */
  readonly answer: KubeObject | null;
  /** Why the object was left as it is; null when it was not. */
  readonly refused: string | null;
}

/** What is done with the changes. */
export interface Way {
  /** Sends one change, or does something else with it. */
  send(change: Change): Promise<Sent>;
  /** Tells what stays as it is. */
  leave(left: readonly LeftObject[]): void;
}

/** Fetches the facts, and passes every write to `way`. */
export async function walk(work: Work, changes: Changes, way: Way): Promise<void> {
  let now = changes;
  while (now.is !== 'done') now = await part(work, now, way);
}

function tellLeft(work: Work, left: readonly LeftObject[]): void {
  for (const { object, why } of left) tellOnce(work, `${work.delivery.name}: ${object} stays as it is: ${why}`);
}

/** Replaces the observed record. With `live` the server refuses the write when the engine works on another release than was observed. */
export function writeRecord(
  work: Work,
  observed: Observed,
  next: ReleaseRecord,
  why: string,
  bound: { readonly live?: boolean } = {},
): Promise<void> {
  const { target, delivery } = work;
  return execute(
    work,
    recordChanges({ target, delivery, observed }, next, why, () => done, bound),
  );
}

async function part(work: Work, now: Exclude<Changes, { is: 'done' }>, way: Way): Promise<Changes> {
  switch (now.is) {
    case 'again':
      throw new Moved(now.why);
    case 'tell':
      tellOnce(work, now.text);
      return now.next();
    case 'write': {
      const sent: Sent[] = [];
      for (const change of now.changes) sent.push(await way.send(change));
      return now.next(
        sent.map(({ answer }) => answer),
        sent.map(({ refused }) => refused),
      );
    }
    case 'left':
      way.leave(now.left);
      return now.next();
    case 'allowed':
    case 'rendered':
    case 'tip':
    case 'dryRun':
    case 'live':
    case 'copies':
    case 'mayWrite':
    case 'rollout':
    case 'revisions':
      return fetched(work, now);
  }
}

async function fetched(work: Work, need: Need): Promise<Changes> {
  const { context, target, delivery, cluster, writer, following } = work;
  const { signal } = context;
  switch (need.is) {
    case 'allowed':
      await checkCommit(work, need.commit);
      return need.next();
    case 'rendered':
      return need.next(await orTrouble(work, () => rendered(work, need)));
    case 'tip':
      return need.next(await tip(work));
    case 'dryRun': {
      const answer = await orTrouble(work, () => writer.dryRun(need.object, { manager: need.manager, takes: [] }));
      if (answer instanceof StepgateError && answer.code !== 'CLUSTER_CONFLICT') throw answer;
      return need.next(answer);
    }
    case 'live': {
      const lives: (Live | null)[] = [];
      for (const object of need.objects) lives.push(await liveOf(work, object));
      return need.next(lives);
    }
    case 'copies':
      return copiesIn(work, need);
    case 'mayWrite':
      await refuseOwned(work, need.applies);
      return need.next();
    case 'rollout': {
      const rollout = await cluster.get(target.refs(delivery).rollout, signal);
      if (rollout !== null) following.wrote(rollout);
      return need.next(rollout);
    }
    case 'revisions': {
      const { namespace } = delivery;
      const { items } = await cluster.list({ kind: target.revisions(delivery), namespace }, signal);
      return need.next(items);
    }
  }
}

async function liveOf(work: Work, wanted: KubeObject): Promise<Live | null> {
  try {
    const ref = await referenceOf(work, wanted);
    const object = await work.cluster.get(ref, work.context.signal);
    return object === null ? null : { object, ref };
  } catch (error) {
    // The write that follows says what is missing: a rollback goes on without it.
    if (error instanceof StepgateError && error.family === 'environment') return null;
    if (error instanceof ClusterError && [401, 403].includes(error.status)) return null;
    throw error;
  }
}

/** A copy has up to 1 MiB, and its answer up to half as much again: so many fit into an answer that the client accepts. */
const COPIES_A_PAGE = 15;

async function copiesIn(work: Work, { kinds, anyway, next }: Extract<Need, { is: 'copies' }>): Promise<Changes> {
  const { cluster, delivery, context } = work;
  const unread: Kind[] = [];
  const lists = kinds.map(async (kind) => {
    const labelSelector = `${COPY_LABEL}=true`;
    const slim = (item: KubeObject) => ({ ...item, kind: kind.kind });
    const wide = { kind, namespace: delivery.namespace, labelSelector, page: COPIES_A_PAGE, most: Infinity, slim };
    try {
      return (await collect(cluster, wide, context.signal))?.items ?? [];
    } catch (error) {
      const known = error instanceof ClusterError || error instanceof StepgateError ? error : null;
      const isForbidden = known instanceof ClusterError && [401, 403].includes(known.status);
      if (known === null || context.signal.aborted || !(anyway || isForbidden)) throw error;
      unread.push(kind);
      tellOnce(work, `${delivery.name}: copies of ${kind.plural} can't be used: ${known.message}`);
      return [];
    }
  });
  return next((await Promise.all(lists)).flat(), unread);
}

/** The answer to a question, or the error that it met. A defect, and an abort of the run, are thrown. */
async function orTrouble<T>({ context }: Work, ask: () => Promise<T>): Promise<T | StepgateError> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof StepgateError) || error.family === 'bug' || context.signal.aborted) throw error;
    return error;
  }
}

async function rendered(
  work: Work,
  { commit, attempt, obtained }: Extract<Need, { is: 'rendered' }>,
): Promise<Rendered> {
  const { context, delivery, policy } = work;
  if (policy.missing !== null) throw policy.missing;
  if (obtained === 'beforehand') await obtain(work, commit);
  return renderAt(context, delivery, commit, attempt);
}

async function tip(work: Work): Promise<Rendered | null> {
  await fetchTip(work);
  const commit = await tipOf(work);
  if (commit === null) return null;
  const found = await orTrouble(work, () => renderAt(work.context, work.delivery, commit, 1));
  return found instanceof StepgateError ? null : found;
}

/** Sends one change. A refusal of a change with `ifRefused: leave` is logged, and the object stays as it is. Any other refusal is thrown. */
async function write(work: Work, change: Change): Promise<Sent> {
  try {
    return await sent(work, change);
  } catch (error) {
    if (!mayBeLeft(change, error)) throw error;
    const left = change.do === 'remove' ? 'stays' : 'is left as it is';
    const title = change.do === 'apply' ? titleOf(change.object) : `${change.ref.kind.kind} ${change.ref.name}`;
    work.context.log(`${work.delivery.name}: ${title} ${left}: ${error.message}`);
    return { answer: null, refused: refusalWords(error) };
  }
}

/** Whether the remaining changes are still sent after this error. */
export function mayBeLeft({ ifRefused }: Change, error: unknown): error is StepgateError {
  return ifRefused === 'leave' && error instanceof StepgateError && error.family !== 'bug';
}

async function sent(work: Work, change: Change): Promise<Sent> {
  const { context, delivery, writer, following } = work;
  switch (change.do) {
    case 'apply': {
      const { object, manager, takes, ifRefused, why } = change;
      const checked = await ready(work, change);
      if (checked.is === 'leave') {
        context.log(`${delivery.name}: ${titleOf(object)} is left as it is: ${checked.why}`);
        if (checked.note !== null) await write(work, checked.note);
        return { answer: null, refused: checked.why };
      }
      const answer = await writer.apply(checked.object, { manager, takes, ifRefused, why });
      following.wrote(answer);
      return { answer, refused: null };
    }
    case 'patch': {
      const { ref, body, subresource, manager, why } = change;
      const answer = await writer.patch(ref, body, { manager, subresource, why });
      following.wrote(answer);
      return { answer, refused: null };
    }
    case 'remove':
      await writer.remove(change.ref, change.uid, change.why);
      return { answer: null, refused: null };
  }
}

/** Describes a refused write without the server's message, because the record keeps the description and the message may quote a Secret. */
export function refusalWords({ code, message }: StepgateError): string {
  if (message.includes('field is immutable')) return 'it is immutable, and the server takes no other content for it';
  switch (code) {
    case 'CLUSTER_CONFLICT':
      // Without the title of the object, which stands beside it.
      return message.replace(/^\S+ \S+: /u, '').slice(0, 300);
    case 'CLUSTER_FORBIDDEN':
      return 'the right to write it is missing';
    default:
      return `the server refuses the write (${code}; the log has its words)`;
  }
}

/** The lines that a run has logged about a delivery. It reaches each part of a rollback more than once. */
const told = new WeakMap<Work['following'], Set<string>>();

/** Logs a line once for a delivery. */
export function tellOnce({ context, following }: Work, text: string): void {
  const before = told.get(following) ?? new Set();
  if (!before.has(text)) context.log(text);
  told.set(following, before.add(text));
}
