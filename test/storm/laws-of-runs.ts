import { type Approval, holdName, type Noted } from './facts.ts';
import type { Run } from './ledger.ts';
import type { Sight } from './sight.ts';

/** A re-run goes on with what its run has done, and never does more; where that was nothing, it says what it means. */
export function noteActs(
  sight: Sight,
  run: Run | undefined,
  {
    is,
    was,
    added,
    lifted,
  }: {
    readonly is: Noted;
    readonly was: Noted;
    readonly added: readonly Approval[];
    readonly lifted: readonly string[];
  },
): void {
  if (run === undefined || run.name === null) return;
  const acts = actsOf(run, { is, was, added, lifted });
  const { id, attempt } = run.name;
  if (acts.length === 0) return;
  const before = sight.ledger.acts.get(id) ?? [];
  sight.ledger.acts.set(id, [...before, ...acts]);
  if (attempt === 1) return;
  const what = `run ${id}, attempt ${attempt}: ${acts.join(', ')}`;
  // What this attempt has recorded itself is its own.
  const earlier = before.filter((one) => !run.acts.includes(one));
  run.acts.push(...acts);
  if (earlier.length > 0) sight.breaks('a re-run adds no act', `${what}, after ${earlier.join(', ')}`);
  else if (run.command !== 'hold' && !run.names)
    sight.breaks('a re-run whose run recorded nothing says what it means', what);
}

function actsOf(
  { command, wants }: Run,
  {
    is,
    was,
    added,
    lifted,
  }: {
    readonly is: Noted;
    readonly was: Noted;
    readonly added: readonly Approval[];
    readonly lifted: readonly string[];
  },
): readonly string[] {
  switch (command) {
    case 'promote':
      return added.map(({ release, step }) => `approve step ${step} of ${release}`);
    case 'hold': {
      const fresh = is.holds.filter(
        (one) => !was.holds.some((old) => holdName(old) === holdName(one) && old.at === one.at),
      );
      return fresh.map((one) => `hold ${holdName(one) ?? 'the delivery'}`);
    }
    case 'resume':
      return lifted.map((name) => `lift ${name}`);
    case 'rollback': {
      const { rollback } = is;
      if (rollback === null) return [];
      if (wants?.act === 'rollback' && wants.undo)
        return rollback.undo !== null && was.rollback?.undo === null ? ['undo'] : [];
      const isNew =
        rollback.cluster === 'todo' && (was.rollback?.at !== rollback.at || was.rollback.by !== rollback.by);
      // What the policy takes back is nobody's act.
      return isNew && rollback.by !== 'the policy' ? [`roll back ${rollback.from.id}`] : [];
    }
    case 'answer':
    case 'deploy':
    case 'freeze':
    case 'thaw':
    case 'tick':
    case 'status':
      return [];
  }
}

/** Only persons promote, resume and force. */
export function judgePerson(sight: Sight, run: Run | undefined, what: string): void {
  if (run?.who.endsWith('[bot]')) sight.breaks('bots approve and resume nothing', `${run.who}: ${what}`);
}
