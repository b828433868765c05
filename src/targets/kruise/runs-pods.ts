import type { RunsPods } from '../../release/beside-workloads.ts';
import { isObject, type Json, type JsonObject, listAt, objectAt, stringAt } from '../../release/json.ts';
import { groupOf } from '../../release/kinds.ts';
import type { KubeObject } from '../../release/ports.ts';
import { titleOf } from './manifests.ts';
import { kindOf } from './workloads/index.ts';

/**
 * What an object of a source runs; null when it runs no pod. Not only kinds that are known: whatever has a pod template anywhere in
 * its spec runs pods, such as a ReplicaSet, a UnitedDeployment, a Service of Knative or a Rollout of Argo. An Application of KubeVela
 * runs what its components say. What an operator makes of other words (`replicas: 3` of a database) can't be recognised.
 */
export function runsPods(object: KubeObject): RunsPods | null {
  const template = templateIn(object);
  if (template === null) return null;
  const title = titleOf(object);
  const inConfig = kindOf(object)?.name;
  const name = stringAt(object, 'metadata', 'name') ?? '?';
  return {
    title,
    names: inConfig === undefined ? [title] : [title, `${inConfig}/${name}`],
    runs: /(Job|Task|Workflow)$/.test(stringAt(object, 'kind') ?? '') ? 'once' : 'always',
    template,
  };
}

function templateIn(object: KubeObject): Json | null {
  const spec = objectAt(object, 'spec');
  const kind = stringAt(object, 'kind');
  if (kind === 'Application' && groupOf(object) === 'core.oam.dev') return [...listAt(spec, 'components')];
  const own = isPodSpec(spec) ? [{ labels: objectAt(object, 'metadata', 'labels'), spec: podSpec(spec) }] : [];
  const found = [...own, ...templatesBelow(spec)];
  return found.length === 0 ? null : found;
}

/** Every pod template below a value, in the order of its keys. */
function templatesBelow(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value.flatMap(templatesBelow);
  if (!isObject(value)) return [];
  return Object.keys(value)
    .sort()
    .flatMap((key): readonly Json[] => {
      const inner = value[key] ?? null;
      if (isObject(inner) && isPodSpec(inner['spec'])) return [inner];
      return templatesBelow(inner);
    });
}

function isPodSpec(value: unknown): boolean {
  return listAt(value, 'containers').some((one) => stringAt(one, 'image') !== null);
}

/** The spec of a Pod without what the scheduler writes into it. */
function podSpec(spec: JsonObject): JsonObject {
  const { nodeName: _node, ...rest } = spec;
  return rest;
}
