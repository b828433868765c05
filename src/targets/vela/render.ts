import type { Delivery } from '../../release/delivery.ts';
import { digestOf, releaseId } from '../../release/identity.ts';
import { type JsonObject, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Rendered } from '../../release/target.ts';
import { DELIVERY_ANNOTATION, ID_KEY } from '../kruise/keys.ts';
import { toYaml, withoutEngineKeys, yamlStream } from '../kruise/render.ts';
import { workloadKind } from '../kruise/workloads/index.ts';
import { labelsFor, named } from './application.ts';
import { GATED_LABEL, SKIP_RESUME } from './keys.ts';
import { componentsOf, OBJECTS, sortSource, traitsOf } from './source.ts';
import { rolloutOf, traitOf } from './trait.ts';

/**
 * Renders a commit's manifests for the cluster: the Application with the trait, with a publishVersion of the release, and with the
 * labels that KubeVela copies to workload and Rollout (docs/kubevela.md#what-stepgate-writes). The digest is that of the component
 * as it is in the source, because only KubeVela knows the pod template. Throws SOURCE_INVALID or ID_ANNOTATION.
 */
export function render(
  delivery: Delivery,
  commit: string,
  manifests: readonly KubeObject[],
  attempt: number,
): Rendered {
  const { application, component, before, idleOnly } = sortSource(delivery, manifests);
  const digest = digestOf(component);
  const release = { id: releaseId(commit, digest, attempt), commit, digest };
  return {
    rollout: takenOver(rolloutOf(delivery), application),
    workload: expectedWorkload(delivery, component, release.id),
    settings: null,
    carrier: named(withTrait(delivery, application), release.id, null),
    before,
    idleOnly,
    release,
  };
}

/** The rendering as one YAML stream: what the Application reads, the Application, the routes. Equal renderings give equal bytes. */
export function renderYaml(rendered: Rendered): string {
  const { before, carrier, idleOnly } = rendered;
  return yamlStream(rendered, [...before, ...(carrier === null ? [] : [carrier]), ...idleOnly].map(toYaml));
}

/**
 * The Rollout with the labels by which KubeVela takes it over: stepgate makes it first, because it has the record. `vela workflow
 * resume` then leaves its steps alone.
 */
function takenOver(rollout: KubeObject, application: KubeObject): KubeObject {
  const metadata = objectAt(rollout, 'metadata');
  const namespace = stringAt(metadata, 'namespace') ?? '';
  const annotations = { ...objectAt(metadata, 'annotations'), [SKIP_RESUME]: 'true' };
  return { ...rollout, metadata: { ...metadata, annotations, labels: labelsFor(application, namespace) } };
}

function withTrait(delivery: Delivery, application: KubeObject): KubeObject {
  const metadata = objectAt(application, 'metadata');
  const { name } = delivery.workload;
  return {
    ...application,
    metadata: {
      ...metadata,
      labels: { ...withoutEngineKeys(metadata['labels']), [GATED_LABEL]: 'true' },
      annotations: {
        ...withoutEngineKeys(metadata['annotations']),
        [DELIVERY_ANNOTATION]: delivery.name,
      },
    },
    spec: {
      ...objectAt(application, 'spec'),
      components: componentsOf(application).map((component) =>
        stringAt(component, 'name') === name
          ? { ...component, traits: [...traitsOf(component), traitOf(delivery)] }
          : component,
      ),
    },
  };
}

/**
 * The workload that is expected of KubeVela. A component that brings its objects says it whole. Of any other type only the size is
 * known, where the component has one in its properties or by a trait `scaler`: no finding is made about its pods.
 */
function expectedWorkload(delivery: Delivery, component: JsonObject, id: string): KubeObject {
  const { apiVersion, kind } = workloadKind(delivery).kind;
  const { name } = delivery.workload;
  const [own] = stringAt(component, 'type') === OBJECTS ? listAt(component, 'properties', 'objects') : [];
  const found = objectAt({ own }, 'own');
  const scaler = traitsOf(component).find((trait) => stringAt(trait, 'type') === 'scaler');
  const size =
    numberAt(scaler, 'properties', 'replicas') ??
    numberAt(component, 'properties', 'replicas') ??
    numberAt(found, 'spec', 'replicas');
  const metadata = objectAt(found, 'metadata');
  return {
    ...found,
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      name,
      namespace: delivery.namespace,
      labels: { ...withoutEngineKeys(metadata['labels']), [ID_KEY]: id },
    },
    spec: { ...objectAt(found, 'spec'), ...(size === null ? {} : { replicas: size }) },
  };
}
