import { type PodsChange, podsChange } from '../release/beside-workloads.ts';
import { type Apply, type Change, slashTitleOf, withVersion } from '../release/change.ts';
import { content } from '../release/changes/compared.ts';
import { type Delivery, isBeside } from '../release/delivery.ts';
import { refusal, StepgateError } from '../release/error.ts';
import { same, stringAt } from '../release/json.ts';
import { isOf } from '../release/kinds.ts';
import { COMMITS_MARK, commitsText, type Mark, marked, markOf, type Order, type Sharer } from '../release/owner.ts';
import { annotationPath } from '../release/pointers.ts';
import { ClusterError, type KubeObject } from '../release/ports.ts';
import { recordKinds } from '../release/record-kinds.ts';
import { type Claim, type Existence, markAfter, type Standing, standingOf } from '../release/standing.ts';
import { containsAfterFetch, obtain } from './commits.ts';
import { referenceOf } from './reference.ts';
import type { Work } from './work.ts';
import { readTrouble } from './write.ts';

type Asking = Pick<Work, 'context' | 'policy' | 'today' | 'delivery' | 'target' | 'cluster' | 'writer' | 'lister'>;

/** An object with what an apply of it would change, by a dry-run; `answer` is null where none was sent. */
export interface Seen {
  readonly object: KubeObject;
  readonly live: KubeObject | null;
  readonly answer: KubeObject | null;
}

/** Whose an object is, and the facts for its mark. */
export interface Owned {
  readonly standing: Standing;
  /** What an apply does to its pods, where it runs any. */
  readonly change: PodsChange;
  readonly mark: Mark;
  readonly sharers: readonly Sharer[];
  /** The deliveries that its mark names and that still exist, without this one. */
  readonly others: ReadonlySet<string>;
}

/** Whose an object is, and what becomes of it. */
export async function ownedBy(work: Asking, { object, live, answer }: Seen, purpose: Claim['purpose']): Promise<Owned> {
  const { target, today: delivery } = work;
  const mark = markOf(live);
  const own = markOf(object).commits.get(delivery.name) ?? null;
  const runs = target.runsPods(object);
  const alive = await existing(work, object, [mark.owner, ...mark.commits.keys()]);
  const sharers: Sharer[] = [];
  for (const [name, commit] of mark.commits) {
    const existence = alive.get(name);
    if (existence === undefined || existence.is === 'gone' || own === null) continue;
    const inPolicy = existence.is === 'in the policy';
    sharers.push({ delivery: name, commit, inPolicy, order: await orderOf(work, own, commit, purpose) });
  }
  const change = answer === null ? 'unknown' : podsChange((one) => target.runsPods(one), { live, answer });
  const standing = standingOf({
    delivery,
    isOwn: target.inSource(delivery).isIts(object),
    title: slashTitleOf(object),
    runs: runs === null ? null : { pods: runs, change },
    workloadOf: ownerInPolicy(work, object),
    mark,
    owner: alive.get(mark.owner ?? '') ?? { is: 'gone' },
    sharers,
    purpose,
  });
  const others = [...alive].filter(([, { is }]) => is !== 'gone').map(([name]) => name);
  return { standing, change, mark, sharers, others: new Set(others) };
}

/** The other delivery of the policy that has an object of this namespace as its workload; null when none has. */
export function ownerInPolicy(work: Pick<Asking, 'context' | 'policy' | 'today'>, object: KubeObject): string | null {
  return neighbours(work).find((other) => isWorkloadOf(work, other, object))?.name ?? null;
}

function neighbours({ policy, today }: Pick<Asking, 'policy' | 'today'>): readonly Delivery[] {
  return policy.deliveries.filter((other) => isBeside(today, other));
}

function isWorkloadOf({ context }: Pick<Asking, 'context'>, other: Delivery, object: KubeObject): boolean {
  const target = context.targets.of(other);
  const { kind, name } = target.refs(other).workload;
  const isMade = isOf(kind, object) && stringAt(object, 'metadata', 'name') === name;
  return isMade || target.inSource(other).isIts(object);
}

/** Which of these deliveries still exist here. The Rollouts of the namespace are only read for names that the policy does not have. */
async function existing(
  work: Asking,
  object: KubeObject,
  names: readonly (string | null)[],
): Promise<ReadonlyMap<string, Existence>> {
  const { today, target } = work;
  const found = new Map<string, Existence>();
  const others = [...new Set(names)].filter((name): name is string => name !== null && name !== today.name);
  const runs = target.runsPods(object);
  for (const name of others) {
    const other = neighbours(work).find((one) => one.name === name);
    const inUngated = runs?.names.some((one) => other?.ungated?.includes(one)) ?? false;
    if (other !== undefined)
      found.set(name, { is: 'in the policy', claims: inUngated || isWorkloadOf(work, other, object) });
  }
  const unknown = others.filter((name) => !found.has(name));
  if (unknown.length === 0) return found;
  const there = await deliveriesHere(work);
  for (const name of unknown) found.set(name, { is: there?.has(name) === false ? 'gone' : 'in the cluster' });
  return found;
}

/** The deliveries that have a Rollout in the namespace; null where that may not be listed. */
async function deliveriesHere({ context, cluster, lister, today }: Asking): Promise<ReadonlySet<string> | null> {
  const names = new Set<string>();
  for (const kind of recordKinds(context.targets)) {
    try {
      const listed = await lister.every(cluster, kind, today.namespace);
      if (listed === null) return null;
      for (const rollout of listed) names.add(markOf(rollout).owner ?? '');
    } catch (error) {
      // A cluster need not have the kinds of every target.
      if (error instanceof ClusterError && error.status === 404) continue;
      if (error instanceof ClusterError && [401, 403].includes(error.status)) {
        if (kind === context.targets.usual.kinds.record) return null;
        continue;
      }
      throw error;
    }
  }
  return names;
}

