import { at, listAt, numberAt, textAt } from '../../src/simulator/api/json.ts';
import type { Moment } from '../differential/real.ts';
import { type Action, type Plan, workloadKinds } from '../differential/scenario.ts';

/** What is played on the real engine to record it. A pair is an action, and the moment it is sent at; others are sent at rest. */
export interface RecordedScene {
  readonly id: string;
  readonly title: string;
  readonly plan: Plan;
  readonly script: readonly (Action | readonly [Action, Moment])[];
}

/** The workload of the scene, which has one. */
const workload = (scene: Parameters<Moment>[0]) => workloadKinds.flatMap((kind) => scene.get(kind, 'demo') ?? [])[0];
const rollout = (scene: Parameters<Moment>[0]) => scene.get('Rollout', 'demo');
const reason: (scene: Parameters<Moment>[0]) => string = (scene) =>
  textAt(
    listAt(rollout(scene), 'status', 'conditions').find((one) => textAt(one, 'type') === 'Progressing'),
    'reason',
  );
const state = (scene: Parameters<Moment>[0]) => textAt(rollout(scene), 'status', 'canaryStatus', 'currentStepState');
const imageIs = (image: string): Moment => {
  return (scene) => {
    const set = workload(scene);
    const [main] = listAt(set, 'spec', 'template', 'spec', 'containers');
    const seen = numberAt(set, 'status', 'observedGeneration') === numberAt(set, 'metadata', 'generation');
    return textAt(main, 'image') === image && seen;
  };
};

/** The engine waits for its three seconds at the beginning of a release. */
export const starting =
  (image: string): Moment =>
  (scene) =>
    reason(scene) === 'Initializing' && imageIs(image)(scene);
/** It has chosen the first step of this release, and moved no pod yet. */
export const inFirst =
  (image: string, name: string): Moment =>
  (scene) =>
    reason(scene) === 'InRolling' && state(scene) === name && isOfRelease(scene) && imageIs(image)(scene);
/** Its batch controller has taken the workload, and moved no pod yet. */
export const taken =
  (image: string): Moment =>
  (scene) => {
    const note = ['metadata', 'annotations', 'batchrelease.rollouts.kruise.io/control-info'];
    return inFirst(image, 'StepUpgrade')(scene) && at(workload(scene), ...note) !== undefined;
  };
export const during =
  (name: string): Moment =>
  (scene) =>
    reason(scene) === name;

/** It closes the release, and has taken its mark off the workload. */
export const unmarked: Moment = (scene) =>
  reason(scene) === 'Finalising' &&
  textAt(rollout(scene), 'status', 'canaryStatus', 'finalisingStep') !== '' &&
  at(workload(scene), 'metadata', 'annotations', 'rollouts.kruise.io/in-progressing') === undefined;

/** The status speaks of the template that is there. */
function isOfRelease(scene: Parameters<Moment>[0]): boolean {
  const revision = textAt(workload(scene), 'status', 'updateRevision');
  return textAt(rollout(scene), 'status', 'canaryStatus', 'canaryRevision') === revision;
}
