import type { JsonMap } from '../../src/simulator/api/json.ts';
import { apiVersionOf, kindOf } from '../../src/simulator/api/kinds.ts';
import { isOrdinal } from './draw-plan.ts';
import type { Memory } from './requests.ts';
import type { Plan, WorkloadKind } from './scenario.ts';

export const name = 'demo';
export const idLabel = 'rollouts.kruise.io/rollout-id';

/** How a manifest or a reference names the kind. */
export function workloadType(kind: WorkloadKind): { readonly apiVersion: string; readonly kind: string } {
  const info = kindOf(kind);
  return { apiVersion: apiVersionOf(info), kind: info.kind };
}

/** Without an update strategy and `paused`, which are the engine's (E6). */
export function workload(memory: Memory): JsonMap {
  const { plan, namespace, replicas, id, image } = memory;
  const policy = plan.extras.ordered === true ? 'OrderedReady' : 'Parallel';
  return {
    ...workloadType(plan.kind),
    metadata: { name, labels: { [idLabel]: `r${id}` }, namespace },
    spec: {
      ...(plan.kind === 'AdvancedDaemonSet' ? {} : { replicas }),
      selector: { matchLabels: { app: name } },
      template: template(image),
      ...(isOrdinal(plan.kind) ? { serviceName: name, podManagementPolicy: policy } : {}),
    },
  };
}

export function template(image: string): JsonMap {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } };
}

/** The user's own settings of the update, as a patch of the spec; null where the plan has none. */
export function tuned({ kind, extras: { surge, away } }: Plan): JsonMap | null {
  if (surge !== undefined) {
    const [maxSurge, maxUnavailable] = surge;
    const amounts = { maxSurge, maxUnavailable };
    return kind === 'CloneSet' ? { updateStrategy: amounts } : { strategy: { rollingUpdate: amounts } };
  }
  return away === undefined ? null : { updateStrategy: { rollingUpdate: { maxUnavailable: away } } };
}

/** What the engine holds the pods with, opened by hand: a patch of the spec. */
export function unheld({ kind }: Plan): JsonMap {
  switch (kind) {
    case 'Deployment':
      return { paused: false };
    case 'CloneSet':
      return { updateStrategy: { partition: 0 } };
    case 'StatefulSet':
    case 'AdvancedStatefulSet':
    case 'AdvancedDaemonSet':
      return { updateStrategy: { rollingUpdate: { partition: 0 } } };
  }
}
