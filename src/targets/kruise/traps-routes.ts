import { isRouted, type Traffic } from '../../release/delivery.ts';
import type { Finding } from '../../release/finding.ts';
import { objectAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { SERVICE } from './keys.ts';
import { sightOf } from './sight.ts';
import { canSplit, providersOf } from './traffic/index.ts';
import type { Named, Sight } from './traffic/provider.ts';
import { finding, isRunning, nothing, type Trap, type TrapInput, templateOf, titleOfWorkload } from './trap-input.ts';
import { workloadKind } from './workloads/index.ts';

/**
 * Routes that are missing or lead to another Service. The engine waits for a missing one for ever, without a message, with
 * the workload already paused (E15, E25, T49).
 */
export const trafficTargetMissing: Trap = (look) =>
  routeFindings(look).filter(({ code }) => code === 'TRAFFIC_TARGET_MISSING');

/** Other findings of the providers about a plan. They apply to every kind of workload. */
export const routesMisread: Trap = (look) =>
  routeFindings(look).filter(({ code }) => code !== 'TRAFFIC_TARGET_MISSING');

function routeFindings(look: TrapInput): readonly Finding[] {
  const { delivery, rendered, around } = look;
  const { traffic } = delivery;
  const routed = delivery.steps.find(isRouted);
  if (routed !== undefined && !canSplit(traffic)) {
    return missing(
      `step ${routed.name} routes traffic, and the delivery says no way to: nothing would be routed`,
      ['no traffic in the delivery'],
      'name the Service and the Ingress or route under traffic, or leave traffic out of the steps',
    );
  }
  if (traffic === null) return nothing;
  const sight = sightOf({ delivery, rendered, ...around, running: isRunning(look) });
  const found: Finding[] = [...hangsWithoutService(look, traffic)];
  if (traffic.service !== null) found.push(...wrongWithService(look, sight, traffic.service));
  for (const { row, value } of providersOf(traffic)) {
    for (const { says, ...wrong } of row.wrongWithSteps(value, sight)) found.push({ ...wrong, message: says });
    for (const named of row.names(value)) {
      const route = sight.find(named);
      switch (route.is) {
        case 'missing':
          found.push(...notThere(look, named));
          break;
        case 'unserved':
          found.push(...notServed(named));
          break;
        case 'there':
          for (const { says, ...wrong } of row.wrongWith(route.object, value, sight)) {
            found.push({ ...wrong, message: says });
          }
          break;
        case 'unknown':
          break;
      }
    }
  }
  return found;
}

/** In blueGreen the engine pins the stable Service before a first step with routes, and waits for ever where it may not. */
function hangsWithoutService(
  { delivery: { style, steps } }: TrapInput,
  { canaryService }: Traffic,
): readonly Finding[] {
  const [first] = steps;
  if (canaryService || style !== 'blueGreen' || first === undefined || !isRouted(first)) return nothing;
  return finding(
    'error',
    'CANARY_SERVICE_OFF',
    `step ${first.name} would never move a pod: in blueGreen the engine waits before a first step with routes for the Service of the new pods`,
    ['canaryService: false', 'strategy blueGreen'],
    'leave canaryService out, use another strategy, or leave traffic and matches out of the first step',
  );
}

function wrongWithService(look: TrapInput, sight: Sight, name: string): readonly Finding[] {
  const service = sight.find({ kind: SERVICE, name });
  if (service.is === 'missing') return notThere(look, { kind: SERVICE, name });
  if (service.is !== 'there' || leadsToPods(service.object, look)) return nothing;
  return missing(
    `Service/${name} doesn't select the pods of ${titleOfWorkload(look)}: the engine would route past them`,
    [`selector ${JSON.stringify(objectAt(service.object, 'spec', 'selector'))}`],
    'name the Service that leads to these pods',
  );
}

function notThere(look: TrapInput, { kind, name }: Named): readonly Finding[] {
  return missing(
    `${kind.kind}/${name} is not there: the engine would pause the workload and wait for it for ever`,
    [`no ${kind.kind}/${name} in namespace ${look.delivery.namespace}`],
    'create it, add it to the source, or name another one under traffic',
  );
}

function notServed({ kind, name }: Named): readonly Finding[] {
  return missing(
    `the server does not serve the kind of ${kind.kind}/${name}: the engine would pause the workload and wait for it for ever`,
    [`no ${kind.kind} of ${kind.apiVersion} on this server`],
    'install its CRD, or correct apiVersion and kind under traffic',
  );
}

function missing(message: string, facts: readonly string[], wayOut: string): readonly Finding[] {
  return finding('error', 'TRAFFIC_TARGET_MISSING', message, facts, wayOut);
}

/**
 * Whether a Service selects the pods, as far as they are known before the write. The engine adds a revision to its selector during a
 * release; that key is ignored.
 */
function leadsToPods(service: KubeObject, look: TrapInput): boolean {
  const { template } = objectAt(look.rendered.workload, 'spec');
  if (template === undefined) return true;
  const selector = Object.entries(objectAt(service, 'spec', 'selector')).filter(
    ([key]) => key !== workloadKind(look.delivery).revisions.podLabel,
  );
  const pods = objectAt(templateOf(look), 'metadata', 'labels');
  return selector.length > 0 && selector.every(([key, value]) => pods[key] === value);
}
