import type { Delivery } from '../../release/delivery.ts';
import { type Json, listAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { podTemplateHash, subStatusOf } from './observe.ts';
import { workloadKind } from './workloads/index.ts';
import type { Revisions } from './workloads/kind.ts';

/** The template that the engine calls stable; null when the status names none, or the workload no longer keeps it. */
export function stableTemplate(
  delivery: Delivery,
  {
    rollout,
    written: workload,
    revisions,
  }: Record<'rollout' | 'written', KubeObject> & {
    readonly revisions: readonly KubeObject[];
  },
): Json | null {
  const name = stringAt(rollout, 'status', subStatusOf(rollout), 'stableRevision');
  return name === null ? null : named(workloadKind(delivery).revisions, ownedBy(workload, revisions), name);
}

/** The template with that hash, else of that revision; null when the workload keeps neither any more. */
export function keptTemplate(
  delivery: Pick<Delivery, 'workload'>,
  { written: workload, revisions }: { readonly written: KubeObject; readonly revisions: readonly KubeObject[] },
  { template, revision }: { readonly template: string | null; readonly revision: string | null },
): Json | null {
  const keeper = workloadKind(delivery).revisions;
  const own = ownedBy(workload, revisions);
  if (template !== null) {
    const found = own.map(keeper.templateIn).find((one) => podTemplateHash({ spec: { template: one } }) === template);
    if (found !== undefined) return found;
  }
  return revision === null ? null : named(keeper, own, revision);
}

function ownedBy(workload: KubeObject, revisions: readonly KubeObject[]): readonly KubeObject[] {
  const uid = stringAt(workload, 'metadata', 'uid');
  return revisions.filter((one) =>
    listAt(one, 'metadata', 'ownerReferences').some((owner) => stringAt(owner, 'uid') === uid),
  );
}

function named({ nameOf, templateIn }: Revisions, own: readonly KubeObject[], name: string): Json | null {
  const found = own.find((one) => nameOf(one) === name);
  return found === undefined ? null : templateIn(found);
}
