import { denied, type Rule } from './rule.ts';
import { all, byIngress, config, everything, goStep, ingress, repeated, spec, step } from './written.ts';

/** The webhook's rules for the traffic of steps, and for the objects that route it. */
export const rulesOfTraffic: readonly Rule[] = [
  {
    rule: 'in partition style, traffic is above 0%',
    breaks: { by: 'create', spec: spec({ steps: [step('20%', { traffic: '0%' }), all], traffic: [ingress] }) },
    engine: denied(
      `Spec.Strategy.Canary.Steps[0].steps: Invalid value: ${repeated(goStep({ traffic: true }), goStep())}: traffic must be percentage with "0%" < traffic <= "100%" in canary strategy`,
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 20%, traffic: 0% }', everything], traffic: byIngress }),
      says: [
        'stepgate.yaml:9:35 CONFIG_INVALID deliveries[0].steps[0].traffic is 0%, which the engine denies in partition style (write at least 1%, or leave it out)',
      ],
    },
  },
  {
    rule: 'in canary style, traffic is above 0%',
    breaks: {
      by: 'create',
      spec: spec({ style: 'canary', steps: [step('20%', { traffic: '0%' }), all], traffic: [ingress] }),
    },
    engine: denied(
      `Spec.Strategy.Canary.Steps[0].steps: Invalid value: ${repeated(goStep({ traffic: true }), goStep())}: traffic must be percentage with "0%" < traffic <= "100%" in canary strategy`,
    ),
    stepgate: {
      by: 'config',
      config: config({
        strategy: 'canary',
        steps: ['{ replicas: 20%, traffic: 0% }', everything],
        traffic: byIngress,
      }),
      says: [
        'stepgate.yaml:9:35 CONFIG_INVALID deliveries[0].steps[0].traffic is 0%, which the engine denies in canary style (write at least 1%, or leave it out)',
      ],
    },
  },
  {
    rule: 'traffic is at most 100%',
    breaks: {
      by: 'create',
      spec: spec({ style: 'canary', steps: [step('20%', { traffic: '101%' }), all], traffic: [ingress] }),
    },
    engine: denied(
      `Spec.Strategy.Canary.Steps[0].steps: Invalid value: ${repeated(goStep({ traffic: true }), goStep())}: traffic must be percentage with "0%" < traffic <= "100%" in canary strategy`,
    ),
    stepgate: {
      by: 'config',
      config: config({
        strategy: 'canary',
        steps: ['{ replicas: 20%, traffic: 101% }', everything],
        traffic: byIngress,
      }),
      says: [
        'stepgate.yaml:9:35 CONFIG_INVALID deliveries[0].steps[0].traffic is "101%", which is more than 100% (write a percentage up to 100%, such as 25%)',
      ],
    },
  },
  {
    rule: 'traffic is a percentage',
    breaks: {
      by: 'create',
      spec: spec({ style: 'canary', steps: [step('20%', { traffic: '20' }), all], traffic: [ingress] }),
    },
    engine: denied(
      `Spec.Strategy.Canary.Steps[0].steps: Invalid value: ${repeated(goStep({ traffic: true }), goStep())}: traffic must be percentage with "0%" < traffic <= "100%" in canary strategy`,
    ),
    stepgate: {
      by: 'config',
      config: config({
        strategy: 'canary',
        steps: ['{ replicas: 20%, traffic: "20" }', everything],
        traffic: byIngress,
      }),
      says: [
        'stepgate.yaml:9:35 CONFIG_INVALID deliveries[0].steps[0].traffic is "20", which is not a percentage (write a percentage up to 100%, such as 25%)',
      ],
    },
  },
  {
    rule: 'in blueGreen style, traffic is at most 100%',
    breaks: {
      by: 'create',
      spec: spec({ style: 'blueGreen', steps: [step('100%', { traffic: '200%' })], traffic: [ingress] }),
    },
    engine: denied(
      `Spec.Strategy.BlueGreen.Steps[0].steps: Invalid value: ${repeated(goStep({ traffic: true }))}: traffic must be percentage with "0%" <= traffic <= "100%" in blueGreen strategy`,
    ),
    stepgate: {
      by: 'config',
      config: config({
        strategy: 'blueGreen',
        steps: ['{ replicas: 100%, traffic: 200% }'],
        traffic: byIngress,
      }),
      says: [
        'stepgate.yaml:9:36 CONFIG_INVALID deliveries[0].steps[0].traffic is "200%", which is more than 100% (write a percentage up to 100%, such as 25%)',
      ],
    },
  },
  {
    rule: 'in blueGreen style, traffic is not negative',
    breaks: {
      by: 'create',
      spec: spec({ style: 'blueGreen', steps: [step('100%', { traffic: '-1%' })], traffic: [ingress] }),
    },
    engine: denied(
      `Spec.Strategy.BlueGreen.Steps[0].steps: Invalid value: ${repeated(goStep({ traffic: true }))}: traffic must be percentage with "0%" <= traffic <= "100%" in blueGreen strategy`,
    ),
    stepgate: {
      by: 'config',
      config: config({ strategy: 'blueGreen', steps: ['{ replicas: 100%, traffic: -1% }'], traffic: byIngress }),
      says: [
        'stepgate.yaml:9:36 CONFIG_INVALID deliveries[0].steps[0].traffic is "-1%", which is not a percentage (write a percentage up to 100%, such as 25%)',
      ],
    },
  },
  {
    rule: 'there is one traffic routing',
    breaks: {
      by: 'create',
      spec: spec({ traffic: [ingress, { service: 'api', gateway: { httpRouteName: 'api' } }] }),
    },
    engine: denied(
      'Spec.Strategy.Canary: Invalid value: []v1beta1.TrafficRoutingRef{v1beta1.TrafficRoutingRef{Service:"shop", GracePeriodSeconds:3, Ingress:(*v1beta1.IngressTrafficRouting)(0xc000000000), Gateway:(*v1beta1.GatewayTrafficRouting)(nil), CustomNetworkRefs:[]v1beta1.ObjectRef(nil)}, v1beta1.TrafficRoutingRef{Service:"api", GracePeriodSeconds:3, Ingress:(*v1beta1.IngressTrafficRouting)(nil), Gateway:(*v1beta1.GatewayTrafficRouting)(0xc000000000), CustomNetworkRefs:[]v1beta1.ObjectRef(nil)}}: Rollout currently only support single TrafficRouting.',
    ),
    stepgate: {
      by: 'config',
      config: config({ traffic: `[${byIngress}, { service: api, gateway: { route: api } }]` }),
      says: [
        'stepgate.yaml:10:14 CONFIG_INVALID deliveries[0].traffic is a list (write a map with service, grace, canaryService, ingress, gateway, custom and routing)',
      ],
    },
  },
  {
    rule: 'the grace period of traffic is not negative',
    breaks: { by: 'create', spec: spec({ traffic: [{ ...ingress, gracePeriodSeconds: -1 }] }) },
    engine: denied(
      'Spec.Strategy.Canary.TrafficRouting.GracePeriodSeconds: Invalid value: "shop": TrafficRouting.GracePeriodSeconds cannot be negative',
    ),
    stepgate: {
      by: 'config',
      config: config({ traffic: '{ service: shop, grace: -1s, ingress: { name: shop } }' }),
      says: [
        'stepgate.yaml:10:38 CONFIG_INVALID deliveries[0].traffic.grace is "-1s", which is not a duration (write numbers with h, m or s, such as 30s, 10m or 1h30m)',
      ],
    },
  },
  {
    rule: 'traffic has a Service',
    breaks: { by: 'create', spec: spec({ traffic: [{ ...ingress, service: '' }] }) },
    engine: denied(
      'Spec.Strategy.Canary.TrafficRouting.Service: Invalid value: "": TrafficRouting.Service cannot be empty',
    ),
    stepgate: {
      by: 'config',
      config: config({ traffic: '{ service: "", ingress: { name: shop } }' }),
      says: [
        'stepgate.yaml:10:25 CONFIG_INVALID deliveries[0].traffic.service is "", which is not a valid name (use small letters, digits and "-", with a letter first)',
      ],
    },
  },
  {
    rule: 'traffic has something that routes it',
    breaks: { by: 'create', spec: spec({ traffic: [{ service: 'shop' }] }) },
    engine: denied(
      'Spec.Strategy.Canary.TrafficRouting.TrafficRoutings: Invalid value: "null": TrafficRoutings are not set',
    ),
    stepgate: {
      by: 'config',
      config: config({ traffic: '{ service: shop }' }),
      says: [
        'stepgate.yaml:10:14 CONFIG_INVALID deliveries[0].traffic has none of ingress, gateway, custom or routing (give at least one of ingress, gateway, custom or routing)',
      ],
    },
  },
  {
    rule: 'an Ingress has a name',
    breaks: { by: 'create', spec: spec({ traffic: [{ service: 'shop', ingress: { name: '' } }] }) },
    engine: denied(
      'Spec.Strategy.Canary.TrafficRouting.Ingress: Invalid value: v1beta1.IngressTrafficRouting{ClassType:"", Name:""}: TrafficRouting.Ingress.Ingress cannot be empty',
    ),
    stepgate: {
      by: 'config',
      config: config({ traffic: '{ service: shop, ingress: { name: "" } }' }),
      says: [
        'stepgate.yaml:10:48 CONFIG_INVALID deliveries[0].traffic.ingress.name is "", which is not a valid name (use small letters, digits, "-" and ".", at most 253, as Kubernetes names are)',
      ],
    },
  },
  {
    rule: 'a Gateway names its HTTPRoute',
    breaks: { by: 'create', spec: spec({ traffic: [{ service: 'shop', gateway: {} }] }) },
    engine: denied(
      'Spec.Strategy.Canary.TrafficRouting.Gateway: Invalid value: v1beta1.GatewayTrafficRouting{HTTPRouteName:(*string)(nil)}: TrafficRouting.Gateway must set the name of HTTPRoute or HTTPsRoute',
    ),
    stepgate: {
      by: 'config',
      config: config({ traffic: '{ service: shop, gateway: {} }' }),
      says: [
        'stepgate.yaml:10:40 CONFIG_INVALID deliveries[0].traffic.gateway has no route (add route: the name of the HTTPRoute)',
      ],
    },
  },
  {
    rule: 'an HTTPRoute has a name',
    breaks: { by: 'create', spec: spec({ traffic: [{ service: 'shop', gateway: { httpRouteName: '' } }] }) },
    engine: denied(
      'Spec.Strategy.Canary.TrafficRouting.Gateway: Invalid value: v1beta1.GatewayTrafficRouting{HTTPRouteName:(*string)(0xc000000000)}: TrafficRouting.Gateway must set the name of HTTPRoute or HTTPsRoute',
    ),
    stepgate: {
      by: 'config',
      config: config({ traffic: '{ service: shop, gateway: { route: "" } }' }),
      says: [
        'stepgate.yaml:10:49 CONFIG_INVALID deliveries[0].traffic.gateway.route is "", which is not a valid name (use small letters, digits, "-" and ".", at most 253, as Kubernetes names are)',
      ],
    },
  },
  {
    rule: 'all problems are reported together',
    breaks: {
      by: 'create',
      spec: spec({ kind: 'Job', steps: [step(0)], traffic: [{ service: '', gracePeriodSeconds: -1 }] }),
    },
    engine: denied(
      '[Spec.ObjectRef.WorkloadRef: Invalid value: v1beta1.ObjectRef{APIVersion:"batch/v1", Kind:"Job", Name:"shop"}: WorkloadRef kind is not supported, Spec.Strategy.Canary.Steps[0].Replicas: Invalid value: intstr.IntOrString{Type:0, IntVal:0, StrVal:""}: replicas must be positive number, or a percentage with "0%" < canaryReplicas <= "100%", Spec.Strategy.Canary.TrafficRouting.GracePeriodSeconds: Invalid value: "": TrafficRouting.GracePeriodSeconds cannot be negative, Spec.Strategy.Canary.TrafficRouting.Service: Invalid value: "": TrafficRouting.Service cannot be empty, Spec.Strategy.Canary.TrafficRouting.TrafficRoutings: Invalid value: "null": TrafficRoutings are not set]',
    ),
    stepgate: {
      by: 'config',
      config: config({
        kind: 'Job',
        steps: ['{ replicas: 0 }'],
        traffic: '{ service: "", grace: -1s }',
      }),
      says: [
        'stepgate.yaml:5:23 CONFIG_INVALID deliveries[0].workload.kind is "Job" (write Deployment, StatefulSet, CloneSet, AdvancedStatefulSet or AdvancedDaemonSet)',
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is the number 0 (write a whole number from 1 to 2147483647)',
        'stepgate.yaml:10:14 CONFIG_INVALID deliveries[0].traffic has none of ingress, gateway, custom or routing (give at least one of ingress, gateway, custom or routing)',
        'stepgate.yaml:10:25 CONFIG_INVALID deliveries[0].traffic.service is "", which is not a valid name (use small letters, digits and "-", with a letter first)',
        'stepgate.yaml:10:36 CONFIG_INVALID deliveries[0].traffic.grace is "-1s", which is not a duration (write numbers with h, m or s, such as 30s, 10m or 1h30m)',
      ],
    },
  },
];
