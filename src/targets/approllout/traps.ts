import type { CodeOf } from '../../release/codes.ts';
import { type Amount, type Delivery, formatAmount } from '../../release/delivery.ts';
import type { Finding, Severity, Surroundings } from '../../release/finding.ts';
import { numberAt, stringAt } from '../../release/json.ts';
import type { Observation } from '../../release/observation.ts';
import type { Rendered } from '../../release/target.ts';
import { titleOf } from '../kruise/manifests.ts';
import { finding } from '../kruise/trap-input.ts';
import { traps as trapsOfEngine } from '../kruise/traps.ts';
import { componentsOf } from '../vela/source.ts';
import { batchesOf, goalsOf, wrongSum } from './batches.ts';
import type { Look, Trap } from './look.ts';
import { ofCluster } from './traps-cluster.ts';

/** Findings of the target kruise that are about the pods and their surroundings, whoever moves them. */
const ofPods: readonly CodeOf<'finding'>[] = ['CONFIG_NOT_VERSIONED', 'NO_READINESS_PROBE', 'LIMIT_RANGE_REFUSES'];

const weight: Record<Severity, number> = { error: 0, warning: 1, note: 2 };

/**
 * The findings about a release by an AppRollout, errors first: what KubeVela would do otherwise than the plan says
 * (docs/approllout.md#findings).
 */
export function traps(
  delivery: Delivery,
  rendered: Rendered,
  observation: Observation,
  around: Surroundings,
): readonly Finding[] {
  const size = numberAt(rendered.workload, 'spec', 'replicas') ?? 0;
  const title = `${delivery.workload.kind}/${delivery.workload.name}`;
  const look: Look = { delivery, rendered, observation, around, size, title };
  const known = trapsOfEngine(delivery, rendered, observation, around);
  return [
    ...[...ofPlan, ...ofKind, ...ofCluster].flatMap((trap) => trap(look)),
    ...known.filter(({ code }) => ofPods.some((one) => one === code)),
  ].sort((left, right) => weight[left.severity] - weight[right.severity]);
}

/** The pods of each step, with `step 2 (half, 50%)`. */
function planned({ delivery, size }: Look) {
  const goals = goalsOf(delivery.steps, size);
  return delivery.steps.map((step, index) => ({
    goal: goals[index] ?? size,
    before: goals[index - 1] ?? 0,
    step,
    isLast: index === delivery.steps.length - 1,
    title: `step ${index + 1} (${step.name}, ${formatAmount(step.replicas)})`,
  }));
}

const sizeFact = ({ title, size }: Look) => `${title} is rendered with ${size} ${size === 1 ? 'pod' : 'pods'}`;

/** KubeVela checks the sum of the batches when it has written the new template already. */
const sumsUp: Trap = (look) => {
  const batches = batchesOf(look.delivery.steps, look.size).map((value): Amount => ({ unit: 'pods', value }));
  const wrong = wrongSum(batches, look.size);
  if (wrong === null) return [];
  const left =
    look.delivery.workload.kind === 'CloneSet'
      ? 'the CloneSet is left with the new template, paused, and starting it by hand would replace every pod'
      : 'the new template is in the cluster by then';
  return finding(
    'error',
    'BATCHES_IMPOSSIBLE',
    `KubeVela would end the rollout at once: ${wrong}; ${left}`,
    [sizeFact(look), `batches ${batches.map(formatAmount).join(', ')}, of which the last has to reach every pod`],
    'keep at least one pod for the last step, and let the last step be 100%',
  );
};

const goesDown: Trap = (look) =>
  planned(look).flatMap(({ step, before, goal, title }, index) => {
    const asked = goalsOf([step], look.size)[0] ?? 0;
    if (asked >= before || index === 0) return [];
    return finding(
      'warning',
      'STEP_GOES_DOWN',
      `${title} asks for ${asked} pods where ${goal} are new already: none is taken back`,
      [sizeFact(look)],
      'order the steps by what they come to at this size',
    );
  });

const movesNothing: Trap = (look) =>
  planned(look).flatMap(({ goal, before, isLast, title }, index) => {
    if (goal !== before || isLast || (index === 0 && goal > 0)) return [];
    return finding(
      'warning',
      'STEP_MOVES_NOTHING',
      `${title} moves no pod: ${before} are new already`,
      [sizeFact(look)],
      'leave the step out, or raise the size or the step',
    );
  });

/** The components beside it are applied whole when KubeVela writes the new template. */
const othersUngated: Trap = ({ delivery, rendered: { carrier } }) => {
  if (carrier === null) return [];
  const others = componentsOf(carrier).flatMap((component) => {
    const name = stringAt(component, 'name') ?? '?';
    return name === delivery.workload.name ? [] : [name];
  });
  if (others.length === 0) return [];
  const title = titleOf(carrier);
  return finding(
    'warning',
    'COMPONENT_UNGATED',
    `other components of ${title} go out with a release, each at once: ${others.join(', ')}`,
    others.map((name) => `component ${name}, and an AppRollout moves one component`),
    'give each an Application of its own, or live with that',
  );
};

const ofPlan: readonly Trap[] = [sumsUp, goesDown, movesNothing, othersUngated];

/** A StatefulSet is not paused when its new template is written. */
const podLeaks: Trap = ({ delivery, title }) => {
  if (delivery.workload.kind !== 'StatefulSet') return [];
  return finding(
    'warning',
    'POD_LEAKS',
    `one pod of ${title} gets the new version before the first step begins: KubeVela writes the template first and the partition after it`,
    [
      'KubeVela counts every ready pod as a new one: stepgate counts the new ones itself',
      'a pod that is replaced in that moment may end the rollout: "the StatefulSet is still scaling"',
    ],
    'use a CloneSet, or target: kruise, which gates a StatefulSet before its template',
  );
};

/** On the way back KubeVela first sets the good Deployment to the size less what the bad one asks for. */
const capacityDips: Trap = (look) => {
  if (look.delivery.workload.kind !== 'Deployment') return [];
  const deepest = planned(look).reduce<{ readonly pods: number; readonly title: string } | null>((found, step) => {
    const pods = step.goal - step.before;
    return pods > (found?.pods ?? 0) ? { pods, title: step.title } : found;
  }, null);
  if (deepest === null) return [];
  return finding(
    'warning',
    'CAPACITY_DIPS',
    `a rollback while ${deepest.title} hangs first takes ${deepest.pods} ready ${deepest.pods === 1 ? 'pod' : 'pods'} of the good version away, and then starts as many again`,
    [sizeFact(look), 'seen: 5 ready pods fell to 3 for half a second, with pods that are ready at once'],
    'make the steps smaller, or use a CloneSet, of which no good pod is taken away',
  );
};

/** Anything that changes the size is taken for a change of the rollout. */
const autoscaled: Trap = ({ rendered, title }) => {
  const found = rendered.idleOnly.find(
    (object) => stringAt(object, 'kind') === 'HorizontalPodAutoscaler' || stringAt(object, 'kind') === 'ScaledObject',
  );
  if (found === undefined) return [];
  return finding(
    'error',
    'HPA_PRESENT',
    `${titleOf(found)} changes the size of ${title}, and an AppRollout fails or begins again when it is not its targetSize`,
    [`${titleOf(found)} in the source`],
    'keep the size fixed, or use target: kruise',
  );
};

const ofKind: readonly Trap[] = [podLeaks, capacityDips, autoscaled];
