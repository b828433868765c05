import type { Catalog, Delivery, Resolved } from '../../src/release/delivery.ts';

/** The config that says no more than these deliveries: its entries are those that their conditions name. */
export function resolvedOf(...deliveries: readonly Delivery[]): Resolved {
  return {
    deliveries,
    commits: { allow: 'policyBranch' },
    people: { by: 'name' },
    diff: 'listed',
    freezesByIssue: false,
    ...catalogOf(...deliveries),
  };
}

/** The entries that the conditions of deliveries were made from. */
export function catalogOf(...deliveries: readonly Delivery[]): Catalog {
  const conditions = deliveries.flatMap(({ startWhen, steps, doneWhen }) => [
    ...startWhen,
    ...steps.flatMap(({ leaveWhen }) => leaveWhen),
    ...doneWhen,
  ]);
  return {
    approvals: new Map(
      conditions.flatMap((one) => {
        if (one.kind !== 'approval' || one.name === 'approval') return [];
        const { kind: _kind, name, ...approvers } = one;
        return [[name, approvers]];
      }),
    ),
    http: new Map(conditions.flatMap((one) => (one.kind === 'http' ? [[one.name, one.page]] : []))),
    jobs: new Map(conditions.flatMap((one) => (one.kind === 'job' ? [[one.name, one.job]] : []))),
    metrics: new Map(conditions.flatMap((one) => (one.kind === 'metric' ? [[one.name, one.metric]] : []))),
    schedules: new Map(conditions.flatMap((one) => (one.kind === 'schedule' ? [[one.name, one.schedule]] : []))),
  };
}
