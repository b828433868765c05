import type { Row } from './row.ts';

/** OpenKruise's kinds, with v1.8.0. */
export const kruises: readonly Row[] = [
  { recording: 'K01-cloneset-traffic', feature: 'cloneSet', follows: true },
  { recording: 'K02-cloneset-broken', feature: 'broken', follows: true },
  { recording: 'K03-cloneset-superseded', feature: 'supersede', follows: true },
  {
    recording: 'K04-cloneset-in-batches',
    feature: 'rollback',
    follows: true,
    differs: [
      { at: 5, why: 'the rollback gives the approvals of the way back by itself' },
      { at: 6, why: 'the rollback gives the approvals of the way back by itself' },
      { at: 7, why: 'the rollback gives the approvals of the way back by itself' },
    ],
  },
  { recording: 'K05-cloneset-five-steps', feature: 'cloneSet', follows: true },
  {
    recording: 'K06-cloneset-revert-initializing',
    feature: 'rollback',
    follows: true,
    differs: [
      { at: 4, why: 'the rollback gives the approvals of the way back by itself' },
      { at: 5, why: 'the rollback gives the approvals of the way back by itself' },
    ],
  },
  { recording: 'K07-cloneset-rollback', feature: 'rollback', follows: true },
  { recording: 'K08-cloneset-scale', feature: 'scale', follows: true },
  { recording: 'K11-advanced-statefulset-five-steps', feature: 'advanced', follows: true },
  { recording: 'K12-advanced-statefulset-rollback', feature: 'rollback', follows: true },
  { recording: 'K13-advanced-statefulset-superseded', feature: 'supersede', follows: true },
  { recording: 'K14-advanced-statefulset-scale', feature: 'scale', follows: true },
  { recording: 'K15-advanced-statefulset-broken', feature: 'broken', follows: true },
  { recording: 'K21-advanced-daemonset-three-steps', feature: 'advanced', follows: true },
  {
    recording: 'K22-advanced-daemonset-back',
    feature: 'rollback',
    follows: true,
    differs: [
      { at: 5, why: 'the rollback gives the approvals of the way back by itself' },
      { at: 6, why: 'the rollback gives the approvals of the way back by itself' },
    ],
  },
  { recording: 'K23-advanced-daemonset-superseded', feature: 'supersede', follows: true },
  { recording: 'K24-advanced-daemonset-broken', feature: 'broken', follows: true },
];
