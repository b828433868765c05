import { denied, type Live, type Rule } from './rule.ts';
import {
  byIngress,
  type ConfigParts,
  config,
  goStep,
  ingress,
  repeated,
  type SpecParts,
  spec,
  step,
} from './written.ts';

/** The plan of the release that an edit comes in the middle of: in its style, without traffic. */
export const liveSteps = [step('20%'), step('60%'), step('100%')];
const lines = ['{ replicas: 20% }', '{ replicas: 60% }', '{ replicas: 100% }'];

export const liveSpec = (style: Live): object => spec({ style, steps: liveSteps });
export const liveConfig = (style: Live): string => config({ strategy: style, steps: lines });

const edited = (live: Live, parts: SpecParts) =>
  ({ by: 'edit', live, spec: spec({ style: live, steps: liveSteps, ...parts }) }) as const;
const wanted = (live: Live, parts: ConfigParts, says: string) =>
  ({ by: 'plan', config: config({ strategy: live, steps: lines, ...parts }), says }) as const;

/** The webhook's rules for edits in the middle of a release. */
export const rulesOfReleases: readonly Rule[] = [
  {
    rule: 'during a release, no step is removed: partition style',
    breaks: edited('partition', { steps: liveSteps.slice(1) }),
    engine: denied('Spec.Strategy.Canary|BlueGreen: Forbidden: Amount of Rollout steps are immutable'),
    stepgate: wanted(
      'partition',
      { steps: lines.slice(1) },
      'PLAN_CHANGED_MIDWAY Rollout/shop: the engine denies this change of the plan while a release runs: 3 steps in the cluster, 2 in the policy (wait until the release is done or rolled back, then change the plan)',
    ),
  },
  {
    rule: 'during a release, no step is removed: blueGreen style',
    breaks: edited('blueGreen', { steps: liveSteps.slice(1) }),
    engine: denied('Spec.Strategy.Canary|BlueGreen: Forbidden: Amount of Rollout steps are immutable'),
    stepgate: wanted(
      'blueGreen',
      { steps: lines.slice(1) },
      'PLAN_CHANGED_MIDWAY Rollout/shop: the engine denies this change of the plan while a release runs: 3 steps in the cluster, 2 in the policy (wait until the release is done or rolled back, then change the plan)',
    ),
  },
  {
    rule: 'during a release, no step is added: canary style',
    breaks: edited('canary', { steps: [step('10%'), ...liveSteps] }),
    engine: denied('Spec.Strategy.Canary|BlueGreen: Forbidden: Amount of Rollout steps are immutable'),
    stepgate: wanted(
      'canary',
      { steps: ['{ replicas: 10% }', ...lines] },
      'PLAN_CHANGED_MIDWAY Rollout/shop: the engine denies this change of the plan while a release runs: 3 steps in the cluster, 4 in the policy (wait until the release is done or rolled back, then change the plan)',
    ),
  },
  {
    rule: 'during a release, the style stays: partition style',
    breaks: edited('partition', { style: 'canary' }),
    engine: denied(
      'Spec.Strategy.Canary|BlueGreen: Forbidden: Rollout style and enableExtraWorkloadForCanary are immutable',
    ),
    stepgate: wanted(
      'partition',
      { strategy: 'canary' },
      'PLAN_CHANGED_MIDWAY Rollout/shop: the engine denies this change of the plan while a release runs: strategy is partition in the cluster, canary in the policy (wait until the release is done or rolled back, then change the plan)',
    ),
  },
  {
    rule: 'during a release, the style stays: canary style',
    breaks: edited('canary', { style: 'blueGreen' }),
    engine: denied(
      'Spec.Strategy.Canary|BlueGreen: Forbidden: Rollout style and enableExtraWorkloadForCanary are immutable',
    ),
    stepgate: wanted(
      'canary',
      { strategy: 'blueGreen' },
      'PLAN_CHANGED_MIDWAY Rollout/shop: the engine denies this change of the plan while a release runs: strategy is canary in the cluster, blueGreen in the policy (wait until the release is done or rolled back, then change the plan)',
    ),
  },
  {
    rule: 'during a release, the style stays: blueGreen style',
    breaks: edited('blueGreen', { style: 'partition' }),
    engine: denied(
      'Spec.Strategy.Canary|BlueGreen: Forbidden: Rollout style and enableExtraWorkloadForCanary are immutable',
    ),
    stepgate: wanted(
      'blueGreen',
      { strategy: 'partition' },
      'PLAN_CHANGED_MIDWAY Rollout/shop: the engine denies this change of the plan while a release runs: strategy is blueGreen in the cluster, partition in the policy (wait until the release is done or rolled back, then change the plan)',
    ),
  },
  {
    rule: 'during a release, the traffic routing stays: partition style',
    breaks: edited('partition', { traffic: [ingress] }),
    engine: denied(
      "Spec.Strategy.Canary|BlueGreen.TrafficRoutings: Forbidden: Rollout 'Strategy.Canary|BlueGreen.TrafficRoutings' field is immutable",
    ),
    stepgate: wanted(
      'partition',
      { traffic: byIngress },
      'PLAN_CHANGED_MIDWAY Rollout/shop: the engine denies this change of the plan while a release runs: traffic is [] in the cluster, [{"gracePeriodSeconds":3,"ingress":{"classType":"nginx","name":"shop"},"service":"shop"}] in the policy (wait until the release is done or rolled back, then change the plan)',
    ),
  },
  {
    rule: 'during a release, the traffic routing stays: canary style',
    breaks: edited('canary', { traffic: [ingress] }),
    engine: denied(
      "Spec.Strategy.Canary|BlueGreen.TrafficRoutings: Forbidden: Rollout 'Strategy.Canary|BlueGreen.TrafficRoutings' field is immutable",
    ),
    stepgate: wanted(
      'canary',
      { traffic: byIngress },
      'PLAN_CHANGED_MIDWAY Rollout/shop: the engine denies this change of the plan while a release runs: traffic is [] in the cluster, [{"gracePeriodSeconds":3,"ingress":{"classType":"nginx","name":"shop"},"service":"shop"}] in the policy (wait until the release is done or rolled back, then change the plan)',
    ),
  },
  {
    rule: 'during a release, the traffic routing stays: blueGreen style',
    breaks: edited('blueGreen', { traffic: [ingress] }),
    engine: denied(
      "Spec.Strategy.Canary|BlueGreen.TrafficRoutings: Forbidden: Rollout 'Strategy.Canary|BlueGreen.TrafficRoutings' field is immutable",
    ),
    stepgate: wanted(
      'blueGreen',
      { traffic: byIngress },
      'PLAN_CHANGED_MIDWAY Rollout/shop: the engine denies this change of the plan while a release runs: traffic is [] in the cluster, [{"gracePeriodSeconds":3,"ingress":{"classType":"nginx","name":"shop"},"service":"shop"}] in the policy (wait until the release is done or rolled back, then change the plan)',
    ),
  },
  {
    rule: 'during a release, the kind of the workload stays',
    breaks: edited('partition', { kind: 'StatefulSet' }),
    engine: denied("Spec.ObjectRef: Forbidden: Rollout 'ObjectRef' field is immutable"),
    stepgate: wanted(
      'partition',
      { kind: 'StatefulSet' },
      'PLAN_CHANGED_MIDWAY Rollout/shop: the engine denies this change of the plan while a release runs: workloadRef is {"apiVersion":"apps/v1","kind":"Deployment","name":"shop"} in the cluster, {"apiVersion":"apps/v1","kind":"StatefulSet","name":"shop"} in the policy (wait until the release is done or rolled back, then change the plan)',
    ),
  },
  {
    rule: 'during a release, the name of the workload stays',
    breaks: {
      by: 'edit',
      live: 'canary',
      spec: {
        ...liveSpec('canary'),
        workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' },
      },
    },
    engine: denied("Spec.ObjectRef: Forbidden: Rollout 'ObjectRef' field is immutable"),
    stepgate: {
      by: 'nothing',
      why: 'the Rollout has the name of its workload: another workload.name makes another Rollout, and leaves this one as it is',
    },
  },
  {
    rule: 'during a release too, percentages of pods do not go down',
    breaks: edited('partition', { steps: [step('20%'), step('10%'), step('100%')] }),
    engine: denied(
      `Spec.Strategy.Canary.Steps.CanaryReplicas: Invalid value: ${repeated(goStep(), goStep(), goStep())}: Steps.CanaryReplicas must be a non decreasing sequence`,
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 20% }', '{ replicas: 10% }', '{ replicas: 100% }'] }),
      says: [
        'stepgate.yaml:10:21 CONFIG_INVALID deliveries[0].steps[1].replicas is 10%, less than the step before (20%), which the engine denies (write 20% or more, or order the steps by size; to go back, run stepgate rollback)',
      ],
    },
  },
  {
    rule: 'while the Rollout is being deleted, no step is removed',
    breaks: { ...edited('partition', { steps: liveSteps.slice(1) }), deleted: true },
    engine: denied('Spec.Strategy.Canary|BlueGreen: Forbidden: Amount of Rollout steps are immutable'),
    stepgate: wanted(
      'partition',
      { steps: lines.slice(1) },
      'PLAN_CHANGED_MIDWAY Rollout/shop: the engine denies this change of the plan while the Rollout is being deleted: 3 steps in the cluster, 2 in the policy (wait until it is gone, then deploy)',
    ),
  },
];
