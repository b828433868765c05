import type { Api } from '../api/api.ts';
import { type JsonMap, listAt, mapAt, mapOf, textAt } from '../api/json.ts';
import { kindFor } from '../api/kinds.ts';
import { labelOf, type Thing } from '../api/things.ts';
import { newRollout, oldKind } from '../engine/old-rollouts.ts';
import type { Kinds } from '../world.ts';
import { componentObjects } from './components.ts';
import { keptAs } from './revisions.ts';

const LAST_APPLIED = 'app.oam.dev/last-applied-configuration';

import { rolloutOf, traitsNamed } from './trait.ts';

export interface Parts {
  readonly api: Api<Kinds>;
  /** The kind as which Rollouts are stored. */
  readonly rollouts: typeof oldKind | 'Rollout';
  readonly now: () => number;
}

/** An object that KubeVela makes, by the model's name of its kind. */
export interface Manifest {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** In messages. */
  readonly title: string;
  readonly object: JsonMap;
}

/**
 * What KubeVela makes of an Application as it has kept it: the workload of each component, its other objects, and the Rollout of its
 * trait, with the labels and annotations of the Application. Throws InvalidTemplate.
 */
export function manifestsOf({ api, rollouts }: Parts, app: Thing, revision: string): readonly Manifest[] {
  const namespace = app.metadata.namespace ?? '';
  const kept = keptAs(api, app, revision);
  const made = listAt(kept, 'spec', 'components').flatMap((component) => objectsOf(kept, mapOf(component), revision));
  return made.map(withLast).flatMap((object): readonly Manifest[] => {
    const info = kindFor(textAt(object, 'apiVersion'), textAt(object, 'kind'));
    if (info === undefined) return [];
    const name = textAt(object, 'metadata', 'name');
    const named = { namespace, name, title: `${info.kind} ${namespace}/${name}` };
    // The server converts between the versions of a Rollout; the model stores the one that it serves.
    if (info.id === oldKind && rollouts !== oldKind) return [{ ...named, kind: rollouts, object: newRollout(object) }];
    return [{ ...named, kind: info.id, object }];
  });
}

/** KubeVela notes in each object what it has applied. */
function withLast(object: JsonMap): JsonMap {
  const metadata = mapAt(object, 'metadata');
  const annotations = { ...mapAt(metadata, 'annotations'), [LAST_APPLIED]: JSON.stringify(object) };
  return { ...object, metadata: { ...metadata, annotations } };
}

/** The objects of one component, as people would write them. */
function objectsOf(app: JsonMap, component: JsonMap, revision: string): readonly JsonMap[] {
  const name = textAt(component, 'name');
  const [workload, ...others] = componentObjects(component);
  const [trait] = traitsNamed(component, 'kruise-rollout');
  const own = {
    'app.oam.dev/name': textAt(app, 'metadata', 'name'),
    'app.oam.dev/namespace': textAt(app, 'metadata', 'namespace'),
    'app.oam.dev/component': name,
    'app.oam.dev/appRevision': revision,
  };
  const labelled = (object: JsonMap, more: JsonMap, annotations: JsonMap = {}): JsonMap => ({
    ...object,
    metadata: {
      ...mapAt(object, 'metadata'),
      labels: { ...mapAt(object, 'metadata', 'labels'), ...mapAt(app, 'metadata', 'labels'), ...own, ...more },
      annotations: {
        ...mapAt(object, 'metadata', 'annotations'),
        ...mapAt(app, 'metadata', 'annotations'),
        ...annotations,
      },
    },
  });
  if (workload === undefined) return [];
  const kinds = { apiVersion: textAt(workload, 'apiVersion'), kind: textAt(workload, 'kind') };
  const made = [workload, ...others].map((object) => labelled(object, { 'app.oam.dev/resourceType': 'WORKLOAD' }));
  if (trait === undefined) return made;
  const { spec, annotations } = rolloutOf(name, kinds, mapAt(trait, 'properties'));
  const rollout = { apiVersion: 'rollouts.kruise.io/v1alpha1', kind: 'Rollout', metadata: { name }, spec };
  const more = { 'app.oam.dev/resourceType': 'TRAIT', 'trait.oam.dev/type': 'kruise-rollout' };
  return [...made, labelled(rollout, more, annotations)];
}

/** What an object of somebody else's is to KubeVela; null where it may write it. */
export function ownedByOther({ api }: Parts, app: Thing, manifest: Manifest): string | null {
  const { kind, namespace, name, title } = manifest;
  const there = api.get(kind, namespace, name);
  const owner = there === undefined ? app.metadata.name : labelOf(there, 'app.oam.dev/name');
  if (owner === '') return `${title} exists but not managed by any application now`;
  return owner === app.metadata.name
    ? null
    : `existing object ${title} is managed by other application ${namespace}/${owner}`;
}
