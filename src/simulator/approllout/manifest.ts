import { type JsonMap, listAt, mapAt, mapOf, numberAt, textAt } from '../api/json.ts';
import { kindFor } from '../api/kinds.ts';
import { asMap, labelOf, type Thing } from '../api/things.ts';
import { PassFailed } from '../controllers.ts';
import type { VelaVersion } from './types.ts';

/** A workload as a revision makes it: the model's name of its kind, and the manifest with its name. */
export interface Made {
  readonly kind: string;
  readonly name: string;
  readonly manifest: JsonMap;
}

/** The label of an Application's objects that names their component. */
export const COMPONENT_LABEL = 'app.oam.dev/component';
export const APP_LABEL = 'app.oam.dev/name';
export const REVISION_LABEL = 'app.oam.dev/appRevision';
/** Annotation with any value but an empty one: the Application makes revisions, and no workload. */
export const TEMPLATE_ANNOTATION = 'app.oam.dev/rollout-template';
/** KubeVela copies every other annotation of an Application to its workloads. */
const notCopied: readonly string[] = [TEMPLATE_ANNOTATION, 'app.oam.dev/rolling-components'];

/** The types of components in the recordings. Any other type makes a Deployment with one container. */
const kindsOfTypes: Readonly<Record<string, readonly [apiVersion: string, kind: string]>> = {
  clone: ['apps.kruise.io/v1alpha1', 'CloneSet'],
  sts: ['apps/v1', 'StatefulSet'],
};

/** The workload that a component makes by itself: named like the component, with the size of its properties. */
export function workloadOf(component: JsonMap): JsonMap {
  const name = textAt(component, 'name');
  const properties = mapAt(component, 'properties');
  if (textAt(component, 'type') === 'raw') return named(properties, name);
  const [apiVersion, kind] = kindsOfTypes[textAt(component, 'type')] ?? ['apps/v1', 'Deployment'];
  const labels = { [COMPONENT_LABEL]: name };
  const size = numberAt(properties, 'replicas');
  return {
    apiVersion,
    kind,
    metadata: { name },
    spec: {
      ...(size === 0 ? {} : { replicas: size }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image: textAt(properties, 'image') }] } },
    },
  };
}

/**
 * The workload of a component as a rollout applies it: paused, and a Deployment with the name of the component's revision.
 * `live`: the size of the workload that is there, or null when there is none. Throws PassFailed.
 */
export function rolledWorkload(
  revision: Thing,
  component: string,
  version: VelaVersion,
  live: (kind: string, name: string) => number | null,
): Made {
  const found = componentIn(revision, component);
  if (found === null) throw new PassFailed(`revision ${revision.metadata.name} has no component ${component}`);
  const bare = workloadOf(found);
  const info = kindFor(textAt(bare, 'apiVersion'), textAt(bare, 'kind'));
  if (info === undefined) throw new PassFailed(`no kind ${textAt(bare, 'kind')}`);
  // The name of the component's revision is lost in v1.1.13, and a Deployment then has no name at all.
  const componentRevision = version === 'v1.1.13' ? '' : componentRevisionIn(revision, component);
  const inPlace = info.id === 'CloneSet' || info.id === 'StatefulSet';
  const name = inPlace ? component : componentRevision;
  if (name === '') throw new PassFailed('resource name may not be empty');
  const labels = {
    ...revision.metadata.labels,
    [REVISION_LABEL]: revision.metadata.name,
    [COMPONENT_LABEL]: component,
    'app.oam.dev/revision': componentRevision,
    'app.oam.dev/resourceType': 'WORKLOAD',
    'workload.oam.dev/type': textAt(found, 'type'),
  };
  return {
    kind: info.id,
    name,
    manifest: {
      ...bare,
      metadata: {
        ...mapAt(bare, 'metadata'),
        name,
        labels: { ...mapAt(bare, 'metadata', 'labels'), ...labels },
        annotations: { ...mapAt(bare, 'metadata', 'annotations'), ...copiedAnnotations(revision) },
      },
      spec: { ...mapAt(bare, 'spec'), replicas: live(info.id, name) ?? 0, ...pausedSpec(info.id, bare) },
    },
  };
}

/** A StatefulSet has no pause: its new template begins to roll before the rollout sets the partition. */
function pausedSpec(kind: string, bare: JsonMap): JsonMap {
  if (kind === 'Deployment') return { paused: true };
  return kind === 'CloneSet' ? { updateStrategy: { ...mapAt(bare, 'spec', 'updateStrategy'), paused: true } } : {};
}

export function componentsIn(revision: Thing): readonly JsonMap[] {
  return listAt(asMap(revision), 'spec', 'application', 'spec', 'components').map((one) => mapOf(one));
}

export function componentIn(revision: Thing, name: string): JsonMap | null {
  return componentsIn(revision).find((one) => textAt(one, 'name') === name) ?? null;
}

/** The name of a component's own revision. KubeVela keeps it elsewhere. */
export function componentRevisionIn(revision: Thing, name: string): string {
  return textAt(asMap(revision), 'spec', 'componentRevisions', name);
}

/** The annotations that KubeVela copies from an Application, by way of its revision, to a workload. */
export function copiedAnnotations(revision: Thing): JsonMap {
  return Object.fromEntries(
    Object.entries(revision.metadata.annotations ?? {}).filter(([key]) => !notCopied.includes(key)),
  );
}

/** Whether an object belongs to a component of an Application. */
export function isOfComponent(object: Thing, app: string, component: string): boolean {
  return labelOf(object, APP_LABEL) === app && labelOf(object, COMPONENT_LABEL) === component;
}

function named(object: JsonMap, name: string): JsonMap {
  return { ...object, metadata: { ...mapAt(object, 'metadata'), name } };
}
