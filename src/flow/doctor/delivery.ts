import { bad, type Check, checkOf, failedCheck, ok, type Said, warning } from '../../release/check.ts';
import { isCode } from '../../release/codes.ts';
import type { DeliveryReport } from '../../release/report.ts';
import { observe, type Work } from '../work.ts';
import { Moved } from '../write.ts';

/** What a plan says about a delivery, as checks: its state, and each finding that is a problem. */
export function planChecks(report: DeliveryReport): readonly Check[] {
  const { name, findings, error, message, todo } = report;
  const add = (what: string, said: Said) => checkOf(name, what, said);
  const code = isCode(report.reason) ? report.reason : null;
  const checks: Check[] = [];
  if (error !== null && error.code !== 'FINDINGS') checks.push(add('plan', failedCheck(error)));
  switch (report.state) {
    case 'stuck':
    case 'failed':
    case 'ungated':
      if (error === null) checks.push(add('release', bad(message, todo ?? `stepgate status --delivery ${name}`, code)));
      break;
    default:
      if (error === null || error.code === 'FINDINGS') checks.push(add('release', ok(`${report.state}: ${message}`)));
  }
  for (const finding of findings) {
    // The clocks are a check of the cluster.
    if (finding.severity === 'note' || finding.code === 'CLOCKS_DIFFER') continue;
    const say = finding.severity === 'error' ? bad : warning;
    checks.push(add('finding', say(finding.message, finding.wayOut, finding.code)));
  }
  return checks;
}

/** A fix that `--fix` makes, and nothing else. */
export interface Fix {
  readonly name: 'unpause';
  readonly delivery: string;
  readonly says: string;
  /** Whether it was made: not where somebody has changed the object since it was read. */
  apply(): Promise<boolean>;
}

/** What a broken release has left on the workload, and how to set it free where no pod would change. */
export function leftOver(work: Work): { readonly checks: readonly Check[]; readonly fixes: readonly Fix[] } {
  const { delivery, target } = work;
  const { rollout, workload } = observe(work);
  const { workload: ref } = target.refs(delivery);
  if (rollout !== null || workload === null) return { checks: [], fixes: [] };
  const found = target.checkup.leftOver(delivery, workload);
  if (found === null) return { checks: [], fixes: [] };
  const { name } = delivery;
  if (!found.isHarmless) {
    const todo = 'look at its pods and its template, and unpause it yourself where every pod may get that template';
    return { checks: [checkOf(name, 'left-overs', bad(found.says, todo, 'WEDGED'))], fixes: [] };
  }
  const says = `${found.says}; every pod has its template`;
  const todo = `stepgate doctor --fix --delivery ${name} unpauses it: no pod changes`;
  return {
    checks: [checkOf(name, 'left-overs', bad(says, todo, 'WEDGED'))],
    fixes: [
      {
        name: 'unpause',
        delivery: name,
        says: `unpause ${ref.kind.kind}/${ref.name}, and remove the engine's marks: every pod has its template`,
        async apply() {
          try {
            await work.writer.patch(ref, target.patches.repair(delivery, workload), {
              subresource: null,
              manager: target.managers.rollback,
              why: 'doctor --fix: unpause what a broken release has left; every pod has its template',
            });
            return true;
          } catch (error) {
            if (error instanceof Moved) return false;
            throw error;
          }
        },
      },
    ],
  };
}
