import { login } from './actor.ts';

/** How a person approves. `command` and `environment` are in the record; the others are facts at the forge. */
export const ways = ['command', 'comment', 'review', 'merge', 'environment'] as const;
export type Way = (typeof ways)[number];

/** The ways whose approvals are looked up at the forge whenever they are counted, and kept nowhere else. */
export type ForgeWay = 'comment' | 'review' | 'merge';

export function isForgeWay(way: Way): way is ForgeWay {
  return way === 'comment' || way === 'review' || way === 'merge';
}

/** An approval that was found at the forge, for a place of the release. Its person may write in the repository. */
export interface Vote {
  readonly way: ForgeWay;
  /** The person's login. Foreign text. */
  readonly by: string;
  readonly account: number;
  /** From 1; 0 is the start, and the number of steps plus one the end. */
  readonly step: number;
  readonly at: Date;
  readonly url: string;
}

/** An approval at the forge that does not count, and why: for the answer to its person. */
export interface Uncounted {
  readonly by: string;
  readonly url: string;
  readonly why: string;
}

/** The answer to a question, or why there is none. */
export type Asked<T> = { readonly is: 'known'; readonly value: T } | { readonly is: 'unknown'; readonly why: string };

export function known<T>(value: T): Asked<T> {
  return { is: 'known', value };
}

export function unknown(why: string): Asked<never> {
  return { is: 'unknown', why };
}

/** Somebody who has a part in a release. Both are compared, because an account may change its login. */
export interface Involved {
  /** In its normal form. */
  readonly login: string;
  readonly account: number;
}

/** What the forge says about the release that is asked for. Logins are in their normal form (`login`). */
export interface ForgeEvidence {
  readonly observedAt: Date;
  readonly votes: Asked<readonly Vote[]>;
  readonly uncounted: readonly Uncounted[];
  /** The members of each group that an approval names: a team (`acme/sre`), or the owners of the delivery's paths. */
  readonly groups: ReadonlyMap<string, Asked<readonly string[]>>;
  /** Who opened the pull requests of the release, or has commits in them. */
  readonly authors: Asked<readonly Involved[]>;
  /** Who merged them. */
  readonly mergers: Asked<readonly Involved[]>;
  /** The pull request on which its comments are; null when it came by a direct push. */
  readonly pullRequest: { readonly number: number; readonly url: string } | null;
  /** The open promotion pull request of each place that has one. */
  readonly promotions: readonly { readonly place: number; readonly number: number; readonly url: string }[];
}

/** Whether `from` names a person (by personKey), alone or as a member of a group whose members are known. */
export function names(from: readonly string[], person: string, groups: ForgeEvidence['groups']): boolean {
  return from.some((name) => {
    if (!isGroup(name)) return login(name) === person;
    const members = groups.get(name);
    return members?.is === 'known' && members.value.includes(person);
  });
}

/** The name in `from` for the owners of the delivery's paths. */
export const OWNERS = 'CODEOWNERS';

/** Whether a name in `from` is a group: a team, or the owners of the delivery's paths. */
export function isGroup(name: string): boolean {
  return name === OWNERS || (name.includes('/') && !name.startsWith('kube:'));
}
