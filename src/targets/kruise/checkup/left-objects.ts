import { bad, type Said, warning } from '../../../release/check.ts';
import type { LeftObjects, Line, Seen } from '../../../release/checkup.ts';
import type { Delivery } from '../../../release/delivery.ts';
import type { Wanted } from '../../../release/finding.ts';
import { numberAt, stringAt } from '../../../release/json.ts';
import { isBeingDeleted } from '../../../release/kinds.ts';
import type { Observation } from '../../../release/observation.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { removalOf } from '../blocked.ts';
import { isOfOldEngine } from '../dialect/index.ts';
import { isMadeByEngine } from '../engine-marks.ts';
import {
  BATCH_FINALIZER,
  CANARY_SUFFIX,
  DEPLOYMENT,
  EXTRA_FINALIZER,
  EXTRA_LABEL,
  FINALIZER,
  OLD_ROLLOUT,
  REVISION_HASH_LABEL,
  ROLLOUT,
  SERVICE,
  TEMPLATE_HASH_LABEL,
} from '../keys.ts';
import { titleOf } from '../manifests.ts';
import { nameOf } from '../pods.ts';
import { providersOf } from '../traffic/index.ts';
import { isRunning } from './engine.ts';
import { stuck } from './stuck.ts';

/** What the engine makes for a release, and takes away at its end (docs/engine.md#closing-work). */
export const leftObjects: LeftObjects = {
  wanted: (delivery, rollout) => [
    ...batchesOf(delivery, rollout),
    ...servicesOf(delivery),
    ...sharesOf(delivery).map(({ wanted }) => wanted),
  ],
  labelled: ({ workload: { kind, name } }) =>
    kind === 'Deployment' ? { kind: DEPLOYMENT, labelSelector: `${EXTRA_LABEL}=${name}` } : null,
  judge(seen) {
    const batch = batchIn(seen);
    const lines = isAtRest(seen.observation)
      ? [...batchLeft(seen, batch), ...extraLeft(seen, batch), ...sharesLeft(seen), ...servicesLeft(seen)]
      : [];
    const going = [
      { object: seen.rollout, finalizer: FINALIZER, resource: 'rollouts.rollouts.kruise.io' },
      { object: batch, finalizer: BATCH_FINALIZER, resource: 'batchreleases.rollouts.kruise.io' },
      ...seen.labelled.map((object) => ({ object, finalizer: EXTRA_FINALIZER, resource: 'deployments.apps' })),
    ];
    return [...lines, ...stuck(going, { seen, controller: 'the engine', isRunning: isRunning(seen.looked) })];
  },
};

/** Whether no release is under way, and none is being ended: what is there then nobody takes away. */
function isAtRest({ engine, workload }: Observation): boolean {
  // The engine has not seen yet what its webhook holds back.
  if (engine.at === 'idle' && workload?.gated === true) return false;
  return ['absent', 'noWorkload', 'idle'].includes(engine.at) || (engine.at === 'off' && engine.why === 'disabled');
}

/** It is called as its Rollout. Without a Rollout nothing says which version the engine serves. */
function batchesOf({ namespace, workload: { name } }: Delivery, rollout: KubeObject | null): readonly Wanted[] {
  const served = rollout === null ? [ROLLOUT, OLD_ROLLOUT] : [isOfOldEngine(rollout) ? OLD_ROLLOUT : ROLLOUT];
  return served.map(({ apiVersion }) => ({ kind: { apiVersion, kind: 'BatchRelease' }, namespace, name }));
}

function batchIn({ delivery, rollout, looked }: Seen): KubeObject | null {
  const found = batchesOf(delivery, rollout).map(looked);
  return found.find((one) => one.is === 'there')?.object ?? null;
}

/** The Service of the plan, and that of the new version; none where the plan names none. */
function servicesOf({ namespace, traffic }: Delivery): readonly Wanted[] {
  const service = traffic?.service ?? null;
  if (service === null) return [];
  return [service, `${service}${CANARY_SUFFIX}`].map((name) => ({ kind: SERVICE, namespace, name }));
}

function sharesOf({ traffic, namespace }: Delivery) {
  if (traffic === null) return [];
  return providersOf(traffic).flatMap(({ row, value }) =>
    row.shares(value).map((share) => ({ share, wanted: { kind: share.kind, namespace, name: share.name } })),
  );
}

