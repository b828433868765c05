import type { Actor } from '../release/actor.ts';
import type { Decision } from '../release/decision.ts';
import { THE_POLICY } from '../release/policy-note.ts';
import type { RollbackAnswer } from '../release/rollback-request.ts';
import { answerRollback, beginRollback } from './rollback.ts';
import type { Observed, Work } from './work.ts';

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

/** Whoever started the run has asked for nothing: a schedule runs in the name of the person who wrote it. */
function thePolicy({ context }: Work): Actor {
  return { ...context.actor, name: THE_POLICY, is: 'nobody' };
}
