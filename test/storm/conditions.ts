import type { Condition } from '../../src/release/delivery.ts';
import { stageName } from './stage.ts';

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
