import { formatAmount, type Style } from '../../release/delivery.ts';
import type { PlannedStep, PlanProblem } from '../../release/target.ts';
import { kindNamed, kindNames, stylesOf } from './workloads/index.ts';

/** The engine's default of `--partition-percent-limit`. A cluster may allow more, but that can't be read. */
export const PARTITION_TRAFFIC_LIMIT = 50;

/** The problems of a plan that the engine's webhook denies for every kind of workload. */
export function check(style: Style, steps: readonly PlannedStep[]): readonly PlanProblem[] {
  return steps.flatMap((step, index) => {
    const { replicas, traffic, isRouted } = step;
    const before = steps[index - 1]?.replicas ?? null;
    const problems: PlanProblem[] = [];
    if (replicas !== null && before?.unit === replicas.unit && replicas.value < before.value) {
      const [here, least] = [formatAmount(replicas), formatAmount(before)];
      const says = `is ${here}, less than the step before (${least}), which the engine denies`;
      const hint = `write ${least} or more, or order the steps by size; to go back, run stepgate rollback`;
      problems.push({ step: index, key: 'replicas', says, hint });
    }
    if (style === 'partition' && isRouted && replicas?.unit === 'percent' && replicas.value > PARTITION_TRAFFIC_LIMIT) {
      const limit = `${PARTITION_TRAFFIC_LIMIT}%`;
      const says = `is ${replicas.value}% in a step that routes requests, and the engine denies more than ${limit} there in partition style`;
      const hint = `write ${limit} or less or a number of pods, leave traffic and matches out of this step, or write strategy: canary`;
      problems.push({ step: index, key: 'replicas', says, hint });
    }
    if (traffic === 0 && style !== 'blueGreen') {
      const says = `is 0%, which the engine denies in ${style} style`;
      problems.push({ step: index, key: 'traffic', says, hint: 'write at least 1%, or leave it out' });
    }
    return problems;
  });
}

/** Why a kind of workload can't be released in a style, as a text about the kind; null when it can. */
export function refusesStyle(kind: string, style: Style): { readonly says: string; readonly hint: string } | null {
  const row = kindNamed(kind);
  const why = row === null ? null : row.styles[style];
  if (row === null || why === null) return null;
  return {
    says: `is ${kind}, and the strategy is ${style}: ${why}`,
    hint: `write strategy: ${stylesOf(row).join(' or ')}, or use a plan that does`,
  };
}

/** The kinds of workload that can be released. */
export const workloadKinds = kindNames;

/** Kinds that can't be released, each with the kind to use instead. */
export const laterWorkloadKinds: Readonly<Record<string, string>> = {
  DaemonSet: `the engine takes none of Kubernetes' own (v0.6.2); released are ${kindNames.join(', ')}`,
};
