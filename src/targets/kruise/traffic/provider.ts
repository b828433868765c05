import type { Reader } from '../../../config/check.ts';
import type { Key } from '../../../config/shapes.ts';
import type { Path } from '../../../config/yaml.ts';
import type { CodeOf } from '../../../release/codes.ts';
import { type Delivery, isRouted, type ProviderKind, type Providers, type Step } from '../../../release/delivery.ts';
import type { KindName, Looked, Severity, Wanted } from '../../../release/finding.ts';
import type { Json, JsonObject } from '../../../release/json.ts';
import type { Kind, KubeObject } from '../../../release/ports.ts';

/** A provider of traffic in the config, in the Rollout and in the cluster. Each has its own file. Pure. */
export interface Provider<K extends ProviderKind = ProviderKind> {
  /** The provider's key of `traffic` in the config. */
  readonly key: Key;
  /** Null when the config does not name it. Parts that check() has refused become blank or are left out. */
  read(found: Json | undefined, where: { readonly reader: Reader; readonly path: Path }): Providers[K] | null;
  /** The value in the resolved config. */
  print(value: Providers[K]): Json;
  /**
   * The provider's part of the digest of a plan. Records keep digests, so a provider that is added later must return nothing
   * for a delivery that does not name it.
   */
  inDigest(value: Providers[K] | null): JsonObject;
  /** Where the provider is in the Rollout: in the entry of `trafficRoutings`, which steps split, or an annotation. */
  readonly place: 'routing' | 'annotations';
  /** The provider's fields in that place (docs/engine.md#spec). */
  render(value: Providers[K]): JsonObject;
  /** Reads the value from that place of a Rollout; null when there is none. */
  readBack(place: KubeObject): Providers[K] | null;
  /** The objects that the engine reads before the first step. It waits while one is missing. */
  names(value: Providers[K]): readonly Named[];
  /** Whether matching requests still go to the new version at later steps by weight. */
  readonly keepsMatches: boolean;
  /** Objects that `lookups` may name; null for a name that only the cluster has. */
  beside(value: Providers[K]): readonly (Omit<Wanted, 'name'> & { readonly name: string | null })[];
  /** Other objects that the findings read, by name. */
  lookups(value: Providers[K], sight: Sight): readonly Wanted[];
  /** Parts of the steps that the engine or the provider does not support, independent of the objects. */
  wrongWithSteps(value: Providers[K], sight: Sight): readonly Wrong[];
  /** Why the engine can't split requests with an existing object; empty when it can. */
  wrongWith(object: KubeObject, value: Providers[K], sight: Sight): readonly Wrong[];
  /** Where the engine writes a release's share of the requests, which it takes away at the end. */
  shares(value: Providers[K]): readonly Share[];
  /** A plausible spec of the object for a rehearsal; null for kinds that are not rehearsed. */
  assumed(value: Providers[K], about: { readonly service: string; readonly port: number }): JsonObject | null;
}

/** An object in the delivery's namespace. A kind without its path is in no list, so its objects are read by name. */
export interface Named {
  readonly kind: Kind | KindName;
  readonly name: string;
}

/** An object that has a release's share of the requests. */
export interface Share extends Named {
  /** What is left of that share on the object, and what to do about it; null where nothing is. */
  left(object: KubeObject, of: ShareOf): { readonly says: string; readonly todo: string } | null;
}

/** Whose share it is. */
export interface ShareOf {
  readonly namespace: string;
  /** The Rollout. */
  readonly rollout: string;
  /** The Service of the plan. */
  readonly service: string;
}

/** The facts that a finding about routes may use. */
export interface Sight {
  readonly delivery: Delivery;
  readonly service: string;
  /** Labels of the new pods. */
  readonly podLabels: JsonObject;
  /** An object as the engine will find it. It comes from the source when the source is written before the release. */
  find(named: Named): Looked;
  /** An object that was read by name. */
  looked(wanted: Wanted): Looked;
}

/** Why the engine would not route as the plan says. */
export interface Wrong {
  readonly code: CodeOf<'finding'>;
  readonly severity: Severity;
  readonly says: string;
  readonly facts: readonly string[];
  readonly wayOut: string;
}

/** The problem that an object only leads to Services other than the delivery's; empty when it leads to the delivery's too. */
export function leadsElsewhere(
  title: string,
  { service, found }: { readonly service: string; readonly found: readonly (string | null)[] },
): readonly Wrong[] {
  const names = [...new Set(found.filter((name) => name !== null))];
  if (names.includes(service)) return [];
  return [
    {
      code: 'TRAFFIC_TARGET_MISSING',
      severity: 'error',
      says: `${title} has no rule that leads to Service/${service}: the engine would have nothing to split`,
      facts: [`${title} leads to ${names.join(', ') || 'nothing'}`],
      wayOut: `let a rule of ${title} lead to Service/${service}, or name another one`,
    },
  ];
}

/** The problem that a provider ignores a part of a step. */
export function ignored(step: Step, provider: string, what: string, wayOut: string): Wrong {
  return {
    code: 'TRAFFIC_PART_IGNORED',
    severity: 'warning',
    says: `${provider} ignores ${what} of step ${step.name}`,
    facts: [`step ${step.name}: ${routingWords(step).join(', ')}`],
    wayOut,
  };
}

/** The steps that route requests. */
export function routedSteps({ steps }: Delivery): readonly Step[] {
  return steps.filter(isRouted);
}

/** The parts of a step that route requests, in words. */
export function routingWords({ traffic, matches, requestHeaders }: Step): readonly string[] {
  return [
    ...(traffic === null ? [] : [`traffic ${traffic}%`]),
    ...(matches.length === 0 ? [] : [matches.length === 1 ? 'matches' : `${matches.length} matches`]),
    ...(requestHeaders === null ? [] : ['requestHeaders']),
  ];
}
