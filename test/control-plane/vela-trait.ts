/**
 * The trait `kruise-rollout` in words of our own: it takes the parameters of the addon's (docs/kubevela.md#what-the-trait-makes)
 * and makes the same Rollout. Its steps have no `matches`, which the addon's can't evaluate either.
 */
const template = `
#Step: {
	replicas?: int | string
	weight?:   int
	duration?: int
}
#Routing: {
	type:                  *"ingress" | "gateway"
	service:               *context.name | string
	gracePeriodSeconds:    *5 | int
	ingressName:           *context.name | string
	gatewayHTTPRouteName:  *context.name | string
}
parameter: {
	canary: {
		steps: [...#Step]
		trafficRoutings?: [...#Routing]
	}
	auto:           *false | bool
	stepPartition?: int
	releaseMode:    *"canary" | "batch"
	workloadType: {
		apiVersion: *context.output.apiVersion | string
		kind:       *context.output.kind | string
	}
}

outputs: rollout: {
	apiVersion: "rollouts.kruise.io/v1alpha1"
	kind:       "Rollout"
	metadata: {
		name:      context.name
		namespace: context.namespace
		if parameter.releaseMode == "batch" {
			annotations: "rollouts.kruise.io/rolling-style": "partition"
		}
	}
	spec: {
		objectRef: workloadRef: parameter.workloadType & {name: context.name}
		strategy: canary: {
			steps: [for index, step in parameter.canary.steps {
				if step.replicas != _|_ {replicas: step.replicas}
				if step.weight != _|_ {weight: step.weight}
				pause: {
					if parameter.auto {duration: 0}
					if !parameter.auto {
						if parameter.stepPartition != _|_ {
							if index < parameter.stepPartition {duration: 0}
						}
						if parameter.stepPartition == _|_ {
							if step.duration != _|_ {duration: step.duration}
						}
					}
				}
			}]
			if parameter.canary.trafficRoutings != _|_ {
				trafficRoutings: [for routing in parameter.canary.trafficRoutings {
					service:            routing.service
					gracePeriodSeconds: routing.gracePeriodSeconds
					if routing.type == "ingress" {ingress: name: routing.ingressName}
					if routing.type == "gateway" {gateway: httpRouteName: routing.gatewayHTTPRouteName}
				}]
			}
		}
	}
}
`;

/** Its definition, with the health and the message that the addon's has: those of the Rollout. */
export const kruiseRolloutTrait = {
  apiVersion: 'core.oam.dev/v1beta1',
  kind: 'TraitDefinition',
  metadata: { name: 'kruise-rollout', namespace: 'vela-system' },
  spec: {
    appliesToWorkloads: ['*'],
    podDisruptive: true,
    schematic: { cue: { template } },
    status: {
      customStatus: 'message: context.outputs.rollout.status.message',
      healthPolicy: 'isHealth: context.outputs.rollout.status.phase == "Healthy"',
    },
  },
};
