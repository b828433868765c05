interface FeatureWords {
  readonly what: string;
  /** Markdown. */
  readonly config: string;
  /** Tests beside this suite. */
  readonly tests: readonly string[];
}

/** What of the engine the recordings show, and what says it in the config or does it on the command line. */
export const features = {
  partition: {
    what: 'pods moved in place, step by step',
    config: '`strategy: partition`, `steps[].replicas`',
    tests: ['test/control-plane/deploy.test.ts'],
  },
  canary: {
    what: 'new pods beside the old ones, in a Deployment of their own',
    config: '`strategy: canary`',
    tests: ['test/control-plane/deploy.test.ts'],
  },
  blueGreen: {
    what: 'a second set of pods, then the switch',
    config: '`strategy: blueGreen`',
    tests: ['test/control-plane/deploy.test.ts'],
  },
  ingress: {
    what: 'traffic by weight through an Ingress',
    config: '`traffic.ingress`, `steps[].traffic`',
    tests: ['test/control-plane/traffic.test.ts'],
  },
  matches: {
    what: 'requests chosen by header, path or query; changed headers',
    config: '`steps[].matches`, `steps[].requestHeaders`',
    tests: ['test/control-plane/traffic.test.ts'],
  },
  gateway: {
    what: 'traffic through an HTTPRoute',
    config: '`traffic.gateway`',
    tests: ['test/control-plane/traffic.test.ts'],
  },
  trafficRouting: {
    what: 'a TrafficRouting object named by an annotation',
    config: '`traffic.routing`',
    tests: ['test/acts/import.test.ts'],
  },
  timer: {
    what: "pauses that the engine's own clock ends",
    config: '`leaveWhen: [soak]` with `timer: engine`',
    tests: ['test/control-plane/settings.test.ts'],
  },
  approve: {
    what: 'an approval by the status; stale and early ones; approvals by other tools',
    config: '`leaveWhen: [approval]`; `promote`',
    tests: ['test/control-plane/promote.test.ts'],
  },
  approveByPlan: {
    what: 'an approval by a pause of no length, and the pause left open',
    config: '`promote --method plan`',
    tests: ['test/control-plane/promote.test.ts'],
  },
  jump: {
    what: 'jumps forward and back',
    config: '`promote --to`',
    tests: [],
  },
  rollback: {
    what: 'back to the version before, in every state of a step',
    config: '`rollback`, `rollbackInSteps`',
    tests: ['test/control-plane/rollback.test.ts'],
  },
  supersede: {
    what: 'another version in the middle of a release',
    config: '`deploy`',
    tests: [],
  },
  closing: {
    what: 'another version while the engine closes or cancels a release',
    config: '`deploy`',
    tests: [],
  },
  edit: {
    what: 'steps edited in the middle of a release',
    config: 'the changed `steps`, and `deploy`',
    tests: ['test/acts/plans.test.ts'],
  },
  denied: {
    what: "edits and Rollouts that the engine's webhook denies",
    config: 'the changed config, and `deploy`',
    tests: [],
  },
  reapply: {
    what: 'the same manifests applied again',
    config: '`deploy`',
    tests: [],
  },
  ids: {
    what: 'the rollout-id: alone, as an annotation, twice',
    config: 'none: stepgate gives the ids',
    tests: [],
  },
  scale: {
    what: 'a workload scaled in the middle of a release',
    config: '`replicas` in the manifest, and `deploy`',
    tests: ['test/control-plane/settings.test.ts'],
  },
  autoscaler: {
    what: 'an autoscaler during a release',
    config: 'a manifest without `replicas`',
    tests: ['test/acts/autoscaled.test.ts', 'test/control-plane/settings.test.ts'],
  },
  cloneSet: {
    what: 'CloneSet',
    config: '`workload.kind: CloneSet`',
    tests: ['test/acts/clone-set.test.ts'],
  },
  statefulSet: {
    what: 'StatefulSet',
    config: '`workload.kind: StatefulSet`',
    tests: ['test/control-plane/statefulset.test.ts'],
  },
  advanced: {
    what: 'Advanced StatefulSet and DaemonSet',
    config: '`workload.kind: AdvancedStatefulSet`, `AdvancedDaemonSet`',
    tests: ['test/acts/daemon-set.test.ts'],
  },
  broken: {
    what: 'pods that do not get ready, fixed or rolled back',
    config: '`deploy`, `rollback`',
    tests: [],
  },
  blockSettings: {
    what: 'unready pods that a step may have; labels and annotations for new pods alone',
    config: '`mayBeUnready`, `canaryPods`',
    tests: ['test/acts/import.test.ts', 'test/control-plane/settings.test.ts'],
  },
  removed: {
    what: 'the Rollout deleted or disabled in the middle of a release',
    config: 'none: done by hand, and `tick`',
    tests: [],
  },
  missing: {
    what: 'a workload, Service or Ingress that is not there',
    config: '`deploy`',
    tests: ['test/control-plane/traffic.test.ts'],
  },
} as const satisfies Record<string, FeatureWords>;

export type Feature = keyof typeof features;
