import type { Apply } from '../change.ts';
import type { KubeObject } from '../ports.ts';
import { type Rendered, type Target, writtenOf } from '../target.ts';
import { ours } from './facts.ts';

/** The applies of a deploy, in order, each with its manager and reason. */
export interface Applies {
  /** Objects that the workload reads; applied at any time. */
  readonly before: readonly Apply[];
  /** With a carrier it is what is expected of the controller: only a plan that has to be there first is applied. */
  readonly rollout: Apply;
  /** Objects that the engine changes during a release; applied only while it is idle. */
  readonly idleOnly: readonly Apply[];
  /** The workload, or the carrier of which a controller makes it. */
  readonly written: Apply;
  /** Whether `written` is a carrier. */
  readonly carried: boolean;
}

/** The applies of a rendering. `why` is the reason for the workload, or for its carrier. */
export function applies(target: Target, rendered: Rendered, why: string): Applies {
  const apply = (object: KubeObject, reason: string): Apply => ours({ target }, object, reason);
  const takes = [target.engineManager];
  return {
    before: rendered.before.map((object) => apply(object, 'the workload reads it, so it is applied first')),
    rollout: { ...apply(rendered.rollout, 'the plan of the policy ref'), takes: ofPlan(target) },
    idleOnly: rendered.idleOnly.map((object) => ({ ...apply(object, 'the engine is idle'), takes })),
    written: apply(writtenOf(rendered), why),
    carried: target.carrier !== null,
  };
}

/** Whose fields of a plan an apply takes: those of the controller that makes the Rollout of a carrier. */
export function ofPlan({ carrier }: Pick<Target, 'carrier'>): readonly string[] {
  return carrier === null ? [] : [carrier.manager];
}
