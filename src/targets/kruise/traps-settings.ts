import { objectAt } from '../../release/json.ts';
import { finding, nothing, type Trap, titleOfWorkload } from './trap-input.ts';

/** The server denies the extra Deployment when its pods lack the labels of its selector, which is the workload's. */
export const extraPodsUnselected: Trap = (look) => {
  const { canaryPods } = look.delivery.settings;
  if (canaryPods === undefined) return nothing;
  const selector = objectAt(look.rendered.workload, 'spec', 'selector', 'matchLabels');
  const replaced = Object.entries(canaryPods.labels).filter(
    ([key, value]) => Object.hasOwn(selector, key) && selector[key] !== value,
  );
  if (replaced.length === 0) return nothing;
  const names = replaced.map(([key]) => key).join(', ');
  return finding(
    'error',
    'CANARY_PODS',
    `canaryPods replaces ${names}, by which ${titleOfWorkload(look)} selects its pods: the server would deny the extra Deployment, and the first step would never end`,
    replaced.map(([key, value]) => `${key}: ${String(selector[key])} in the selector, ${value} in canaryPods`),
    'use other labels in canaryPods',
  );
};
