import { complain, type Reader } from '../../../config/check.ts';
import { oneOf } from '../../../config/found.ts';
import { type Key, type Keys, keys, text } from '../../../config/shapes.ts';
import { parseDuration, parsedValue } from '../../../config/time.ts';
import type { Path } from '../../../config/yaml.ts';
import {
  formatDuration,
  type Provided,
  type ProviderKind,
  type Providers,
  type Traffic,
} from '../../../release/delivery.ts';
import { at, isObject, type JsonObject, listAt, numberAt, objectAt, stringAt } from '../../../release/json.ts';
import { isOf } from '../../../release/kinds.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { custom } from './custom.ts';
import { gateway } from './gateway.ts';
import { ingress } from './ingress.ts';
import type { Provider } from './provider.ts';
import { routing } from './routing.ts';
import { stepRouting } from './step.ts';

const rows = { ingress, gateway, custom, routing } satisfies { readonly [K in ProviderKind]: Provider<K> };

/** Every provider of traffic, in the order of the config. */
const providers: Readonly<Record<ProviderKind, Provider>> = rows;
const kinds: readonly ProviderKind[] = Object.keys(rows).filter((name): name is ProviderKind =>
  Object.hasOwn(rows, name),
);

/** The value of each provider; null for providers that are not named. */
function provided(ask: <K extends ProviderKind>(kind: K, row: Provider<K>) => Providers[K] | null): Provided {
  return {
    ingress: ask('ingress', rows.ingress),
    gateway: ask('gateway', rows.gateway),
    custom: ask('custom', rows.custom),
    routing: ask('routing', rows.routing),
  };
}

/** The providers that a delivery names, each with its value. */
export function providersOf(traffic: Traffic): readonly { readonly row: Provider; readonly value: Named }[] {
  return kinds.flatMap((kind) => {
    const value = traffic[kind];
    return value === null ? [] : [{ row: providers[kind], value }];
  });
}

type Named = Providers[ProviderKind];

/** Whether a delivery names an object as one of its routes, in any version of the object's API. */
export function isRoute(traffic: Traffic, object: KubeObject): boolean {
  return providersOf(traffic)
    .flatMap(({ row, value }) => row.names(value))
    .some(({ kind, name }) => isOf(kind, object) && name === stringAt(object, 'metadata', 'name'));
}

/** Whether the steps can split requests. A TrafficRouting alone has its own strategy, so the steps can't. */
export function canSplit(traffic: Traffic | null): boolean {
  return traffic !== null && kinds.some((kind) => providers[kind].place === 'routing' && traffic[kind] !== null);
}

/** Whether a route keeps the matches of a step during later steps by weight. */
export function keepsMatches(traffic: Traffic | null): boolean {
  return traffic !== null && providersOf(traffic).some(({ row }) => row.keepsMatches);
}

const routingKinds = kinds.filter((kind) => providers[kind].place === 'routing');
const routingKeys = {
  service: { about: `the Service of the workload; needed with ${oneOf(routingKinds)}`, shape: text('service') },
  grace: { about: 'time to wait until routes take effect, such as 3s', shape: text('durationOrZero') },
  canaryService: {
    about: 'false for routes that need no Service of the new pods; true by default',
    shape: { is: 'boolean' },
  },
} as const satisfies Keys['keys'];

