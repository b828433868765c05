import type { CodeOf } from '../../release/codes.ts';
import type { Delivery } from '../../release/delivery.ts';
import type { Finding, Surroundings } from '../../release/finding.ts';
import { at, type Json, listAt, stringAt } from '../../release/json.ts';
import type { Observation } from '../../release/observation.ts';
import type { Rendered } from '../../release/target.ts';
import { titleOf } from '../kruise/manifests.ts';
import { finding } from '../kruise/trap-input.ts';
import { traps as trapsOfEngine } from '../kruise/traps.ts';
import { GATED_LABEL, TRAIT } from './keys.ts';
import { componentsOf, OBJECTS, traitsOf, workflowSteps } from './source.ts';

/** Findings of the engine about who owns fields of a workload that stepgate writes. Here KubeVela writes it. */
const notOurs: readonly CodeOf<'finding'>[] = ['OWNED_FIELDS', 'RESTARTED_AT', 'NOT_GATED_YET'];

const weight = { error: 0, warning: 1, note: 2 } as const;

/**
 * The findings about a release by an Application: those of the engine about the plan, and about the pods where the source says
 * them whole; and what KubeVela would do otherwise than the plan says (docs/kubevela.md#findings).
 */
export function traps(
  delivery: Delivery,
  rendered: Rendered,
  observation: Observation,
  around: Surroundings,
): readonly Finding[] {
  const { carrier } = rendered;
  const ofEngine = trapsOfEngine(delivery, rendered, observation, around).filter(
    ({ code }) => !notOurs.some((one) => one === code),
  );
  if (carrier === null) return ofEngine;
  const others = componentsOf(carrier).filter((component) => stringAt(component, 'name') !== delivery.workload.name);
  const title = titleOf(carrier);
  return [
    ...others.flatMap((component) => unreadable(title, component)),
    ...others.flatMap((component) => ungated(title, component)),
    ...workflowDecides(title, carrier),
    ...gateSeenLater(title, delivery),
    ...ofEngine,
  ].sort((left, right) => weight[left.severity] - weight[right.severity]);
}

/** One trait that does not evaluate fails the Application: no component of it is written then. */
function unreadable(title: string, component: Json): readonly Finding[] {
  const name = stringAt(component, 'name') ?? '?';
  return traitsOf(component)
    .filter((trait) => stringAt(trait, 'type') === TRAIT)
    .flatMap((trait) => {
      const canary = at(trait, 'properties', 'canary');
      const matched = listAt(canary, 'steps').some((step) => at(step, 'matches') !== undefined);
      const nginx = listAt(canary, 'trafficRoutings').some((routing) => stringAt(routing, 'type') === 'nginx');
      const facts = [
        ...(matched ? [`matches in a step of component ${name}`] : []),
        ...(nginx ? [`type: nginx in trafficRoutings of component ${name}`] : []),
      ];
      if (facts.length === 0) return [];
      return finding(
        'error',
        'PARAMETER_UNREADABLE',
        `the addon can't evaluate the trait ${TRAIT} of component ${name}: ${title} would stay in its workflow with "invalid template"`,
        facts,
        'leave matches out, and write type: ingress for an Ingress',
      );
    });
}

/** What goes out with the release, without its steps. */
function ungated(title: string, component: Json): readonly Finding[] {
  const name = stringAt(component, 'name') ?? '?';
  if (traitsOf(component).some((trait) => stringAt(trait, 'type') === TRAIT)) {
    return finding(
      'warning',
      'COMPONENT_UNGATED',
      `component ${name} of ${title} has steps of its own: stepgate leaves none of them, and a release changes it too`,
      [`trait ${TRAIT} in component ${name}`],
      'move it to an Application of its own, with its own delivery',
    );
  }
  const isObjects = stringAt(component, 'type') === OBJECTS;
  const pods = listAt(component, 'properties', 'objects').filter((one) => at(one, 'spec', 'template') !== undefined);
  if (isObjects && pods.length === 0) return [];
  return finding(
    'warning',
    'COMPONENT_UNGATED',
    `component ${name} of ${title} has no steps: what a release changes in it goes to all its pods at once`,
    [`no trait ${TRAIT} in component ${name}`],
    'move it to an Application of its own, or do not change it together with the released component',
  );
}

function workflowDecides(title: string, carrier: Json): readonly Finding[] {
  const steps = workflowSteps(carrier).map(
    (step) => `${stringAt(step, 'name') ?? '?'} (${stringAt(step, 'type') ?? '?'})`,
  );
  if (steps.length === 0) return [];
  return finding(
    'warning',
    'WORKFLOW_DECIDES',
    `${title} has a workflow of its own: its steps say when, and whether, the component is written, and stepgate resumes none of them`,
    [`steps: ${steps.join(', ')}`],
    'leave the workflow out, or leave nothing in it that waits for a person',
  );
}

/** The server never runs KubeVela for a dry-run, so no answer shows the engine's gate. */
function gateSeenLater(title: string, { workload, namespace }: Delivery): readonly Finding[] {
  const { kind, name } = workload;
  return finding(
    'note',
    'GATE_SEEN_LATER',
    `no dry-run shows whether the engine gates ${title}: stepgate writes it once the engine watches ${kind}/${name} in ${namespace}, and not before; a first release has no steps`,
    [
      `label ${GATED_LABEL}: "true" in the Application, for the engine of the addon`,
      `trait ${TRAIT} in component ${name}`,
    ],
    'nothing is to be done: a version that reaches every pod without the steps is told in the same run (UNGATED)',
  );
}
