import type { Fact } from '../release/fact.ts';
import type { Clock } from '../release/ports.ts';
import type { Found } from './observe/lists.ts';

/** Answers that one delivery keeps about other deliveries and routes. */
export interface Answers {
  /** Rollouts of other deliveries, by their names. */
  readonly rollouts: Aged<AskedRollout>;
  /** Services and routes of the plan that are missing. */
  readonly missing: Aged<MissingTargets>;
  /** The runs of workflows that this run has started, which the forge may not list yet. */
  readonly started: Map<string, { readonly id: string | null; readonly at: Date }>;
  /** What servers of metrics, addresses, checks and runs of workflows said. */
  readonly facts: Aged<Fact>;
  /** Whether a commit contains another. Commits never change. */
  readonly contained: Map<string, boolean>;
}

/** An answer, and when its request was sent. The answer may be out of date since then. */
export interface Dated {
  readonly observedAt: Date;
}

/** Why another delivery could not be read. */
export interface Trouble extends Dated {
  readonly trouble: string;
}

export type AskedRollout = Found | Trouble;

export interface MissingTargets extends Dated {
  readonly titles: readonly string[];
}

/** Answers by key. `ask` sends the question only when no answer was requested after the given time. */
export interface Aged<T extends Dated> {
  ask(key: string, after: Date, question: () => Promise<T>): Promise<T>;
}

export function noAnswers(): Answers {
  return {
    rollouts: aged(),
    missing: aged(),
    started: new Map(),
    facts: aged(),
    contained: new Map(),
  };
}

function aged<T extends Dated>(): Aged<T> {
  const known = new Map<string, T>();
  return {
    async ask(key, after, question) {
      const found = known.get(key);
      if (found !== undefined && found.observedAt > after) return found;
      const answer = await question();
      known.set(key, answer);
      return answer;
    },
  };
}

/**
 * A fact for a gate. `anew`: asked in this turn, because a write depends on it. `known`: an answer of the last `usableFor`
 * milliseconds may be used. The question is told when it is sent, by the runner's clock.
 */
export function askFact(
  {
    answers,
    context,
  }: { readonly answers: Pick<Answers, 'facts'>; readonly context: { readonly clock: Pick<Clock, 'now'> } },
  how: 'known' | 'anew',
  { key, usableFor }: { readonly key: string; readonly usableFor: number },
  question: (observedAt: Date) => Promise<Fact>,
): Promise<Fact> {
  const now = context.clock.now();
  const after = how === 'anew' ? now : new Date(now.getTime() - usableFor);
  return answers.facts.ask(key, after, () => question(now));
}
