import { refusal } from '../release/error.ts';
import { observe, type Work } from './work.ts';

/** Waits until the engine has looked at the Rollout: its webhook sees the workload only then. Throws NOT_GATED_YET. */
export async function seenByEngine(work: Work, until: Date): Promise<void> {
  const { context, delivery, following } = work;
  for (;;) {
    const { observation } = observe(work);
    const looked = observation.engine.at !== 'unseen' && observation.engine.at !== 'absent';
    if (looked && (observation.workload === null || observation.workload.watched)) return;
    if (context.clock.now() >= until) {
      throw refusal(
        'NOT_GATED_YET',
        `${delivery.name}: the engine does not look at the Rollout`,
        'is the Kruise Rollouts controller running?',
      );
    }
    await following.changed(until);
  }
}
