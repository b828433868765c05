import { at, isObject, type Json, listAt, stringAt } from '../../../release/json.ts';
import { titleOf } from '../manifests.ts';
import type { BuiltInKind, CustomRef } from './custom.ts';
import { ignored, leadsElsewhere, routedSteps, type Sight, type Wrong } from './provider.ts';
import { scriptFails } from './scripts.ts';

const GROUP = 'networking.istio.io';
const PROTOCOLS = ['http', 'tcp', 'tls'] as const;
/** The label of the pods in the subset that the engine's script adds to a DestinationRule. */
const SUBSET = { label: 'istio.service.tag', value: 'gray' } as const;

const virtualService: BuiltInKind = {
  wrongWithSteps(ref, sight) {
    const provider = `VirtualService/${ref.name}`;
    const found = routedSteps(sight.delivery).flatMap((step): readonly Wrong[] => {
      const { traffic, matches, requestHeaders } = step;
      if (matches.length > 0) {
        return traffic === null
          ? []
          : [ignored(step, provider, 'the traffic', 'leave out traffic or matches of the step')];
      }
      if (requestHeaders === null) return [];
      return [ignored(step, provider, 'requestHeaders without matches', 'add matches to the step, or leave them out')];
    });
    return [...found, ...withoutSubset(ref, sight)];
  },
  wrongWith(object, { service, delivery }) {
    const title = titleOf(object);
    const rules = PROTOCOLS.flatMap((protocol) => listAt(object, 'spec', protocol));
    const plain = rules.filter((rule) => at(rule, 'match') === undefined);
    const hosts = (some: readonly Json[]) => some.flatMap((rule) => listAt(rule, 'route').map(hostOf));
    const elsewhere = leadsElsewhere(title, { service, found: hosts(rules) });
    if (elsewhere.length > 0) return elsewhere;
    const steps = routedSteps(delivery);
    const wrong: Wrong[] = [];
    if (steps.some(({ matches }) => matches.length > 0) && !Array.isArray(at(object, 'spec', 'http'))) {
      const why = 'a step has matches, and they go into spec.http';
      wrong.push(
        scriptFails('VirtualService', why, [`${title} has no spec.http`], 'route by traffic alone, or add http'),
      );
    }
    if (steps.every(({ matches }) => matches.length > 0)) return wrong;
    const without = plain.filter((rule) => !Array.isArray(at(rule, 'route'))).length;
    if (without > 0) {
      const why = `a rule of ${title} has neither match nor route`;
      wrong.push(
        scriptFails('VirtualService', why, [`${without} such rules, as redirects are`], 'give such rules a match'),
      );
    } else if (!hosts(plain).includes(service)) {
      wrong.push({
        code: 'TRAFFIC_TARGET_MISSING',
        severity: 'error',
        says: `every rule of ${title} that leads to Service/${service} has a match, and the engine splits only rules without: traffic would change nothing`,
        facts: [`${title} leads to ${[...new Set(hosts(plain))].join(', ') || 'nothing'} without a match`],
        wayOut: `add a rule without match that leads to Service/${service}`,
      });
    }
    return wrong;
  },
};

const destinationRule: BuiltInKind = {
  wrongWithSteps: () => [],
  wrongWith(object, { service }) {
    const title = titleOf(object);
    const host = firstLabel(stringAt(object, 'spec', 'host') ?? '');
    const wrong: Wrong[] = [];
    if (host !== service) {
      wrong.push({
        code: 'TRAFFIC_TARGET_MISSING',
        severity: 'error',
        says: `${title} is for ${host === '' ? 'no host' : host}, not for Service/${service}: its subset for the new version would be of other pods`,
        facts: [`spec.host is ${host === '' ? 'missing' : host}`],
        wayOut: `name the DestinationRule of Service/${service}`,
      });
    }
    if (!Array.isArray(at(object, 'spec', 'subsets'))) {
      const why = `${title} has no list of subsets to add to`;
      const wayOut = 'give it subsets with the one of the stable pods';
      wrong.push(scriptFails('DestinationRule', why, [`no spec.subsets on ${title}`], wayOut));
    }
    return wrong;
  },
};

/** The Istio kinds that the engine has scripts for. */
export const istio: { readonly group: string; readonly kinds: Readonly<Record<string, BuiltInKind>> } = {
  group: GROUP,
  kinds: { VirtualService: virtualService, DestinationRule: destinationRule },
};

/** Without a Service of the new pods, the VirtualService routes to a subset, which a DestinationRule must define. */
function withoutSubset({ name }: CustomRef, { delivery: { traffic }, podLabels }: Sight): readonly Wrong[] {
  if (traffic === null || traffic.canaryService) return [];
  const facts = ['canaryService: false', `VirtualService/${name}`];
  const wrong = (says: string, wayOut: string): readonly Wrong[] => [
    { code: 'CANARY_SERVICE_OFF', severity: 'warning', says, facts, wayOut },
  ];
  const hasRule = (traffic.custom ?? []).some(
    ({ apiVersion, kind }) => kind === 'DestinationRule' && apiVersion.startsWith(`${GROUP}/`),
  );
  if (!hasRule) {
    return wrong(
      `VirtualService/${name} would send requests to the subset canary, and no DestinationRule under traffic says which pods it has`,
      'add the DestinationRule of the Service to custom, or leave canaryService out',
    );
  }
  if (podLabels[SUBSET.label] === SUBSET.value) return [];
  return wrong(
    `the subset canary has the pods with the label ${SUBSET.label}: ${SUBSET.value}, and the new pods don't have it: requests for them would find no pod`,
    `give the new pods the label ${SUBSET.label}: ${SUBSET.value}, or leave canaryService out`,
  );
}

function hostOf(route: Json): string {
  return isObject(route) ? firstLabel(stringAt(route, 'destination', 'host') ?? '') : '';
}

/** The first label of a host: `shop` of `shop.shop.svc.cluster.local`. The engine compares hosts in this way. */
function firstLabel(host: string): string {
  return host.split('.', 1)[0] ?? '';
}
