import { type Json, type JsonObject, listAt, objectAt, stringAt, textsAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { formatQuantity } from '../../release/quantity.ts';
import { growthOf, podsText } from './growth.ts';
import { LIMIT_RANGE, RESOURCE_QUOTA } from './keys.ts';
import { limitItems, withDefaults } from './limit-ranges.ts';
import { titleOf } from './manifests.ts';
import { amountsIn, containerResources, podResources, type Resources } from './resources.ts';
import { finding, listed, nameOf, nothing, type Trap, templateOf, titleOfWorkload } from './trap-input.ts';

/** The resources that every container must set when a quota has them (Kubernetes, resource quotas). */
const mustBeSaid = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

/** A pod that a quota refuses is never created. The step waits until other pods leave room. */
export const quotaTooSmall: Trap = (look) => {
  const ranges = listed(look.around, LIMIT_RANGE);
  const spec = withDefaults(objectAt(templateOf(look), 'spec'), limitItems(ranges ?? []));
  const { most, atRest } = growthOf(look);
  const each = podResources(spec);
  const quotas = (listed(look.around, RESOURCE_QUOTA) ?? []).filter((quota) => counts(quota, spec, each));
  return quotas.flatMap((quota) => {
    const title = titleOf(quota);
    const unsaid = ranges === null ? [] : unsaidIn(quota, spec);
    if (unsaid.length > 0) {
      return finding(
        'error',
        'QUOTA_TOO_SMALL',
        `${title} refuses the pods of ${titleOfWorkload(look)}: every container has to say the resources that it counts`,
        unsaid,
        'write these requests and limits into the pod template, or give them by a LimitRange',
      );
    }
    const [short, forEver] = [shortage(quota, each, most.pods), shortage(quota, each, atRest.pods)];
    if (forEver.length > 0) {
      return finding(
        'error',
        'QUOTA_TOO_SMALL',
        `${title} has no room for the ${podsText(atRest.pods)} that come ${atRest.when}: the step would wait for ever`,
        forEver,
        `raise ${title}, free what others use of it, or use smaller steps or strategy partition`,
      );
    }
    if (short.length === 0) return nothing;
    return finding(
      'warning',
      'QUOTA_TOO_SMALL',
      `${title} has no room for the ${podsText(most.pods)} that come ${most.when} while old pods are replaced: new pods wait until old ones are gone`,
      short,
      `raise ${title}, or lower maxSurge and let maxUnavailable be 1 at least`,
    );
  });
};

/** The resources of which a quota has too little left for this number of further pods. */
function shortage(quota: KubeObject, each: Resources, pods: number): readonly string[] {
  if (pods <= 0) return [];
  const used = amountsIn(objectAt(quota, 'status', 'used'));
  return [...amountsIn(objectAt(quota, 'spec', 'hard'))].flatMap(([name, hard]) => {
    const now = used.get(name);
    const asked = perPod(name, each) * BigInt(pods);
    if (now === undefined || asked === 0n || now + asked <= hard) return [];
    const text = (amount: bigint) => formatQuantity(name, amount);
    return [`${name}: ${text(asked)} more, with ${text(now)} of ${text(hard)} used`];
  });
}

function perPod(name: string, { requests, limits }: Resources): bigint {
  if (name === 'pods' || name === 'count/pods') return 1000n;
  if (name.startsWith('limits.')) return limits.get(name.slice('limits.'.length)) ?? 0n;
  const resource = name.startsWith('requests.') ? name.slice('requests.'.length) : name;
  return requests.get(resource) ?? 0n;
}

/** Containers that do not set a resource which the quota limits. */
function unsaidIn(quota: KubeObject, spec: JsonObject): readonly string[] {
  const hard = Object.keys(objectAt(quota, 'spec', 'hard')).filter((name) => mustBeSaid.includes(name));
  const ofPod = containerResources(spec);
  const all = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
  return hard
    .filter((name) => !says(ofPod, name))
    .flatMap((name) =>
      all
        .filter((container) => !says(containerResources(container), name))
        .map((container) => `container ${nameOf(container)} does not say ${name}`),
    );
}

function says({ requests, limits }: Resources, name: string): boolean {
  const resource = name.replace(/^(requests|limits)\./, '');
  return (name.startsWith('limits.') ? limits : requests).has(resource);
}

/** Whether a quota counts these pods. All of its scopes must match, and an unknown scope does not match. */
function counts(quota: KubeObject, spec: JsonObject, each: Resources): boolean {
  const scopes = textsAt(quota, 'spec', 'scopes').map((scopeName): Json => ({ scopeName, operator: 'Exists' }));
  return [...scopes, ...listAt(quota, 'spec', 'scopeSelector', 'matchExpressions')].every((scope) =>
    isIn(scope, spec, each),
  );
}

function isIn(scope: Json, spec: JsonObject, { requests, limits }: Resources): boolean {
  const isEnding = 'activeDeadlineSeconds' in spec;
  const isBestEffort = ['cpu', 'memory'].every((name) => (requests.get(name) ?? limits.get(name) ?? 0n) === 0n);
  switch (stringAt(scope, 'scopeName')) {
    case 'Terminating':
      return isEnding;
    case 'NotTerminating':
      return !isEnding;
    case 'BestEffort':
      return isBestEffort;
    case 'NotBestEffort':
      return !isBestEffort;
    case 'PriorityClass':
      return hasClass(scope, stringAt(spec, 'priorityClassName'));
    default:
      return false;
  }
}

function hasClass(scope: Json, name: string | null): boolean {
  const values = textsAt(scope, 'values');
  switch (stringAt(scope, 'operator')) {
    case 'Exists':
      return name !== null;
    case 'DoesNotExist':
      return name === null;
    case 'In':
      return name !== null && values.includes(name);
    case 'NotIn':
      return name === null || !values.includes(name);
    default:
      return false;
  }
}
