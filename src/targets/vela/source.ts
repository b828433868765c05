import type { Delivery } from '../../release/delivery.ts';
import type { InputProblem } from '../../release/error.ts';
import { type Json, type JsonObject, listAt, objectAt, stringAt, textsAt } from '../../release/json.ts';
import { isOf } from '../../release/kinds.ts';
import type { KubeObject } from '../../release/ports.ts';
import { ID_KEY } from '../kruise/keys.ts';
import { invalid, type Sorted, sortAround, titleOf } from '../kruise/manifests.ts';
import { workloadKind } from '../kruise/workloads/index.ts';
import { APPLICATION, CANARY_STEP, OTHER_TRAITS, PUBLISH_VERSION, TRAIT } from './keys.ts';

/** An Application and its component of the delivery. */
export interface Found {
  readonly application: KubeObject;
  readonly component: JsonObject;
}

/** The components of an Application. */
export function componentsOf(application: Json): readonly JsonObject[] {
  return listAt(application, 'spec', 'components').map((component) => objectAt({ component }, 'component'));
}

/** The traits of a component. */
export function traitsOf(component: Json): readonly Json[] {
  return listAt(component, 'traits');
}

/** The steps of an Application's workflow, those in a group of steps too; empty when it has no workflow of its own. */
export function workflowSteps(application: Json): readonly Json[] {
  return listAt(application, 'spec', 'workflow', 'steps').flatMap((step) => [step, ...listAt(step, 'subSteps')]);
}

/**
 * Checks the source of a delivery, and sorts it around the Application that has the delivery's component: the component that
 * is named like the workload, because KubeVela names workload and Rollout after it. Throws SOURCE_INVALID or ID_ANNOTATION.
 */
export function sortSource(delivery: Delivery, manifests: readonly KubeObject[]): Sorted & Found {
  const first = applicationIn(delivery, manifests);
  const sorted = sortAround(delivery, manifests, {
    isMain: (object) => isApplication(object) && componentIn(delivery, object) !== null,
    problems: [
      ...(first === null ? missing(delivery, manifests) : problemsOf(delivery, first, manifests)),
      ...others(manifests, first).map((application) => {
        const says = `the source contains ${titleOf(application)} too, and a release writes one Application`;
        return invalid(says, 'give it a delivery of its own, or move it out of the source');
      }),
    ],
  });
  const component = componentIn(delivery, sorted.workload);
  if (component === null) throw new Error('the component was there a moment ago');
  return { ...sorted, application: sorted.workload, component };
}

function isApplication(object: KubeObject): boolean {
  return isOf(APPLICATION, object);
}

/** The component of the delivery: the one that is named like the workload. Null when there is none. */
export function componentIn({ workload }: Pick<Delivery, 'workload'>, application: Json): JsonObject | null {
  return componentsOf(application).find((component) => stringAt(component, 'name') === workload.name) ?? null;
}

function applicationIn(delivery: Delivery, manifests: readonly KubeObject[]): Found | null {
  for (const application of manifests.filter(isApplication)) {
    const component = componentIn(delivery, application);
    if (component !== null) return { application, component };
  }
  return null;
}

function others(manifests: readonly KubeObject[], found: Found | null): readonly KubeObject[] {
  if (found === null) return [];
  return manifests.filter((object) => isApplication(object) && object !== found.application);
}

function missing({ name, workload }: Delivery, manifests: readonly KubeObject[]): readonly InputProblem[] {
  const has = manifests.filter(isApplication).map(
    (one) =>
      `${titleOf(one)} with ${componentsOf(one)
        .map((component) => stringAt(component, 'name') ?? '?')
        .join(', ')}`,
  );
  const found = has.length > 0 ? has : manifests.map(titleOf).sort();
  const says = `the source of ${name} renders no Application with a component ${workload.name}; it renders ${found.join('; ') || 'nothing'}`;
  return [invalid(says, 'write the name of the component as workload.name in stepgate.yaml, or correct the source')];
}

function problemsOf(
  delivery: Delivery,
  { application, component }: Found,
  manifests: readonly KubeObject[],
): readonly InputProblem[] {
  const { name } = delivery.workload;
  const title = titleOf(application);
  const problems: InputProblem[] = [];
  if (stringAt(application, 'apiVersion') !== APPLICATION.apiVersion) {
    const says = `${title} is ${stringAt(application, 'apiVersion')}`;
    problems.push(invalid(says, `write apiVersion: ${APPLICATION.apiVersion}`));
  }
  if (componentsOf(application).filter((one) => stringAt(one, 'name') === name).length > 1) {
    problems.push(invalid(`${title} has the component ${name} twice`, 'keep one of them'));
  }
  if (Object.hasOwn(objectAt(application, 'metadata', 'annotations'), PUBLISH_VERSION)) {
    const says = `${title} has the annotation ${PUBLISH_VERSION}, which stepgate writes anew for each release`;
    problems.push(invalid(says, 'remove it'));
  }
  const twin = manifests.find(
    (object) => isOf(workloadKind(delivery).kind, object) && stringAt(object, 'metadata', 'name') === name,
  );
  if (twin !== undefined) {
    const says = `the source contains ${titleOf(twin)} beside ${title}, whose component ${name} makes an object of that name`;
    problems.push(invalid(says, 'remove one of the two'));
  }
  return [
    ...problems,
    ...traitProblems(title, component),
    ...objectProblems(delivery, component),
    ...spread(title, application),
  ];
}

