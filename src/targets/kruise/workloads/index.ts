import type { Delivery } from '../../../release/delivery.ts';
import { deployment } from './deployment.ts';
import type { WorkloadKind } from './kind.ts';
import { statefulSet } from './stateful-set.ts';

/** Every kind of workload that is released, a row each. */
const rows: readonly WorkloadKind[] = [deployment, statefulSet];

/** The row of a delivery's workload. Throws for a kind that the config would have refused. */
export function workloadKind({ workload }: Pick<Delivery, 'workload'>): WorkloadKind {
  const found = kindNamed(workload.kind);
  if (found === null) throw new Error(`no workload kind is called ${workload.kind}`);
  return found;
}

/** The names of the kinds, as the config writes them. */
export const kindNames: readonly string[] = rows.map(({ kind }) => kind.kind);

export function kindNamed(name: string | null): WorkloadKind | null {
  return rows.find(({ kind }) => kind.kind === name) ?? null;
}
