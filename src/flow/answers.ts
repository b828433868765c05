import type { Found } from './observe/lists.ts';

/** Answers that one delivery keeps about other deliveries and routes. */
export interface Answers {
  /** Rollouts of other deliveries, by their names. */
  readonly rollouts: Aged<AskedRollout>;
  /** Services and routes of the plan that are missing. */
  readonly missing: Aged<MissingTargets>;
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
  return { rollouts: aged(), missing: aged(), contained: new Map() };
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
