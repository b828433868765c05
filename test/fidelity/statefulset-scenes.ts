import type { Action, Plan } from '../differential/scenario.ts';
import { during, inFirst, type RecordedScene, starting, taken, unmarked } from './moments.ts';

const plan: Plan = {
  kind: 'StatefulSet',
  style: 'partition',
  routed: false,
  replicas: 5,
  steps: [
    { replicas: '20%', pause: null },
    { replicas: '60%', pause: null },
    { replicas: '100%', pause: null },
  ],
  extras: {},
};
/** OrderedReady, as Kubernetes has it where nothing else is said: one pod after the other. */
const ordered: Plan = { ...plan, extras: { ordered: true } };

const release = (image: string): Action => ({ do: 'release', image });
const v2 = release('app:v2');
const v3 = release('app:v3');
const broken = release('app:broken');
const revert: Action = { do: 'revert', by: 'replace' };
const approve: Action = { do: 'approve', by: 'guarded' };
const last: Action = { do: 'drop pod', number: 4 };

/** What a StatefulSet does under the engine: see docs/engine.md. */
export const statefulSetScenes: readonly RecordedScene[] = [
  {
    id: 'S01-ordered',
    title: 'StatefulSet, one pod after the other: each way to approve, to the end',
    plan: ordered,
    script: [v2, approve, { do: 'approve', by: 'plan' }],
  },
  {
    id: 'S02-jumps',
    title: 'StatefulSet: a jump over a step, to the end',
    plan,
    script: [v2, { do: 'jump', to: 3 }],
  },
  {
    id: 'S03-jump-back',
    title: 'StatefulSet: jump back, which takes no pod away',
    plan,
    script: [v2, approve, { do: 'jump', to: 1 }, approve, approve],
  },
  {
    id: 'S04-broken-parallel',
    title: 'StatefulSet, Parallel: a broken image, taken back',
    plan,
    script: [broken, revert],
  },
  {
    id: 'S05-broken-ordered',
    title: 'StatefulSet, OrderedReady: a broken image, taken back; then the broken pod is deleted',
    plan: ordered,
    script: [broken, revert, last],
  },
  {
    id: 'S06-broken-fixed',
    title: 'StatefulSet, OrderedReady: a broken image, fixed by the next version; then the broken pod is deleted',
    plan: ordered,
    script: [broken, v3, last],
  },
  {
    id: 'S07-broken-fixed-parallel',
    title: 'StatefulSet, Parallel: a broken image, fixed by the next version',
    plan,
    script: [broken, v3],
  },
  {
    id: 'S08-revert-initializing',
    title: 'StatefulSet: taken back in the first seconds',
    plan,
    script: [v2, [revert, starting('app:v2')], approve, approve],
  },
  {
    id: 'S09-revert-before-upgrade',
    title: 'StatefulSet: taken back before the first step moved a pod',
    plan,
    script: [v2, [revert, inFirst('app:v2', 'BeforeStepUpgrade')]],
  },
  {
    id: 'S10-revert-upgrading',
    title: 'StatefulSet: taken back while the first step begins',
    plan,
    script: [v2, [revert, inFirst('app:v2', 'StepUpgrade')]],
  },
  {
    id: 'S11-revert-taken',
    title: 'StatefulSet: taken back once the batch controller has the workload',
    plan,
    script: [v2, [revert, taken('app:v2')]],
  },
  {
    id: 'S12-superseded-initializing',
    title: 'StatefulSet: v3 supersedes v2, taken back in the first seconds',
    plan,
    script: [v2, v3, [revert, starting('app:v3')], approve, approve],
  },
  {
    id: 'S13-superseded-before-upgrade',
    title: 'StatefulSet: v3 supersedes v2, taken back before its first step; then the partition is set to 0',
    plan,
    script: [v2, v3, [revert, inFirst('app:v3', 'BeforeStepUpgrade')], { do: 'unpause' }],
  },
  {
    id: 'S14-superseded-upgrading',
    title: 'StatefulSet: v3 supersedes v2, taken back while its first step begins',
    plan,
    script: [v2, v3, [revert, inFirst('app:v3', 'StepUpgrade')], { do: 'unpause' }],
  },
  {
    id: 'S15-superseded-taken',
    title: 'StatefulSet: v3 supersedes v2, taken back once the batch controller has the workload',
    plan,
    script: [v2, v3, [revert, taken('app:v3')]],
  },
  {
    id: 'S16-v3-finalising',
    title: 'StatefulSet: v3 while the engine closes the release of v2',
    plan,
    script: [v2, approve, approve, [v3, unmarked]],
  },
  {
    id: 'S17-v3-cancelling',
    title: 'StatefulSet: v3 while the engine takes v2 back',
    plan,
    script: [v2, revert, [v3, during('Cancelling')]],
  },
  {
    id: 'S18-all-pods-new',
    title: 'StatefulSet: taken back at a step at which every pod is new',
    plan: {
      ...plan,
      steps: [
        { replicas: '20%', pause: null },
        { replicas: 5, pause: null },
      ],
    },
    script: [v2, approve, revert, approve, approve],
  },
  {
    id: 'S19-after-delivery',
    title: 'StatefulSet: v1 again after v2 was delivered, then v2 again',
    plan,
    script: [v2, approve, approve, release('app:v1'), approve, approve, v2],
  },
  {
    id: 'S20-scale',
    title: 'StatefulSet: scaled in mid-release, up and down',
    plan,
    script: [v2, { do: 'scale', to: 10 }, { do: 'scale', to: 3 }, approve],
  },
  {
    id: 'S21-paused',
    title: 'StatefulSet: taken back while the Rollout is paused',
    plan,
    script: [v2, { do: 'pause' }, revert, { do: 'resume' }],
  },
  {
    id: 'S22-delete',
    title: 'StatefulSet: the Rollout deleted in mid-release',
    plan,
    script: [v2, { do: 'delete' }],
  },
  {
    id: 'S23-disable',
    title: 'StatefulSet: the Rollout disabled in mid-release, and enabled',
    plan,
    script: [v2, { do: 'disable' }, { do: 'enable' }, v3],
  },
  {
    id: 'S24-restart',
    title: 'StatefulSet: restarted by hand while idle, and in mid-release; then v1 applied',
    plan,
    script: [{ do: 'restart' }, approve, approve, v2, { do: 'restart' }, { do: 'revert', by: 'apply' }],
  },
  {
    id: 'S25-undo',
    title: 'StatefulSet: the template of v1 again under the same id',
    plan,
    script: [v2, { do: 'undo' }],
  },
  {
    id: 'S26-partition-by-hand',
    title: 'StatefulSet: the partition set to 0 by hand in mid-release',
    plan,
    script: [v2, { do: 'unpause' }, revert],
  },
  {
    id: 'S27-edit',
    title: 'StatefulSet: the current step made smaller, which goes on unapproved',
    plan,
    script: [
      v2,
      approve,
      { do: 'edit', steps: plan.steps.map((step, index) => (index === 1 ? { ...step, replicas: '20%' } : step)) },
    ],
  },
];
