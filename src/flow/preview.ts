import { type Apply, type Change, titleOf } from '../release/change.ts';
import type { Changes } from '../release/changes/changes.ts';
import { type Compared, type Differ, toldChange } from '../release/changes/compared.ts';
import { StepgateError } from '../release/error.ts';
import { isFence } from '../release/fence.ts';
import type { KubeObject } from '../release/ports.ts';
import type { ChangeReport } from '../release/report.ts';
import { mayBeLeft, refusalWords, walk } from './execute.ts';
import { ready } from './owners.ts';
import { compare } from './survey.ts';
import type { Work } from './work.ts';

/** What changes would do, object by object. Sends a dry-run of each write; writes nothing. */
export async function preview(work: Work, changes: Changes, diff: Differ): Promise<readonly ChangeReport[]> {
  const told: ChangeReport[] = [];
  await walk(work, changes, {
    async send(change) {
      const { report, answer } = await previewOne(work, change, diff);
      // A fence is left out of a preview: it changes no content.
      if (change.do !== 'patch' || !isFence(change.body)) told.push(report);
      return { answer, refused: null };
    },
    leave(left) {
      told.push(...left.map(({ object, why }) => ({ object, what: 'leave', why, diff: null }) as const));
    },
  });
  return told;
}

/** What an apply would change, or why the server refuses it where the object is left as it is then. */
async function comparedOrLeft(work: Work, apply: Apply): Promise<Compared | StepgateError> {
  try {
    return await compare(work, apply);
  } catch (error) {
    if (!mayBeLeft(apply, error)) throw error;
    return error;
  }
}

async function previewOne(
  work: Work,
  change: Change,
  diff: Differ,
): Promise<{ readonly report: ChangeReport; readonly answer: KubeObject | null }> {
  const { cluster, context, writer } = work;
  switch (change.do) {
    case 'apply': {
      const checked = await ready(work, change);
      const compared = await comparedOrLeft(work, change);
      if (compared instanceof StepgateError) {
        const why = refusalWords(compared);
        return { report: { object: titleOf(change.object), what: 'leave', why, diff: null }, answer: null };
      }
      if (checked.is === 'leave') {
        return { report: toldChange({ ...compared, left: checked.why }, diff), answer: null };
      }
      return { report: toldChange(compared, diff), answer: compared.answer };
    }
    case 'patch': {
      const { ref, body, manager, subresource, why } = change;
      const live = await cluster.get(ref, context.signal);
      const answer = await writer.dryRunPatch(ref, body, { manager, subresource });
      const report = { object: titleOf(answer), what: 'change', why, diff: diff(live, answer) } as const;
      return { report, answer };
    }
    case 'remove': {
      const { ref, why } = change;
      return { report: { object: `${ref.kind.kind} ${ref.name}`, what: 'change', why, diff: null }, answer: null };
    }
  }
}
