import { denied, type Rule } from './rule.ts';
import { all, byIngress, byUser, config, everything, goStep, ingress, repeated, spec, step } from './written.ts';

/** The webhook's rules for the workload, the strategy and the steps of a Rollout. */
export const rulesOfPlans: readonly Rule[] = [
  {
    rule: "the workload has a kind that the engine knows, and Kubernetes' own DaemonSet is none",
    breaks: { by: 'create', spec: spec({ kind: 'DaemonSet' }) },
    engine: denied(
      'Spec.ObjectRef.WorkloadRef: Invalid value: v1beta1.ObjectRef{APIVersion:"apps/v1", Kind:"DaemonSet", Name:"shop"}: WorkloadRef kind is not supported',
    ),
    stepgate: {
      by: 'config',
      config: config({ kind: 'DaemonSet' }),
      says: [
        "stepgate.yaml:5:23 NOT_SUPPORTED deliveries[0].workload.kind is DaemonSet, which does not work yet (the engine takes none of Kubernetes' own (v0.6.2); released are Deployment, StatefulSet, CloneSet, AdvancedStatefulSet, AdvancedDaemonSet)",
      ],
    },
  },
  {
    rule: 'the workload has a kind that the engine knows',
    breaks: { by: 'create', spec: spec({ kind: 'Job' }) },
    engine: denied(
      'Spec.ObjectRef.WorkloadRef: Invalid value: v1beta1.ObjectRef{APIVersion:"batch/v1", Kind:"Job", Name:"shop"}: WorkloadRef kind is not supported',
    ),
    stepgate: {
      by: 'config',
      config: config({ kind: 'Job' }),
      says: [
        'stepgate.yaml:5:23 CONFIG_INVALID deliveries[0].workload.kind is "Job" (write Deployment, StatefulSet, CloneSet, AdvancedStatefulSet or AdvancedDaemonSet)',
      ],
    },
  },
  {
    rule: 'blueGreen is for Deployments and CloneSets',
    breaks: { by: 'create', spec: spec({ style: 'blueGreen', kind: 'StatefulSet' }) },
    engine: denied(
      'Spec.ObjectRef.WorkloadRef: Invalid value: v1beta1.ObjectRef{APIVersion:"apps/v1", Kind:"StatefulSet", Name:"shop"}: WorkloadRef kind is not supported for bluegreen style',
    ),
    stepgate: {
      by: 'config',
      config: config({ strategy: 'blueGreen', kind: 'StatefulSet' }),
      says: [
        'stepgate.yaml:5:23 CONFIG_INVALID deliveries[0].workload.kind is StatefulSet, and the strategy is blueGreen: the engine denies blueGreen for it (write strategy: partition, or use a plan that does)',
      ],
    },
  },
  {
    rule: 'one Rollout drives a workload',
    breaks: { by: 'create', spec: spec(), beside: 'old' },
    engine: denied(
      'Conflict Checker: Invalid value: "shop": This rollout conflict with Rollout(shop/old), one workload only have less than one Rollout',
    ),
    stepgate: {
      by: 'plan',
      config: config(),
      says: 'SECOND_ROLLOUT Rollout/old already drives Deployment/shop: the engine takes only one: Rollout/old has workloadRef Deployment/shop (while it is idle, delete Rollout/old (in mid-release that would promote the new version))',
    },
  },
  {
    rule: 'one Rollout drives a workload, and one delivery has it',
    breaks: { by: 'create', spec: spec(), beside: 'shop-again' },
    engine: denied(
      'Conflict Checker: Invalid value: "shop": This rollout conflict with Rollout(shop/shop-again), one workload only have less than one Rollout',
    ),
    stepgate: {
      by: 'config',
      config: config({ more: config().replace('delivery: shop', 'delivery: shop-again').split('\n').slice(2, -1) }),
      says: [
        'stepgate.yaml:12:15 CONFIG_INVALID deliveries[1].workload is the Deployment shop in shop, as that of shop (stepgate.yaml:3) (remove one of the two, or name another workload: a workload belongs to one delivery)',
      ],
    },
  },
  {
    rule: 'a strategy is needed',
    breaks: { by: 'create', spec: { ...spec(), strategy: {} } },
    engine: denied('Spec.Strategy: Invalid value: "null": Canary and BlueGreen cannot both be empty'),
    stepgate: {
      by: 'config',
      config: config({ strategy: null }),
      says: ['stepgate.yaml:3:5 CONFIG_INVALID deliveries[0] has no strategy (add strategy, or a plan that has them)'],
    },
  },
  {
    rule: 'there is one strategy',
    breaks: {
      by: 'create',
      spec: { ...spec(), strategy: { canary: { steps: [all] }, blueGreen: { steps: [all] } } },
    },
    engine: denied('Spec.Strategy: Invalid value: "null": Canary and BlueGreen cannot both be set'),
    stepgate: {
      by: 'config',
      config: config({ strategy: '[canary, blueGreen]' }),
      says: [
        'stepgate.yaml:7:15 CONFIG_INVALID deliveries[0].strategy is a list (write partition, canary or blueGreen)',
      ],
    },
  },
  {
    rule: 'there are steps',
    breaks: { by: 'create', spec: spec({ steps: [] }) },
    engine: denied(
      'Spec.Strategy.Canary.Steps: Invalid value: []v1beta1.CanaryStep{}: The number of Canary.Steps cannot be empty',
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: '[]' }),
      says: ['stepgate.yaml:8:12 CONFIG_INVALID deliveries[0].steps is an empty list (name at least one)'],
    },
  },
  {
    rule: 'a step has replicas',
    breaks: { by: 'create', spec: spec({ steps: [{ pause: {} }, all] }) },
    engine: denied(
      `Spec.Strategy.Canary.Steps[0].steps: Invalid value: ${repeated(goStep({ replicas: false }), goStep())}: replicas cannot be empty`,
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ name: first }', everything] }),
      says: [
        'stepgate.yaml:9:9 CONFIG_INVALID deliveries[0].steps[0] has no replicas (add replicas: pods of the new version: a number or a percentage)',
      ],
    },
  },
  {
    rule: 'a number of pods is at least 1',
    breaks: { by: 'create', spec: spec({ steps: [step(0), all] }) },
    engine: denied(
      'Spec.Strategy.Canary.Steps[0].Replicas: Invalid value: intstr.IntOrString{Type:0, IntVal:0, StrVal:""}: replicas must be positive number, or a percentage with "0%" < canaryReplicas <= "100%"',
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 0 }', everything] }),
      says: [
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is the number 0 (write a whole number from 1 to 2147483647)',
      ],
    },
  },
  {
    rule: 'a number of pods is not negative',
    breaks: { by: 'create', spec: spec({ steps: [step(-1), all] }) },
    engine: denied(
      'Spec.Strategy.Canary.Steps[0].Replicas: Invalid value: intstr.IntOrString{Type:0, IntVal:-1, StrVal:""}: replicas must be positive number, or a percentage with "0%" < canaryReplicas <= "100%"',
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: -1 }', everything] }),
      says: [
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is the number -1 (write a whole number from 1 to 2147483647)',
      ],
    },
  },
  {
    rule: 'a percentage of pods is above 0%',
    breaks: { by: 'create', spec: spec({ steps: [step('0%'), all] }) },
    engine: denied(
      'Spec.Strategy.Canary.Steps[0].Replicas: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"0%"}: replicas must be positive number, or a percentage with "0%" < canaryReplicas <= "100%"',
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 0% }', everything] }),
      says: [
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is "0%", which moves no pod (write a number of pods, such as 1, or a percentage from 1% to 100%, such as 25%)',
      ],
    },
  },
  {
    rule: 'a percentage of pods is at most 100%',
    breaks: { by: 'create', spec: spec({ steps: [step('101%')] }) },
    engine: denied(
      'Spec.Strategy.Canary.Steps[0].Replicas: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"101%"}: replicas must be positive number, or a percentage with "0%" < canaryReplicas <= "100%"',
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 101% }'] }),
      says: [
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is "101%", which is more than 100% (write a number of pods, such as 1, or a percentage from 1% to 100%, such as 25%)',
      ],
    },
  },
  {
    rule: 'a number of pods is not written as text',
    breaks: { by: 'create', spec: spec({ steps: [step('3'), all] }) },
    engine: denied(
      'Spec.Strategy.Canary.Steps[0].Replicas: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"3"}: replicas must be positive number, or a percentage with "0%" < canaryReplicas <= "100%"',
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: "3" }', everything] }),
      says: [
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is "3", which is text, not a number (write a number of pods, such as 1, or a percentage from 1% to 100%, such as 25%)',
      ],
    },
  },
  {
    rule: 'a percentage is a whole number',
    breaks: { by: 'create', spec: spec({ steps: [step('12.5%'), all] }) },
    engine: denied(
      'Spec.Strategy.Canary.Steps[0].Replicas: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"12.5%"}: replicas must be positive number, or a percentage with "0%" < canaryReplicas <= "100%"',
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 12.5% }', everything] }),
      says: [
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is "12.5%", which is not a percentage (write a number of pods, such as 1, or a percentage from 1% to 100%, such as 25%)',
      ],
    },
  },
  {
    rule: 'percentages of pods do not go down',
    breaks: { by: 'create', spec: spec({ steps: [step('50%'), step('20%'), all] }) },
    engine: denied(
      `Spec.Strategy.Canary.Steps.CanaryReplicas: Invalid value: ${repeated(goStep(), goStep(), goStep())}: Steps.CanaryReplicas must be a non decreasing sequence`,
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 50% }', '{ replicas: 20% }', everything] }),
      says: [
        'stepgate.yaml:10:21 CONFIG_INVALID deliveries[0].steps[1].replicas is 20%, less than the step before (50%), which the engine denies (write 50% or more, or order the steps by size; to go back, run stepgate rollback)',
      ],
    },
  },
  {
    rule: 'numbers of pods do not go down',
    breaks: { by: 'create', spec: spec({ style: 'canary', steps: [step(3), step(2), all] }) },
    engine: denied(
      `Spec.Strategy.Canary.Steps.CanaryReplicas: Invalid value: ${repeated(goStep(), goStep(), goStep())}: Steps.CanaryReplicas must be a non decreasing sequence`,
    ),
    stepgate: {
      by: 'config',
      config: config({ strategy: 'canary', steps: ['{ replicas: 3 }', '{ replicas: 2 }', everything] }),
      says: [
        'stepgate.yaml:10:21 CONFIG_INVALID deliveries[0].steps[1].replicas is 2, less than the step before (3), which the engine denies (write 3 or more, or order the steps by size; to go back, run stepgate rollback)',
      ],
    },
  },
  {
    rule: 'in partition style, a step of more than 50% has no traffic',
    breaks: {
      by: 'create',
      spec: spec({ steps: [step('60%', { traffic: '60%' }), all], traffic: [ingress] }),
    },
    engine: denied(
      `Spec.Strategy.Canary.Steps[0].steps: Invalid value: ${repeated(goStep({ traffic: true }), goStep())}: For partition style rollout: step[x].replicas must not greater than partition-percent-limit if traffic specified`,
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 60%, traffic: 60% }', everything], traffic: byIngress }),
      says: [
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is 60% in a step that routes requests, and the engine denies more than 50% there in partition style (write 50% or less or a number of pods, leave traffic and matches out of this step, or write strategy: canary)',
      ],
    },
  },
  {
    rule: 'in partition style, a step of more than 50% has no matches',
    breaks: {
      by: 'create',
      spec: spec({
        steps: [step('51%', { matches: [{ headers: [{ name: 'x-user', value: 'beta' }] }] }), all],
        traffic: [ingress],
      }),
    },
    engine: denied(
      `Spec.Strategy.Canary.Steps[0].steps: Invalid value: ${repeated(goStep({ matches: byUser }), goStep())}: For partition style rollout: step[x].replicas must not greater than partition-percent-limit if traffic specified`,
    ),
    stepgate: {
      by: 'config',
      config: config({
        steps: ['{ replicas: 51%, matches: [{ headers: [{ name: x-user, value: beta }] }] }', everything],
        traffic: byIngress,
      }),
      says: [
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is 51% in a step that routes requests, and the engine denies more than 50% there in partition style (write 50% or less or a number of pods, leave traffic and matches out of this step, or write strategy: canary)',
      ],
    },
  },
  {
    rule: 'a StatefulSet keeps to the rules of partition style, whatever style is asked for',
    breaks: {
      by: 'create',
      spec: spec({
        style: 'canary',
        kind: 'StatefulSet',
        steps: [step('60%', { traffic: '60%' }), all],
        traffic: [ingress],
      }),
    },
    engine: denied(
      `Spec.Strategy.Canary.Steps[0].steps: Invalid value: ${repeated(goStep({ traffic: true }), goStep())}: For partition style rollout: step[x].replicas must not greater than partition-percent-limit if traffic specified`,
    ),
    stepgate: {
      by: 'config',
      config: config({
        strategy: 'canary',
        kind: 'StatefulSet',
        steps: ['{ replicas: 60%, traffic: 60% }', everything],
        traffic: byIngress,
      }),
      says: [
        'stepgate.yaml:5:23 CONFIG_INVALID deliveries[0].workload.kind is StatefulSet, and the strategy is canary: the engine has no canary style for it, and would move it in partition style (write strategy: partition, or use a plan that does)',
      ],
    },
  },
];
