import { bad, ok, type Said, skipped, warning } from '../../release/check.ts';
import type { Installation } from '../../release/checkup.ts';
import type { Delivery } from '../../release/delivery.ts';
import type { Looked, Wanted } from '../../release/finding.ts';
import { listAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
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
} from '../kruise/checkup/installed.ts';
import { APPLICATION, TRAIT } from './keys.ts';

const NAMESPACE = 'vela-system';
const CHART = 'the chart of KubeVela';

/** KubeVela, with the names that its chart gives its parts. */
const controller = deploymentOf(NAMESPACE, 'kubevela-vela-core');
const mutating = hook('MutatingWebhookConfiguration', 'kubevela-vela-core-admission');
const validating = hook('ValidatingWebhookConfiguration', 'kubevela-vela-core-admission');
const addresses = endpointsOf(NAMESPACE, 'vela-core-webhook');
const applications = definition('applications.core.oam.dev');

/** KubeVela's own controller, and its webhooks. Without these an Application is checked later, and released all the same. */
export const kubevela: Installation = {
  wanted: () => [controller, mutating, validating, addresses, applications],
  judge(looked) {
    const hooks = [looked(mutating), looked(validating)];
    const isStrict = hooks.some(refusesWithout);
    return [
      {
        name: 'KubeVela',
        said: judged(looked(controller), part('its controller'), (object) =>
          controllerSaid(object, controller, 'it makes nothing of an Application, and no release goes on or back'),
        ),
      },
      {
        name: 'definition of Applications',
        said: judged(looked(applications), part('the definition of Applications'), definitionSaid),
      },
      { name: 'webhook that completes Applications', said: hookSaid(looked(mutating)) },
      { name: 'webhook that checks Applications', said: hookSaid(looked(validating)) },
      {
        name: "address of KubeVela's webhooks",
        said: judged(looked(addresses), part('the Service of its webhooks'), (object) =>
          addressSaid(object, addresses, (says, todo) =>
            isStrict
              ? bad(`${says}: the API server refuses every Application`, todo, 'ENGINE_MISSING')
              : warning(`${says}: Applications are not checked before they are written`, todo),
          ),
        ),
      },
    ];
  },
};

/** Whether a pod of KubeVela's controller is there; null where that is not known. */
export function isRunning(looked: (wanted: Wanted) => Looked): boolean | null {
  return runs(looked(controller));
}

/** The definition of the trait that a release adds to a component. KubeVela looks for it beside the Application, then among its own. */
export const trait: Installation = {
  wanted: (deliveries) => [
    traitIn(NAMESPACE),
    ...new Map(deliveries.map(({ namespace }) => [namespace, traitIn(namespace)])).values(),
  ],
  judge: (looked, deliveries) => [{ name: `trait ${TRAIT}`, said: traitSaid(looked, deliveries) }],
};

/** A definition of KubeVela's own API that only some of its versions have. */
export function definedBy(name: string, what: string): Installation {
  const wanted = definition(name);
  return {
    wanted: () => [wanted],
    judge: (looked) => [{ name: `definition of ${what}`, said: judged(looked(wanted), part('it'), definitionSaid) }],
  };
}

function part(what: string) {
  return { what, by: CHART };
}

function traitIn(namespace: string): Wanted {
  return { kind: { apiVersion: APPLICATION.apiVersion, kind: 'TraitDefinition' }, namespace, name: TRAIT };
}

function traitSaid(looked: (wanted: Wanted) => Looked, deliveries: readonly Delivery[]): Said {
  const said = (found: Looked, place: string) =>
    judged(found, part('its TraitDefinition'), () => ok(`TraitDefinition/${TRAIT} in ${place}`));
  const its = looked(traitIn(NAMESPACE));
  if (its.is !== 'missing') return said(its, NAMESPACE);
  const elsewhere = definitionsOf(looked(controller));
  if (elsewhere !== NAMESPACE) return skipped(`KubeVela has its definitions in ${elsewhere}`);
  const found = deliveries.map((delivery) => ({ delivery, own: looked(traitIn(delivery.namespace)) }));
  const without = found.find(({ own }) => own.is === 'missing');
  if (without === undefined) {
    const unseen = found.find(({ own }) => own.is !== 'there');
    return said((unseen ?? found[0])?.own ?? its, 'the namespace of each Application');
  }
  const { name, namespace } = without.delivery;
  return bad(
    `there is no TraitDefinition/${TRAIT} in ${NAMESPACE} or ${namespace}: KubeVela makes nothing of an Application that has the trait, such as that of ${name}`,
    `vela addon enable ${TRAIT}`,
    'ENGINE_MISSING',
  );
}

/** The namespace in which KubeVela looks for definitions that everybody may use. */
function definitionsOf(found: Looked): string {
  const given = found.is !== 'there' ? [] : argumentsOf(found.object);
  const [, namespace] = given.map((arg) => /^--?system-definition-namespace=(.+)$/.exec(arg)).find(Boolean) ?? [];
  return namespace ?? NAMESPACE;
}

/** Whether the API server refuses an Application while no pod answers the webhooks. */
function refusesWithout(found: Looked): boolean {
  if (found.is !== 'there') return false;
  return listAt(found.object, 'webhooks').some((one) => stringAt(one, 'failurePolicy') === 'Fail');
}

/** The chart can be told to install none. */
function hookSaid(found: Looked): Said {
  return judged(found, part('its configuration'), (object: KubeObject) => {
    const says = uncertifiedWords(object);
    if (says === null) return ok(`${listAt(object, 'webhooks').length} webhooks`);
    const todo = `look at the job that writes them: kubectl -n ${NAMESPACE} get jobs; or install KubeVela again`;
    return refusesWithout(found) ? bad(says, todo, 'ENGINE_MISSING') : warning(says, todo);
  });
}
