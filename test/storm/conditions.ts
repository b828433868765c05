import type { Condition } from '../../src/release/delivery.ts';
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

export const afterStage: Condition = { kind: 'after', name: stageName, delivery: stageName };

export const inOffice: Condition = {
  kind: 'schedule',
  name: 'office',
  schedule: { zone: 'UTC', allow: [{ days: [0, 1, 2, 3, 4, 5, 6], from: 9 * 60, to: 17 * 60 }], except: [] },
};
