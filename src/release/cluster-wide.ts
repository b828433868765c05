import type { Delivery } from './delivery.ts';
import { stringAt } from './json.ts';
import type { KubeObject } from './ports.ts';

/** What is wrong with an object of the whole cluster in a source, and what to do with it instead. */
export interface ClusterWide {
  readonly message: string;
  readonly hint: string;
}

/**
 * The refusal of an object of the whole cluster. A delivery has one namespace: other deliveries depend on such an object too, so that no
 * release of one of them may change it, and no rollback may take it back.
 */
export function clusterWide(delivery: Pick<Delivery, 'namespace' | 'source'>, object: KubeObject): ClusterWide {
  const { namespace, source } = delivery;
  const kind = stringAt(object, 'kind') ?? '?';
  return {
    message: `${kind}/${stringAt(object, 'metadata', 'name') ?? '?'} belongs to the whole cluster: stepgate applies only objects in the delivery's namespace '${namespace}'`,
    hint: `${outOf(source)}; ${insteadOf(kind, namespace)} (docs/config.md, objects of the whole cluster)`,
  };
}

function outOf(source: Delivery['source']): string {
  switch (source.kind) {
    case 'files':
      return 'move it into a folder that no source names';
    case 'kustomize':
      return "move it into a kustomization of its own, or remove it by a patch with '$patch: delete'";
    case 'helm':
      return 'switch it off by a value of the chart, such as rbac.create: false, or take it out of the chart';
  }
}

function insteadOf(kind: string, namespace: string): string {
  switch (kind) {
    case 'Namespace':
      return `make it once, before the first deploy: kubectl create namespace ${namespace}`;
    case 'CustomResourceDefinition':
      return 'apply it before the first release that uses it, with what sets up the cluster';
    case 'ClusterRole':
    case 'ClusterRoleBinding':
      return 'write a Role and a RoleBinding where rights in the namespace are enough, or else apply it with what sets up the cluster';
    default:
      return 'apply it with what sets up the cluster';
  }
}
