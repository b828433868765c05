import { type Change, titleOf } from '../release/change.ts';
import type { Changes } from '../release/changes/changes.ts';
import { type Differ, toldChange } from '../release/changes/compared.ts';
import { isFence } from '../release/fence.ts';
import type { KubeObject } from '../release/ports.ts';
import type { ChangeReport } from '../release/report.ts';
import { walk } from './execute.ts';
import { ready } from './owners.ts';
import { compare } from './survey.ts';
import type { Work } from './work.ts';

/** What changes would do, object by object. Sends a dry-run of each write; writes nothing. */
export async function preview(work: Work, changes: Changes, diff: Differ): Promise<readonly ChangeReport[]> {
  const told: ChangeReport[] = [];
  await walk(work, changes, async (change) => {
    const { report, answer } = await previewOne(work, change, diff);
    // A fence is left out of a preview: it changes no content.
    if (change.do !== 'patch' || !isFence(change.body)) told.push(report);
    return answer;
  });
  return told;
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
      const compared = await compare(work, change);
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
