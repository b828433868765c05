import type { Found } from './observe/lists.ts';

/** What one delivery has asked about others. */
export interface Answers {
  /** Rollouts of other deliveries, by their names. */
  readonly rollouts: Aged<AskedRollout>;
  /** What a plan routes with and is not there. */
  readonly missing: Aged<MissingTargets>;
  /** Whether a commit contains another. Commits never change. */
  readonly contained: Map<string, boolean>;
}

/** What was asked for, and when the question was sent: since then it may have changed. */
export interface Dated {
  readonly observedAt: Date;
}

/** Why somebody could not be asked. */
export interface Trouble extends Dated {
  readonly trouble: string;
}

export type AskedRollout = Found | Trouble;

export interface MissingTargets extends Dated {
  readonly titles: readonly string[];
}

/** Answers by what was asked: a question is put again unless it was put after a time that who asks can use. */
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
