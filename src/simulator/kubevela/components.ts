import { type Json, type JsonMap, listAt, mapAt, mapOf, numberAt, textAt } from '../api/json.ts';
import { asMap, type Thing } from '../api/things.ts';
import { traitsNamed } from './trait.ts';

/**
 * The objects of a component, the workload first. `k8s-objects` brings them. Any other type makes a Deployment with one container
 * of the component's image, which is what the definition in the recordings does.
 */
export function componentObjects(component: JsonMap): readonly JsonMap[] {
  const { properties = {} } = component;
  if (textAt(component, 'type') === 'k8s-objects') return listAt(properties, 'objects').map((object) => mapOf(object));
  return [deployment(textAt(component, 'name'), properties, traitsNamed(component, 'scaler')[0])];
}

function deployment(name: string, properties: Json, scaler: Json | undefined): JsonMap {
  const labels = { 'app.oam.dev/component': name };
  const replicas = numberAt(scaler, 'properties', 'replicas') || numberAt(properties, 'replicas') || 1;
  const annotations = mapAt(properties, 'annotations');
  const env = listAt(properties, 'env');
  const container = { name, image: textAt(properties, 'image'), ...(env.length === 0 ? {} : { env }) };
  const template = {
    metadata: { labels, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: { containers: [container] },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

/** KubeVela's own types whose definitions say when the Deployment is healthy. Components with objects of their own always are. */
const judged: readonly string[] = ['webservice', 'worker'];

/** Whether a component is healthy by its definition, its trait aside. */
export function isHealthy(component: JsonMap, workload: Thing | undefined): boolean {
  if (!judged.includes(textAt(component, 'type'))) return true;
  if (workload === undefined) return false;
  const object = asMap(workload);
  const size = numberAt(object, 'spec', 'replicas');
  const counts = ['replicas', 'readyReplicas', 'updatedReplicas'].map((count) => numberAt(object, 'status', count));
  const isSeen = numberAt(object, 'status', 'observedGeneration') >= (workload.metadata.generation ?? 0);
  return isSeen && counts.every((count) => count === size);
}
