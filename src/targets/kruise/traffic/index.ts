import { type Key, keys, text } from '../../../config/shapes.ts';
import { parseDuration, parsedValue } from '../../../config/time.ts';
import {
  formatDuration,
  type Provided,
  type ProviderKind,
  type Providers,
  type Traffic,
} from '../../../release/delivery.ts';
import { at, isObject, type Json, type JsonObject, numberAt, stringAt } from '../../../release/json.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { gateway } from './gateway.ts';
import { ingress } from './ingress.ts';
import type { Provider } from './provider.ts';
import { stepRouting } from './step.ts';

const rows = { ingress, gateway } satisfies { readonly [K in ProviderKind]: Provider<K> };

/** Every provider of traffic, in the order in which the config lists them. */
const providers: Readonly<Record<ProviderKind, Provider>> = rows;
const kinds: readonly ProviderKind[] = Object.keys(rows).filter((name): name is ProviderKind =>
  Object.hasOwn(rows, name),
);

/** What each provider is given; null for those that are not named. */
function provided(ask: <K extends ProviderKind>(kind: K, row: Provider<K>) => Providers[K] | null): Provided {
  return { ingress: ask('ingress', rows.ingress), gateway: ask('gateway', rows.gateway) };
}

/** The providers that a delivery names, each with what it says of it. */
export function providersOf(traffic: Traffic): readonly { readonly row: Provider; readonly value: Named }[] {
  return kinds.flatMap((kind) => {
    const value = traffic[kind];
    return value === null ? [] : [{ row: providers[kind], value }];
  });
}

type Named = Providers[ProviderKind];

/** The traffic of a delivery in the config, and in the digest of its plan. */
export const trafficInConfig = {
  step: stepRouting,

  key: {
    about: 'the Service and the routes for steps with traffic',
    shape: keys(
      {
        service: { about: 'the Service of the workload', shape: text('service'), required: true },
        grace: { about: 'time to wait until routes take effect, such as 3s', shape: text('durationOrZero') },
        ...Object.fromEntries(kinds.map((kind) => [kind, providers[kind].key])),
      },
      { atLeastOne: kinds },
    ),
  } satisfies Key,

  /** Null where the config says nothing; what check() found wrong is filled with blanks. */
  read(found: Json | undefined): Traffic | null {
    if (!isObject(found)) return null;
    return {
      service: stringAt(found, 'service') ?? '',
      graceSeconds: parsedValue(parseDuration(stringAt(found, 'grace') ?? '')),
      ...provided((kind, row) => row.read(at(found, kind))),
    };
  },

  /** In the resolved config. */
  print(traffic: Traffic): JsonObject {
    const { service, graceSeconds } = traffic;
    return {
      service,
      grace: graceSeconds === null ? null : formatDuration(graceSeconds),
      ...Object.fromEntries(
        kinds.flatMap((kind) => {
          const value = traffic[kind];
          return value === null ? [] : [[kind, providers[kind].print(value)]];
        }),
      ),
    };
  },

  inDigest(traffic: Traffic): JsonObject {
    const { service, graceSeconds } = traffic;
    const named = kinds.map((kind) => providers[kind].inDigest(traffic[kind]));
    return Object.assign({ service, graceSeconds }, ...named);
  },
};

/** The entry in `trafficRoutings` (docs/engine.md#spec). */
export function routingOf(traffic: Traffic): JsonObject {
  const { service, graceSeconds } = traffic;
  const named = providersOf(traffic).map(({ row, value }) => row.render(value));
  return Object.assign({ service, ...(graceSeconds === null ? {} : { gracePeriodSeconds: graceSeconds }) }, ...named);
}

/** The traffic that such an entry tells. */
export function trafficOf(routing: KubeObject): Traffic {
  return {
    service: stringAt(routing, 'service') ?? '',
    graceSeconds: numberAt(routing, 'gracePeriodSeconds'),
    ...provided((_, row) => row.readBack(routing)),
  };
}
