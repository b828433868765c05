import { login } from '../release/actor.ts';
import { asError } from '../release/error.ts';
import {
  type Account,
  type Comment,
  type Forge,
  ForgeError,
  type PullRequest,
  type Review,
  type Right,
} from '../release/forge.ts';
import { type Asked, known, unknown } from '../release/vote.ts';
import type { Context, Turns } from './context.ts';

/** The merged pull requests of a release, newest first, and the commits that came by none. */
export interface Pulls {
  readonly merged: readonly PullRequest[];
  readonly direct: readonly string[];
}

/** Asks the forge, and keeps the answers for the deliveries of a run. An answer that is none is `unknown`, with the reason. */
export interface Asker {
  /** What was merged does not change, so it is asked once. */
  pulls(key: string, question: () => Promise<Pulls>): Promise<Asked<Pulls>>;
  /** As the forge's; a commit that released several deliveries is asked for once. Rejects where the forge does. */
  pullRequestsOf(commits: readonly string[], branch: string): ReturnType<Forge['pullRequestsOf']>;
  comments(number: number): Promise<Asked<readonly Comment[]>>;
  reviews(number: number): Promise<Asked<readonly Review[]>>;
  /** The pull requests from branches whose names begin so. */
  pullsFrom(branchPrefix: string): Promise<Asked<readonly PullRequest[]>>;
  right(person: string): Promise<Asked<Right>>;
  members(team: string): Promise<Asked<readonly Account[] | null>>;
  /** When the oldest answer was asked for that may have changed since; now when there was none. */
  oldest(): Date;
}

/** How long an answer may be used while nothing depends on it. Milliseconds. */
const USABLE_FOR = 60_000;

/** What is asked in a turn: `anew` takes no answer from before now. */
export function askerOf(
  { clock, signal, turns = alone }: Pick<Context, 'clock' | 'signal' | 'turns'>,
  forge: Forge,
  how: 'known' | 'anew',
): Asker {
  const kept = answers.get(forge) ?? nothingKept();
  answers.set(forge, kept);
  const now = clock.now();
  const after = how === 'anew' ? now : new Date(now.getTime() - USABLE_FOR);
  // An answer of the same moment may be from before: anew takes only what it has asked itself.
  const own = new Set<unknown>();
  let oldest = now;
  async function ask<T>(
    of: Answers<T>,
    key: string,
    from: Date,
    question: () => Promise<T>,
    wait: Turns['aside'] = turns.aside,
  ): Promise<Asked<T>> {
    const before = of.get(key);
    const usable = before !== undefined && before.at >= from && (how === 'known' || from === EVER || own.has(before));
    const one = usable ? before : { at: clock.now(), answer: question() };
    own.add(one);
    of.set(key, one);
    if (from === after && one.at < oldest) oldest = one.at;
    try {
      return known(await wait(() => one.answer));
    } catch (error) {
      of.delete(key);
      signal.throwIfAborted();
      return unknownBy(error);
    }
  }
  async function pullRequestsOf(commits: readonly string[], branch: string) {
    const key = (commit: string) => `${branch} ${commit}`;
    const missing = commits.filter((commit) => !kept.byCommit.has(key(commit)));
    if (missing.length > 0) {
      const answer = turns.quiet().then(() => forge.pullRequestsOf(missing, branch, signal));
      for (const commit of missing) kept.byCommit.set(key(commit), answer);
    }
    const found = commits.map(async (commit) => {
      try {
        return [commit, (await kept.byCommit.get(key(commit)))?.get(commit) ?? []] as const;
      } catch (error) {
        kept.byCommit.delete(key(commit));
        throw error;
      }
    });
    return new Map(await turns.aside(() => Promise.all(found)));
  }
  /** A question that the forge answers for many deliveries with one request, if they ask together. */
  const together =
    <T>(question: () => Promise<T>) =>
    () =>
      turns.quiet().then(question);
  return {
    // The question is work too: it asks Git before it asks the forge.
    pulls: (key, question) => ask(kept.pulls, key, EVER, question, alone.aside),
    pullRequestsOf,
    comments: (number) =>
      ask(
        kept.comments,
        String(number),
        after,
        together(() => forge.comments(number, signal)),
      ),
    reviews: (number) =>
      ask(
        kept.reviews,
        String(number),
        after,
        together(() => forge.reviews(number, signal)),
      ),
    pullsFrom: (prefix) =>
      ask(
        kept.pullsFrom,
        prefix,
        after,
        together(() => forge.pullRequestsFrom(prefix, signal)),
      ),
    right: (person) => ask(kept.rights, login(person), after, () => forge.right(person, signal)),
    members: (team) => ask(kept.members, login(team), after, () => forge.members(team, signal)),
    oldest: () => oldest,
  };
}

/** Of one delivery: there is nobody to wait for. */
const alone: Turns = { aside: (answer) => answer(), quiet: () => Promise.resolve() };

const EVER = new Date(0);

/** What could not be learned because of an error of Git or of the forge. Throws any other error. */
export function unknownBy(error: unknown): Asked<never> {
  const told = asError(error);
  if (!(error instanceof ForgeError) && told.family === 'bug') throw error;
  return unknown(told.message);
}

/** Answers by what was asked. A request that is under way is an answer too, so that nothing is asked twice at once. */
type Answers<T> = Map<string, { readonly at: Date; readonly answer: Promise<T> }>;

interface Kept {
  readonly pulls: Answers<Pulls>;
  /** By branch and commit the answer that has the commit's pull requests. */
  readonly byCommit: Map<string, ReturnType<Forge['pullRequestsOf']>>;
  readonly comments: Answers<readonly Comment[]>;
  readonly reviews: Answers<readonly Review[]>;
  readonly pullsFrom: Answers<readonly PullRequest[]>;
  readonly rights: Answers<Right>;
  readonly members: Answers<readonly Account[] | null>;
}

const answers = new WeakMap<Forge, Kept>();

function nothingKept(): Kept {
  return {
    pulls: new Map(),
    byCommit: new Map(),
    comments: new Map(),
    reviews: new Map(),
    pullsFrom: new Map(),
    rights: new Map(),
    members: new Map(),
  };
}
