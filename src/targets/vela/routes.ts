import type { Traffic } from '../../release/delivery.ts';
import { type Json, type JsonObject, listAt, objectAt, stringAt, without } from '../../release/json.ts';
import type { RefusedPart } from '../../release/target.ts';
import { renderTraffic } from '../kruise/traffic/index.ts';

/** A kind of route that the trait has parameters for. */
interface Route {
  /** The key of `traffic` in the config, and the field of the Rollout's entry. */
  readonly key: string;
  /** `type` of the trait's entry. */
  readonly type: string;
  /** The field with the name of the object, and the parameter for it. */
  readonly name: string;
  readonly parameter: string;
  /** A field that the trait leaves out: its name here and in the config, and what the engine then takes. */
  readonly leftOut: { readonly field: string; readonly key: string; readonly value: string } | null;
}

/** What the addon's definition makes of `trafficRoutings` (docs/kubevela.md#what-the-trait-makes). */
const routes: readonly Route[] = [
  {
    key: 'ingress',
    type: 'ingress',
    name: 'name',
    parameter: 'ingressName',
    leftOut: { field: 'classType', key: 'class', value: 'nginx' },
  },
  { key: 'gateway', type: 'gateway', name: 'httpRouteName', parameter: 'gatewayHTTPRouteName', leftOut: null },
];

/** The engine's default, which the trait's own default (5) would replace. */
const DEFAULT_GRACE = 3;

/** An entry of a Rollout's `trafficRoutings` as the trait makes it. */
export function routingMade(routing: Json): JsonObject {
  const found = objectAt({ routing }, 'routing');
  const made = routes.flatMap(({ key, leftOut }) =>
    found[key] === undefined ? [] : [[key, without(objectAt(found, key), leftOut === null ? [] : [leftOut.field])]],
  );
  return { gracePeriodSeconds: DEFAULT_GRACE, ...found, ...Object.fromEntries(made) };
}

/** The parameters of the trait that make such an entry. */
export function parametersOf(routing: Json): JsonObject {
  const found = objectAt({ routing }, 'routing');
  const { service = null, gracePeriodSeconds = null } = found;
  const route = routes.find(({ key }) => found[key] !== undefined);
  const named =
    route === undefined ? {} : { type: route.type, [route.parameter]: stringAt(found, route.key, route.name) };
  return { service, gracePeriodSeconds, ...named };
}

/** The parts of a delivery's traffic that the trait has no parameter for. */
export function refusedTraffic(traffic: Traffic | null): readonly RefusedPart[] {
  if (traffic === null) return [];
  const { service: _service, graceSeconds: _grace, canaryService, ...providers } = traffic;
  const [routing] = listAt(renderTraffic(traffic), 'trafficRoutings');
  const named = Object.entries(providers).flatMap(([key, value]) => (value === null ? [] : [key]));
  const known = named.filter((key) => routes.some((route) => route.key === key));
  const none = (key: string, hint: string): RefusedPart => ({
    key: ['traffic', key],
    says: "can't be used: the trait has no word for it",
    hint,
  });
  return [
    ...named
      .filter((key) => !known.includes(key))
      .map((key) => none(key, `route with ${routes.map((route) => route.key).join(' or ')}`)),
    ...(canaryService ? [] : [none('canaryService', 'leave it out')]),
    ...known.slice(1).map((key) => none(key, `name ${known.join(' or ')}: the trait makes one of them`)),
    ...routes.flatMap(({ key, leftOut }) => {
      const value = leftOut === null ? null : stringAt(routing, key, leftOut.field);
      if (leftOut === null || value === null || value === leftOut.value) return [];
      const says = `is ${value}: the trait leaves it out, and the engine then takes ${leftOut.value}`;
      const hint = `leave ${leftOut.key} out where it is ${leftOut.value}`;
      return [{ key: ['traffic', key, leftOut.key] as const, says, hint }];
    }),
  ];
}
