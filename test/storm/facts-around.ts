import type { Delivery } from '../../src/release/delivery.ts';
import { versionOf, wantedVersion } from './facts.ts';
import { type MetricFacts, metricFacts } from './facts-of-metrics.ts';
import { lookAge, policiesSince, policyAge, type Sight } from './sight.ts';
import { forgeAge, isMember, team } from './votes.ts';

/** So old may an answer about another environment be, on which a release begins, in milliseconds. */
const answerAge = 15_000;

/** What gates look at beside approvals and soaks, for a release of this commit, at that time. */
export function factsAround(
  sight: Sight,
  commit: string,
  time: number,
): {
  readonly startedAt: number | null;
  readonly isStaged: boolean;
  readonly author: string | null;
  readonly teamsOf: (by: string) => readonly string[];
  readonly metrics: MetricFacts;
} {
  // What restarts right before a write can't have been seen by then.
  const version = wantedVersion(sight.workload());
  const starts = sight
    .pods()
    .filter((pod) => versionOf(pod) === version)
    .flatMap(({ metadata: { name } }) => sight.startsOf.get(name) ?? [])
    .filter((at) => at <= time - lookAge);
  const staged = sight.staged.filter((_, index) => (sight.staged[index + 1]?.at ?? time) >= time - answerAge);
  return {
    startedAt: starts.length === 0 ? null : Math.max(...starts),
    isStaged: staged.some((one) => one.commit !== null && sight.git.contains(one.commit, commit)),
    author: sight.ledger.forge.authors.get(commit) ?? null,
    teamsOf: (by) => (isMember(sight.ledger.forge, by, 'team', { from: time - forgeAge, to: time }) ? [team] : []),
    metrics: metricFacts(sight, time),
  };
}

/** Whether the plan has the engine end a step by this pause, in seconds. */
export function isTimed(sight: Sight, step: number, pause: number | null): boolean {
  return policiesSince(sight, sight.now() - policyAge).some(
    (policy) => timerOf(policy, step) === pause && pause !== null,
  );
}

/** The pause in seconds by which a plan has the engine end a step; null where stepgate does. */
export function timerOf({ steps }: Delivery, step: number): number | null {
  const { timer, leaveWhen } = steps[step - 1] ?? { timer: 'stepgate', leaveWhen: [] };
  const [soak] = leaveWhen;
  return timer === 'engine' && soak?.kind === 'soak' ? soak.seconds : null;
}