/** How one commit stands to another. A rollback fetches no commits, because it must not wait for Git's server. */
async function orderOf(work: Asking, own: string, other: string, purpose: Claim['purpose']): Promise<Order> {
  if (own === other) return 'same';
  const { repo, signal } = work.context;
  try {
    const there = purpose === 'deploy' ? await obtain(work, other) : await repo.has(other);
    if (!there) return 'unknown';
    const contains =
      purpose === 'deploy' ? containsAfterFetch : (one: typeof repo, a: string, b: string) => one.contains(a, b);
    const [below, above] = [await contains(repo, other, own), await contains(repo, own, other)];
    if (below === true) return 'older';
    if (above === true) return 'newer';
    return below === 'unknown' || above === 'unknown' ? 'unknown' : 'unrelated';
  } catch (error) {
    if (!(error instanceof StepgateError) || error.family === 'bug' || signal.aborted) throw error;
    return 'unknown';
  }
}

/** An apply that may be sent with its mark, or why the object stays as it is. */
export type Ready =
  | { readonly is: 'send'; readonly object: KubeObject }
  /** `note` tells from which commit this delivery renders it now; null where that is known already. */
  | { readonly is: 'leave'; readonly why: string; readonly note: Note | null };

type Note = Extract<Change, { do: 'patch' }>;

/**
 * Asks right before an apply whose the object is, and puts its mark on it. The delivery's own workload and Rollout pass: they are judged
 * with the whole release. Throws FOREIGN_OBJECT or WORKLOAD_UNNAMED.
 */
export async function ready(work: Asking, apply: Apply): Promise<Ready> {
  const { target, delivery } = work;
  const { object } = apply;
  if (isOf(target.kinds.record, object) || target.inSource(delivery).isIts(object)) return { is: 'send', object };
  const { seen, owned } = await judged(work, apply);
  const { standing, mark, others } = owned;
  const commit = markOf(object).commits.get(delivery.name) ?? null;
  switch (standing.is) {
    case 'foreign':
    case 'unnamed':
      throw refused(delivery.name, standing);
    case 'leave':
      return { is: 'leave', why: standing.why, note: await noteOf(work, seen, { mark, commit }) };
    case 'write': {
      const changes = target.runsPods(object) !== null || differs(seen);
      const next = marked(object, markAfter(delivery.name, commit, { mark, others, changes }));
      // Bound to the version that was judged: a write of somebody else in between changes the version.
      const isBound = stringAt(object, 'metadata', 'resourceVersion') !== null;
      return { is: 'send', object: seen.live === null || isBound ? next : withVersion(next, seen.live) };
    }
  }
}

/** Throws FOREIGN_OBJECT or WORKLOAD_UNNAMED for the first object that may not be written, before any of them is. */
export async function refuseOwned(work: Asking, applies: readonly Apply[]): Promise<void> {
  for (const apply of applies) {
    const { standing } = (await judged(work, apply)).owned;
    if (standing.is === 'foreign' || standing.is === 'unnamed') throw refused(work.delivery.name, standing);
  }
}

/** Reads the live object, and asks by a dry-run what the apply would change where that decides. */
async function judged(work: Asking, apply: Apply): Promise<{ readonly seen: Seen; readonly owned: Owned }> {
  const { target, delivery, cluster, context, writer } = work;
  const { object, ifRefused } = apply;
  const ref = await referenceOf(work, object);
  const live = await cluster.get(ref, context.signal).catch((error: unknown) => {
    throw readTrouble(error, cluster.title);
  });
  const { owner, commits } = markOf(live);
  const isOthers = [owner, ...commits.keys()].some((name) => name !== null && name !== delivery.name);
  const decides = isOthers || target.runsPods(object) !== null;
  const seen = { object, live, answer: decides ? await writer.dryRun(object, apply) : null };
  return { seen, owned: await ownedBy(work, seen, ifRefused === 'leave' ? 'restore' : 'deploy') };
}

function differs({ live, answer }: Seen): boolean {
  return live === null || answer === null || !same(content(live), content(answer));
}

/** The patch that notes the commit of this delivery on an object that keeps another one's content. */
async function noteOf(
  work: Asking,
  { object, live }: Seen,
  { mark, commit }: { readonly mark: Mark; readonly commit: string | null },
): Promise<Note | null> {
  const { delivery, target } = work;
  const before = stringAt(live, 'metadata', 'annotations', COMMITS_MARK);
  if (before === null || commit === null || mark.commits.get(delivery.name) === commit) return null;
  const path = annotationPath(COMMITS_MARK);
  const value = commitsText(new Map([...mark.commits, [delivery.name, commit]]));
  return {
    do: 'patch',
    ref: await referenceOf(work, object),
    body: [
      { op: 'test', path, value: before },
      { op: 'replace', path, value },
    ],
    subresource: null,
    manager: target.managers.apply,
    why: `${delivery.name} renders it at ${commit.slice(0, 10)}`,
  };
}

function refused(name: string, standing: Extract<Standing, { is: 'foreign' | 'unnamed' }>): StepgateError {
  if (standing.is === 'foreign') return refusal('FOREIGN_OBJECT', `${name}: ${standing.says}`, standing.hint);
  const { title } = standing.pods;
  return refusal(
    'WORKLOAD_UNNAMED',
    `${name}: ${title} would reach every pod without a step, and ungated does not name it`,
    `give it a delivery of its own, or name it in the policy: ungated: [${title}]`,
  );
}
