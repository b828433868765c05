import type { Delivery } from '../../release/delivery.ts';
import { digestOf, releaseId } from '../../release/identity.ts';
import { type JsonObject, objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Rendered } from '../../release/target.ts';
import { DELIVERY_ANNOTATION } from '../kruise/keys.ts';
import { toYaml, withoutEngineKeys, yamlStream } from '../kruise/render.ts';
import { workloadKind } from '../kruise/workloads/index.ts';
import { templateOf } from '../vela/application.ts';
import { RELEASE_LABEL, TEMPLATE_ANNOTATION } from './keys.ts';
import { planOf, rolloutOf } from './plan.ts';
import { RAW, sortSource } from './source.ts';

/**
 * Renders a commit's manifests for the cluster: the Application, which only makes a revision, and the AppRollout without the names
 * of the two revisions, which only the cluster knows. The digest is that of the component. Throws SOURCE_INVALID or ID_ANNOTATION.
 */
export function render(
  delivery: Delivery,
  commit: string,
  manifests: readonly KubeObject[],
  attempt: number,
): Rendered {
  const { application, component, size, before, idleOnly } = sortSource(delivery, manifests);
  const digest = digestOf(templateOf(delivery, application));
  const release = { id: releaseId(commit, digest, attempt), commit, digest };
  const rollout = rolloutOf(delivery);
  const spec = { ...objectAt(rollout, 'spec'), rolloutPlan: planOf(delivery, size) };
  return {
    rollout: { ...rollout, spec },
    workload: expectedWorkload(delivery, component, { size, id: release.id }),
    settings: null,
    carrier: named(asTemplate(delivery, application), release.id),
    before,
    idleOnly,
    release,
  };
}

/** The object with the label of a release. */
export function named(object: KubeObject, id: string): KubeObject {
  const metadata = objectAt(object, 'metadata');
  return { ...object, metadata: { ...metadata, labels: { ...objectAt(metadata, 'labels'), [RELEASE_LABEL]: id } } };
}

/**
 * The rendering as one YAML stream: what the Application reads, the Application, the AppRollout, the routes. The AppRollout lacks the
 * revisions, and says so.
 */
export function renderYaml(rendered: Rendered): string {
  const { before, carrier, rollout, idleOnly } = rendered;
  return yamlStream(rendered, [
    ...before.map(toYaml),
    ...(carrier === null ? [] : [toYaml(carrier)]),
    `${INCOMPLETE}${toYaml(rollout)}`,
    ...idleOnly.map(toYaml),
  ]);
}

const INCOMPLETE = [
  '# Only the cluster knows two names of its spec:',
  '#   targetAppRevisionName: status.latestRevision.name of the Application, once KubeVela has seen this one',
  '#   sourceAppRevisionName: status.lastTargetAppRevision of the AppRollout before; left out in a first deploy',
  '',
].join('\n');

/** The Application with the annotation with which KubeVela makes revisions of it and no workload. */
function asTemplate(delivery: Delivery, application: KubeObject): KubeObject {
  const metadata = objectAt(application, 'metadata');
  return {
    ...application,
    metadata: {
      ...metadata,
      labels: withoutEngineKeys(metadata['labels']),
      annotations: {
        ...withoutEngineKeys(metadata['annotations']),
        [DELIVERY_ANNOTATION]: delivery.name,
        [TEMPLATE_ANNOTATION]: 'true',
      },
    },
  };
}

/** The workload that is expected of KubeVela. Of a component that brings no object only the size is known. */
function expectedWorkload(
  { workload, namespace }: Delivery,
  component: JsonObject,
  { size, id }: { readonly size: number; readonly id: string },
): KubeObject {
  const { apiVersion, kind } = workloadKind({ workload }).kind;
  const own = stringAt(component, 'type') === RAW ? objectAt(component, 'properties') : {};
  const metadata = { ...objectAt(own, 'metadata'), name: workload.name, namespace };
  const spec = { ...objectAt(own, 'spec'), replicas: size };
  return named({ ...own, apiVersion, kind, metadata, spec }, id);
}
