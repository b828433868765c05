import {
  isObject,
  type Json,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  stringAt,
  without,
} from '../../../release/json.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { DEPLOYMENT, OLD_ROLLOUT, ROLLING_STYLE_ANNOTATION, ROLLOUT, TRAFFIC_ROUTING_ANNOTATION } from '../keys.ts';

/** A part of a v1alpha1 manifest that the server drops, or that it keeps and the engine never reads. */
export interface Dropped {
  readonly path: readonly (string | number)[];
  readonly found: Json;
}

/** The Rollout as the server stores it, in v1beta1, and the parts of a v1alpha1 manifest that the conversion loses. */
export interface Stored {
  readonly rollout: KubeObject;
  readonly dropped: readonly Dropped[];
}

export function isOldVersion(rollout: KubeObject): boolean {
  return stringAt(rollout, 'apiVersion') === OLD_ROLLOUT.apiVersion;
}

/** Converts a manifest as the conversion webhook does (docs/engine.md#old-manifests). A v1beta1 Rollout stays as it is. */
export function storedForm(rollout: KubeObject): Stored {
  if (!isOldVersion(rollout)) return { rollout, dropped: [] };
  const ref = stringAt(rollout, 'metadata', 'annotations', TRAFFIC_ROUTING_ANNOTATION) ?? '';
  return converted(rollout, {
    ...(isPartition(rollout) ? {} : { enableExtraWorkloadForCanary: true }),
    ...(ref === '' ? {} : { trafficRoutingRef: ref }),
  });
}

/**
 * A live Rollout of a cluster that serves only v1alpha1, in the shape of v1beta1. Its engine has no conversion webhook: only a
 * Deployment has the extra workload by default, and the annotation is all there is of a TrafficRouting.
 */
export function readForm(rollout: KubeObject): KubeObject {
  const isDeployment = stringAt(rollout, 'spec', 'objectRef', 'workloadRef', 'kind') === DEPLOYMENT.kind;
  const extra = isDeployment && !isPartition(rollout);
  return converted(rollout, extra ? { enableExtraWorkloadForCanary: true } : {}).rollout;
}

function isPartition(rollout: KubeObject): boolean {
  const style = stringAt(rollout, 'metadata', 'annotations', ROLLING_STYLE_ANNOTATION);
  return style?.toLowerCase() === 'partition';
}

/** The Rollout in v1beta1. `byAnnotations`: the fields of the block that are annotations in v1alpha1. */
function converted(rollout: KubeObject, byAnnotations: JsonObject): Stored {
  const dropped: Dropped[] = [];
  const spec = objectAt(rollout, 'spec');
  const strategy = objectAt(spec, 'strategy');
  const canary = objectAt(strategy, 'canary');
  const metadata = objectAt(rollout, 'metadata');
  const rest = (value: JsonObject, known: readonly string[], path: Dropped['path']) => {
    for (const [key, found] of Object.entries(without(value, known))) dropped.push({ path: [...path, key], found });
  };
  const inCanary = ['spec', 'strategy', 'canary'];
  rest(spec, ['objectRef', 'strategy', 'disabled'], ['spec']);
  rest(strategy, ['paused', 'canary'], ['spec', 'strategy']);
  rest(canary, [...kept, 'steps', 'trafficRoutings'], inCanary);
  const steps = listAt(canary, 'steps').map((step, index) => {
    const path = [...inCanary, 'steps', index];
    const weight = numberAt(step, 'weight') === null ? [] : ['weight'];
    rest(objectAt({ step }, 'step'), [...weight, ...keptOfStep, 'matches'], path);
    for (const [number, match] of listAt(step, 'matches').entries()) {
      rest(objectAt({ match }, 'match'), ['headers'], [...path, 'matches', number]);
    }
    return stepOf(step);
  });
  const block = { ...only(canary, [...kept, 'trafficRoutings']), steps, ...byAnnotations };
  return {
    rollout: {
      ...rollout,
      apiVersion: ROLLOUT.apiVersion,
      metadata: {
        ...metadata,
        annotations: without(objectAt(metadata, 'annotations'), [ROLLING_STYLE_ANNOTATION]),
      },
      spec: {
        workloadRef: objectAt(spec, 'objectRef', 'workloadRef'),
        ...only(spec, ['disabled']),
        strategy: {
          ...only(strategy, ['paused']),
          ...(isObject(strategy['canary']) ? { canary: block } : {}),
        },
      },
    },
    dropped,
  };
}

/** Fields with the same name and meaning in both versions. */
const kept = ['failureThreshold', 'patchPodTemplateMetadata'];
const keptOfStep = ['replicas', 'pause', 'requestHeaderModifier'];

function stepOf(step: Json): JsonObject {
  const weight = numberAt(step, 'weight');
  const percent = weight === null ? {} : { traffic: `${weight}%` };
  const matches = listAt(step, 'matches').map((match) => only(objectAt({ match }, 'match'), ['headers']));
  return {
    // When a step has no replicas, its weight is also the percentage of pods.
    ...(weight === null ? {} : { replicas: `${weight}%` }),
    ...only(objectAt({ step }, 'step'), keptOfStep),
    ...percent,
    ...(matches.length === 0 ? {} : { matches }),
  };
}

function only(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}
