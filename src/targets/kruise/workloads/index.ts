import type { Delivery, Style } from '../../../release/delivery.ts';
import { groupOf, isOf } from '../../../release/kinds.ts';
import { cloneSet } from './clone-set.ts';
import { advancedDaemonSet } from './daemon-set.ts';
import { deployment } from './deployment.ts';
import type { WorkloadKind } from './kind.ts';
import { advancedStatefulSet, statefulSet } from './stateful-set.ts';

/** Every kind of workload that can be released, one row each. */
export const workloadKindRows: readonly WorkloadKind[] = [
  deployment,
  statefulSet,
  cloneSet,
  advancedStatefulSet,
  advancedDaemonSet,
];

/** The row for a delivery's workload. Throws for a kind that the config refuses. */
export function workloadKind({ workload }: Pick<Delivery, 'workload'>): WorkloadKind {
  const found = kindNamed(workload.kind);
  if (found === null) throw new Error(`no workload kind is called ${workload.kind}`);
  return found;
}

/** The styles in which a kind can be released. */
export function stylesOf({ styles }: WorkloadKind): readonly Style[] {
  const all: readonly Style[] = ['partition', 'canary', 'blueGreen'];
  return all.filter((style) => styles[style] === null);
}

/** The names of the kinds in the config. */
export const kindNames: readonly string[] = workloadKindRows.map(({ name }) => name);

export function kindNamed(name: string): WorkloadKind | null {
  return workloadKindRows.find((row) => row.name === name) ?? null;
}

/** The row for the kind of an object or a reference (`apiVersion`, `kind`); null when there is none. */
export function kindOf(object: unknown): WorkloadKind | null {
  return workloadKindRows.find(({ kind }) => isOf(kind, object)) ?? null;
}

/** The kind as an argument of kubectl: `deployment`. The API group is added when another group has a kind of the same name. */
export function kubectlName({ workload }: Pick<Delivery, 'workload'>): string {
  const { kind } = workloadKind({ workload });
  const group = groupOf(kind);
  return group === 'apps' ? kind.kind.toLowerCase() : `${kind.plural}.${group}`;
}
