import { bad, ok, type Said, skipped, warning } from '../../release/check.ts';
import type { Checkup, LeftOver } from '../../release/checkup.ts';
import type { Delivery } from '../../release/delivery.ts';
import type { Looked, Wanted } from '../../release/finding.ts';
import { listAt, numberAt, objectAt, stringAt, textsAt, without } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { workloadKind } from './workloads/index.ts';

const NAMESPACE = 'kruise-rollout';

/** The engine, its webhooks and its definitions, with the names that its chart and its own manifests give them. */
const controller: Wanted = {
  kind: { apiVersion: 'apps/v1', kind: 'Deployment' },
  namespace: NAMESPACE,
  name: 'kruise-rollout-controller-manager',
};
const mutating = hook('MutatingWebhookConfiguration', 'kruise-rollout-mutating-webhook-configuration');
const validating = hook('ValidatingWebhookConfiguration', 'kruise-rollout-validating-webhook-configuration');
const addresses: Wanted = {
  kind: { apiVersion: 'v1', kind: 'Endpoints' },
  namespace: NAMESPACE,
  name: 'kruise-rollout-webhook-service',
};
const definition: Wanted = {
  kind: { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  namespace: null,
  name: 'rollouts.rollouts.kruise.io',
};

export const checkup: Checkup = {
  wanted: [controller, mutating, validating, addresses, definition],
  judge: (looked, deliveries) => [
    { name: 'engine', said: judged(looked(controller), 'the engine', (object) => controllerSaid(object)) },
    {
      name: 'feature gates',
      said: judged(looked(controller), 'the engine', (object) => gatesSaid(object, deliveries)),
    },
    { name: 'definitions', said: judged(looked(definition), 'the definition of Rollouts', definitionSaid) },
    { name: 'webhook that holds templates back', said: hookThere(looked(mutating)) },
    { name: 'webhook that checks plans', said: hookThere(looked(validating)) },
    { name: 'address of the webhooks', said: judged(looked(addresses), 'the Service of the webhooks', addressSaid) },
  ],
  leftOver,
};

function hook(kind: string, name: string): Wanted {
  return { kind: { apiVersion: 'admissionregistration.k8s.io/v1', kind }, namespace: null, name };
}

/** What is missing may be installed under another name. Only without the webhooks nothing would be held back. */
function judged(found: Looked, what: string, say: (object: KubeObject) => Said): Said {
  switch (found.is) {
    case 'there':
      return say(found.object);
    case 'missing':
      return skipped(`${what} is not where the chart of Kruise Rollouts puts it`);
    case 'unserved':
      return skipped(`this API server does not serve the kind of ${what}`);
    case 'unknown':
      return skipped(`this identity may not read ${what}`);
  }
}

function hookThere(found: Looked): Said {
  if (found.is !== 'missing') return judged(found, 'its configuration', hookSaid);
  return warning(
    'it is not there under the name that the chart of Kruise Rollouts gives it',
    'install Kruise Rollouts, or make sure that it has another name here',
    'ENGINE_MISSING',
  );
}

function controllerSaid(object: KubeObject): Said {
  const images = containersOf(object).map((container) => stringAt(container, 'image') ?? '?');
  const available = numberAt(object, 'status', 'availableReplicas') ?? 0;
  const what = `${images.join(', ')}, ${available} available`;
  if (available > 0) return ok(what);
  const name = `deployment/${controller.name}`;
  return bad(
    `${what}: no release goes on, and none goes back`,
    `kubectl -n ${NAMESPACE} describe ${name}`,
    'ENGINE_MISSING',
  );
}

function gatesSaid(object: KubeObject, deliveries: readonly Delivery[]): Said {
  const args = containersOf(object).flatMap((container) => [
    ...textsAt(container, 'command'),
    ...textsAt(container, 'args'),
  ]);
  const given = args.find((arg) => /^--?feature-gates=/.test(arg))?.replace(/^[^=]*=/, '') ?? '';
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

function definitionSaid(object: KubeObject): Said {
  const versions = listAt(object, 'spec', 'versions');
  const served = versions
    .filter((one) => objectAt({ one }, 'one')['served'] === true)
    .map((one) => stringAt(one, 'name') ?? '?');
  return ok(`serves ${served.join(', ')}`);
}

function hookSaid(object: KubeObject): Said {
  const hooks = listAt(object, 'webhooks');
  const without = hooks.filter((one) => (stringAt(one, 'clientConfig', 'caBundle') ?? '') === '');
  if (hooks.length > 0 && without.length === 0) return ok(`${hooks.length} webhooks`);
  return bad(
    hooks.length === 0
      ? 'it has no webhook: a new template would reach every pod at once'
      : `${without.length} of ${hooks.length} webhooks have no certificate: the API server can't call them`,
    'restart the engine, which writes them; or install it again',
    'WOULD_NOT_GATE',
  );
}

function addressSaid(object: KubeObject): Said {
  const ready = listAt(object, 'subsets').flatMap((subset) => listAt(subset, 'addresses')).length;
  if (ready > 0) return ok(`${ready} ready`);
  return bad(
    'no pod of the engine answers webhooks: writes of workloads are refused or not held back',
    `kubectl -n ${NAMESPACE} get pods`,
    'ENGINE_MISSING',
  );
}

function containersOf(object: KubeObject) {
  return listAt(object, 'spec', 'template', 'spec', 'containers');
}

/** A workload that the engine has paused or marked, and that has no Rollout any more. */
function leftOver(delivery: Delivery, workload: KubeObject): LeftOver | null {
  const kind = workloadKind(delivery);
  const { paused, marked } = kind.status(workload);
  if (!paused && !marked) return null;
  const free = { ...workload, spec: without(objectAt(workload, 'spec'), ['paused']) };
  const isWhole = kind.status(free).settled;
  const title = `${delivery.workload.kind}/${delivery.workload.name}`;
  const state = paused ? 'is paused' : "has the engine's marks of a release";
  return {
    isHarmless: paused && marked && isWhole,
    says: `${title} ${state}, and there is no Rollout that would end it`,
  };
}
