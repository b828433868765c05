import type { PodBatch } from '../release/observation.ts';
import type { DeliveryReport } from '../release/report.ts';

/** How many pods of a batch are ready, in words. */
export interface BatchWords {
  /** `step 2 half`, `no step`, `release 0123456789-abcdef01`. */
  readonly name: string;
  /** `1 of 2 ready, 1 not created`. */
  readonly count: string;
  readonly whole: boolean;
  /** Names of the pods, when they are of no step of this release. */
  readonly pods: string;
}

/** The batches of a release: the present step's first, the steps before it, then pods of no step of this release. */
export function batchWords({ batches, steps, release }: DeliveryReport): readonly BatchWords[] {
  const own = batches.filter(({ wanted }) => wanted !== null);
  const others = batches.filter(({ wanted }) => wanted === null);
  const named = ({ step, release: of }: PodBatch) => {
    const name = step === null ? 'no step' : `step ${step} ${steps[step - 1]?.name ?? ''}`.trimEnd();
    if (of === null || of === release?.id) return name;
    return step === null ? `release ${of}` : `step ${step} of release ${of}`;
  };
  return [...own.toReversed(), ...others].map((one) => {
    const { ready, total, wanted, pods } = one;
    const most = Math.max(total, wanted ?? 0);
    const missing = most > total ? `, ${most - total} not created` : '';
    const names = `${pods.join(', ')}${total > pods.length ? ` and ${total - pods.length} more` : ''}`;
    return {
      name: named(one),
      count: `${ready} of ${most} ready${missing}`,
      whole: ready === most,
      pods: wanted === null ? names : '',
    };
  });
}
