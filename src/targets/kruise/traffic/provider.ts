import type { Reader } from '../../../config/check.ts';
import type { Key } from '../../../config/shapes.ts';
import type { Path } from '../../../config/yaml.ts';
import type { CodeOf } from '../../../release/codes.ts';
import { type Delivery, isRouted, type ProviderKind, type Providers, type Step } from '../../../release/delivery.ts';
import type { KindName, Looked, Severity, Wanted } from '../../../release/finding.ts';
import type { Json, JsonObject } from '../../../release/json.ts';
import type { Kind, KubeObject } from '../../../release/ports.ts';

/** All that a provider of traffic is, in its own file: in the config, in the Rollout, and in the cluster. Pure. */
export interface Provider<K extends ProviderKind = ProviderKind> {
  /** How it is written, under its name as the key of `traffic`. */
  readonly key: Key;
  /** Null where the config does not name it. What check() found wrong is filled with blanks, or left out. */
  read(found: Json | undefined, where: { readonly reader: Reader; readonly path: Path }): Providers[K] | null;
  /** The value in the resolved config. */
  print(value: Providers[K]): Json;
  /**
   * What the digest of a plan says of it. Records keep digests: a provider that is added later says nothing where a
   * delivery does not name it.
   */
  inDigest(value: Providers[K] | null): JsonObject;
  /** Where the Rollout has it: in the entry of `trafficRoutings`, which steps split, or among its annotations. */
  readonly place: 'routing' | 'annotations';
  /** Its part of that place (docs/engine.md#spec). */
  render(value: Providers[K]): JsonObject;
  /** The value that a Rollout has in that place; null for none. */
  readBack(place: KubeObject): Providers[K] | null;
  /** The objects that the engine looks for before the first step, and waits for while one is missing. */
  names(value: Providers[K]): readonly Named[];
  /** Whether requests that a step matched still go to the new version at later steps by weight. */
  readonly keepsMatches: boolean;
  /** What else the findings look at, by name. */
  lookups(value: Providers[K], sight: Sight): readonly Wanted[];
  /** What the engine or the provider does not do of what the steps say, whatever the objects are. */
  wrongWithSteps(value: Providers[K], sight: Sight): readonly Wrong[];
  /** Why the engine has nothing to split in an object that is there; none where it has. */
  wrongWith(object: KubeObject, value: Providers[K], sight: Sight): readonly Wrong[];
  /** The spec of an object as somebody else may have made it, for a rehearsal; null for kinds that are not rehearsed. */
  assumed(value: Providers[K], about: { readonly service: string; readonly port: number }): JsonObject | null;
}

/** An object in the delivery's namespace. A kind without its path is looked up by the object's name. */
export interface Named {
  readonly kind: Kind | KindName;
  readonly name: string;
}

/** What a finding about routes may look at. */
export interface Sight {
  readonly delivery: Delivery;
  readonly service: string;
  /** Labels of the new pods. */
  readonly podLabels: JsonObject;
  /** An object as the engine will find it: from the source where the source is written before the release. */
  find(named: Named): Looked;
  /** What was read by name. */
  looked(wanted: Wanted): Looked;
}

/** What keeps the engine from routing as the plan reads. */
export interface Wrong {
  readonly code: CodeOf<'finding'>;
  readonly severity: Severity;
  readonly says: string;
  readonly facts: readonly string[];
  readonly wayOut: string;
}

/** The object leads to other Services than the delivery's; none where one of them is its own. */
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

/** A part of what a step says that a provider drops. */
export function ignored(step: Step, provider: string, what: string, wayOut: string): Wrong {
  return {
    code: 'TRAFFIC_PART_IGNORED',
    severity: 'warning',
    says: `${provider} ignores ${what} of step ${step.name}`,
    facts: [`step ${step.name}: ${routingWords(step).join(', ')}`],
    wayOut,
  };
}

/** Each step that routes. */
export function routedSteps({ steps }: Delivery): readonly Step[] {
  return steps.filter(isRouted);
}

/** What a step sends to the new version, in words. */
export function routingWords({ traffic, matches, requestHeaders }: Step): readonly string[] {
  return [
    ...(traffic === null ? [] : [`traffic ${traffic}%`]),
    ...(matches.length === 0 ? [] : [matches.length === 1 ? 'matches' : `${matches.length} matches`]),
    ...(requestHeaders === null ? [] : ['requestHeaders']),
  ];
}
