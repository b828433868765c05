import { login, personKey } from '../release/actor.ts';
import type { Condition } from '../release/delivery.ts';
import type { Approval } from '../release/record.ts';
import { gone, goneWords } from './gone.ts';
import type { Row } from './row.ts';

/** Who may give an approval: nobody named is anybody. */
export interface Approvers {
  readonly from: readonly string[];
  readonly count: number;
}

declare module '../release/delivery.ts' {
  interface Conditions {
    /** `gone`: today's config has no entry of that name, so it never opens; the rest is what the entry said once. */
    approval: Approvers & { readonly gone?: true };
  }
  interface Catalog {
    readonly approvals: ReadonlyMap<string, Approvers>;
  }
}

/** The approval that needs no entry: anybody's, by command. The config lets no entry have its name. */
export const byCommand: Condition<'approval'> = { kind: 'approval', name: 'approval', from: [], count: 1 };

/** People say yes. */
export const approval: Row<'approval'> = {
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
    if (isGone) return `${named}, which nobody can give: ${goneWords('approvals', name)}`;
    return `${named} by ${from.length === 0 ? 'command' : from.join(' or ')}`;
  },
  shutWords: ({ why }) => why,
  isForceable: false,
  admits: ({ from, gone: isGone }, person) => !isGone && (from.length === 0 || from.map(login).includes(person)),
  inDigest: () => ({}),
  today(condition, { approvals }) {
    const { kind, name } = condition;
    if (name === byCommand.name) return condition;
    const found = approvals.get(name);
    return found === undefined ? { ...condition, gone: true } : { kind, name, ...found };
  },
};

/** Each person once, by the name under which the first approval was given. */
function peopleIn(approvals: readonly Approval[]): readonly string[] {
  const found = new Map<string, string>();
  for (const { by } of approvals) {
    const key = personKey(by);
    if (key !== null && !found.has(key)) found.set(key, by);
  }
  return [...found.values()];
}
