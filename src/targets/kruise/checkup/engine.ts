import { bad, ok, type Said, warning } from '../../../release/check.ts';
import type { Installation } from '../../../release/checkup.ts';
import type { Delivery } from '../../../release/delivery.ts';
import type { Looked, Wanted } from '../../../release/finding.ts';
import { listAt } from '../../../release/json.ts';
import type { KubeObject } from '../../../release/ports.ts';
import {
  addressSaid,
  argumentsOf,
  controllerSaid,
  definition,
  definitionSaid,
  deploymentOf,
  endpointsOf,
  hook,
  judged,
  runs,
  uncertifiedWords,
} from './installed.ts';

const NAMESPACE = 'kruise-rollout';
const CHART = 'the chart of Kruise Rollouts';

/** The engine, its webhooks and its definitions, with the names that its chart and its own manifests give them. */
const controller = deploymentOf(NAMESPACE, 'kruise-rollout-controller-manager');
const mutating = hook('MutatingWebhookConfiguration', 'kruise-rollout-mutating-webhook-configuration');
const validating = hook('ValidatingWebhookConfiguration', 'kruise-rollout-validating-webhook-configuration');
const addresses = endpointsOf(NAMESPACE, 'kruise-rollout-webhook-service');
const rollouts = definition('rollouts.rollouts.kruise.io');

/** Kruise Rollouts. */
export const engine: Installation = {
  wanted: () => [controller, mutating, validating, addresses, rollouts],
  judge: (looked, deliveries) => [
    { name: 'engine', said: judged(looked(controller), part('the engine'), engineSaid) },
    {
      name: 'feature gates',
      said: judged(looked(controller), part('the engine'), (object) => gatesSaid(object, deliveries)),
    },
    { name: 'definitions', said: judged(looked(rollouts), part('the definition of Rollouts'), definitionSaid) },
    { name: 'webhook that holds templates back', said: hookThere(looked(mutating)) },
    { name: 'webhook that checks plans', said: hookThere(looked(validating)) },
    {
      name: 'address of the webhooks',
      said: judged(looked(addresses), part('the Service of the webhooks'), (object) =>
        addressSaid(object, addresses, (says, todo) =>
          bad(`${says}: writes of workloads are refused or not held back`, todo, 'ENGINE_MISSING'),
        ),
      ),
    },
  ],
};

/** Whether a pod of the engine is there; null where that is not known. */
export function isRunning(looked: (wanted: Wanted) => Looked): boolean | null {
  return runs(looked(controller));
}

function part(what: string) {
  return { what, by: CHART };
}

function engineSaid(object: KubeObject): Said {
  return controllerSaid(object, controller, 'no release goes on, and none goes back');
}

/** Only without the webhooks nothing would be held back. */
function hookThere(found: Looked): Said {
  if (found.is !== 'missing') return judged(found, part('its configuration'), hookSaid);
  return warning(
    `it is not there under the name that ${CHART} gives it`,
    'install Kruise Rollouts, or make sure that it has another name here',
    'ENGINE_MISSING',
  );
}

function gatesSaid(object: KubeObject, deliveries: readonly Delivery[]): Said {
  const given =
    argumentsOf(object)
      .find((arg) => /^--?feature-gates=/.test(arg))
      ?.replace(/^[^=]*=/, '') ?? '';
  const needs = deliveries.filter(({ workload, style }) => workload.kind === 'Deployment' && style === 'partition');
  if (needs.length === 0 || /(^|,)(AdvancedDeployment|AllAlpha)=true(,|$)/.test(given)) {
    return ok(given === '' ? 'none is set' : given);
  }
  const [first] = needs;
  return warning(
    `AdvancedDeployment is not switched on (${given === '' ? 'none is set' : given}), and partition releases of a Deployment need it, such as ${first?.name}`,
    'start the engine with --feature-gates=AdvancedDeployment=true',
  );
}

function hookSaid(object: KubeObject): Said {
  const hooks = listAt(object, 'webhooks').length;
  const wrong =
    hooks === 0 ? 'it has no webhook: a new template would reach every pod at once' : uncertifiedWords(object);
  if (wrong === null) return ok(`${hooks} webhooks`);
  return bad(wrong, 'restart the engine, which writes them; or install it again', 'WOULD_NOT_GATE');
}
