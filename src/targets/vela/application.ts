import { createHash } from 'node:crypto';
import type { Delivery } from '../../release/delivery.ts';
import type { InSource } from '../../release/imported.ts';
import {
  at,
  canonical,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  objectAt,
  same,
  stringAt,
} from '../../release/json.ts';
import { isOf } from '../../release/kinds.ts';
import { type Mark, markPatch } from '../../release/owner.ts';
import { annotationPath, pointer } from '../../release/pointers.ts';
import type { JsonPatch, Kind, KubeObject } from '../../release/ports.ts';
import type { CarrierKind } from '../../release/target.ts';
import { annotated } from '../kruise/index.ts';
import { ID_KEY } from '../kruise/keys.ts';
import { APPLICATION, PUBLISH_VERSION, TRAIT } from './keys.ts';
import { componentIn, componentsOf, OBJECTS, traitsOf } from './source.ts';
import { traitOf } from './trait.ts';

/** What makes an Application the one of a delivery: a component that is named like the workload. */
type OfWorkload = Pick<Delivery, 'workload'>;

/** Applications are the carriers: KubeVela makes Rollout and workload of them. */
export const carrier: CarrierKind = {
  kind: APPLICATION,
  isOf: (delivery, object) => isOf(APPLICATION, object) && componentIn(delivery, object) !== null,
  manager: 'kubevela',
  makesPlan: true,
  isAsMade(application, revisions) {
    const name = stringAt(application, 'status', 'latestRevision', 'name');
    const made = revisions.find((revision) => stringAt(revision, 'metadata', 'name') === name);
    return made !== undefined && same(at(made, 'spec', 'application', 'spec'), at(application, 'spec'));
  },
};

/** KubeVela's copies of each Application that it has rendered, ten by default. */
export const APPLICATION_REVISION: Kind = {
  apiVersion: APPLICATION.apiVersion,
  kind: 'ApplicationRevision',
  plural: 'applicationrevisions',
  namespaced: true,
};

/** The component of the delivery without the trait that stepgate writes: what makes a release another version. */
export function templateOf(delivery: OfWorkload, application: Json): Json {
  const component = componentIn(delivery, application);
  if (component === null) return {};
  const { traits: _traits, ...rest } = component;
  const traits = otherTraits(component);
  return traits.length === 0 ? rest : { ...rest, traits };
}

function otherTraits(component: JsonObject): readonly Json[] {
  return traitsOf(component).filter((trait) => stringAt(trait, 'type') !== TRAIT);
}

/** SHA-256 of that part. */
export function templateHash(delivery: OfWorkload, application: Json): string {
  return createHash('sha256')
    .update(canonical(templateOf(delivery, application)))
    .digest('hex');
}

/** How an Application is recognised in a repository: by its component. The plan is its trait. */
export function inSource(delivery: OfWorkload): InSource {
  const isIts = (object: KubeObject) => carrier.isOf(delivery, object);
  const hasTrait = (trait: Json) => stringAt(trait, 'type') === TRAIT;
  return {
    title: `Application with the component ${delivery.workload.name}`,
    plan: `trait ${TRAIT}`,
    isIts,
    mayBecome: isIts,
    hasPlan: (object) => isIts(object) && traitsOf(componentIn(delivery, object) ?? {}).some(hasTrait),
  };
}

/** An Application with one more annotation of the pods that its component makes; null for any other object. */
export function withPodAnnotation(
  delivery: Delivery,
  object: KubeObject,
  key: string,
  value: string,
): KubeObject | null {
  const own = carrier.isOf(delivery, object) ? componentIn(delivery, object) : null;
  if (own === null) return null;
  const component = { ...own, properties: marked(own, key, value) };
  const components = componentsOf(object).map((one) => (one === own ? component : one));
  return { ...object, spec: { ...objectAt(object, 'spec'), components } };
}

