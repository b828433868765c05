import { type Apply, slashTitleOf, withVersion } from '../change.ts';
import {
  contentHash,
  contentKey,
  copiesOf,
  copyBefore,
  copyOf,
  isEdited,
  keptKind,
  keptKinds,
  outdated,
  overwrites,
  replacedAnew,
} from '../copies.ts';
import type { Release } from '../delivery.ts';
import { at, covers, same, stringAt } from '../json.ts';
import { unmarked } from '../owner.ts';
import type { KubeObject } from '../ports.ts';
import { releaseWith } from '../record.ts';
import { RECORD_ANNOTATION } from '../record-fields.ts';
import { contentId } from '../whole.ts';
import { again, type Changes, writing } from './changes.ts';
import { type Facts, from, ours } from './facts.ts';

/** Writes that the server takes only for the version that was read, and only while the record asks for them. */

interface Pair {
  readonly apply: Apply;
  readonly live: KubeObject | null;
}

/** What is written. `replaces`: the release whose content is written over, where the record has gone on already. */
type Content = Pick<Release, 'id' | 'whole' | 'settings'> & { readonly replaces?: Release | null };

/**
 * Applies of what `release` renders, each bound to the version that is there now. The record is read after those versions, and again
 * before each write that changes something: a rollback that begins later moves the fence of every object, so that none of these writes can
 * come behind it, and a hold stops those that are left. An object that does not exist yet is created unbound. ConfigMaps and Secrets are
 * copied first where their content changes.
 */
export function bound(
  facts: Facts,
  release: Content,
  applies: readonly Apply[],
  next: (answers: readonly (KubeObject | null)[]) => Changes,
): Changes {
  if (applies.length === 0) return stillAsked(facts, () => next([]));
  return {
    is: 'live',
    objects: applies.map(({ object }) => object),
    next: (lives) => {
      const pairs = applies.map((apply, index): Pair => ({ apply, live: lives[index]?.object ?? null }));
      return stillAsked(facts, () =>
        keeping(facts, release, pairs, (isRead) => oneByOne(facts, pairs, { isRead, answers: [] }, next)),
      );
    },
  };
}

/** `isRead`: nothing was written since the record was read. */
function oneByOne(
  facts: Facts,
  [pair, ...rest]: readonly Pair[],
  { isRead, answers }: { readonly isRead: boolean; readonly answers: readonly (KubeObject | null)[] },
  next: (answers: readonly (KubeObject | null)[]) => Changes,
): Changes {
  if (pair === undefined) return next(answers);
  const { apply, live } = pair;
  const write = () =>
    writing([live === null ? apply : { ...apply, object: withVersion(apply.object, live) }], ([answer = null]) =>
      oneByOne(facts, rest, { isRead: false, answers: [...answers, answer] }, next),
    );
  const changes = live === null || !covers(live, unmarked(apply.object));
  return changes && !isRead ? stillAsked(facts, write) : write();
}

/**
 * Another run may have requested another release, which must not be overwritten. And somebody may have edited the plan, or
 * opened a pause, which would let the release through unapproved (E1).
 */
export function stillAsked({ observed }: Facts, next: () => Changes): Changes {
  const judge = (fresh: KubeObject): Changes => {
    const record = stringAt(fresh, 'metadata', 'annotations', RECORD_ANNOTATION);
    if (record !== (observed.observation.rollout?.record ?? null)) return again('another release was requested');
    if (!same(at(fresh, 'spec'), at(observed.rollout, 'spec'))) return again('somebody has edited the Rollout');
    return next();
  };
  return { is: 'rollout', next: (fresh) => from(fresh, judge) };
}

/**
 * Keeps copies of what is about to be overwritten, and removes those that no rollback can need any more. `next` is told whether nothing
 * was written.
 */
function keeping(facts: Facts, release: Content, pairs: readonly Pair[], next: (isRead: boolean) => Changes): Changes {
  const { delivery, observed, target } = facts;
  const { record, observation, rollout: owner } = observed;
  const managers = Object.values(target.managers);
  const changed = pairs.flatMap(({ apply: { object: wanted }, live }) =>
    live !== null && keptKind(wanted) !== undefined && overwrites(live, wanted) ? [{ live, wanted }] : [],
  );
  const serving = release.replaces ?? releaseWith(record, observation.workload?.id ?? null);
  // Before the first release the history is empty, and no rollback could use a copy.
  if (changed.length === 0 || owner === null || serving === null) return next(true);
  const putsBack = contentKey(release) === contentKey(serving);
  return {
    is: 'copies',
    kinds: keptKinds.filter((kind) => changed.some(({ live }) => keptKind(live) === kind)),
    anyway: false,
    next: (found, unread) => {
      const copies = copiesOf(delivery.name, found);
      // Without the right to list them, copies could never be found again or removed.
      const kept = changed.filter(({ live }) => !unread.some((kind) => keptKind(live) === kind));
      const plans = kept
        .map((one) => ({ ...one, ...copyBefore(copies, record, { ...one, serving, managers }) }))
        // Where what serves is put back, what somebody else has made of it is nothing to go back to.
        .filter(({ live, content }) => !putsBack || (content !== contentKey(serving) && !isEdited(live, managers)));
      const writes = plans.flatMap(({ live, wanted, content, copy }) => {
        if (copy?.replacedBy === contentHash(wanted)) return [];
        const made =
          copy === null
            ? copyOf(live, { wanted, release: contentId(release), delivery: delivery.name, content, owner, managers })
            : replacedAnew(copy, wanted, contentId(release));
        const why = `a copy of ${slashTitleOf(live)}, which is about to be changed, for a rollback`;
        return [{ ...ours(facts, made, why), ifRefused: 'leave' as const }];
      });
      const gone = plans.flatMap(({ live, content, stale }) => {
        const kind = keptKind(live);
        return [...stale, ...outdated(copies, slashTitleOf(live), record, content)].flatMap(({ object }) => {
          const uid = stringAt(object, 'metadata', 'uid');
          const name = stringAt(object, 'metadata', 'name');
          if (kind === undefined || uid === null || name === null) return [];
          const ref = { kind, namespace: delivery.namespace, name };
          const why = 'no rollback can need this copy any more';
          return [{ do: 'remove', ref, uid, ifRefused: 'leave', why } as const];
        });
      });
      const all = [...writes, ...gone];
      return writing(all, () => next(all.length === 0));
    },
  };
}
