import type { Actor } from '../release/actor.ts';
import type { Decision } from '../release/decision.ts';
import { StepgateError } from '../release/error.ts';
import { THE_POLICY } from '../release/policy-note.ts';
import type { ErrorReport } from '../release/report.ts';
import type { RollbackAnswer } from '../release/rollback-request.ts';
import { answerRollback, beginRollback } from './rollback.ts';
import type { Observed, Work } from './work.ts';
import { readTrouble } from './write.ts';

type ByPolicy = Extract<Decision, { do: 'rollBack' }>;

/** What a rollback by the policy would do. */
export function answerPolicy(work: Work, observed: Observed, { to, reason }: ByPolicy): RollbackAnswer {
  const wish = { release: observed.record.release?.id ?? null, to, reason, also: false, way: null };
  return answerRollback(work, observed, wish, {
    liveThen: observed.observation.workload?.id ?? null,
    by: thePolicy(work),
  });
}

/** Records that the policy rolls the release back. */
export async function rollBackByPolicy(work: Work, observed: Observed, decision: ByPolicy): Promise<void> {
  const answer = answerPolicy(work, observed, decision);
  if (answer.is === 'new') await beginRollback(work, observed, answer, 'policy', thePolicy(work));
}

/**
 * What a run says that has found why the policy takes the release back, and may not write what that needs: who promotes has no right on
 * the workload. The record has the rollback, so any run that may goes on with it. Throws every other error.
 */
export function leftToNext({ context, cluster, delivery }: Work, reason: string | null, error: unknown): ErrorReport {
  const known = readTrouble(error, cluster.title);
  if (reason === null || !(known instanceof StepgateError) || known.code !== 'CLUSTER_FORBIDDEN') throw error;
  const { name } = delivery;
  context.log(known.message);
  return {
    family: 'environment',
    code: 'CLUSTER_FORBIDDEN',
    message: `${name}: the policy takes the release back (${reason}), which this identity may not do: the next tick does it`,
    hint: `stepgate tick or stepgate rollback --delivery ${name}, by an identity with that duty`,
    at: null,
  };
}

/** Whoever started the run has asked for nothing: a schedule runs in the name of the person who wrote it. */
function thePolicy({ context }: Work): Actor {
  return { ...context.actor, name: THE_POLICY, is: 'nobody' };
}