/** A component that brings its objects has the workload first; others take annotations of the pods among their properties. */
function marked(component: JsonObject, key: string, value: string): JsonObject {
  const properties = objectAt(component, 'properties');
  if (stringAt(component, 'type') !== OBJECTS)
    return { ...properties, annotations: { ...objectAt(properties, 'annotations'), [key]: value } };
  const [workload, ...rest] = listAt(properties, 'objects');
  return { ...properties, objects: [annotated(objectAt({ workload }, 'workload'), key, value), ...rest] };
}

/** The object with the id of a release as its label. */
function withId(object: KubeObject, id: string): KubeObject {
  const metadata = objectAt(object, 'metadata');
  return { ...object, metadata: { ...metadata, labels: { ...objectAt(metadata, 'labels'), [ID_KEY]: id } } };
}

/**
 * The Application under the id of a release, with a publishVersion that was never used: KubeVela renders an edit only under another
 * one, and refuses one of before while a release is under way. What is live already keeps its own.
 */
export function named(application: KubeObject, id: string, live: KubeObject | null): KubeObject {
  const labelled = withId(application, id);
  const metadata = objectAt(labelled, 'metadata');
  const annotations = { ...objectAt(metadata, 'annotations'), [PUBLISH_VERSION]: versionFor(application, id, live) };
  return { ...labelled, metadata: { ...metadata, annotations } };
}

function versionFor(application: KubeObject, id: string, live: KubeObject | null): string {
  const spec = objectAt(application, 'spec');
  // KubeVela copies the id to the workload only under a new publishVersion. Where somebody has edited it, the old one does not do.
  const before = live === null || carriedBy(live) !== id || idOf(live) !== id ? null : publishedAs(live);
  return before !== null && same(spec, objectAt(live ?? {}, 'spec')) ? before : publishVersion(id, spec, live);
}

/**
 * A name that changes with the content, and with what is written over: somebody may have put back what was live before, under its
 * name of before. Each edit moves the generation. KubeVela names objects after it.
 */
function publishVersion(id: string, spec: JsonObject, live: KubeObject | null): string {
  const over = live === null ? {} : { generation: at(live, 'metadata', 'generation') ?? null };
  const before = live === null ? null : publishedAs(live);
  const hash = createHash('sha256').update(canonical({ spec, before, ...over }));
  return `${id}.${hash.digest('hex').slice(0, 8)}`;
}

/** The id of a release in the label of an Application, or of what is made of it; null when it has none. */
export function idOf(object: KubeObject): string | null {
  return stringAt(object, 'metadata', 'labels', ID_KEY);
}

/**
 * The id of the release that an Application carries; null when it has none. KubeVela renders no label that is edited alone, so that
 * of the publishVersion counts, where stepgate gave it.
 */
export function carriedBy(application: KubeObject): string | null {
  const [, named = null] = /^(.+)\.[0-9a-f]{8}$/.exec(publishedAs(application) ?? '') ?? [];
  return named ?? idOf(application);
}

/** The publishVersion of an Application, or of what is made of it; null when it has none. */
export function publishedAs(object: KubeObject): string | null {
  return stringAt(object, 'metadata', 'annotations', PUBLISH_VERSION);
}

/**
 * An Application's spec without the steps of the delivery. A rollback puts all of it back: KubeVela writes no component while another
 * one can't be made, and the next release writes the whole Application too.
 */
export function restorableOf(delivery: OfWorkload, application: Json): Json {
  const own = componentIn(delivery, application);
  const components = componentsOf(application).map((component) =>
    component === own ? templateOf(delivery, application) : component,
  );
  return { ...objectAt(application, 'spec'), components };
}

/**
 * Puts the spec of an Application back, with the steps that the live one has. Where somebody has taken them out, they are those of the
 * plan: without the trait KubeVela removes the Rollout, and the record with it.
 */
