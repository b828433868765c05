import type { Condition, Resolved } from '../release/delivery.ts';
import { isGroup } from '../release/vote.ts';
import type { Approvers } from './row.ts';

/**
 * The config as a rehearsal uses it: a rehearsal asks no forge, so each approval is given by command, and a group has as many
 * members as its gate needs. Nobody in it has written the release.
 */
export function rehearsed(config: Resolved): Resolved {
  const each = (conditions: readonly Condition[]) =>
    conditions.map((one): Condition => (one.kind === 'approval' ? { ...one, ...byCommand(one) } : one));
  return {
    ...config,
    approvals: new Map([...config.approvals].map(([name, entry]) => [name, byCommand(entry)])),
    deliveries: config.deliveries.map((delivery) => ({
      ...delivery,
      startWhen: each(delivery.startWhen),
      steps: delivery.steps.map((step) => ({ ...step, leaveWhen: each(step.leaveWhen) })),
      doneWhen: each(delivery.doneWhen),
    })),
  };
}

function byCommand({ from, count }: Approvers): Approvers {
  return {
    by: ['command'],
    from: from.flatMap((name) => (isGroup(name) ? membersOf(name, count) : [name])),
    count,
    notAuthor: false,
    notMerger: false,
  };
}

function membersOf(group: string, count: number): readonly string[] {
  const name = group.replaceAll('/', '.');
  return Array.from({ length: count }, (_, index) => `${name} member ${index + 1}`);
}
