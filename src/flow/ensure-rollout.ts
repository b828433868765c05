import { refusal } from '../release/error.ts';
import { observe, type Work } from './work.ts';

/** The Rollout carries the record, so it has to be there. An existing one is left to the release. */
export async function ensureRollout(work: Work): Promise<void> {
  const { target, delivery, writer, following } = work;
  const owner = observe(work).observation.rollout?.delivery ?? null;
  if (owner === null) {
    const why = 'the Rollout goes before the workload';
    following.wrote(await writer.apply(target.rolloutOf(delivery), { manager: target.managers.apply, why }));
  }
}

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