export function revertPatch(delivery: Delivery, live: KubeObject, restorable: Json, id: string): JsonPatch {
  const kept = traitsOf(componentIn(delivery, live) ?? {}).filter((trait) => stringAt(trait, 'type') === TRAIT);
  const gate = kept.length === 0 ? [traitOf(delivery)] : kept;
  const components = componentsOf({ spec: restorable }).map((component) =>
    stringAt(component, 'name') === delivery.workload.name
      ? { ...component, traits: [...traitsOf(component), ...gate] }
      : component,
  );
  const spec = { ...objectAt({ restorable }, 'restorable'), components };
  const place = (key: 'labels' | 'annotations'): JsonPatch =>
    isObject(at(live, 'metadata', key)) ? [] : [{ op: 'add', path: `/metadata/${key}`, value: {} }];
  const idPath = `/metadata/labels/${pointer(ID_KEY)}`;
  return [
    { op: 'test', path: '/metadata/uid', value: stringAt(live, 'metadata', 'uid') },
    // Each look of KubeVela at the Application moves its resourceVersion. An edit moves one of these.
    { op: 'test', path: '/metadata/generation', value: at(live, 'metadata', 'generation') },
    ...place('labels'),
    ...place('annotations'),
    { op: 'test', path: idPath, value: idOf(live) },
    { op: 'test', path: annotationPath(PUBLISH_VERSION), value: publishedAs(live) },
    { op: 'replace', path: '/spec', value: spec },
    { op: 'add', path: idPath, value: id },
    { op: 'add', path: annotationPath(PUBLISH_VERSION), value: publishVersion(id, spec, live) },
  ];
}

/**
 * Changes whose an Application is. KubeVela copies its annotations to what it makes of it when it renders it, and puts them back later:
 * so it renders it once more, under a publishVersion of the same release.
 */
export function remarkPatch(live: KubeObject, next: Mark): JsonPatch {
  const [id, published] = [carriedBy(live), publishedAs(live)];
  const path = annotationPath(PUBLISH_VERSION);
  return [
    { op: 'test', path: '/metadata/uid', value: stringAt(live, 'metadata', 'uid') },
    { op: 'test', path: '/metadata/generation', value: at(live, 'metadata', 'generation') },
    ...markPatch(live, next),
    ...(id === null || published === null
      ? []
      : ([
          { op: 'test', path, value: published },
          { op: 'replace', path, value: publishVersion(id, objectAt(live, 'spec'), live) },
        ] as const)),
  ];
}

/** The newest Application with that template, from KubeVela's own copies; null when it keeps none any more. */
export function keptTemplate(
  delivery: OfWorkload,
  { revisions }: { readonly revisions: readonly KubeObject[] },
  { template }: { readonly template: string | null },
): Json | null {
  const [newest] = revisions
    .filter((revision) => templateHash(delivery, at(revision, 'spec', 'application') ?? {}) === template)
    .sort((left, right) => numberIn(right) - numberIn(left));
  return newest === undefined ? null : restorableOf(delivery, at(newest, 'spec', 'application') ?? {});
}

/** KubeVela counts the revisions of an Application. */
function numberIn(revision: KubeObject): number {
  return Number(/-v(\d+)$/.exec(stringAt(revision, 'metadata', 'name') ?? '')?.[1] ?? 0);
}

/** The Applications' names in the labels of what KubeVela makes of them. */
export const NAME_LABEL = 'app.oam.dev/name';
export const NAMESPACE_LABEL = 'app.oam.dev/namespace';

/** The labels without which KubeVela does not take over an object that is there already. */
export function labelsFor(application: KubeObject, namespace: string): JsonObject {
  return { [NAME_LABEL]: stringAt(application, 'metadata', 'name') ?? '', [NAMESPACE_LABEL]: namespace };
}

/** Whether KubeVela makes an object, or will. */
export function isMade(object: KubeObject): boolean {
  return stringAt(object, 'metadata', 'labels', NAME_LABEL) !== null;
}
