import type { Act, Noted } from './facts.ts';
import { factsAround } from './facts-around.ts';
import { mayApprove } from './gates.ts';
import type { Run } from './ledger.ts';
import { policiesSince, type Sight } from './sight.ts';
import { forgeAge, isMember } from './votes.ts';

/** What the record says of the forge: what comments ask for is done once, and only as its author wrote it. */
export function noteAtForge(sight: Sight, run: Run | undefined, is: Noted, was: Noted): void {
  notePlanOf(sight, is, was);
  const before = new Set((was.runs ?? []).map((one) => JSON.stringify(one)));
  for (const act of is.runs ?? []) {
    if (before.has(JSON.stringify(act))) continue;
    if (act.command === 'hold' && act.about.startsWith('#')) heldByClosing(sight, act, is.release);
    else if (act.run?.comment !== undefined) commentActs(sight, run, act, act.run.comment.id);
  }
  const known = (one: Noted['holds'][number]) =>
    was.holds.some((old) => old.digest === one.digest && old.at === one.at && old.by === one.by);
  for (const hold of is.holds) {
    if (known(hold) || hold.run?.comment === undefined || run?.command !== 'answer') continue;
    onceBy(sight, hold.run.comment.id, run, 'hold');
  }
}

/** A hold by closing a promotion pull request is of somebody who may promote, and has closed one. */
function heldByClosing(sight: Sight, { by, about }: Act, release: Noted['release']): void {
  sight.counts.closings += 1;
  const { forge } = sight.ledger;
  const number = Number(/^#(\d+)/.exec(about)?.[1]);
  const found = forge.closings.find((one) => one.number === number && one.by === by);
  const window = { from: sight.now() - forgeAge, to: sight.now() };
  const { teamsOf } = factsAround(sight, release?.commit ?? '', sight.now());
  const may = policiesSince(sight, window.from).some(({ steps, startWhen, doneWhen }) => {
    const step = found?.step ?? 0;
    const conditions = step === 0 ? startWhen : (steps[step - 1]?.leaveWhen ?? doneWhen);
    return mayApprove(conditions, by, teamsOf);
  });
  if (found === undefined || !may || !isMember(forge, by, 'repository', window))
    sight.breaks('only who may promote holds by closing', `${by}, ${about}`);
}

/** A release has another plan: approvals at the forge begin anew. */
function notePlanOf(sight: Sight, is: Noted, was: Noted): void {
  const { release } = is;
  if (release === null) return;
  const { planSince } = sight.ledger.forge;
  const isNew = was.release?.id !== release.id && !planSince.has(release.id);
  const isOther = was.release?.id === release.id && was.release.plan !== release.plan;
  if (isNew || isOther) planSince.set(release.id, sight.now());
}

function commentActs(sight: Sight, run: Run | undefined, act: Act, id: number): void {
  const { forge } = sight.ledger;
  const line = forge.lines.get(id);
  const window = { from: sight.now() - forgeAge, to: sight.now() };
  const what = `${act.command} by ${act.by}, for the comment ${id} of ${line?.by ?? 'nobody'}: ${line?.what ?? 'nothing'}`;
  const stood = line !== undefined && line.until >= window.from;
  const asked = stood && line.by === act.by && line.what === act.command;
  if (!asked || !isMember(forge, act.by, 'repository', window))
    sight.breaks('a comment is acted on for its author, as it was written', what);
  if (act.command !== 'hold') onceBy(sight, id, run, act.command);
}

function onceBy(sight: Sight, id: number, run: Run | undefined, what: string): void {
  const { acts } = sight.ledger.forge;
  const before = acts.get(id);
  if (before !== undefined)
    sight.breaks('a comment acts once', `${what} for ${id} by ${run?.actor ?? 'nobody'}, after ${before}`);
  else sight.counts.commentActs += 1;
  acts.set(id, `${what} by ${run?.actor ?? 'nobody'}`);
}
