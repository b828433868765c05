import { isRouted } from '../../release/delivery.ts';
import { objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Finding } from '../../release/target.ts';
import { SERVICE } from './keys.ts';
import { providersOf } from './traffic/index.ts';
import {
  finding,
  isRunning,
  listed,
  nothing,
  type Trap,
  type TrapInput,
  templateOf,
  titleOfWorkload,
} from './trap-input.ts';
import { workloadKind } from './workloads/index.ts';

/** E15, E25, T49: the engine waits for a missing one for ever, without a message, with the workload already paused. */
export const trafficTargetMissing: Trap = (look) => {
  const { delivery, around } = look;
  const { traffic } = delivery;
  const routed = delivery.steps.find(isRouted);
  if (traffic === null) {
    if (routed === undefined) return nothing;
    return missing(
      `step ${routed.name} routes traffic, and the delivery says no way to: nothing would be routed`,
      ['no traffic in the delivery'],
      'name the Service and the Ingress or route under traffic, or leave traffic out of the steps',
    );
  }
  const found: Finding[] = [];
  const service = find(look, 'Service', traffic.service, listed(around, SERVICE));
  if (service === 'missing') found.push(...notThere(look, 'Service', traffic.service));
  else if (service !== 'unknown' && !leadsToPods(service, look)) {
    found.push(
      ...missing(
        `Service/${traffic.service} doesn't select the pods of ${titleOfWorkload(look)}: the engine would route past them`,
        [`selector ${JSON.stringify(objectAt(service, 'spec', 'selector'))}`],
        'name the Service that leads to these pods',
      ),
    );
  }
  for (const { row, value } of providersOf(traffic)) {
    for (const { kind, name } of row.names(value)) {
      const route = find(look, kind.kind, name, listed(around, kind));
      if (route === 'missing') found.push(...notThere(look, kind.kind, name));
      else if (route !== 'unknown') {
        for (const { says, fact, wayOut } of row.wrongWith(route, traffic))
          found.push(...missing(says, [fact], wayOut));
      }
    }
  }
  return found;
};

type Found = KubeObject | 'missing' | 'unknown';

/**
 * The object as the engine will find it: what the source brings is written before a release, but not during one.
 * Unknown where the cluster could not be read.
 */
function find(look: TrapInput, kind: string, name: string, live: readonly KubeObject[] | null): Found {
  const named = (object: KubeObject) => stringAt(object, 'metadata', 'name') === name;
  const brought = look.rendered.idleOnly.find((object) => stringAt(object, 'kind') === kind && named(object));
  const there = live?.find(named);
  const best = isRunning(look) ? there : (brought ?? there);
  return best ?? (live === null ? 'unknown' : 'missing');
}

function notThere(look: TrapInput, kind: string, name: string): readonly Finding[] {
  return missing(
    `${kind}/${name} is not there: the engine would pause the workload and wait for it for ever`,
    [`no ${kind}/${name} in namespace ${look.delivery.namespace}`],
    'create it, add it to the source, or name another one under traffic',
  );
}

function missing(message: string, facts: readonly string[], wayOut: string): readonly Finding[] {
  return finding('error', 'TRAFFIC_TARGET_MISSING', message, facts, wayOut);
}

/** In mid-release the engine pins the selector to a revision; that key is not the user's. */
function leadsToPods(service: KubeObject, look: TrapInput): boolean {
  const selector = Object.entries(objectAt(service, 'spec', 'selector')).filter(
    ([key]) => key !== workloadKind(look.delivery).revisions.podLabel,
  );
  const pods = objectAt(templateOf(look), 'metadata', 'labels');
  return selector.length > 0 && selector.every(([key, value]) => pods[key] === value);
}
