import { complainUnknown } from '../config/check.ts';
import { type Key, text } from '../config/shapes.ts';
import type { Condition } from '../release/delivery.ts';
import { isForgeWay, isGroup, names, type Way } from '../release/vote.ts';
import { bars, count, type Tally } from './approvers.ts';
import { gone, goneWords } from './gone.ts';
import { type Approvers, plain, type Row } from './row.ts';

declare module '../release/delivery.ts' {
  interface Conditions {
    /** `gone`: today's config has no entry of that name, so the gate never opens; the other values are from the old entry. */
    approval: Approvers & { readonly gone?: true };
  }
  interface Catalog {
    readonly approvals: ReadonlyMap<string, Approvers>;
  }
}

const anyPerson = { from: [], count: 1, notAuthor: false, notMerger: false } as const;

/** The approval without an entry: any person, by command. */
export const byCommand: Condition<'approval'> = { kind: 'approval', name: 'approval', by: ['command'], ...anyPerson };

/** The start of an environment with `promotion: pull-request`: any person who may merge. */
const byMerge: Condition<'approval'> = { kind: 'approval', name: 'promotion', by: ['merge'], ...anyPerson };

/** The approvals without an entry, by name. The config refuses entries of these names. */
const withoutEntry: ReadonlyMap<string, Condition<'approval'>> = new Map(
  [byCommand, byMerge].map((one) => [one.name, one]),
);

/** The config key of an environment whose releases start by a promotion pull request. */
export const promotionKey: Key = {
  about: 'pull-request: a release starts here once its promotion pull request is merged, which a tick opens',
  shape: { is: 'word', words: ['pull-request'] },
};

/** The condition of a delivery that starts by a promotion pull request. */
export function startByMerge(): Condition {
  return byMerge;
}

/** Whether a delivery with these conditions starts by a promotion pull request. */
export function startsByPromotion(startWhen: readonly Condition[]): boolean {
  return startWhen.some(({ kind, name }) => kind === byMerge.kind && name === byMerge.name);
}

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
  judge(condition, { approvals, votes, evidence: { now, forge } }) {
    if (condition.gone) return gone('approvals', condition.name, now);
    const tally = count(condition, { approvals, votes, forge });
    const source = condition.by.some(isForgeWay)
      ? 'the record on the Rollout, and the forge'
      : 'the record on the Rollout';
    const base = { source, observedAt: forge === null ? now : forge.observedAt };
    const { since } = tally;
    if (since !== null) return { ...base, is: 'open', why: `approved by ${tally.counted.join(', ')}`, since };
    const missing = tally.awaited.length > 0 ? tally.awaited : [asked(condition)];
    const ways = condition.by.filter(isForgeWay);
    const opener = takesCommand(condition)
      ? ({ by: 'promote', ways: condition.by } as const)
      : ({ by: 'forge', ways } as const);
    return { ...base, is: 'shut', until: null, why: shutWhy(condition, tally), missing, opener };
  },
  words(condition) {
    const { name, from, count: needed, by, notAuthor, gone: isGone } = condition;
    const what = needed === 1 ? 'approval' : `${needed} approvals`;
    const named = name === byCommand.name ? what : `${what} ${name}`;
    if (isGone) return `${named}, which can not be given: ${goneWords('approvals', name)}`;
    const how = by.join(' or ');
    const who = from.length === 0 ? `by ${how}` : `by ${from.join(' or ')}${how === 'command' ? '' : `, by ${how}`}`;
    return `${named} ${who}${notAuthor ? ', not by its author' : ''}`;
  },
  shutWords: ({ why }) => why,
  isForceable: false,
  waitsOn: 'person',
  earliest: ({ gone: isGone }, { from }) => (isGone ? null : from),
  approvers: (condition) => condition,
  needs({ by, from, notAuthor, notMerger, gone: isGone }) {
    if (isGone) return [];
    const ways = by.filter(isForgeWay);
    return [
      ...(ways.length > 0 ? [{ is: 'votes', ways, from } as const] : []),
      ...from.filter(isGroup).map((name) => ({ is: 'group', name }) as const),
      ...(notAuthor || notMerger ? [{ is: 'authors' } as const] : []),
    ];
  },
  admits(condition, person, forge) {
    if (condition.gone) return false;
    return condition.from.length === 0 || names(condition.from, person, forge?.groups ?? new Map());
  },
  bars: (condition, approver, forge) => bars(condition, approver, forge),
  print: ({ name, by, from, count: needed, notAuthor, notMerger }) => ({
    approval: name,
    by: [...by],
    from: [...from],
    count: needed,
    ...(notAuthor ? { notAuthor } : {}),
    ...(notMerger ? { notMerger } : {}),
  }),
  inDigest: () => ({}),
  today(condition, { approvals }) {
    const { kind, name } = condition;
    if (withoutEntry.has(name)) return condition;
    const found = approvals.get(name);
    return found === undefined ? { ...condition, gone: true } : { kind, name, ...found };
  },
};

function takesCommand({ by }: Approvers): boolean {
  return by.includes('command') || by.includes('environment');
}

/** What is missing where everybody may approve. */
function asked(approvers: Approvers): string {
  const words: Readonly<Record<Exclude<Way, 'command'>, string>> = {
    comment: 'a comment on the pull request',
    review: 'an approving review of the promotion pull request',
    merge: 'the merge of the promotion pull request',
    environment: 'a reviewer of the environment of a run that promotes',
  };
  const found = approvers.by.flatMap((way) => (way === 'command' ? [] : [words[way]]));
  return approvers.by.includes('command') ? 'stepgate promote' : found.join(' or ');
}

function shutWhy({ count: needed }: Approvers, { counted, notes }: Tally): string {
  const left = needed - counted.length;
  const waits =
    counted.length === 0
      ? `waits for ${left === 1 ? 'an approval' : `${left} approvals`}`
      : `waits for ${left} more: approved by ${counted.join(', ')}`;
  return [waits, ...notes].join('; ');
}
