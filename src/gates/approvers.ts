import { complain } from '../config/check.ts';
import { accountOf, isMapped } from '../config/people.ts';
import { keys, list, text } from '../config/shapes.ts';
import { login, personKey } from '../release/actor.ts';
import { at, numberAt, objectAt, textsAt } from '../release/json.ts';
import type { Approval } from '../release/record.ts';
import type { Approver } from '../release/verdict.ts';
import {
  type Asked,
  type ForgeEvidence,
  type Involved,
  isForgeWay,
  isGroup,
  names,
  type Vote,
  type Way,
  ways,
} from '../release/vote.ts';
import type { Approvers, Entries } from './row.ts';

/** The names of the approvals that need no entry: records and reports identify a gate by its name alone. */
const withoutEntry: readonly string[] = ['approval', 'promotion'];

/** The approvals that count for a condition. */
export interface Tally {
  /** Each person once, with the way where it is not a command. */
  readonly counted: readonly string[];
  /** When the last one that was needed was given; null while some are missing. */
  readonly since: Date | null;
  /** The names in `from` that have not approved yet. A group stays, because any of its members may be the next. */
  readonly awaited: readonly string[];
  /** Why approvals that were given do not count, or can't be counted. */
  readonly notes: readonly string[];
}

/** What a tally is made of: the approvals and votes for one place of the release. */
export interface Given {
  readonly approvals: readonly Approval[];
  readonly votes: readonly Vote[];
  readonly forge: ForgeEvidence | null;
}

/** One approval of a person, whichever way it came. */
interface OneApproval {
  readonly by: string;
  readonly way: Way;
  readonly at: Date;
  /** The number of the account, where it is known: it tells accounts apart whose logins were changed. */
  readonly account: number | null;
}

/**
 * Counts each person once. What the forge could not tell never counts for a person. A user of the cluster whom `people` gives no account
 * may be anybody at the forge, the author too.
 */
export function count(approvers: Approvers, { approvals, votes, forge }: Given): Tally {
  const { from, by, count: needed } = approvers;
  const given: readonly OneApproval[] = [
    ...approvals.map((one) => ({
      by: one.by,
      way: one.way ?? ('command' as const),
      at: new Date(one.at),
      account: one.account ?? null,
    })),
    ...votes.map(({ by: person, way, at: given, account }) => ({ by: person, way, at: given, account })),
  ];
  const groups: ForgeEvidence['groups'] = new Map(
    from.filter(isGroup).map((name) => [name, forge?.groups.get(name) ?? notAsked]),
  );
  const barred = barredBy(approvers, forge);
  const admitted = given.filter((one) => {
    const person = personKey(one.by);
    return person !== null && by.includes(one.way) && (from.length === 0 || names(from, person, groups));
  });
  const free = barred.every(({ who }) => who.is === 'known')
    ? admitted.filter((one) => !barred.some(({ did, who }) => isBarred(one, { did, who })))
    : [];
  const [counted, doubtful] = surelyDifferent(onceEach(free), from);
  const byTime = counted.toSorted((one, other) => one.at.getTime() - other.at.getTime());
  const approved = new Set(counted.map(({ by: name }) => login(name)));
  return {
    counted: counted.map(({ by: name, way }) => (way === 'command' ? name : `${name} (${way})`)),
    since: byTime[needed - 1]?.at ?? null,
    awaited: from.filter((name) => isGroup(name) || !approved.has(login(name))),
    notes: [
      ...new Set([
        ...barredNotes(barred, admitted),
        ...(needed === 1 ? [] : doubtful.map(({ by: name }) => `${name} does not count beside them: ${anybody}`)),
        ...unknownNotes(groups, by, forge),
      ]),
    ],
  };
}

/** Whether the part that somebody has in the release, or may have in it, keeps their approval from counting. */
export function bars(approvers: Approvers, { by, account }: Approver, forge: ForgeEvidence | null): boolean {
  const approver = { by, account: account ?? null };
  return barredBy(approvers, forge).some((barred) => barred.who.is === 'unknown' || isBarred(approver, barred));
}

function barredBy({ notAuthor, notMerger }: Approvers, forge: ForgeEvidence | null): readonly Barred[] {
  return [
    { did: 'wrote', who: notAuthor ? (forge?.authors ?? notAsked) : nobody },
    { did: 'merged', who: notMerger ? (forge?.mergers ?? notAsked) : nobody },
  ];
}

/** The first approval of each person. A login and an account that one approval has both are of one person. */
function onceEach(given: readonly OneApproval[]): readonly OneApproval[] {
  let people: readonly (readonly OneApproval[])[] = [];
  for (const one of given) {
    const isTheirs = (approvals: readonly OneApproval[]) => approvals.some((other) => isSamePerson(one, other));
    people = [...people.filter((all) => !isTheirs(all)), [...people.filter(isTheirs).flat(), one]];
  }
  return given.filter((one) => people.some((all) => given.find((first) => all.includes(first)) === one));
}

/**
 * The approvals of persons who are different for sure, and the others. Users of the cluster without an account may be the same persons
 * as accounts, unless `from` names them beside those: then the policy says that they are others.
 */
