import { type Json, type JsonObject, listAt, objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { TEMPLATE_HASH_LABEL } from './keys.ts';
import { subStatusOf, templateHash } from './observe.ts';

/** The template that the engine calls stable (design 5.7); null where it knows none. */
export function stableTemplate(
  rollout: KubeObject,
  workload: KubeObject,
  replicaSets: readonly KubeObject[],
): Json | null {
  const revision = stringAt(rollout, 'status', subStatusOf(rollout), 'stableRevision');
  return revision === null ? null : byRevision(ownSets(workload, replicaSets), revision);
}

/** The template of that hash, else of that revision; null where the workload keeps neither any more. */
export function keptTemplate(
  workload: KubeObject,
  replicaSets: readonly KubeObject[],
  { template, revision }: { readonly template: string | null; readonly revision: string | null },
): Json | null {
  const own = ownSets(workload, replicaSets);
  if (template !== null) {
    const found = own.map(templateOf).find((one) => templateHash({ spec: { template: one } }) === template);
    if (found !== undefined) return found;
  }
  return revision === null ? null : byRevision(own, revision);
}

function ownSets(workload: KubeObject, replicaSets: readonly KubeObject[]): readonly KubeObject[] {
  const uid = stringAt(workload, 'metadata', 'uid');
  return replicaSets.filter((set) =>
    listAt(set, 'metadata', 'ownerReferences').some((owner) => stringAt(owner, 'uid') === uid),
  );
}

function byRevision(sets: readonly KubeObject[], revision: string): Json | null {
  const found = sets.find((set) => stringAt(set, 'metadata', 'labels', TEMPLATE_HASH_LABEL) === revision);
  return found === undefined ? null : templateOf(found);
}

/** A ReplicaSet's template without the hash that its controller adds. */
function templateOf(set: KubeObject): JsonObject {
  const template = objectAt(set, 'spec', 'template');
  const metadata = objectAt(template, 'metadata');
  const { [TEMPLATE_HASH_LABEL]: _, ...labels } = objectAt(metadata, 'labels');
  return { ...template, metadata: { ...metadata, labels } };
}
