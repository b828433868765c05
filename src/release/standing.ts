import { isRefused, isUngated, type PodsChange, type RunsPods } from './beside-workloads.ts';
import type { Delivery } from './delivery.ts';
import { judgeShared, type Mark, type Sharer, sharerWords } from './owner.ts';

/** Whether a delivery that a mark names is still one: in today's policy, only as a Rollout in the namespace, or no more. */
export type Existence =
  /** `claims`: whether the policy gives it that object, as its workload or in its `ungated`. */
  | { readonly is: 'in the policy'; readonly claims: boolean }
  | { readonly is: 'in the cluster' }
  | { readonly is: 'gone' };

/** What is known about one object that a delivery would write. */
export interface Claim {
  readonly delivery: Pick<Delivery, 'name' | 'ungated'>;
  /** Whether it is the workload that the delivery releases. */
  readonly isOwn: boolean;
  /** `Kind/name`. */
  readonly title: string;
  /** What it runs; null when it runs no pod. */
  readonly runs: { readonly pods: RunsPods; readonly change: PodsChange } | null;
  /** The other delivery of the policy whose workload it is; null when there is none. */
  readonly workloadOf: string | null;
  /** The mark of the live object. */
  readonly mark: Mark;
  /** Of the delivery that the mark names as owner. */
  readonly owner: Existence;
  /** The other deliveries that render it, without those that are gone. */
  readonly sharers: readonly Sharer[];
  /** A deploy of a release, or a rollback that restores what stable reads. */
  readonly purpose: 'deploy' | 'restore';
}

/** What becomes of an object. */
export type Standing =
  | { readonly is: 'write' }
  /** It stays as it is. */
  | { readonly is: 'leave'; readonly why: string }
  /** It is another delivery's, and nothing is written. */
  | { readonly is: 'foreign'; readonly owner: string; readonly says: string; readonly hint: string }
  /** It would reach every pod without a step, and the policy does not name it. */
  | { readonly is: 'unnamed'; readonly pods: RunsPods };

/**
 * Whose an object is, and what becomes of it. The policy decides before the mark does, so that an object can move from one delivery to
 * another by a commit. A mark binds as long as its delivery exists, so nothing stays locked.
 */
export function standingOf(claim: Claim): Standing {
  const { delivery, runs, sharers, purpose, mark } = claim;
  if (runs !== null) {
    const foreign = foreignWorkload(claim, runs.pods);
    if (foreign !== null && purpose === 'restore') return { is: 'leave', why: foreign.says };
    if (foreign !== null) return foreign;
    if (!claim.isOwn && isRefused(delivery, runs.pods, runs.change)) {
      if (purpose === 'deploy') return { is: 'unnamed', pods: runs.pods };
      // A rollback puts back what this delivery has written itself, and nothing else.
      if (mark.owner !== delivery.name)
        return { is: 'leave', why: 'ungated does not name it, and it was not written by this delivery' };
    }
    return { is: 'write' };
  }
  const shared = judgeShared(sharers, purpose);
  switch (shared.is) {
    case 'write':
    case 'leave':
      return shared;
    case 'refuse': {
      const { by } = shared;
      const says = `${claim.title}: ${sharerWords(by)}, which this repository does not know`;
      return { is: 'foreign', owner: by.delivery, says, hint: adoptHint(delivery.name, by.delivery) };
    }
  }
}

type Foreign = Extract<Standing, { is: 'foreign' }>;

function foreignWorkload({ delivery, isOwn, title, workloadOf, mark, owner }: Claim, pods: RunsPods): Foreign | null {
  const { name } = delivery;
  if (workloadOf !== null) {
    const says = `${title} is the workload of the delivery ${workloadOf}, so ${name} never writes it`;
    return {
      is: 'foreign',
      owner: workloadOf,
      says,
      hint: `remove it from the source of ${name}, or that delivery from the policy`,
    };
  }
  if (mark.owner === null || mark.owner === name) return null;
  const says = `${title} carries the mark of the delivery ${mark.owner}, so ${name} never writes it`;
  const foreign = (hint: string): Foreign => ({ is: 'foreign', owner: mark.owner ?? '', says, hint });
  const claims = isOwn || isUngated(delivery, pods);
  switch (owner.is) {
    case 'gone':
      return null;
    case 'in the policy':
      if (claims && !owner.claims) return null;
      return foreign(
        claims
          ? `name it in one ungated only, that of ${name} or that of ${mark.owner}`
          : `remove it from the source of ${name}; to move it there, name it in ungated of ${name} or give it a delivery of its own`,
      );
    case 'in the cluster':
      return foreign(adoptHint(name, mark.owner));
  }
}

function adoptHint(name: string, from: string): string {
  return `if ${from} was renamed, or gives it up: stepgate adopt --delivery ${name} --owner ${from}; otherwise remove it from the source of ${name}`;
}

/**
 * The mark that an object gets when it is written from a commit. Who only writes what is there already does not become its owner.
 * `others`: the deliveries that still exist.
 */
export function markAfter(
  delivery: string,
  commit: string | null,
  { mark, others, changes }: { readonly mark: Mark; readonly others: ReadonlySet<string>; readonly changes: boolean },
): Mark {
  const kept = [...mark.commits].filter(([name]) => name !== delivery && others.has(name));
  const stays = !changes && mark.owner !== null && others.has(mark.owner);
  return {
    owner: stays ? mark.owner : delivery,
    commits: new Map([...kept, ...(commit === null ? [] : [[delivery, commit] as const])]),
  };
}
