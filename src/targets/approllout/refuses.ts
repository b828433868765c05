import { formatAmount, type Step, type Style } from '../../release/delivery.ts';
import type { Asked, PlannedStep, PlanProblem, RefusedPart } from '../../release/target.ts';

/** The kinds that are released. StatefulSets are moved by v1.1.3 and later. */
export const kinds: readonly string[] = ['CloneSet', 'StatefulSet'];

/** What of a delivery's config an AppRollout has no words for (docs/approllout.md#what-an-approllout-cant-say). */
export function refuses({ workload, style, steps, traffic, settings }: Asked): readonly RefusedPart[] {
  const found: RefusedPart[] = [];
  // An empty kind was refused where it stands.
  if (workload.kind === 'Deployment') {
    const says =
      'is Deployment: an AppRollout has moved none since KubeVela v1.1.1, and each revision makes one of another name, which stepgate does not follow';
    found.push({ key: ['workload', 'kind'], says, hint: 'release the workload with target: kruise' });
  } else if (workload.kind !== '' && !kinds.includes(workload.kind)) {
    const says = `is ${workload.kind}: an AppRollout moves ${kinds.join(', ')}`;
    found.push({ key: ['workload', 'kind'], says, hint: 'release the workload with target: kruise' });
  }
  if (style !== 'partition') {
    const says = `is ${style}: an AppRollout replaces pods batch by batch, and knows no other way`;
    found.push({ key: ['strategy'], says, hint: 'write strategy: partition' });
  }
  found.push(...steps.flatMap(ofStep), ...sizes(steps));
  if (traffic !== null) {
    const says = "can't be used: an AppRollout routes no requests";
    found.push({ key: ['traffic'], says, hint: 'leave traffic out, or use target: kruise' });
  }
  for (const key of Object.keys(settings)) {
    found.push({ key: [key], says: "can't be used: an AppRollout has no word for it", hint: `leave ${key} out` });
  }
  return found;
}

function ofStep({ traffic, matches, requestHeaders, timer }: Step, index: number): readonly RefusedPart[] {
  const routed: readonly (readonly [string, boolean])[] = [
    ['traffic', traffic !== null],
    ['matches', matches.length > 0],
    ['requestHeaders', requestHeaders !== null],
  ];
  const found = routed
    .filter(([, isThere]) => isThere)
    .map(([key]): RefusedPart => {
      const says = "can't be used: an AppRollout routes no requests";
      return { key: ['steps', index, key], says, hint: `leave ${key} out: requests go to all pods alike` };
    });
  if (timer !== 'engine') return found;
  const says = 'is engine: an AppRollout has no timer, and waits until its partition is raised';
  return [...found, { key: ['steps', index, 'timer'], says, hint: 'leave timer out: stepgate counts the soak' }];
}

/** Amounts of which the batches don't come to the size, whatever it is, or after which nothing is waited for. */
function sizes(steps: readonly Step[]): readonly RefusedPart[] {
  return steps.flatMap(({ replicas }, index): readonly RefusedPart[] => {
    const key: RefusedPart['key'] = ['steps', index, 'replicas'];
    const isAll = replicas.unit === 'percent' && replicas.value >= 100;
    if (index === steps.length - 1) {
      if (isAll) return [];
      const says = `is ${formatAmount(replicas)} in the last step: the last batch of an AppRollout reaches every pod, and KubeVela does not stop after it`;
      return [{ key, says, hint: 'add a last step of 100%' }];
    }
    if (!isAll) return [];
    const says = 'is 100% before the last step: an AppRollout wants a pod left for each later batch';
    return [{ key, says, hint: 'write less, or leave the later steps out' }];
  });
}

/** A batch only adds pods. What depends on the target alone is refused by `refuses`. */
export function check(_: Style, steps: readonly PlannedStep[]): readonly PlanProblem[] {
  return steps.flatMap(({ replicas }, index): readonly PlanProblem[] => {
    const before = steps[index - 1]?.replicas ?? null;
    if (replicas === null || before?.unit !== replicas.unit || replicas.value >= before.value) return [];
    const [here, least] = [formatAmount(replicas), formatAmount(before)];
    const says = `is ${here}, less than the step before (${least}), and a batch takes no pod back`;
    const hint = `write ${least} or more, or order the steps by size; to go back, run stepgate rollback`;
    return [{ step: index, key: 'replicas', says, hint }];
  });
}
