import { denied } from '../api/answers.ts';
import { same } from '../api/json.ts';
import { groupVersion } from '../api/kinds.ts';
import type { Amount } from '../workloads/amounts.ts';
import type { World } from '../world.ts';
import { goGateway, goIngress, goRef, goReplicas, goRoutings, goSteps } from './go-text.ts';
import { readStatus } from './status.ts';
import { isRealPartition, planOf, type Rollout, type RoutingRef, type Step, stepsOf, styleOf } from './types.ts';
import type { WorkloadRef } from './workload-ref.ts';

const supported = [
  'apps/ReplicaSet',
  'apps/Deployment',
  'apps/StatefulSet',
  'apps.kruise.io/CloneSet',
  'apps.kruise.io/StatefulSet',
  'apps.kruise.io/DaemonSet',
];

/** The validating webhook of Rollouts, with its texts (docs/engine.md#denials, E7, E10). Throws the denial. */
export function validateRollout(world: World, rollout: Rollout, old: Rollout | undefined): void {
  const undecoded = tooLarge(rollout);
  if (undecoded !== null) throw denied(undecoded, 400);
  const problems = [...specProblems(rollout), ...conflicts(world, rollout)];
  if (problems.length > 0) throw denied(problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`);
  const problem = old === undefined ? null : editProblem(rollout, old);
  if (problem !== null) throw denied(problem);
}

/** The first number that does not fit into the engine's 32 bits: Go's decoder ends there. */
function tooLarge(rollout: Rollout): string | null {
  const { steps = [], trafficRoutings = [] } = planOf(rollout);
  const strategy = `spec.strategy.${rollout.spec.strategy.blueGreen === undefined ? 'canary' : 'blueGreen'}`;
  const numbers = [
    ...steps.flatMap(({ replicas, pause }) => [
      { number: replicas, field: `CanaryStep.${strategy}.steps.replicas` },
      { number: pause?.duration, field: `RolloutPause.${strategy}.steps.pause.duration` },
    ]),
    ...trafficRoutings.map(({ gracePeriodSeconds }) => ({
      number: gracePeriodSeconds,
      field: `TrafficRoutingRef.${strategy}.trafficRoutings.gracePeriodSeconds`,
    })),
  ];
  const found = numbers.find(({ number }) => typeof number === 'number' && number >= 2 ** 31);
  if (found === undefined) return null;
  return `json: cannot unmarshal number ${found.number} into Go struct field ${found.field} of type int32`;
}

function editProblem(rollout: Rollout, old: Rollout): string | null {
  const { phase } = readStatus(old);
  if (phase !== 'Progressing' && phase !== 'Terminating') return null;
  if (!same(old.spec.workloadRef, rollout.spec.workloadRef))
    return "Spec.ObjectRef: Forbidden: Rollout 'ObjectRef' field is immutable";
  if (!same(planOf(old).trafficRoutings ?? [], planOf(rollout).trafficRoutings ?? [])) {
    return "Spec.Strategy.Canary|BlueGreen.TrafficRoutings: Forbidden: Rollout 'Strategy.Canary|BlueGreen.TrafficRoutings' field is immutable";
  }
  if (styleOf(old) !== styleOf(rollout))
    return 'Spec.Strategy.Canary|BlueGreen: Forbidden: Rollout style and enableExtraWorkloadForCanary are immutable';
  if (stepsOf(old).length !== stepsOf(rollout).length)
    return 'Spec.Strategy.Canary|BlueGreen: Forbidden: Amount of Rollout steps are immutable';
  return null;
}

function conflicts(world: World, rollout: Rollout): readonly string[] {
  const { name, namespace = '' } = rollout.metadata;
  const other = world.api
    .list('Rollout', namespace)
    .find((one) => one.metadata.name !== name && same(one.spec.workloadRef, rollout.spec.workloadRef));
  if (other === undefined) return [];
  const text = `This rollout conflict with Rollout(${namespace}/${other.metadata.name}), one workload only have less than one Rollout`;
  return [`Conflict Checker: Invalid value: "${name}": ${text}`];
}

function specProblems(rollout: Rollout): readonly string[] {
  const { workloadRef, strategy } = rollout.spec;
  const { canary, blueGreen } = strategy;
  const none = canary === undefined && blueGreen === undefined;
  const style = none ? '' : isRealPartition(rollout) ? 'Partition' : styleOf(rollout);
  const found = refProblems(workloadRef, style);
  if (none) return [...found, 'Spec.Strategy: Invalid value: "null": Canary and BlueGreen cannot both be empty'];
  if (canary !== undefined && blueGreen !== undefined)
    return [...found, 'Spec.Strategy: Invalid value: "null": Canary and BlueGreen cannot both be set'];
  const path = `Spec.Strategy.${blueGreen === undefined ? 'Canary' : 'BlueGreen'}`;
  const { steps, trafficRoutings = [] } = planOf(rollout);
  const stepProblem = stepsProblem(steps, `${path}.Steps`, style);
  return [
    ...found,
    ...(stepProblem === null ? [] : [stepProblem]),
    ...(trafficRoutings.length > 1
      ? [
          `${path}: Invalid value: ${goRoutings(trafficRoutings)}: Rollout currently only support single TrafficRouting.`,
        ]
      : []),
    ...trafficRoutings.flatMap((routing) => routingProblems(routing, `${path}.TrafficRouting`)),
  ];
}

function refProblems(ref: WorkloadRef, style: string): readonly string[] {
  const kind = `${groupVersion(ref.apiVersion).group}/${ref.kind}`;
  const at = `Spec.ObjectRef.WorkloadRef: Invalid value: ${goRef(ref)}: `;
  if (!supported.includes(kind)) return [`${at}WorkloadRef kind is not supported`];
  const can = style !== 'BlueGreen' || kind === 'apps/Deployment' || kind === 'apps.kruise.io/CloneSet';
  return can ? [] : [`${at}WorkloadRef kind is not supported for bluegreen style`];
}

function routingProblems(routing: RoutingRef, path: string): readonly string[] {
  const { gracePeriodSeconds = 0, service = '', ingress, gateway, customNetworkRefs } = routing;
  return [
    ...(gracePeriodSeconds < 0
      ? [
          `${path}.GracePeriodSeconds: Invalid value: "${service}": TrafficRouting.GracePeriodSeconds cannot be negative`,
        ]
      : []),
    ...(service === '' ? [`${path}.Service: Invalid value: "": TrafficRouting.Service cannot be empty`] : []),
    ...(gateway === undefined && ingress === undefined && customNetworkRefs === undefined
      ? [`${path}.TrafficRoutings: Invalid value: "null": TrafficRoutings are not set`]
      : []),
    ...(ingress?.name === ''
      ? [`${path}.Ingress: Invalid value: ${goIngress(ingress)}: TrafficRouting.Ingress.Ingress cannot be empty`]
      : []),
    ...(gateway !== undefined && (gateway.httpRouteName ?? '') === ''
      ? [
          `${path}.Gateway: Invalid value: ${goGateway(gateway)}: TrafficRouting.Gateway must set the name of HTTPRoute or HTTPsRoute`,
        ]
      : []),
  ];
}

/** A percentage or a number of pods; null when it is neither. */
function hundredth(amount: Amount): number | null {
  if (typeof amount === 'number') return amount;
  const percent = /^(\d+)%$/.exec(amount);
  return percent === null ? null : Number(percent[1]);
}

function stepsProblem(given: readonly Step[] | undefined, path: string, style: string): string | null {
  const steps = given ?? [];
  if (steps.length === 0)
    return `${path}: Invalid value: ${goSteps(given)}: The number of Canary.Steps cannot be empty`;
  for (const [index, step] of steps.entries()) {
    const problem = stepProblem(step, style);
    if (problem === null) continue;
    return problem.field === 'Replicas'
      ? `${path}[${index}].Replicas: Invalid value: ${goReplicas(step.replicas ?? 0)}: ${problem.text}`
      : `${path}[${index}].steps: Invalid value: ${goSteps(steps)}: ${problem.text}`;
  }
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (
      before?.replicas === undefined ||
      step.replicas === undefined ||
      typeof before.replicas !== typeof step.replicas
    )
      continue;
    if ((hundredth(step.replicas) ?? 0) < (hundredth(before.replicas) ?? 0)) {
      return `${path}.CanaryReplicas: Invalid value: ${goSteps(steps)}: Steps.CanaryReplicas must be a non decreasing sequence`;
    }
  }
  return null;
}

function stepProblem(
  step: Step,
  style: string,
): { readonly field: 'steps' | 'Replicas'; readonly text: string } | null {
  if (step.replicas === undefined) return { field: 'steps', text: 'replicas cannot be empty' };
  const replicas = hundredth(step.replicas);
  if (replicas === null || replicas <= 0 || (replicas > 100 && typeof step.replicas === 'string')) {
    return {
      field: 'Replicas',
      text: 'replicas must be positive number, or a percentage with "0%" < canaryReplicas <= "100%"',
    };
  }
  if (step.traffic === undefined && (step.matches ?? []).length === 0) return null;
  if (style === 'Partition' && typeof step.replicas === 'string' && replicas > 50) {
    return {
      field: 'steps',
      text: 'For partition style rollout: step[x].replicas must not greater than partition-percent-limit if traffic specified',
    };
  }
  if (step.traffic === undefined) return null;
  const weight = hundredth(step.traffic);
  if (style === 'BlueGreen') {
    return weight === null || weight > 100
      ? { field: 'steps', text: 'traffic must be percentage with "0%" <= traffic <= "100%" in blueGreen strategy' }
      : null;
  }
  return weight === null || weight <= 0 || weight > 100
    ? { field: 'steps', text: 'traffic must be percentage with "0%" < traffic <= "100%" in canary strategy' }
    : null;
}