/** The traffic of a delivery in the config, and in the digest of its plan. */
export const trafficInConfig = {
  step: stepRouting,

  key: {
    about: 'the Service and the routes for steps with traffic',
    shape: keys(
      { ...routingKeys, ...Object.fromEntries(kinds.map((kind) => [kind, providers[kind].key])) },
      { atLeastOne: kinds },
    ),
  } satisfies Key,

  /** Null when the config has no traffic. Parts that check() has refused become blank. */
  read(reader: Reader, path: Path): Traffic | null {
    const found = at(reader.document.value, ...path);
    if (!isObject(found)) return null;
    const traffic = {
      service: stringAt(found, 'service'),
      graceSeconds: parsedValue(parseDuration(stringAt(found, 'grace') ?? '')),
      canaryService: found['canaryService'] !== false,
      ...provided((kind, row) => row.read(found[kind], { reader, path: [...path, kind] })),
    };
    checkTogether(reader, path, found);
    return traffic;
  },

  canSplit,

  /** Whether a delivery only names routes that the steps do not control. */
  splitsNothing: (traffic: Traffic): boolean => !canSplit(traffic) && kinds.some((kind) => traffic[kind] !== null),

  /** The traffic in the resolved config. */
  print(traffic: Traffic): JsonObject {
    const { service, graceSeconds, canaryService } = traffic;
    return {
      ...(service === null ? {} : { service, grace: graceSeconds === null ? null : formatDuration(graceSeconds) }),
      ...(canaryService ? {} : { canaryService }),
      ...Object.fromEntries(
        kinds.flatMap((kind) => {
          const value = traffic[kind];
          return value === null ? [] : [[kind, providers[kind].print(value)]];
        }),
      ),
    };
  },

  /** In the digest. Records keep digests, so a key that was added later is only in them when the delivery has it. */
  inDigest(traffic: Traffic): JsonObject {
    const { service, graceSeconds, canaryService } = traffic;
    const named = kinds.map((kind) => providers[kind].inDigest(traffic[kind]));
    return Object.assign({ service, graceSeconds, ...(canaryService ? {} : { canaryService }) }, ...named);
  },
};

/** Reports keys that require other keys. */
function checkTogether(reader: Reader, path: Path, found: JsonObject): void {
  const named = routingKinds.filter((kind) => Object.hasOwn(found, kind));
  if (named.length > 0 && !Object.hasOwn(found, 'service')) {
    const hint = `add service: ${routingKeys.service.about}`;
    complain(reader, { path, says: 'has no service', hint });
  }
  if (named.length > 0 || !kinds.some((kind) => Object.hasOwn(found, kind))) return;
  for (const key of Object.keys(routingKeys).filter((one) => Object.hasOwn(found, one))) {
    const says = `is for routes of this delivery, and it has none of ${oneOf(routingKinds)}`;
    complain(reader, { path: [...path, key], of: 'key', says, hint: `remove ${key}, or name what it is for` });
  }
}

/** The fields for traffic in a Rollout's strategy, apart from its steps (docs/engine.md#spec). */
export function renderTraffic(traffic: Traffic | null): JsonObject {
  if (traffic === null || !canSplit(traffic)) return {};
  const { service, graceSeconds, canaryService } = traffic;
  const grace = graceSeconds === null ? {} : { gracePeriodSeconds: graceSeconds };
  return {
    trafficRoutings: [{ service, ...grace, ...inPlace(traffic, 'routing') }],
    ...(canaryService ? {} : { [NO_CANARY_SERVICE]: true }),
  };
}

/** The annotations for traffic in a Rollout. */
export function trafficAnnotations(traffic: Traffic | null): JsonObject {
  return traffic === null ? {} : inPlace(traffic, 'annotations');
}

function inPlace(traffic: Traffic, place: Provider['place']): JsonObject {
  const named = providersOf(traffic).filter(({ row }) => row.place === place);
  return Object.assign({}, ...named.map(({ row, value }) => row.render(value)));
}

/** The traffic of a Rollout; null when it has none. */
export function trafficOf(rollout: KubeObject, strategy: JsonObject): Traffic | null {
  const [entry] = listAt(strategy, 'trafficRoutings');
  const places = {
    routing: isObject(entry) ? entry : {},
    annotations: objectAt(rollout, 'metadata', 'annotations'),
  };
  const named = provided((_, row) => row.readBack(places[row.place]));
  if (kinds.every((kind) => named[kind] === null)) return null;
  return {
    service: stringAt(entry, 'service'),
    graceSeconds: numberAt(entry, 'gracePeriodSeconds'),
    canaryService: !isObject(entry) || strategy[NO_CANARY_SERVICE] !== true,
    ...named,
  };
}

/** The engine's switch for the Service of the new pods. The name says canary, but it applies to every style. */
export const NO_CANARY_SERVICE = 'disableGenerateCanaryService';
