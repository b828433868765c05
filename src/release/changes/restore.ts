import { type Change, titleOf } from '../change.ts';
import { changedCopies, contentHash, copiesOf, keptKinds, restorableFrom, restorePatch } from '../copies.ts';
import type { Release } from '../delivery.ts';
import { StepgateError } from '../error.ts';
import { fencePatch } from '../fence.ts';
import { parseReleaseId } from '../identity.ts';
import { stringAt } from '../json.ts';
import { markOf } from '../owner.ts';
import type { KubeObject } from '../ports.ts';
import type { LeftObject, Rollback } from '../record.ts';
import { type Rendered, writtenOf } from '../target.ts';
import { type Changes, writing } from './changes.ts';
import type { Facts } from './facts.ts';
import { restoring } from './stable.ts';
import { besideOf, objectKey, type Rendering, refusedOf, takenBack } from './taken-back.ts';

/**
 * Restores the objects beside the workload. These are the objects that the bad release changed, or that the dropped release changed,
 * and that nobody else has changed since. Their content comes from Git, or else from the copies in the cluster. First, the fence of
 * every object of both releases is moved. A write that the server refuses is logged and skipped, so the pods go back all the same.
 * Safe to repeat.
 */
export function restoreChanges(
  facts: Facts,
  rollback: Rollback,
  stable: Rendered | StepgateError,
  next: (restored: Restored) => Changes,
): Changes {
  return badRendered(rollback, (bad) =>
    fenced(facts, rollback, { bad, stable }, () =>
      stable instanceof StepgateError
        ? fromCopies(facts, rollback, (left) => next({ bad, left }))
        : fromSource(facts, stable, bad, (left) => next({ bad, left })),
    ),
  );
}

export interface Restored {
  readonly bad: readonly Rendering[];
  readonly left: readonly LeftObject[];
}

/** What a rollback takes back: the bad release and the dropped one, as far as they still render. */
export function badRendered({ from, dropped }: Rollback, next: (bad: readonly Rendering[]) => Changes): Changes {
  return rendering(dropped === undefined ? [from] : [from, dropped], next);
}

/** Renders releases, each as far as it still renders. */
function rendering([first, ...rest]: readonly Release[], next: (renderings: readonly Rendering[]) => Changes): Changes {
  if (first === undefined) return next([]);
  return {
    is: 'rendered',
    commit: first.commit,
    attempt: parseReleaseId(first.id)?.attempt ?? 1,
    obtained: 'as it is',
    next: (one) => rendering(rest, (others) => next([one, ...others])),
  };
}

/** Moves the fence of each object of the bad releases; of stable's where none of them renders any more. */
function fenced(
  facts: Facts,
  rollback: Rollback,
  renderings: { readonly bad: readonly Rendering[]; readonly stable: Rendering },
  next: () => Changes,
): Changes {
  const { written, record } = facts.observed;
  const { rollback: manager } = facts.target.managers;
  const its = (all: readonly Rendering[]) => all.flatMap((one) => (one instanceof StepgateError ? [] : [one]));
  const bad = its(renderings.bad);
  const rendered = bad.length > 0 ? bad : its([renderings.stable]);
  const [first] = rendered;
  if (first === undefined || rollback.cluster === 'done') return next();
  const beside = rendered.flatMap(besideOf);
  // Replacing the template changes the version of the workload anyway.
  const serves = written !== null && record.history.some(({ id }) => id === rollback.to.id);
  return {
    is: 'live',
    objects: [...new Map(beside.map((one) => [objectKey(one), one])).values(), ...(serves ? [writtenOf(first)] : [])],
    next: (lives) =>
      writing(
        lives.flatMap((live): readonly Change[] => {
          const body = live === null ? null : fencePatch(live.object, rollback);
          if (live === null || body === null) return [];
          const why = 'a write of the bad release that comes late is refused';
          return [{ do: 'patch', ref: live.ref, body, subresource: null, manager, ifRefused: 'leave', why }];
        }),
        next,
      ),
  };
}

/** Restores from Git what a bad release renders differently; all of stable's but the sizes where that is not known. */
function fromSource(
  facts: Facts,
  stable: Rendered,
  bad: readonly Rendering[],
  next: (left: readonly LeftObject[]) => Changes,
): Changes {
  return takenBack(facts, stable.before, bad, (objects) =>
    writing(restoring(facts, objects, 'stable reads it'), (_answers, refused) => next(refusedOf(objects, refused))),
  );
}

interface Restoring {
  readonly live: KubeObject;
  readonly change: Change;
}

/** Restores ConfigMaps and Secrets without Git. What was changed since by somebody else stays, and is told. */
function fromCopies(facts: Facts, rollback: Rollback, next: (left: readonly LeftObject[]) => Changes): Changes {
  const { delivery, observed, target } = facts;
  return {
    is: 'copies',
    kinds: keptKinds,
    anyway: true,
    next: (found) => {
      const wanted = restorableFrom(copiesOf(delivery.name, found), observed.record, rollback.to);
      const changed = changedCopies(delivery.name, found).map(
        (object): LeftObject => ({
          object,
          why: 'this copy is not as stepgate has made it, so it is not used',
          matters: true,
        }),
      );
      const objects = wanted.map(({ of, from }) => originalOf(of, from.object));
      return {
        is: 'live',
        objects,
        next: (lives) => {
          const left: LeftObject[] = [...changed];
          const leave = (object: KubeObject, why: string) => left.push({ object: titleOf(object), why, matters: true });
          const writes = wanted.flatMap(({ from, known }, index): readonly Restoring[] => {
            const live = lives[index];
            if (live == null || contentHash(live.object) === contentHash(from.object)) return [];
            if (!known.has(contentHash(live.object))) {
              leave(live.object, 'somebody has changed it since the bad release');
              return [];
            }
            const { commits } = markOf(live.object);
            if (!commits.has(delivery.name)) {
              leave(live.object, `it is not marked as an object of ${delivery.name}`);
              return [];
            }
            // Which of two commits is newer, only Git can say.
            const other = [...commits.keys()].find((name) => name !== delivery.name);
            if (other !== undefined) {
              leave(live.object, `${other} renders it too`);
              return [];
            }
            const body = restorePatch(live.object, from);
            const why = `as it was before the bad release, from ${titleOf(from.object)}`;
            const manager = target.managers.rollback;
            const change = {
              do: 'patch',
              ref: live.ref,
              body,
              subresource: null,
              manager,
              ifRefused: 'leave',
              why,
            } as const;
            return [{ live: live.object, change }];
          });
          const written = (refused: readonly (string | null)[]) =>
            next([
              ...left,
              ...refusedOf(
                writes.map(({ live }) => live),
                refused,
              ),
            ]);
          const changes = writes.map(({ change }) => change);
          return { is: 'left', left, next: () => writing(changes, (_answers, refused) => written(refused)) };
        },
      };
    },
  };
}

function originalOf(of: string, copy: KubeObject): KubeObject {
  const name = of.slice(of.indexOf('/') + 1);
  return { apiVersion: 'v1', kind: of.slice(0, of.indexOf('/')), metadata: { name, namespace: namespaceOf(copy) } };
}

function namespaceOf(object: KubeObject): string {
  return stringAt(object, 'metadata', 'namespace') ?? '';
}
