import { type Apply, titleOf, withVersion } from '../change.ts';
import { refusal, StepgateError } from '../error.ts';
import { parseReleaseId } from '../identity.ts';
import { covers } from '../json.ts';
import type { KubeObject } from '../ports.ts';
import type { LeftObject, Rollback } from '../record.ts';
import { type Rendered, withWritten, writtenOf } from '../target.ts';
import { sameContent } from '../whole.ts';
import { again, type Changes, type Need, writing } from './changes.ts';
import { type Facts, ours, patch, writtenRef } from './facts.ts';
import { type Rendering, refusedOf, takenBack, withLiveSize } from './taken-back.ts';

/** The target of a rollback, rendered from Git, and the related objects in the cluster. */

/**
 * The rendering of stable, or why it can't be rendered. The rendering only checks the template; without it the pods are
 * rolled back all the same.
 */
export function stableRendered(
  { delivery }: Facts,
  { to }: Rollback,
  obtained: Extract<Need, { is: 'rendered' }>['obtained'],
  next: (stable: Rendered | StepgateError) => Changes,
): Changes {
  return {
    is: 'rendered',
    commit: to.commit,
    attempt: parseReleaseId(to.id)?.attempt ?? 1,
    obtained,
    next: (rendered) => {
      const stable = rendered instanceof StepgateError ? rendered : proved(rendered, to);
      if (!(stable instanceof StepgateError)) return next(stable);
      const text = `${delivery.name}: stable can't be rendered, so the cluster's own revision is restored (${stable.message})`;
      return { is: 'tell', text, next: () => next(stable) };
    },
  };
}

function proved(rendered: Rendered, { commit, digest }: Rollback['to']): Rendered | StepgateError {
  if (rendered.release.digest === digest) return rendered;
  return refusal(
    'REVERT_NOT_PROVEN',
    `${commit.slice(0, 10)} no longer renders the template that was released from it`,
    'the source reads something that has changed since: pin it, or revert by hand',
  );
}

/**
 * Renders stable from its own commit, or else from the tip of the branch: when no clone has that commit any more, a person
 * can finish the rollback by committing its content by hand. Throws why stable's own commit can't be rendered.
 */
export function stableOrTip(facts: Facts, rollback: Rollback, next: (stable: Rendered) => Changes): Changes {
  const { to } = rollback;
  return stableRendered(facts, rollback, 'beforehand', (stable) => {
    if (!(stable instanceof StepgateError)) return next(stable);
    return {
      is: 'tip',
      next: (atTip) => {
        // Of settings that are bad, the branch has the pods of stable and their own content.
        if (atTip === null || !sameContent(atTip.release, to)) throw stable;
        return next(withWritten(atTip, facts.target.named(writtenOf(atTip), to.id, facts.observed.written)));
      },
    };
  });
}

/** Applies of the objects beside stable. A refused apply is logged and skipped, and the pods are rolled back all the same. */
export function restoring(
  facts: Facts,
  objects: readonly KubeObject[],
  why: string,
  takes: readonly string[] = [],
): readonly Apply[] {
  return objects.map((object) => ({ ...ours(facts, object, why), takes, ifRefused: 'leave' }));
}

export interface Owned {
  /** Whether the live template is stable's. */
  readonly isStable: boolean;
  readonly written: KubeObject;
  readonly left: readonly LeftObject[];
}

interface Owning {
  readonly live: KubeObject;
  readonly stable: Rendered;
  readonly id: string;
  readonly bad: readonly Rendering[];
}

/** Applies what a bad release has changed of the objects that wait for an idle engine. */
export function restoringIdle(
  facts: Facts,
  stable: Rendered,
  bad: readonly Rendering[],
  next: (left: readonly LeftObject[]) => Changes,
): Changes {
  const why = 'stable has it, and the engine is idle';
  return takenBack(facts, stable.idleOnly, bad, (objects) =>
    writing(restoring(facts, objects, why, [facts.target.engineManager]), (_answers, refused) =>
      next(refusedOf(objects, refused)),
    ),
  );
}

/** The same, and makes stable's manifest the owner of the written object's fields again (E33). */
export function owning(facts: Facts, it: Owning, next: (owned: Owned) => Changes): Changes {
  return restoringIdle(facts, it.stable, it.bad, (left) =>
    owningWritten(facts, it, (owned) => next({ ...owned, left: [...left, ...owned.left] })),
  );
}

function owningWritten(facts: Facts, { live, stable, id, bad }: Owning, next: (owned: Owned) => Changes): Changes {
  const { target, delivery } = facts;
  const template = target.templateOf(delivery, live);
  const isCovered = covers(template, target.templateOf(delivery, writtenOf(stable)));
  const sized = withLiveSize(target.named(writtenOf(stable), id, live), live, bad);
  const object = withVersion(sized, live);
  const apply = (answer: KubeObject | null): Changes => {
    if (answer === null) {
      if (!isCovered) return next({ isStable: false, written: live, left: [] });
      const theirs = { object: titleOf(live), why: 'another manager owns a part of it', matters: true };
      return stillCovered(facts, object, live, (owned) => next({ ...owned, left: [theirs] }));
    }
    if (target.templateHash(delivery, answer) === target.templateHash(delivery, live)) {
      const write = ours(facts, object, "stable's own manifest owns its fields again");
      return writing([write], ([owned]) => forgetting(facts, owned ?? live, next));
    }
    if (!isCovered) return next({ isStable: false, written: live, left: [] });
    const text = `${delivery.name}: to apply the manifest of stable would change the live template, so the workload is left as it is`;
    return { is: 'tell', text, next: () => next({ isStable: true, written: live, left: [] }) };
  };
  return dryRunOwning(facts, object, apply);
}

/**
 * Another manager owns a field. The server says so of an object that has changed since it was read, too, and only afterwards that it has
 * changed: so it is read again.
 */
function stillCovered(facts: Facts, object: KubeObject, live: KubeObject, next: (owned: Owned) => Changes): Changes {
  const { target, delivery } = facts;
  return {
    is: 'live',
    objects: [object],
    next: ([now]) => {
      const changed =
        now !== null &&
        now !== undefined &&
        target.templateHash(delivery, now.object) !== target.templateHash(delivery, live);
      return changed ? again('somebody has changed the template meanwhile') : forgetting(facts, live, next);
    },
  };
}

/** Removes the rollback's field manager from the fields it owns. */
function forgetting(facts: Facts, owned: KubeObject, next: (owned: Owned) => Changes): Changes {
  const { target } = facts;
  const manager = target.managers.rollback;
  const body = target.patches.forgetManager(owned, manager);
  if (body === null) return next({ isStable: true, written: owned, left: [] });
  const ref = writtenRef(facts, owned);
  const write = patch({ ref, body, manager, why: "remove the rollback's field manager" });
  return writing([write], ([cleaned]) => next({ isStable: true, written: cleaned ?? owned, left: [] }));
}

/**
 * The written object after a dry-run apply of stable's manifest; null when another manager owns a field (`kubectl scale`). The
 * pods are back in any case, and the rollback must be able to finish.
 */
export function dryRunOwning(
  { target, delivery }: Facts,
  workload: KubeObject,
  next: (answer: KubeObject | null) => Changes,
): Changes {
  return {
    is: 'dryRun',
    object: workload,
    manager: target.managers.apply,
    next: (answer) => {
      if (!(answer instanceof StepgateError)) return next(answer);
      const text = `${delivery.name}: ${titleOf(workload)} is left as it is: ${answer.message}`;
      return { is: 'tell', text, next: () => next(null) };
    },
  };
}
