import { soakOf } from '../../gates/soak.ts';
import type { Delivery, Step } from '../../release/delivery.ts';
import { at, type Json, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { DELIVERY_ANNOTATION } from './keys.ts';
import { settingsOf } from './settings/index.ts';
import { styleOf } from './strategy.ts';
import { canSplit, trafficOf } from './traffic/index.ts';
import { stepRouting } from './traffic/step.ts';
import { kindOf } from './workloads/index.ts';

/** The delivery that a Rollout describes, without gates, which a Rollout does not contain; null when it describes none. */
export function deliveryOf(rollout: KubeObject): Delivery | null {
  const name = stringAt(rollout, 'metadata', 'annotations', DELIVERY_ANNOTATION);
  const namespace = stringAt(rollout, 'metadata', 'namespace');
  const style = styleOf(rollout);
  const workload = stringAt(rollout, 'spec', 'workloadRef', 'name');
  const kind = kindOf(at(rollout, 'spec', 'workloadRef'));
  if (name === null || namespace === null || style === null || workload === null) return null;
  if (kind === null) return null;
  const block = objectAt(rollout, 'spec', 'strategy', style === 'blueGreen' ? 'blueGreen' : 'canary');
  const traffic = trafficOf(rollout, block);
  const environment = name.includes('@') ? name.slice(name.lastIndexOf('@') + 1) : null;
  return {
    name,
    environment,
    namespace,
    cluster: { context: null, exec: [] },
    workload: { kind: kind.name, name: workload },
    source: { kind: 'files', patterns: [] },
    style,
    steps: listAt(block, 'steps').map(stepOf),
    traffic,
    settings: settingsOf(rollout, block, { style, kind: kind.name, splits: canSplit(traffic) }),
    startWhen: [],
    doneWhen: [],
    rollback: { on: [], stuckAfterSeconds: 15 * 60, git: 'auto' },
  };
}

function stepOf(step: Json, index: number): Step {
  const replicas = at(step, 'replicas');
  const percent = typeof replicas === 'string' ? Number.parseFloat(replicas) : Number.NaN;
  const seconds = numberAt(step, 'pause', 'duration') ?? 0;
  return {
    name: `step-${index + 1}`,
    replicas: Number.isNaN(percent)
      ? { unit: 'pods', value: typeof replicas === 'number' ? replicas : 0 }
      : { unit: 'percent', value: percent },
    ...stepRouting.readBack(step),
    // A pause of 0 seconds comes from an approval by plan, or from a person. It is no soak of the plan (E1).
    leaveWhen: seconds > 0 ? [soakOf(seconds)] : [],
    timer: seconds > 0 ? 'engine' : 'stepgate',
  };
}
