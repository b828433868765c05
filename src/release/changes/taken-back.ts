import { titleOf, withVersion } from '../change.ts';
import { keptKind } from '../copies.ts';
import { StepgateError } from '../error.ts';
import { at, covers, isObject, numberAt, same } from '../json.ts';
import { groupOf } from '../kinds.ts';
import { markOf, unmarked } from '../owner.ts';
import type { KubeObject } from '../ports.ts';
import type { LeftObject } from '../record.ts';
import { type Rendered, writtenOf } from '../target.ts';
import type { Changes } from './changes.ts';
import type { Facts } from './facts.ts';

/** What a rollback takes back: only what the bad releases have changed, and a size only where that costs no pods. */

/** A release as its commit renders it, or why it no longer renders. */
export type Rendering = Rendered | StepgateError;

/** The same for objects of the same group, kind and name. */
export function objectKey(object: KubeObject): string {
  return `${groupOf(object)}/${String(at(object, 'kind'))}/${String(at(object, 'metadata', 'name'))}`;
}

/** Everything that a release renders beside what it writes. */
export function besideOf({ before, idleOnly }: Rendered): readonly KubeObject[] {
  return [...before, ...idleOnly];
}

/**
 * Those of stable's objects that go back, each for the version that is there now: what a bad release renders differently, and all but the
 * sizes where that is not known.
 */
export function takenBack(
  { target }: Pick<Facts, 'target'>,
  stable: readonly KubeObject[],
  bad: readonly Rendering[],
  next: (objects: readonly KubeObject[]) => Changes,
): Changes {
  const there = bad.map(byKey);
  const objects = stable.filter((object) => there.some((its) => isOther(its, object)));
  if (objects.length === 0) return next([]);
  return {
    is: 'live',
    objects,
    next: (lives) =>
      next(
        objects.flatMap((object, index) => {
          const live = lives[index]?.object ?? null;
          if (target.isSize(object)) {
            const isTheirs = there.some((its) => isOther(its, object) && isFrom(its, live));
            if (live === null || !isTheirs || target.takesPods(live, object)) return [];
          }
          return [live === null ? object : withVersion(object, live)];
        }),
      ),
  };
}

/** Those of the objects that could not be written. */
export function refusedOf(objects: readonly KubeObject[], refused: readonly (string | null)[]): readonly LeftObject[] {
  return objects.flatMap((object, index) => {
    const why = refused[index] ?? null;
    return why === null ? [] : [{ object: titleOf(object), why, matters: true }];
  });
}

/** What only the bad releases have, and is there: a rollback deletes nothing. What another delivery renders too is not theirs alone. */
export function leftBehind(
  { delivery }: Pick<Facts, 'delivery'>,
  stable: Rendered,
  bad: readonly Rendering[],
  next: (left: readonly LeftObject[]) => Changes,
): Changes {
  const kept = new Set(besideOf(stable).map(objectKey));
  const theirs = bad.flatMap((one) => (one instanceof StepgateError ? [] : besideOf(one)));
  const added = [...new Map(theirs.map((object) => [objectKey(object), object])).values()].filter(
    (object) => !kept.has(objectKey(object)),
  );
  if (added.length === 0) return next([]);
  return {
    is: 'live',
    objects: added,
    next: (lives) => {
      const left = lives.flatMap((live): readonly LeftObject[] => {
        if (live === null) return [];
        const others = [...markOf(live.object).commits.keys()].filter((name) => name !== delivery.name);
        if (others.length > 0) return [];
        const { kind, name, namespace } = live.ref;
        const group = groupOf(live.object);
        const what = group === '' ? kind.plural : `${kind.plural}.${group}`;
        const why = `only the bad release has it, and a rollback deletes nothing; if nothing needs it: kubectl delete ${what} ${name} -n ${namespace}`;
        return [{ object: titleOf(live.object), why, matters: keptKind(live.object) === undefined }];
      });
      return left.length === 0 ? next([]) : { is: 'left', left, next: () => next(left) };
    },
  };
}

type ByKey = ReadonlyMap<string, KubeObject> | null;

/** Compared without marks: a mark names the commit, so it differs with every commit. */
function byKey(rendering: Rendering): ByKey {
  if (rendering instanceof StepgateError) return null;
  return new Map(besideOf(rendering).map((object) => [objectKey(object), unmarked(object)]));
}

function isOther(its: ByKey, object: KubeObject): boolean {
  return its === null || !same(its.get(objectKey(object)), unmarked(object));
}

/** Whether an object is still as a release has made it. */
function isFrom(its: ByKey, live: KubeObject | null): boolean {
  const rendered = live === null ? undefined : its?.get(objectKey(live));
  return rendered !== undefined && covers(live, rendered);
}

/**
 * What stable writes, with the size that is live. Only a size that a bad release has made smaller goes back: whoever scales up in an
 * outage keeps the pods.
 */
export function withLiveSize(object: KubeObject, live: KubeObject, bad: readonly Rendering[]): KubeObject {
  const [wanted, now] = [object, live].map(sizeOf);
  if (wanted == null || now == null || wanted === now) return object;
  const isTheirs = bad.some((one) => !(one instanceof StepgateError) && sizeOf(writtenOf(one)) === now);
  if (wanted > now && isTheirs) return object;
  const spec = at(object, 'spec');
  return isObject(spec) ? { ...object, spec: { ...spec, replicas: now } } : object;
}

function sizeOf(object: KubeObject): number | null {
  return numberAt(object, 'spec', 'replicas');
}
