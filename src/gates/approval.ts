import { complain, complainUnknown } from '../config/check.ts';
import { accountOf, isMapped } from '../config/people.ts';
import { keys, list, text } from '../config/shapes.ts';
import { login, personKey } from '../release/actor.ts';
import type { Condition } from '../release/delivery.ts';
import { numberAt, objectAt, textsAt } from '../release/json.ts';
import type { Approval } from '../release/record.ts';
import { gone, goneWords } from './gone.ts';
import { type Approvers, type Entries, plain, type Row } from './row.ts';

declare module '../release/delivery.ts' {
  interface Conditions {
    /** `gone`: today's config has no entry of that name, so the gate never opens; the other values are from the old entry. */
    approval: Approvers & { readonly gone?: true };
  }
  interface Catalog {
    readonly approvals: ReadonlyMap<string, Approvers>;
  }
}

/** The approval without an entry: any person, by command. The config refuses an entry of this name. */
export const byCommand: Condition<'approval'> = { kind: 'approval', name: 'approval', from: [], count: 1 };

/** Open when enough persons have approved. */
export const approval: Row<'approval'> = {
  ...plain,
  inConfig: {
    key: { about: 'a person approves: the name of an entry of approvals', shape: text('word') },
    example: 'approval: NAME',
    alone: byCommand,
    read(name, { reader, path, catalog: { approvals: known } }) {
      const found = known.get(name);
      if (found !== undefined) return { kind: 'approval', name, ...found };
      complainUnknown(reader, { path: [...path, 'approval'], name, known, of: 'approvals' });
      return null;
    },
  },
  judge(condition, { approvals, evidence: { now } }) {
    if (condition.gone) return gone('approvals', condition.name, now);
    const allowed = condition.from.map(login);
    const counted = approvals.filter(({ by }) => allowed.length === 0 || allowed.includes(login(by)));
    const people = peopleIn(counted);
    const base = { source: 'the record on the Rollout', observedAt: now };
    if (people.length >= condition.count) return { ...base, is: 'open', why: `approved by ${people.join(', ')}` };
    const left = condition.count - people.length;
    const missing = condition.from.length > 0 ? condition.from : ['stepgate promote'];
    const why =
      people.length === 0
        ? `waits for ${left === 1 ? 'an approval' : `${left} approvals`}`
        : `waits for ${left} more: approved by ${people.join(', ')}`;
    return { ...base, is: 'shut', until: null, why, missing, opener: { by: 'promote' } };
  },
  words({ name, from, count, gone: isGone }) {
    const what = count === 1 ? 'approval' : `${count} approvals`;
    const named = name === byCommand.name ? what : `${what} ${name}`;
    if (isGone) return `${named}, which can not be given: ${goneWords('approvals', name)}`;
    return `${named} by ${from.length === 0 ? 'command' : from.join(' or ')}`;
  },
  shutWords: ({ why }) => why,
  isForceable: false,
  waitsOn: 'person',
  earliest: ({ gone: isGone }, { from }) => (isGone ? null : from),
  approvers: (condition) => condition,
  admits: ({ from, gone: isGone }, person) => !isGone && (from.length === 0 || from.map(login).includes(person)),
  print: ({ name, from, count }) => ({ approval: name, by: ['command'], from, count }),
  inDigest: () => ({}),
  today(condition, { approvals }) {
    const { kind, name } = condition;
    if (name === byCommand.name) return condition;
    const found = approvals.get(name);
    return found === undefined ? { ...condition, gone: true } : { kind, name, ...found };
  },
};

export const approvals: Entries<ReadonlyMap<string, Approvers>> = {
  key: {
    about: 'who approves, by name',
    shape: {
      is: 'names',
      names: 'word',
      of: keys({
        by: {
          about: 'how persons approve: command is `stepgate promote`',
          shape: list(
            {
              is: 'word',
              words: ['command'],
              later: Object.fromEntries(
                ['comment', 'review', 'label', 'environment'].map((way) => [way, 'use command']),
              ),
            },
            { min: 1 },
          ),
        },
        from: {
          about: 'who may approve: logins, or kube:NAME for a user of the cluster; every person by default',
          shape: list(text('person')),
        },
        count: { about: 'how many approvals; 1 by default', shape: { is: 'integer', min: 1, max: 100 } },
      }),
    },
  },
  read(reader, who) {
    const found = new Map<string, Approvers>();
    for (const [name, entry] of Object.entries(objectAt(reader.document.value, 'approvals'))) {
      const [from, count] = [textsAt(entry, 'from'), numberAt(entry, 'count') ?? 1];
      if (name === byCommand.name) {
        // Records and reports identify a gate by its name alone.
        const says = 'is the name of the approval that needs no entry';
        complain(reader, { path: ['approvals', name], of: 'key', says, hint: 'give the entry another name' });
      }
      const people = new Set(from.map((person) => accountOf(person, who))).size;
      if (people > 0 && count > people) {
        complain(reader, {
          path: ['approvals', name, 'count'],
          says: `is ${count}, and from names ${people === 1 ? 'one person' : `${people} people`}: the gate could never open`,
          hint: `add people to from, or set count to ${people} or less`,
        });
      }
      // A cluster user with an account approves under the name of the account.
      found.set(name, {
        from: from.map((person) => (isMapped(person, who) ? accountOf(person, who) : person)),
        count,
      });
    }
    return found;
  },
};

/** The name of each person once, as in the person's first approval. */
function peopleIn(approvals: readonly Approval[]): readonly string[] {
  const found = new Map<string, string>();
  for (const { by } of approvals) {
    const key = personKey(by);
    if (key !== null && !found.has(key)) found.set(key, by);
  }
  return [...found.values()];
}
