import type { Apply } from '../change.ts';
import type { KubeObject } from '../ports.ts';
import type { Rendered, Target } from '../target.ts';

/** Everything that a deploy applies: in this order, each under the manager and for the reason that a plan shows. */
export interface Applies {
  /** What the workload reads: at any time. */
  readonly before: readonly Apply[];
  readonly rollout: Apply;
  /** What the engine works with in mid-release: only while it is idle. */
  readonly idleOnly: readonly Apply[];
  readonly workload: Apply;
}

/** What a rendering comes to. `why` is the reason for the workload. */
export function applies({ managers }: Target, rendered: Rendered, why: string): Applies {
  const apply = (object: KubeObject, reason: string): Apply => ({
    do: 'apply',
    object,
    manager: managers.apply,
    ifRefused: 'fail',
    why: reason,
  });
  return {
    before: rendered.before.map((object) => apply(object, 'the workload reads it, so it goes first')),
    rollout: apply(rendered.rollout, 'the plan of the policy ref'),
    idleOnly: rendered.idleOnly.map((object) => apply(object, 'the engine is idle')),
    workload: apply(rendered.workload, why),
  };
}
