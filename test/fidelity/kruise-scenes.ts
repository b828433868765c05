import type { Action, Plan, Step, WorkloadKind } from '../differential/scenario.ts';
import { type RecordedScene, starting } from './moments.ts';

const inSteps = (...sizes: readonly Step['replicas'][]) => sizes.map((replicas): Step => ({ replicas, pause: null }));
const planOf = (kind: WorkloadKind): Plan => ({
  kind,
  style: 'partition',
  routed: false,
  replicas: 5,
  steps: inSteps('20%', '60%', '100%'),
  extras: {},
});
const cloneSet = planOf('CloneSet');
const statefulSet = planOf('AdvancedStatefulSet');
const daemonSet = planOf('AdvancedDaemonSet');

const release = (image: string): Action => ({ do: 'release', image });
const v2 = release('app:v2');
const v3 = release('app:v3');
const broken = release('app:broken');
const back = release('app:v1');
const revert: Action = { do: 'revert', by: 'replace' };
const approve: Action = { do: 'approve', by: 'guarded' };

/** A scene, and the recording of the same actions with a newer version of OpenKruise, where there is one. */
export interface KruiseScene extends RecordedScene {
  readonly newer?: string;
}

/** What OpenKruise's kinds do under the engine: see docs/engine-kinds.md. */
export const kruiseScenes: readonly KruiseScene[] = [
  {
    id: 'K01-cloneset-traffic',
    title: 'CloneSet, two steps with traffic, last step below 100 %',
    newer: 'T06-cloneset-traffic',
    plan: {
      ...cloneSet,
      routed: true,
      steps: [
        { replicas: '20%', traffic: '20%', pause: null },
        { replicas: 3, traffic: '60%', pause: null },
      ],
    },
    script: [v2, approve, approve],
  },
  {
    id: 'K02-cloneset-broken',
    title: 'CloneSet: a broken image, then the old template',
    newer: 'T07-cloneset-broken-rollback',
    plan: cloneSet,
    script: [broken, back],
  },
  {
    id: 'K03-cloneset-superseded',
    title: 'CloneSet: v3 supersedes v2 at its first step, to the end in three steps',
    newer: 'T09-cloneset-v3',
    plan: { ...cloneSet, steps: inSteps('20%', '40%', '100%') },
    script: [v2, v3, approve, approve],
  },
  {
    id: 'K04-cloneset-in-batches',
    title: 'CloneSet with rollback-in-batch: back to v1 at step 2 goes through the steps',
    newer: 'T10-cloneset-rollback-in-batch',
    plan: { ...cloneSet, steps: inSteps('20%', '40%', '60%', '100%'), extras: { inBatches: true } },
    script: [v2, approve, back, approve, approve, approve],
  },
  {
    id: 'K05-cloneset-five-steps',
    title: 'CloneSet, five steps of a pod each',
    newer: 'T13-cloneset-batch-ids',
    plan: { ...cloneSet, steps: inSteps('20%', '40%', '60%', '80%', '100%') },
    script: [v2, approve, approve, approve, approve],
  },
  {
    id: 'K06-cloneset-revert-initializing',
    title: 'CloneSet: taken back in the first seconds, which is a release with every step',
    newer: 'E2cp-revert-initializing-cloneset-partition',
    plan: cloneSet,
    script: [v2, [back, starting('app:v2')], approve, approve],
  },
  {
    id: 'K07-cloneset-rollback',
    title: 'CloneSet: taken back at step 2',
    plan: cloneSet,
    script: [v2, approve, revert],
  },
  {
    id: 'K08-cloneset-scale',
    title: 'CloneSet: scaled in mid-release, up and down, then to the end',
    plan: cloneSet,
    script: [v2, { do: 'scale', to: 10 }, approve, { do: 'scale', to: 3 }, approve],
  },
  {
    id: 'K11-advanced-statefulset-five-steps',
    title: 'Advanced StatefulSet, five steps of a pod each',
    newer: 'T28-advanced-statefulset',
    plan: { ...statefulSet, steps: inSteps('20%', '40%', '60%', '80%', '100%') },
    script: [v2, approve, approve, approve, approve],
  },
  {
    id: 'K12-advanced-statefulset-rollback',
    title: 'Advanced StatefulSet: taken back at step 2',
    plan: statefulSet,
    script: [v2, approve, revert],
  },
  {
    id: 'K13-advanced-statefulset-superseded',
    title: 'Advanced StatefulSet: v3 supersedes v2 at its first step, to the end in three steps',
    plan: statefulSet,
    script: [v2, v3, approve, approve],
  },
  {
    id: 'K14-advanced-statefulset-scale',
    title: 'Advanced StatefulSet: scaled in mid-release, up and down, then to the end',
    plan: statefulSet,
    script: [v2, { do: 'scale', to: 10 }, approve, { do: 'scale', to: 3 }, approve],
  },
  {
    id: 'K15-advanced-statefulset-broken',
    title: 'Advanced StatefulSet: a broken image, fixed by the next version',
    plan: statefulSet,
    script: [broken, v3],
  },
  {
    id: 'K21-advanced-daemonset-three-steps',
    title: 'Advanced DaemonSet, three steps over five nodes',
    newer: 'T28b-advanced-daemonset',
    plan: daemonSet,
    script: [v2, approve, approve],
  },
  {
    id: 'K22-advanced-daemonset-back',
    title: 'Advanced DaemonSet: the old template at step 2 is a release with every step',
    plan: daemonSet,
    script: [v2, approve, revert, approve, approve],
  },
  {
    id: 'K23-advanced-daemonset-superseded',
    title: 'Advanced DaemonSet: v3 supersedes v2 at step 2, to the end in three steps',
    plan: daemonSet,
    script: [v2, approve, v3, approve, approve],
  },
  {
    id: 'K24-advanced-daemonset-broken',
    title: 'Advanced DaemonSet: a broken image, fixed by the next version',
    plan: daemonSet,
    script: [broken, v3],
  },
];