function surelyDifferent(
  given: readonly OneApproval[],
  from: readonly string[],
): readonly [counted: readonly OneApproval[], doubtful: readonly OneApproval[]] {
  const users = given.filter(({ by }) => isUser(by) && !from.includes(by));
  const accounts = given.filter(({ by }) => !isUser(by));
  const fewer = users.length > accounts.length ? accounts : users;
  return users.length === 0 || accounts.length === 0
    ? [given, []]
    : [given.filter((one) => !fewer.includes(one)), fewer];
}

/** Whether a name is that of a user of the cluster whom `people` gives no account. */
function isUser(name: string): boolean {
  return name.startsWith('kube:');
}

const noAccount = 'people names no account of it';
const anybody = 'a user of the cluster of whom people names no account may be anybody';

function isSamePerson(one: OneApproval, other: OneApproval): boolean {
  return login(one.by) === login(other.by) || (one.account !== null && one.account === other.account);
}

interface Barred {
  readonly did: string;
  readonly who: Asked<readonly Involved[]>;
}

function barredNotes(barred: readonly Barred[], given: readonly OneApproval[]): readonly string[] {
  return barred.flatMap(({ did, who }) => {
    if (who.is === 'unknown') return [`nobody counts, because who ${did} it is unknown: ${who.why}`];
    return given
      .filter((one) => isBarred(one, { did, who }))
      .map(({ by }) =>
        isUser(by)
          ? `whether ${by} ${did} it is unknown, so it does not count: ${noAccount}`
          : `${by} ${did} it, so does not count`,
      );
  });
}

/** Whether somebody has that part in the release, or may have it. */
function isBarred({ by, account }: Pick<OneApproval, 'by' | 'account'>, { who }: Barred): boolean {
  if (who === nobody) return false;
  return (
    isUser(by) || (who.is === 'known' && who.value.some((one) => one.login === login(by) || one.account === account))
  );
}

function unknownNotes(
  groups: ForgeEvidence['groups'],
  by: readonly Way[],
  forge: ForgeEvidence | null,
): readonly string[] {
  const teams = [...groups].flatMap(([name, members]) =>
    members.is === 'unknown' ? [`${name} is unknown: ${members.why}`] : [],
  );
  const votes = forge?.votes;
  return by.some(isForgeWay) && votes?.is === 'unknown'
    ? [...teams, `approvals at the forge are unknown: ${votes.why}`]
    : teams;
}

const nobody: Asked<readonly Involved[]> = { is: 'known', value: [] };
const notAsked: Asked<never> = { is: 'unknown', why: 'the forge was not asked' };

export const approvals: Entries<ReadonlyMap<string, Approvers>> = {
  key: {
    about: 'who approves, by name',
    shape: {
      is: 'names',
      names: 'word',
      of: keys({
        by: {
          about:
            'how persons approve; command by default. command is `stepgate promote`; comment is a line on the pull request of the release; review and merge are of the promotion pull request; environment is a reviewer of the environment of the job that promotes, whose run-name has delivery, release and step',
          shape: list(
            {
              is: 'word',
              words: [...ways],
              later: {
                label: 'use comment: people who may not write may set a label',
              },
            },
            { min: 1 },
          ),
        },
        from: {
          about:
            "who may approve: logins, teams such as acme/sre, CODEOWNERS for the owners of the delivery's paths, or kube:NAME for a user of the cluster; every person by default",
          shape: list(text('approver')),
        },
        count: { about: 'how many approvals; 1 by default', shape: { is: 'integer', min: 1, max: 100 } },
        notAuthor: {
          about: 'whether those who opened the pull requests of the release, or have commits in them, approve nothing',
          shape: { is: 'boolean' },
        },
        notMerger: { about: 'whether those who merged them approve nothing', shape: { is: 'boolean' } },
      }),
    },
  },
  read(reader, who) {
    const found = new Map<string, Approvers>();
    for (const [name, entry] of Object.entries(objectAt(reader.document.value, 'approvals'))) {
      const [from, needed] = [textsAt(entry, 'from'), numberAt(entry, 'count') ?? 1];
      if (withoutEntry.includes(name)) {
        const says = 'is the name of an approval that needs no entry';
        complain(reader, { path: ['approvals', name], of: 'key', says, hint: 'give the entry another name' });
      }
      const people = new Set(from.map((person) => accountOf(person, who))).size;
      if (people > 0 && needed > people && !from.some(isGroup)) {
        complain(reader, {
          path: ['approvals', name, 'count'],
          says: `is ${needed}, and from names ${people === 1 ? 'one person' : `${people} people`}: the gate could never open`,
          hint: `add people to from, or set count to ${people} or less`,
        });
      }
      found.set(name, {
        by: waysIn(textsAt(entry, 'by')),
        // A cluster user with an account approves under the name of the account.
        from: from.map((one) =>
          isGroup(one) ? one.replace(/^@/, '') : isMapped(one, who) ? accountOf(one, who) : one,
        ),
        count: needed,
        notAuthor: at(entry, 'notAuthor') === true,
        notMerger: at(entry, 'notMerger') === true,
      });
    }
    return found;
  },
};

/** The ways that an entry names, each once. */
function waysIn(names: readonly string[]): readonly Way[] {
  const found = ways.filter((way) => names.includes(way));
  return found.length === 0 ? ['command'] : found;
}
