import type { Traffic } from '../../../release/delivery.ts';
import { objectAt, stringAt } from '../../../release/json.ts';
import { isOf } from '../../../release/kinds.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { HTTP_ROUTE, INGRESS, SERVICE } from '../keys.ts';
import { titleOf } from '../manifests.ts';
import { classOf, leadsTo, routesOf } from '../propose/belonging.ts';
import type { WorkloadKind } from '../workloads/kind.ts';
import { builtInClasses } from './ingress.ts';

/** The traffic that is proposed for a workload, and why. */
export interface Routed {
  readonly traffic: Traffic | null;
  readonly why: readonly string[];
}

/** What leads requests to the workload, where the engine can split them. */
export function trafficFor(row: WorkloadKind, workload: KubeObject, beside: readonly KubeObject[]): Routed {
  const services = beside.filter(
    (object) => isOf(SERVICE, object) && leadsTo(object, objectAt(workload, 'spec', 'template')),
  );
  const routes = beside.filter((object) => isOf(INGRESS, object) || isOf(HTTP_ROUTE, object));
  if (services.length === 0 || routes.length === 0) return { traffic: null, why: [] };
  const titles = routes.map(titleOf).join(', ');
  if (row.styles.canary !== null) {
    return {
      traffic: null,
      why: [`${titles}: a share of the requests is only proposed for a workload that can have extra pods`],
    };
  }
  const usable = services.flatMap((service) => {
    const name = stringAt(service, 'metadata', 'name') ?? '';
    const leading = routes.filter((route) => routesOf(route).includes(name));
    return leading.length === 0 ? [] : [{ name, leading }];
  });
  const [first] = usable;
  if (first === undefined) return { traffic: null, why: [] };
  const why: string[] = [];
  const ingress = first.leading.find((route) => isOf(INGRESS, route)) ?? null;
  const route = first.leading.find((one) => isOf(HTTP_ROUTE, one)) ?? null;
  const named = ingress === null ? null : ingressFor(ingress, why);
  const gateway = route === null ? null : { route: stringAt(route, 'metadata', 'name') ?? '' };
  if (named === null && gateway === null) return { traffic: null, why };
  const others = first.leading.filter((one) => one !== ingress && one !== route).map(titleOf);
  if (others.length > 0) {
    why.push(
      `${others.join(', ')} leads to Service/${first.name} too, and the engine splits one of each kind: its requests go to old and new pods alike`,
    );
  }
  const taken = [...(named === null ? [] : [ingress]), route].flatMap((one) => (one === null ? [] : [titleOf(one)]));
  return {
    traffic: {
      service: first.name,
      graceSeconds: null,
      canaryService: true,
      ingress: named,
      gateway,
      custom: null,
      routing: null,
    },
    why: [
      `${taken.join(' and ')} lead${taken.length === 1 ? 's' : ''} to Service/${first.name}, so the steps can split the requests`,
      ...why,
    ],
  };
}

/** The Ingress, with its class, where the engine can write its annotations; else null, with the reason in `why`. */
function ingressFor(ingress: KubeObject, why: string[]): Traffic['ingress'] {
  const name = stringAt(ingress, 'metadata', 'name') ?? '';
  const found = classOf(ingress);
  if (found === null) {
    why.push(
      `${titleOf(ingress)} names no class, and nginx is assumed: correct it where the controller is another one`,
    );
    return { name, class: 'nginx' };
  }
  if (builtInClasses.includes(found)) return { name, class: found };
  why.push(
    `${titleOf(ingress)} has the class ${found}, and the engine has scripts for ${builtInClasses.join(', ')}: its requests are not split. Where ${found} is one of these controllers, add traffic: {service, ingress: {name: ${name}, class: nginx}}`,
  );
  return null;
}