/** Left by a workload that was deleted in mid-release (T51), or by a Rollout that was deleted alone. */
function batchLeft({ delivery, rollout }: Seen, batch: KubeObject | null): readonly Line[] {
  // What is being deleted goes by itself, as long as the engine is there.
  if (batch === null || isBeingDeleted(batch)) return [];
  const name = 'left BatchRelease';
  const phase = stringAt(batch, 'status', 'phase') ?? 'none';
  if (phase === 'Completed') {
    const says = `${titleOf(batch)} is left of an earlier release, and no later release would move a pod`;
    return [{ name, said: bad(says, removalOf(delivery, rollout), 'LEFT_BEHIND') }];
  }
  const says = `${titleOf(batch)} is there in phase ${phase}, and no release is under way: to delete it may release the newest template to every pod`;
  const look = `look at it and at the pods first: kubectl -n ${delivery.namespace} get batchreleases.rollouts.kruise.io ${nameOf(batch)} -o yaml`;
  return [{ name, said: warning(says, look, 'LEFT_BEHIND') }];
}

function extraLeft({ delivery, labelled, observation }: Seen, batch: KubeObject | null): readonly Line[] {
  const { namespace, workload } = delivery;
  return labelled
    .filter((one) => !isBeingDeleted(one))
    .map((one) => {
      const pods = numberAt(one, 'status', 'availableReplicas') ?? 0;
      const says = `${titleOf(one)} is left of an earlier release, with ${pods} available ${pods === 1 ? 'pod' : 'pods'}: a Service that selects such pods sends them requests`;
      const first = observation.workload === null ? `once ${workload.kind}/${workload.name} is there again: ` : '';
      const todo =
        batch === null
          ? `${first}kubectl -n ${namespace} delete deployment ${nameOf(one)}`
          : `${first}delete ${titleOf(batch)}, which it belongs to, and it goes with it`;
      return { name: 'left Deployment', said: warning(says, todo, 'LEFT_BEHIND') };
    });
}

/** Routes come before the Service that they lead to: without it their requests would fail. */
function sharesLeft({ delivery, looked }: Seen): readonly Line[] {
  const { namespace, workload, traffic } = delivery;
  const of = { namespace, rollout: workload.name, service: traffic?.service ?? '' };
  return sharesOf(delivery).flatMap(({ share, wanted }) => {
    const found = looked(wanted);
    const left = found.is === 'there' ? share.left(found.object, of) : null;
    return left === null ? [] : [{ name: 'left route', said: bad(left.says, left.todo, 'LEFT_BEHIND') }];
  });
}

function servicesLeft(seen: Seen): readonly Line[] {
  const { delivery, looked } = seen;
  const [stable, canary] = servicesOf(delivery).map((wanted) => {
    const found = looked(wanted);
    return found.is === 'there' ? found.object : null;
  });
  const lines: Line[] = [];
  if (canary && isMadeByEngine(canary)) {
    const says = `${titleOf(canary)} is left of an earlier release: what leads to it may still take requests`;
    const todo = `after the routes to it: kubectl -n ${delivery.namespace} delete service ${nameOf(canary)}`;
    lines.push({ name: 'left Service', said: warning(says, todo, 'LEFT_BEHIND') });
  }
  const said = stable ? pinnedSaid(seen, stable) : null;
  return said === null ? lines : [...lines, { name: 'pinned Service', said }];
}

/** The engine pins the Service of the plan to the pods of the stable version, until the release ends. */
function pinnedSaid({ delivery, pods }: Seen, service: KubeObject): Said | null {
  const key = [TEMPLATE_HASH_LABEL, REVISION_HASH_LABEL].find(
    (one) => stringAt(service, 'spec', 'selector', one) !== null,
  );
  if (key === undefined) return null;
  const revision = stringAt(service, 'spec', 'selector', key) ?? '';
  const selected = pods.filter((pod) => stringAt(pod, 'metadata', 'labels', key) === revision).length;
  const title = titleOf(service);
  const todo = `kubectl -n ${delivery.namespace} patch service ${nameOf(service)} --type=json -p '${JSON.stringify([{ op: 'remove', path: `/spec/selector/${key}` }])}'`;
  if (selected === 0 && pods.length > 0) {
    const says = `${title} selects pods with ${key}: ${revision} alone, and none of the ${pods.length} pods has that: it sends requests to nobody`;
    return bad(says, todo, 'LEFT_BEHIND');
  }
  const says = `${title} selects pods with ${key}: ${revision} alone, as in a release: pods of another template get no requests`;
  return warning(says, todo, 'LEFT_BEHIND');
}
