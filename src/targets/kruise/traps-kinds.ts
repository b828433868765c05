import { stringAt } from '../../release/json.ts';
import { clamp, scaledAmount } from './amounts.ts';
import { AUTOSCALER } from './keys.ts';
import { scales, titleOf } from './manifests.ts';
import { finding, listed, nothing, planned, sizeFact, sizeOf, type Trap, titleOfWorkload } from './trap-input.ts';
import { workloadKind } from './workloads/index.ts';

/** The webhook only gates the update strategy RollingUpdate (docs/engine-statefulset.md). */
export const notRolling: Trap = (look) => {
  const own = stringAt(look.rendered.settings, 'spec', 'updateStrategy', 'type');
  const live = look.observation.workload?.strategy ?? null;
  const found = own ?? live;
  if (found === null || found === 'RollingUpdate') return nothing;
  return finding(
    'error',
    'NOT_ROLLING',
    `${titleOfWorkload(look)} has the update strategy ${found}: the engine does not gate it, and moves none of its pods`,
    [own === null ? `updateStrategy ${found} in the cluster` : `updateStrategy ${found} in the manifest`],
    'write updateStrategy RollingUpdate, or leave it out',
  );
};

/** The engine uses the partition to move pods. It ends at 0, whatever it was before. */
export const partitionIgnored: Trap = (look) => {
  const { observation, around, delivery } = look;
  const live = around.workload === null ? 0 : workloadKind(delivery).keptBack(around.workload);
  const workload = observation.workload;
  if (live === 0 || observation.engine.at !== 'idle' || workload === null || workload.wedged) return nothing;
  return finding(
    'warning',
    'PARTITION_IGNORED',
    `${titleOfWorkload(look)} keeps ${live} pods back by a partition: the engine moves pods by that field, and leaves it at 0`,
    [`partition ${live} in the cluster`],
    'let the steps of the plan keep pods back',
  );
};

/** The partition does not grow with the set, so added pods get the new version (docs/engine-statefulset.md). */
export const scaledPodsAreNew: Trap = (look) => {
  const { around, rendered, delivery } = look;
  const found = [...(listed(around, AUTOSCALER) ?? []), ...rendered.idleOnly].find((one) =>
    scales(one, delivery.workload),
  );
  if (found === undefined) return nothing;
  const title = titleOf(found);
  return finding(
    'warning',
    'SCALED_PODS_ARE_NEW',
    `${title} may add pods during a release: every pod that is added to a StatefulSet then is of the new version`,
    [`${title} targets ${titleOfWorkload(look)}`],
    'keep the size fixed during a release, or release when it does not change',
  );
};

/** A percentage may move fewer pods than the engine then waits for. */
export const stepNeverReady: Trap = (look) => {
  const size = sizeOf(look);
  if (size === null || size === 0) return nothing;
  return planned(look, size).flatMap(({ step, pods, title }) => {
    const asked = clamp(scaledAmount(step.replicas, size), size);
    if (pods >= asked) return nothing;
    return finding(
      'error',
      'STEP_NEVER_READY',
      `${title} asks for ${asked} new pods, and the engine lets ${pods} of ${size} move: it waits for the rest for ever`,
      [sizeFact(look, size), 'the share of old pods is kept as a whole percentage'],
      'write the step as a number of pods',
    );
  });
};

/** Without a stable revision, the engine can't pin the stable Service, and waits for ever (docs/engine.md#traffic). */
export const trafficNeverRouted: Trap = (look) => {
  const { steps, traffic } = look.delivery;
  const routed = steps.find((step) => step.traffic !== null || step.matches.length > 0);
  if (traffic === null && routed === undefined) return nothing;
  return finding(
    'error',
    'TRAFFIC_NEVER_ROUTED',
    `${titleOfWorkload(look)} has no stable revision: the engine waits for its routes for ever`,
    [routed === undefined ? 'the delivery routes traffic' : `step ${routed.name} routes traffic`],
    'leave traffic out of the delivery and of the steps',
  );
};
