import type { Style } from '../../release/delivery.ts';
import type { PlannedStep, PlanProblem } from '../../release/target.ts';
import { kindNamed, kindNames, stylesOf } from './workloads/index.ts';

/** The engine's default of `--partition-percent-limit`; a cluster may allow more, and nothing says so. */
export const PARTITION_TRAFFIC_LIMIT = 50;

/** What the engine's webhook denies of a plan, whatever workload it is for. */
export function check(style: Style, steps: readonly PlannedStep[]): readonly PlanProblem[] {
  return steps.flatMap((step, index) => {
    const { replicas, traffic, isRouted } = step;
    const before = steps[index - 1]?.replicas ?? null;
    const problems: PlanProblem[] = [];
    if (replicas !== null && before?.unit === replicas.unit && replicas.value < before.value) {
      const says = `is less than the step before (${before.value}), which the engine denies`;
      problems.push({ step: index, key: 'replicas', says, hint: 'steps only grow; going back is what rollback does' });
    }
    if (style === 'partition' && isRouted && replicas?.unit === 'percent' && replicas.value > PARTITION_TRAFFIC_LIMIT) {
      const says = `is ${replicas.value}% with traffic, and the engine denies more than ${PARTITION_TRAFFIC_LIMIT}% in partition style`;
      const hint = 'leave traffic out of this step, or use the canary style';
      problems.push({ step: index, key: 'replicas', says, hint });
    }
    if (traffic === 0 && style !== 'blueGreen') {
      const says = `is 0%, which the engine denies in ${style} style`;
      problems.push({ step: index, key: 'traffic', says, hint: 'write at least 1%, or leave it out' });
    }
    return problems;
  });
}

/** Why a kind of workload is not released in a style, said of its kind; null where it is. */
export function refusesStyle(kind: string, style: Style): { readonly says: string; readonly hint: string } | null {
  const row = kindNamed(kind);
  const why = row === null ? null : row.styles[style];
  if (row === null || why === null) return null;
  return {
    says: `is ${kind}, and the strategy is ${style}: ${why}`,
    hint: `write strategy: ${stylesOf(row).join(' or ')}, or use a plan that does`,
  };
}

/** The kinds of workload that are released. */
export const workloadKinds = kindNames;

/** Kinds that somebody may name and that are not released, each with what is released instead. */
export const laterWorkloadKinds: Readonly<Record<string, string>> = {
  DaemonSet: `the engine takes none of Kubernetes' own (v0.6.2); released are ${kindNames.join(', ')}`,
};
