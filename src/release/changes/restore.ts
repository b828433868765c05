import { type Change, titleOf } from '../change.ts';
import { contentHash, copiesOf, keptKinds, restorableFrom, restorePatch } from '../copies.ts';
import type { Release } from '../delivery.ts';
import { StepgateError } from '../error.ts';
import { fencePatch } from '../fence.ts';
import { parseReleaseId } from '../identity.ts';
import { stringAt } from '../json.ts';
import { markOf } from '../owner.ts';
import type { KubeObject } from '../ports.ts';
import type { Rollback } from '../record.ts';
import { type Rendered, writtenOf } from '../target.ts';
import { type Changes, writing } from './changes.ts';
import type { Facts } from './facts.ts';
import { restoring } from './stable.ts';
import { besideOf, objectKey, type Rendering, takenBack } from './taken-back.ts';

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
  next: (bad: readonly Rendering[]) => Changes,
): Changes {
  const { from, dropped } = rollback;
  return rendering(dropped === undefined ? [from] : [from, dropped], (bad) =>
    fenced(facts, rollback, { bad, stable }, () =>
      stable instanceof StepgateError
        ? fromCopies(facts, rollback, () => next(bad))
        : fromSource(facts, stable, bad, () => next(bad)),
    ),
  );
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
function fromSource(facts: Facts, stable: Rendered, bad: readonly Rendering[], next: () => Changes): Changes {
  return takenBack(facts, stable.before, bad, (objects) => writing(restoring(facts, objects, 'stable reads it'), next));
}

/** Restores ConfigMaps and Secrets without Git. What was changed since by somebody else stays, and is told. */
function fromCopies(facts: Facts, rollback: Rollback, next: () => Changes): Changes {
  const { delivery, observed, target } = facts;
  return {
    is: 'copies',
    kinds: keptKinds,
    next: (found) => {
      const wanted = restorableFrom(copiesOf(delivery.name, found), observed.record, rollback.to);
      const objects = wanted.map(({ of, from }) => originalOf(of, from.object));
      return {
        is: 'live',
        objects,
        next: (lives) => {
          const left: string[] = [];
          const writes = wanted.flatMap(({ of, from, known }, index): readonly Change[] => {
            const live = lives[index];
            if (live == null || contentHash(live.object) === contentHash(from.object)) return [];
            if (!known.has(contentHash(live.object))) {
              left.push(`somebody has changed ${of} since the bad release`);
              return [];
            }
            // Which of two commits is newer, only Git can say.
            const other = [...markOf(live.object).commits.keys()].find((name) => name !== delivery.name);
            if (other !== undefined) {
              left.push(`${other} renders ${of} too`);
              return [];
            }
            const body = restorePatch(live.object, from);
            const why = `as it was before the bad release, from ${titleOf(from.object)}`;
            const manager = target.managers.rollback;
            return [{ do: 'patch', ref: live.ref, body, subresource: null, manager, ifRefused: 'leave', why }];
          });
          if (left.length === 0) return writing(writes, next);
          const text = `${delivery.name}: ${left.join(', ')}, so it stays as it is`;
          return { is: 'tell', text, next: () => writing(writes, next) };
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
