/**
 * The kinds of KubeVela v1.1 that a release by an AppRollout writes and reads, in our own words: fields, required ones and
 * subresources as docs/approllout.md and the recordings have them. No version of KubeVela that has AppRollouts can be built here.
 */
const any = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const text = { type: 'string' };
const whole = { type: 'integer', format: 'int32' };
const amount = { 'x-kubernetes-int-or-string': true };

const hook = any;
const plan = {
  type: 'object',
  properties: {
    rolloutStrategy: text,
    targetSize: whole,
    numBatches: whole,
    batchPartition: whole,
    paused: { type: 'boolean' },
    rolloutWebhooks: { type: 'array', items: hook },
    canaryMetric: { type: 'array', items: any },
    rolloutBatches: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          replicas: amount,
          maxUnavailable: amount,
          podList: { type: 'array', items: text },
          instanceInterval: whole,
          batchRolloutWebhooks: { type: 'array', items: hook },
          canaryMetric: { type: 'array', items: any },
        },
      },
    },
  },
};

const appRollout = {
  type: 'object',
  required: ['rolloutPlan', 'targetAppRevisionName'],
  properties: {
    targetAppRevisionName: text,
    sourceAppRevisionName: text,
    componentList: { type: 'array', items: text },
    rolloutPlan: plan,
    revertOnDelete: { type: 'boolean' },
  },
};

function crd(kind: string, plural: string, spec: object): object {
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { apiVersion: text, kind: text, metadata: { type: 'object' }, spec, status: any },
    },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.core.oam.dev` },
    spec: {
      group: 'core.oam.dev',
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1beta1', served: true, storage: true, subresources: { status: {} }, schema }],
    },
  };
}

export const appRolloutCrds: readonly object[] = [
  crd('Application', 'applications', any),
  crd('ApplicationRevision', 'applicationrevisions', any),
  crd('AppRollout', 'approllouts', appRollout),
];
