import type { Resolved } from '../../release/delivery.ts';
import { asError, formatPlace } from '../../release/error.ts';
import type { Finding, Surroundings } from '../../release/finding.ts';
import { nothingSeen } from '../../release/observation.ts';
import type { Context } from '../context.ts';
import { findingsIn } from '../manifest-findings.ts';
import { ownershipUnseen } from '../owner-findings.ts';
import { manifestsAt } from '../source.ts';
import type { Drafted } from './draft.ts';
import type { LeftOut } from './found.ts';

/** The drafts that render and have no error, and those left out, with the reason; the warnings of the others. */
export interface Checked {
  readonly drafts: readonly Drafted[];
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly { readonly delivery: string; readonly finding: Finding }[];
}

const unknown: Surroundings = { lists: {}, looked: {}, workload: null, changedConfig: [] };

/** Judges drafts as `plan --offline` would. `config`: the config that has all of them. */
export async function checkDrafts(
  context: Context,
  {
    commit,
    drafts,
    config,
  }: { readonly commit: string; readonly drafts: readonly Drafted[]; readonly config: Resolved },
): Promise<Checked> {
  const good: Drafted[] = [];
  const leftOut: LeftOut[] = [];
  const warnings: { delivery: string; finding: Finding }[] = [];
  const policy = { ...config, ref: 'HEAD', commit, branch: null, freezes: [], fetchable: null, missing: null };
  for (const draft of drafts) {
    const { delivery, path } = draft;
    const what = `${delivery.workload.kind}/${delivery.workload.name}`;
    try {
      const target = context.targets.of(delivery);
      const manifests = await manifestsAt(context, delivery, commit);
      const rendered = target.render(delivery, commit, manifests, 1);
      const findings = [
        ...findingsIn(manifests, delivery, 'nobody'),
        ...target.traps(delivery, rendered, nothingSeen(context.clock.now()), unknown),
        ...(await ownershipUnseen({ context, policy, today: delivery, target }, rendered)),
      ];
      const error = findings.find(({ severity }) => severity === 'error');
      if (error !== undefined) {
        const place = error.at === undefined ? '' : `${formatPlace(error.at)}: `;
        leftOut.push({ what, path, why: `${error.code}: ${place}${error.message}; ${error.wayOut}` });
        continue;
      }
      good.push(draft);
      for (const finding of findings) {
        if (finding.severity === 'warning') warnings.push({ delivery: delivery.name, finding });
      }
    } catch (thrown) {
      const { family, problems } = asError(thrown);
      if (family !== 'input') throw thrown;
      const all = problems.slice(0, 3).map(({ message, hint }) => `${message}${hint === null ? '' : `; ${hint}`}`);
      leftOut.push({ what, path, why: all.join('. ') });
    }
  }
  return { drafts: good, leftOut, warnings };
}
