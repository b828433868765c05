import { needsOf } from '../gates/index.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError } from '../release/error.ts';
import type { AfterEvidence, Evidence } from '../release/gate.ts';
import { ClusterError } from '../release/ports.ts';
import type { AskedFor } from '../release/record.ts';
import { stableOf } from '../release/record.ts';
import { parseRecord } from '../release/record-text.ts';
import { type Lister, lister } from './observe/lists.ts';
import { type Observed, serverTime, type Work } from './work.ts';
import { readTrouble } from './write.ts';

/** Gathers what the gates in front of a release ask for. Only what is asked for costs anything. */
export async function gather(work: Work, release: AskedFor | null): Promise<Evidence> {
  const { context, delivery, following } = work;
  const names = othersInGates(delivery);
  // What was shared is as old as the delivery's own pods. A watched delivery is newer than that: others are asked anew.
  const others = following.sharedAt === null || following.watched ? lister(context) : work.lister;
  const after =
    release === null ? [] : await Promise.all(names.map((name) => afterEvidence(work, others, name, release)));
  return { now: serverTime(work), runnerNow: context.clock.now(), after };
}

/** The deliveries that a delivery's gates ask about, each once. */
export function othersInGates({ startWhen, doneWhen, steps }: Delivery): readonly string[] {
  const conditions = [...startWhen, ...doneWhen, ...steps.flatMap((step) => step.leaveWhen)];
  return needsOf(conditions).map(({ delivery }) => delivery);
}

/**
 * What the plan routes with and is not there, by `Kind name`: looked for only while the engine prepares a release or its
 * first step, which it does for ever, and without a word, where one is missing (E25).
 */
export async function missingTargets(
  { cluster, context, delivery, target }: Work,
  observed: Observed,
): Promise<readonly string[]> {
  const { engine, workload } = observed.observation;
  const begins = engine.at === 'starting' || (engine.at === 'moving' && workload?.taken === false);
  if (!begins) return [];
  const found = await Promise.all(
    target.routes(delivery).map(async (ref) => {
      try {
        return (await cluster.get(ref, context.signal)) === null ? `${ref.kind.kind} ${ref.name}` : null;
      } catch (error) {
        // Not allowed to look: nothing can be said about it.
        if (error instanceof ClusterError && [401, 403].includes(error.status)) return null;
        throw error;
      }
    }),
  );
  return found.filter((title) => title !== null);
}

/** Whether another delivery has delivered the commit, or a later one. A cluster that can't be asked leaves it unknown. */
async function afterEvidence(
  { context, policy }: Work,
  others: Lister,
  name: string,
  release: AskedFor,
): Promise<AfterEvidence> {
  const observedAt = context.clock.now();
  const other = policy.deliveries.find((delivery) => delivery.name === name);
  if (other === undefined) return { delivery: name, has: 'unknown', why: `${name} is not configured`, observedAt };
  try {
    const { object: rollout } = await others.rollout(await context.connect(other.cluster), other, new Date(0));
    const observed = context.targets
      .of(other)
      .observe(other, { takenAt: observedAt, rollout, workload: null, pods: [] });
    const stable = stableOf(parseRecord(observed.rollout?.record ?? null));
    if (stable === null) return { delivery: name, has: false, why: `${name} has delivered nothing yet`, observedAt };
    const has = stable.commit === release.commit ? true : await context.repo.contains(stable.commit, release.commit);
    const why = `${name} has ${has === true ? '' : 'not '}delivered ${release.commit.slice(0, 10)} (its stable is ${stable.commit.slice(0, 10)})`;
    return { delivery: name, has, why, observedAt };
  } catch (error) {
    if (context.signal.aborted) throw error;
    const known = asError(readTrouble(error, name));
    if (known.family === 'bug') throw error;
    return { delivery: name, has: 'unknown', why: `${name} can't be asked: ${known.message}`, observedAt };
  }
}
