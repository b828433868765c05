import { bad, ok, type Said, skipped } from '../../../release/check.ts';
import type { Looked, Wanted } from '../../../release/finding.ts';
import { at, type Json, listAt, numberAt, stringAt, textsAt } from '../../../release/json.ts';
import type { KubeObject } from '../../../release/ports.ts';

/** What the object of an installation is, and who puts it there. */
export interface Part {
  /** `the engine`. */
  readonly what: string;
  /** `the chart of Kruise Rollouts`. */
  readonly by: string;
}

/** What is missing may be installed under another name. */
export function judged(found: Looked, { what, by }: Part, say: (object: KubeObject) => Said): Said {
  switch (found.is) {
    case 'there':
      return say(found.object);
    case 'missing':
      return skipped(`${what} is not where ${by} puts it`);
    case 'unserved':
      return skipped(`this API server does not serve the kind of ${what}`);
    case 'unknown':
      return skipped(`this identity may not read ${what}`);
  }
}

/** The Deployment of a controller. */
export function deploymentOf(namespace: string, name: string): Wanted {
  return { kind: { apiVersion: 'apps/v1', kind: 'Deployment' }, namespace, name };
}

/** The addresses of the pods behind the Service of webhooks. */
export function endpointsOf(namespace: string, name: string): Wanted {
  return { kind: { apiVersion: 'v1', kind: 'Endpoints' }, namespace, name };
}

/** A webhook configuration, by the name that a chart gives it. */
export function hook(kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration', name: string): Wanted {
  return { kind: { apiVersion: 'admissionregistration.k8s.io/v1', kind }, namespace: null, name };
}

export function definition(name: string): Wanted {
  return { kind: { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }, namespace: null, name };
}

/** The images of a controller, and whether a pod of it is there. `without`: what doesn't work then. */
export function controllerSaid(object: KubeObject, { namespace, name }: Wanted, without: string): Said {
  const images = containersOf(object).map((container) => stringAt(container, 'image') ?? '?');
  const available = availableOf(object);
  const what = `${images.join(', ')}, ${available} available`;
  if (available > 0) return ok(what);
  return bad(`${what}: ${without}`, `kubectl -n ${namespace} describe deployment/${name}`, 'ENGINE_MISSING');
}

/** Whether a pod of a controller is there; null where that is not known, because it may be installed under another name. */
export function runs(found: Looked): boolean | null {
  return found.is === 'there' ? availableOf(found.object) > 0 : null;
}

function availableOf(deployment: KubeObject): number {
  return numberAt(deployment, 'status', 'availableReplicas') ?? 0;
}

/** The command and the arguments of every container of a Deployment. */
export function argumentsOf(deployment: KubeObject): readonly string[] {
  return containersOf(deployment).flatMap((container) => [
    ...textsAt(container, 'command'),
    ...textsAt(container, 'args'),
  ]);
}

export function definitionSaid(object: KubeObject): Said {
  const versions = listAt(object, 'spec', 'versions');
  const served = versions.filter((one) => at(one, 'served') === true).map((one) => stringAt(one, 'name') ?? '?');
  return ok(`serves ${served.join(', ')}`);
}

/** Says that webhooks of a configuration have no certificate; null where each has one. */
export function uncertifiedWords(configuration: KubeObject): string | null {
  const hooks = listAt(configuration, 'webhooks');
  const without = hooks.filter((one) => {
    const bundle = stringAt(one, 'clientConfig', 'caBundle') ?? '';
    return bundle === '' || bundle === BLANK;
  });
  if (without.length === 0) return null;
  return `${without.length} of ${hooks.length} webhooks have no certificate: the API server can't call them`;
}

/** A line break in base64: what KubeVela's chart writes before its job has made a certificate. */
const BLANK = 'Cg==';

/** Whether a pod answers webhooks. `say`: what it means that none does. */
export function addressSaid(
  object: KubeObject,
  { namespace }: Wanted,
  say: (says: string, todo: string) => Said,
): Said {
  const ready = listAt(object, 'subsets').flatMap((subset) => listAt(subset, 'addresses')).length;
  return ready > 0 ? ok(`${ready} ready`) : say('no pod answers webhooks', `kubectl -n ${namespace} get pods`);
}

function containersOf(deployment: KubeObject): readonly Json[] {
  return listAt(deployment, 'spec', 'template', 'spec', 'containers');
}