/** What else would move the pods, or rename the release. */
function traitProblems(title: string, component: Json): readonly InputProblem[] {
  const of = `component ${stringAt(component, 'name')} of ${title}`;
  return traitsOf(component).flatMap((trait): InputProblem[] => {
    const type = stringAt(trait, 'type') ?? '';
    if (type === TRAIT) {
      const says = `${of} has a trait ${type}`;
      return [invalid(says, 'remove it: stepgate makes it from the steps in stepgate.yaml')];
    }
    if (OTHER_TRAITS.includes(type)) {
      const says = `${of} has a trait ${type}, which moves the pods by itself`;
      return [invalid(says, 'remove it: the steps are in stepgate.yaml')];
    }
    // It would be in the pod template too, so that each id makes another revision and begins at step 1 again.
    if (Object.hasOwn(objectAt(trait, 'properties'), ID_KEY)) {
      const says = `${of} sets ${ID_KEY} by a trait ${type}`;
      return [invalid(says, 'remove it: stepgate sets it in the labels of the Application')];
    }
    return [];
  });
}

/** The trait names the workload after the component, so the first of a component's own objects is the workload. */
function objectProblems(delivery: Delivery, component: Json): readonly InputProblem[] {
  if (stringAt(component, 'type') !== OBJECTS) return [];
  const [object] = listAt(component, 'properties', 'objects');
  const { kind, name } = delivery.workload;
  if (isOf(workloadKind(delivery).kind, object) && stringAt(object, 'metadata', 'name') === name) return [];
  const found = object === undefined ? 'nothing' : titleOf(objectAt({ object }, 'object'));
  const says = `component ${name} begins with ${found}, and the Rollout would be about ${kind}/${name}`;
  return [invalid(says, `write ${kind}/${name} as its first object`)];
}

/** The type of a component that brings its own objects. */
export const OBJECTS = 'k8s-objects';

/** What would make several workloads of a component, or another than the one that was read. */
function spread(title: string, application: KubeObject): readonly InputProblem[] {
  const policies = listAt(application, 'spec', 'policies');
  const known = new Set(policies.map((policy) => stringAt(policy, 'name')));
  const problems: InputProblem[] = [];
  for (const policy of policies) {
    const [type, name] = [stringAt(policy, 'type') ?? '', stringAt(policy, 'name') ?? '?'];
    if (type === 'topology' && !isHere(policy)) {
      const says = `policy ${name} of ${title} places it in other clusters or namespaces, whose Rollouts stepgate does not follow`;
      problems.push(invalid(says, 'release to one cluster with one Application, by a delivery for each'));
    } else if (type === 'override' || type === 'replication') {
      const says = `policy ${name} of ${title} has type ${type}, which changes components in a way that stepgate does not read`;
      problems.push(invalid(says, 'write what it changes into the component'));
    }
  }
  if (stringAt(application, 'spec', 'workflow', 'ref') !== null) {
    const says = `${title} has its workflow in another object, which stepgate does not read`;
    problems.push(invalid(says, 'write the steps into spec.workflow, or leave the workflow out'));
  }
  for (const step of workflowSteps(application)) {
    const name = stringAt(step, 'name') ?? '?';
    if (stringAt(step, 'type') === CANARY_STEP) {
      const says = `workflow step ${name} of ${title} is ${CANARY_STEP}, which makes a Rollout of its own`;
      problems.push(invalid(says, 'remove the step, or its workflow: the steps are in stepgate.yaml'));
    }
    const other = textsAt(step, 'properties', 'policies').find((policy) => !known.has(policy));
    if (other !== undefined) {
      const says = `workflow step ${name} of ${title} uses the policy ${other}, which is in another object`;
      problems.push(invalid(says, 'write the policy into spec.policies'));
    }
  }
  return problems;
}

/** Whether a topology is no more than KubeVela's own cluster and the namespace of the Application. */
function isHere(policy: Json): boolean {
  const { clusters, ...more } = objectAt(policy, 'properties');
  const names = textsAt({ clusters }, 'clusters');
  return Object.keys(more).length === 0 && names.every((name) => name === 'local');
}
