import type { Apply } from '../change.ts';
import type { KubeObject } from '../ports.ts';
import type { Rendered, Target } from '../target.ts';
import { ours } from './facts.ts';

/** The applies of a deploy, in order, each with its manager and reason. */
export interface Applies {
  /** Objects that the workload reads; applied at any time. */
  readonly before: readonly Apply[];
  readonly rollout: Apply;
  /** Objects that the engine changes during a release; applied only while it is idle. */
  readonly idleOnly: readonly Apply[];
  readonly workload: Apply;
}

/** The applies of a rendering. `why` is the reason for the workload. */
export function applies(target: Target, rendered: Rendered, why: string): Applies {
  const apply = (object: KubeObject, reason: string): Apply => ours({ target }, object, reason);
  const takes = [target.engineManager];
  return {
    before: rendered.before.map((object) => apply(object, 'the workload reads it, so it is applied first')),
    rollout: apply(rendered.rollout, 'the plan of the policy ref'),
    idleOnly: rendered.idleOnly.map((object) => ({ ...apply(object, 'the engine is idle'), takes })),
    workload: apply(rendered.workload, why),
  };
}
