import type { Delivery } from '../../release/delivery.ts';
import type { InputProblem } from '../../release/error.ts';
import { at, type JsonObject, numberAt, objectAt, stringAt } from '../../release/json.ts';
import { isOf } from '../../release/kinds.ts';
import type { KubeObject } from '../../release/ports.ts';
import { invalid, type Sorted, sortAround, titleOf } from '../kruise/manifests.ts';
import { kindOf, workloadKind } from '../kruise/workloads/index.ts';
import { APPLICATION, OTHER_TRAITS, TRAIT } from '../vela/keys.ts';
import { componentIn, componentsOf, traitsOf } from '../vela/source.ts';
import { deadFields } from './dead-fields.ts';
import { APP_ROLLOUT, STANDARD_ROLLOUT } from './keys.ts';

/** The type of a component whose properties are the workload itself. */
export const RAW = 'raw';

/** The source of a delivery, sorted around its Application. */
export interface Found extends Sorted {
  readonly application: KubeObject;
  readonly component: JsonObject;
  /** The pods that the component says it has. KubeVela leaves the size to the AppRollout. */
  readonly size: number;
}

/**
 * Checks the source of a delivery, and sorts it around the Application that has the delivery's component: the one that is named
 * like the workload. Throws SOURCE_INVALID or ID_ANNOTATION.
 */
export function sortSource(delivery: Delivery, manifests: readonly KubeObject[]): Found {
  const applications = manifests.filter((object) => isOf(APPLICATION, object));
  const application = applications.find((object) => componentIn(delivery, object) !== null) ?? null;
  const component = application === null ? null : componentIn(delivery, application);
  const size = component === null ? null : sizeIn(component);
  const sorted = sortAround(delivery, manifests, {
    isMain: (object) => isOf(APPLICATION, object) && componentIn(delivery, object) !== null,
    problems: [
      ...rollouts(manifests),
      ...(application === null || component === null
        ? missing(delivery, manifests)
        : [
            ...problemsOf(delivery, { application, component, size }, manifests),
            ...applications.filter((other) => other !== application).map(second),
          ]),
    ],
  });
  if (component === null || size === null) throw new Error('the component was there a moment ago');
  return { ...sorted, application: sorted.workload, component, size };
}

/** The size of a component, by its trait `scaler`, by `replicas` of its properties, or by its object; null when it says none. */
export function sizeIn(component: JsonObject): number | null {
  const scaler = traitsOf(component).find((trait) => stringAt(trait, 'type') === 'scaler');
  return (
    numberAt(scaler, 'properties', 'replicas') ??
    numberAt(component, 'properties', 'replicas') ??
    (stringAt(component, 'type') === RAW ? numberAt(component, 'properties', 'spec', 'replicas') : null)
  );
}

function second(application: KubeObject): InputProblem {
  const says = `the source contains ${titleOf(application)} too, and a release writes one Application`;
  return invalid(says, 'give it a delivery of its own, or move it out of the source');
}

function missing({ name, workload }: Delivery, manifests: readonly KubeObject[]): readonly InputProblem[] {
  const found = manifests.map((object) => {
    const names = componentsOf(object).map((component) => stringAt(component, 'name') ?? '?');
    return isOf(APPLICATION, object) ? `${titleOf(object)} with ${names.join(', ')}` : titleOf(object);
  });
  const says = `the source of ${name} renders no Application with a component ${workload.name}; it renders ${found.sort().join('; ') || 'nothing'}`;
  return [invalid(says, 'write the name of the component as workload.name in stepgate.yaml, or correct the source')];
}

/** Objects by which pods would move beside the plan, each with the fields of it that never did anything. */
function rollouts(manifests: readonly KubeObject[]): readonly InputProblem[] {
  return manifests.flatMap((object) => {
    const title = titleOf(object);
    if (isOf(STANDARD_ROLLOUT, object)) {
      const says = `the source contains ${title} of ${STANDARD_ROLLOUT.apiVersion}`;
      return [
        invalid(says, 'remove it: KubeVela makes it from a trait, and stepgate makes an AppRollout from the steps'),
      ];
    }
    if (!isOf(APP_ROLLOUT, object)) return [];
    const says = `the source contains ${title}`;
    return [
      invalid(says, 'remove it: stepgate makes the AppRollout from the steps in stepgate.yaml'),
      ...deadFields(object).map((dead) =>
        invalid(`${title}: ${dead.field} ${dead.says}`, 'leave it out, and write what it was for as a step or a gate'),
      ),
    ];
  });
}

interface Main {
  readonly application: KubeObject;
  readonly component: JsonObject;
  readonly size: number | null;
}

function problemsOf(
  delivery: Delivery,
  { application, component, size }: Main,
  manifests: readonly KubeObject[],
): readonly InputProblem[] {
  const { kind, name } = delivery.workload;
  const title = titleOf(application);
  const problems: InputProblem[] = [];
  if (stringAt(application, 'apiVersion') !== APPLICATION.apiVersion) {
    const says = `${title} is ${stringAt(application, 'apiVersion')}`;
    problems.push(invalid(says, `write apiVersion: ${APPLICATION.apiVersion}`));
  }
  if (componentsOf(application).filter((one) => stringAt(one, 'name') === name).length > 1) {
    problems.push(invalid(`${title} has the component ${name} twice`, 'keep one of them'));
  }
  if (size === null || size < 1) {
    const says = `component ${name} of ${title} says ${size === null ? 'no size' : 'that it has no pod'}, and an AppRollout needs one`;
    problems.push(invalid(says, 'write the number of pods as replicas of its properties'));
  }
  if (at(application, 'spec', 'rolloutPlan') !== undefined) {
    const says = `${title} has spec.rolloutPlan, by which KubeVela moves its first component by itself`;
    problems.push(invalid(says, 'remove it: the steps are in stepgate.yaml'));
  }
  const twin = manifests.find((object) => isOf(workloadKind(delivery).kind, object) && nameIn(object) === name);
  if (twin !== undefined) {
    const says = `the source contains ${titleOf(twin)} beside ${title}, whose component ${name} makes an object of that name`;
    problems.push(invalid(says, 'remove one of the two'));
  }
  const own = stringAt(component, 'type') === RAW ? objectAt(component, 'properties') : null;
  if (own !== null && kindOf(own)?.name !== kind) {
    const says = `component ${name} of ${title} is a ${stringAt(own, 'kind') ?? '?'} of ${stringAt(own, 'apiVersion') ?? '?'}, and workload.kind is ${kind}`;
    problems.push(invalid(says, 'write the kind of the component as workload.kind in stepgate.yaml'));
  }
  return [...problems, ...traitProblems(title, component)];
}

function traitProblems(title: string, component: JsonObject): readonly InputProblem[] {
  return traitsOf(component).flatMap((trait): readonly InputProblem[] => {
    const type = stringAt(trait, 'type') ?? '';
    if (type !== TRAIT && !OTHER_TRAITS.includes(type)) return [];
    const says = `component ${stringAt(component, 'name')} of ${title} has a trait ${type}, which moves the pods by itself`;
    return [invalid(says, 'remove it: the steps are in stepgate.yaml')];
  });
}

function nameIn(object: KubeObject): string | null {
  return stringAt(object, 'metadata', 'name');
}
