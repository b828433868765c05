import type { WrittenFields } from './types.ts';

const metadata = 'ObjectMeta';

/** The parts of OpenKruise's workloads that they share with Kubernetes' own: its webhook reads them as Kubernetes does. */
const spec: WrittenFields = {
  fields: {
    replicas: 'int32',
    selector: 'LabelSelector',
    template: 'PodTemplateSpec',
    minReadySeconds: 'int32',
    revisionHistoryLimit: 'int32',
  },
  required: ['selector', 'template'],
  isOpen: true,
};

function kind(of: string): WrittenFields {
  return { fields: { apiVersion: 'string', kind: 'string', metadata, spec: of, status: 'any' }, required: ['spec'] };
}

/** Kinds of others whose pods are described as Kubernetes' own are. Everything else in them is left alone. */
export const kruise: {
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, WrittenFields>>;
} = {
  kinds: {
    'apps.kruise.io/v1alpha1/CloneSet': 'CloneSet',
    'apps.kruise.io/v1alpha1/DaemonSet': 'kruise.DaemonSet',
    'apps.kruise.io/v1beta1/DaemonSet': 'kruise.DaemonSet',
    'apps.kruise.io/v1alpha1/StatefulSet': 'kruise.StatefulSet',
    'apps.kruise.io/v1beta1/StatefulSet': 'kruise.StatefulSet',
  },
  types: {
    CloneSet: kind('CloneSetSpec'),
    CloneSetSpec: spec,
    'kruise.DaemonSet': kind('kruise.DaemonSetSpec'),
    'kruise.DaemonSetSpec': spec,
    'kruise.StatefulSet': kind('kruise.StatefulSetSpec'),
    'kruise.StatefulSetSpec': spec,
  },
};
