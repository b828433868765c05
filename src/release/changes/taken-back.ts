import { withVersion } from '../change.ts';
import { StepgateError } from '../error.ts';
import { at, covers, isObject, numberAt, same } from '../json.ts';
import { groupOf } from '../kinds.ts';
import { unmarked } from '../owner.ts';
import type { KubeObject } from '../ports.ts';
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
