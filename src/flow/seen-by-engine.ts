import { refusal } from '../release/error.ts';
import { observe, type Work } from './work.ts';

/** Waits until the engine has processed the Rollout: only then its webhook gates the workload. Throws NOT_GATED_YET. */
export async function seenByEngine(work: Work, until: Date): Promise<void> {
  const { context, delivery, following } = work;
  for (;;) {
    const { observation } = observe(work);
    const processed = observation.engine.at !== 'unseen' && observation.engine.at !== 'absent';
    if (processed && (observation.workload === null || observation.workload.watched)) return;
    if (context.clock.now() >= until) {
      throw refusal(
        'NOT_GATED_YET',
        `${delivery.name}: the engine has not processed the Rollout`,
        'check that the Kruise Rollouts controller is running',
      );
    }
    await following.changed(until);
  }
}
