import type { Condition } from '../../src/release/delivery.ts';
import type { Comparison, Threshold } from '../../src/release/measured.ts';
import type { MetricName } from './metric-states.ts';
import { stageName } from './stage.ts';
import { team } from './votes.ts';

/** What plans of the storm wait for. */

export const approval: Condition = {
  kind: 'approval',
  by: ['command'],
  notAuthor: false,
  notMerger: false,
  name: 'approval',
  from: [],
  count: 1,
};
export const byAda: Condition = {
  kind: 'approval',
  by: ['command'],
  notAuthor: false,
  notMerger: false,
  name: 'ada',
  from: ['ada'],
  count: 1,
};
export const byBoth: Condition = {
  kind: 'approval',
  by: ['command'],
  notAuthor: false,
  notMerger: false,
  name: 'sre',
  from: ['ada', '@Bob'],
  count: 2,
};

type Approval = Extract<Condition, { kind: 'approval' }>;

/** Approvals at the forge. */
const atForge = { kind: 'approval', notAuthor: false, notMerger: false, from: [], count: 1 } as const;
export const byComment: Approval = { ...atForge, name: 'comment', by: ['comment'] };
export const byEither: Approval = {
  ...{ ...atForge, name: 'either', by: ['command', 'comment'] },
  ...{ from: ['ada', '@Bob'], count: 2 },
};
export const byTeam: Approval = { ...atForge, name: 'team', by: ['command', 'comment'], from: [team], count: 2 };
export const byOther: Approval = { ...atForge, name: 'other', by: ['comment'], notAuthor: true };
export const byReview: Approval = { ...atForge, name: 'review', by: ['review'], from: [team] };
export const byMerge: Approval = { ...atForge, name: 'merged', by: ['merge'] };
export const byReviews: Approval = { ...atForge, name: 'reviews', by: ['review', 'merge'], count: 2 };

/** The approval of that name, as it is before anybody changes who may give it. */
export function conditionNamed(name: string): Condition {
  const all = [byAda, byBoth, byComment, byEither, byTeam, byOther, byReview, byMerge, byReviews];
  return all.find((one) => one.name === name) ?? approval;
}

export function soak(seconds: number): Condition {
  return { kind: 'soak', name: 'soak', seconds };
}

export function noRestarts(seconds: number): Condition {
  return { kind: 'noRestarts', name: 'noRestarts', seconds };
}

const server = {
  ...{ name: 'prom', url: 'https://prom.example', credential: null, ca: null },
  timeoutSeconds: 10,
};
const plainly = { is: 'threshold', min: null, max: null, forSeconds: 0, failedAfterSeconds: 60 } as const;

/** What each metric asks: of the namespace; of each new pod, for a while; and of the pods of both versions. */
const asks: Readonly<Record<MetricName, Threshold | Comparison>> = {
  range: { ...plainly, query: 'range{namespace="{namespace}"}', max: 1 },
  steady: { ...plainly, query: 'steady{pod=~"{canary}"}', min: 3, forSeconds: 90, failedAfterSeconds: 120 },
  compared: {
    is: 'comparison',
    failures: 'compared_failed{pod=~"{pods}"}[{window}]',
    total: 'compared_all{pod=~"{pods}"}[{window}]',
    ...{ worse: 0.01, atLeast: 100, falseAlarms: 0.01 },
  },
};

export function metric(name: MetricName): Condition & { readonly kind: 'metric' } {
  return { kind: 'metric', name, metric: { server, asks: asks[name], maxAgeSeconds: 120 } };
}

export const afterStage: Condition = { kind: 'after', name: stageName, delivery: stageName };

export const inOffice: Condition = {
  kind: 'schedule',
  name: 'office',
  schedule: { zone: 'UTC', allow: [{ days: [0, 1, 2, 3, 4, 5, 6], from: 9 * 60, to: 17 * 60 }], except: [] },
};
