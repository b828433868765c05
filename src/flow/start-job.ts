import type { Decision } from '../release/decision.ts';
import { placeTitle } from '../release/delivery.ts';
import { isForge } from '../release/forge.ts';
import { asked } from './forge.ts';
import { jobKey } from './forge-facts.ts';
import type { Work } from './work.ts';

/**
 * Starts the run of a workflow for a gate. That none was started yet was asked for right before. Where this run is killed before
 * the forge lists the new one, the next run may start another: each is a run of the same workflow for the same step, and the newest counts.
 */
export async function startJob(
  { context, policy, delivery, answers }: Work,
  { job, release, place, name }: Extract<Decision, { do: 'startJob' }>,
): Promise<void> {
  const forge = await context.forge();
  if (!isForge(forge) || policy.branch === null) throw new Error(`${name} is started without a forge or a branch`);
  const inputs = { delivery: delivery.name, release, step: placeTitle(delivery, place) };
  const { branch } = policy.branch;
  const id = await asked(() => forge.startWorkflow({ file: job.workflow, branch, inputs }, context.signal));
  answers.started.set(jobKey(name, release, place), { id, at: context.clock.now() });
  context.log(`${delivery.name}: started ${job.workflow} for ${inputs.step} of ${release}`);
}
