import { type Apply, slashTitleOf, withVersion } from '../change.ts';
import { contentKey, copiesOf, copyOf, keptKind, keptKinds, outdated, overwrites } from '../copies.ts';
import { at, same, stringAt } from '../json.ts';
import type { KubeObject } from '../ports.ts';
import { releaseWith } from '../record.ts';
import { RECORD_ANNOTATION } from '../record-text.ts';
import { again, type Changes, writing } from './changes.ts';
import { type Facts, from, ours } from './facts.ts';

/** Writes that the server takes only for the version that was read, and only while the record asks for them. */

interface Pair {
  readonly apply: Apply;
  readonly live: KubeObject | null;
}

/**
 * Applies, each bound to the version that is there now. The record is read after those versions: a rollback that begins later moves
 * the fence of every object, so that none of these writes can come behind it. An object that does not exist yet is created unbound.
 * ConfigMaps and Secrets are copied first where their content changes.
 */
export function bound(
  facts: Facts,
  applies: readonly Apply[],
  next: (answers: readonly (KubeObject | null)[]) => Changes,
): Changes {
  if (applies.length === 0) return stillAsked(facts, () => next([]));
  return {
    is: 'live',
    objects: applies.map(({ object }) => object),
    next: (lives) => {
      const pairs = applies.map((apply, index): Pair => ({ apply, live: lives[index]?.object ?? null }));
      const writes = pairs.map(({ apply, live }) =>
        live === null ? apply : { ...apply, object: withVersion(apply.object, live) },
      );
      return stillAsked(facts, () => keeping(facts, pairs, () => writing(writes, next)));
    },
  };
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

/** Keeps copies of what is about to be overwritten, and removes those that no rollback can need any more. */
function keeping(facts: Facts, pairs: readonly Pair[], next: () => Changes): Changes {
  const { delivery, observed } = facts;
  const { record, observation, rollout: owner } = observed;
  const changed = pairs.flatMap(({ apply: { object: wanted }, live }) =>
    live !== null && keptKind(wanted) !== undefined && overwrites(live, wanted) ? [{ live, wanted }] : [],
  );
  const serving = releaseWith(record, observation.workload?.id ?? null);
  // Before the first release the history is empty, and no rollback could use a copy.
  if (changed.length === 0 || owner === null || serving === null) return next();
  const content = contentKey(serving);
  return {
    is: 'copies',
    kinds: keptKinds.filter((kind) => changed.some(({ live }) => keptKind(live) === kind)),
    next: (found, unread) => {
      const copies = copiesOf(delivery.name, found);
      // Without the right to list them, copies could never be found again or removed.
      const kept = changed.filter(({ live }) => !unread.some((kind) => keptKind(live) === kind));
      const writes = kept.flatMap(({ live, wanted }) => {
        const name = slashTitleOf(live);
        const isKept = copies.some((one) => one.of === name && one.content === content);
        const copy = copyOf(live, { wanted, delivery: delivery.name, content, owner });
        const why = `a copy of ${name}, which is about to be changed, for a rollback`;
        return isKept ? [] : [{ ...ours(facts, copy, why), ifRefused: 'leave' as const }];
      });
      const gone = kept.flatMap(({ live }) => {
        const kind = keptKind(live);
        return outdated(copies, slashTitleOf(live), record, content).flatMap(({ object }) => {
          const uid = stringAt(object, 'metadata', 'uid');
          const name = stringAt(object, 'metadata', 'name');
          if (kind === undefined || uid === null || name === null) return [];
          const ref = { kind, namespace: delivery.namespace, name };
          const why = 'no rollback can need this copy any more';
          return [{ do: 'remove', ref, uid, ifRefused: 'leave', why } as const];
        });
      });
      return writing([...writes, ...gone], next);
    },
  };
}
