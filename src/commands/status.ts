import { diagnose } from '../flow/diagnose.ts';
import { withElsewhere } from '../flow/elsewhere.ts';
import { drive } from '../flow/tick.ts';
import type { Work } from '../flow/work.ts';
import type { DeliveryReport, Report } from '../release/report.ts';
import { hideSecrets } from '../views/credentials.ts';
import { withoutNumbers } from '../views/steady.ts';
import { eachDelivery } from './fleet.ts';
import { chosen, lookOnce, policyOf, type Run, reportOf } from './run.ts';

/** With `--watch`, a delivery is looked at again after this long without a change. Milliseconds. */
const LOOK_AGAIN = 10_000;

const access = { read: 'shared' } as const;

/** Shows where every delivery stands. Writes nothing. */
export async function status(run: Run<'status'>): Promise<Report> {
  const policy = await policyOf(run);
  const deliveries = chosen(policy.current, run.input, false);
  if (!run.input.watch) {
    const reports = await eachDelivery(run, policy, deliveries, access, (work) => look(run, work));
    return reportOf('status', reports);
  }
  const latest = new Map<string, Report['deliveries'][number]>();
  const reports = await eachDelivery(run, policy, deliveries, access, async (work) => {
    for (let before = ''; ; ) {
      const report = await look(run, work);
      latest.set(report.name, report);
      const { gates, ...rest } = withoutNumbers(report);
      const now = JSON.stringify({ ...rest, gates: gates.map((gate) => ({ ...gate, observedAt: null })) });
      if (now !== before) run.show(reportOf('status', [...latest.values()]));
      before = now;
      if (['done', 'idle', 'rolledBack', 'absent'].includes(report.state)) return report;
      await work.following.changed(new Date(run.context.clock.now().getTime() + LOOK_AGAIN));
    }
  });
  return reportOf('status', reports);
}

/** Where one delivery stands, and with `--logs` what its pods and events say. */
async function look(run: Run<'status'>, work: Work): Promise<DeliveryReport> {
  const report = await withElsewhere(work, await drive(work, lookOnce));
  return run.input.logs ? { ...report, diagnosis: await diagnose(work, report, hideSecrets) } : report;
}
