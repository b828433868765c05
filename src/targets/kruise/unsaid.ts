import type { Delivery } from '../../release/delivery.ts';
import type { Unsaid } from '../../release/imported.ts';
import { at, canonical, isObject, type Json, type JsonObject, objectAt, same, without } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { RECORD_ANNOTATION } from '../../release/record-fields.ts';
import { isOldVersion, type Stored } from './dialect/from-v1alpha1.ts';
import { DELIVERY_ANNOTATION, FINALIZER, PLAN_HASH_ANNOTATION } from './keys.ts';
import { serverFields } from './manifests.ts';
import { rolloutOf } from './render.ts';
import { meaningOf } from './unsaid-meaning.ts';

type Path = readonly (string | number)[];

/** A part that differs between the two Rollouts. */
export interface Difference {
  readonly path: Path;
  readonly found: Json | undefined;
  readonly rendered: Json | undefined;
}

/**
 * All differences between a Rollout and the one that its delivery renders to. None is left out silently: the rows of
 * unsaid-meaning.ts only explain them. `given` is the Rollout as it was written, and `stored` is its form on the server.
 */
export function unsaidBy(delivery: Delivery, given: KubeObject, stored: Stored): readonly Unsaid[] {
  const differs = differences(ownWords(stored.rollout), ownWords(rolloutOf(delivery)), []).filter(
    // When only the rendered Rollout has it, stepgate will add it.
    ({ path, found }) => !(path.at(-1) === DELIVERY_ANNOTATION && found === undefined),
  );
  const old: readonly Unsaid[] = isOldVersion(given)
    ? [
        {
          field: 'apiVersion',
          found: JSON.stringify(given['apiVersion']),
          means:
            'stepgate writes v1beta1 where the cluster serves it. Applied there again, this manifest removes from the plan what v1alpha1 has no word for: take it out of what is applied',
          severity: 'warning',
          key: [],
        },
      ]
    : [];
  const dropped = stored.dropped.map(
    ({ path, found }): Unsaid => ({
      field: fieldText(path),
      found: shown(found),
      means:
        'v1alpha1 has no such field, or the conversion drops it. The engine never sees it, and the config does not say it',
      severity: 'warning',
      key: keyOf(path),
    }),
  );
  const rest = differs.map((difference): Unsaid => {
    const { means, severity } = meaningOf(difference, delivery);
    return {
      field: fieldText(difference.path),
      found: shown(difference.found),
      means,
      severity,
      key: keyOf(difference.path),
    };
  });
  return [...old, ...dropped, ...rest];
}

/** A Rollout without the fields that the server, the engine and stepgate add, and without empty values. */
function ownWords(rollout: KubeObject): JsonObject {
  const { annotations, labels, finalizers, ...metadata } = without(objectAt(rollout, 'metadata'), [
    ...serverFields,
    'namespace',
  ]);
  const others = Array.isArray(finalizers) ? finalizers.filter((one) => one !== FINALIZER) : [];
  return {
    metadata: {
      ...metadata,
      annotations: without(objectAt({ annotations }, 'annotations'), [
        RECORD_ANNOTATION,
        PLAN_HASH_ANNOTATION,
        LAST_APPLIED,
      ]),
      labels: objectAt({ labels }, 'labels'),
      ...(others.length === 0 ? {} : { finalizers: others }),
    },
    spec: withoutSilence(objectAt(rollout, 'spec')) ?? {},
  };
}

/** The annotation in which kubectl keeps a copy of the manifest. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The value without parts that the engine treats as missing; undefined when nothing is left. Lists keep all their items. */
function withoutSilence(value: Json): Json | undefined {
  if (value === null || value === false || value === '') return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => withoutSilence(item) ?? item);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const said = withoutSilence(inner);
    return said === undefined ? [] : [[key, said] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function differences(found: Json | undefined, rendered: Json | undefined, path: Path): readonly Difference[] {
  if (same(found, rendered)) return [];
  if (isObject(found) && isObject(rendered)) {
    const keys = [...new Set([...Object.keys(found), ...Object.keys(rendered)])];
    return keys.flatMap((key) => differences(found[key], rendered[key], [...path, key]));
  }
  if (Array.isArray(found) && Array.isArray(rendered)) {
    const places = Array.from({ length: Math.max(found.length, rendered.length) }, (_, index) => index);
    return places.flatMap((index) => differences(at(found, index), at(rendered, index), [...path, index]));
  }
  return [{ path, found, rendered }];
}

/** A path as text: `spec.strategy.canary.steps[1].pause`, `metadata.annotations["example.com/team"]`. */
function fieldText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    if (!/^\w+$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

const LONGEST = 120;

function shown(value: Json | undefined): string {
  if (value === undefined) return 'not there';
  const text = canonical(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}

/** The key in the delivery's config for this part. */
function keyOf(path: Path): Unsaid['key'] {
  const [top, second, , list, index, field] = path;
  if (top === 'spec' && (second === 'workloadRef' || second === 'objectRef')) return ['workload'];
  if (list === 'trafficRoutings') return ['traffic'];
  if (list !== 'steps' || typeof index !== 'number') return [];
  switch (field) {
    case 'pause':
      return ['steps', index, 'leaveWhen'];
    case 'weight':
      return ['steps', index, 'traffic'];
    case 'replicas':
    case 'traffic':
    case 'matches':
      return ['steps', index, field];
    default:
      return ['steps', index];
  }
}
