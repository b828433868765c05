import { keys, text } from '../../../config/shapes.ts';
import type { Step } from '../../../release/delivery.ts';
import { listAt, objectAt, stringAt } from '../../../release/json.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { isMadeByEngine } from '../engine-marks.ts';
import { CANARY_SUFFIX, INGRESS, INGRESS_CLASS } from '../keys.ts';
import { titleOf } from '../manifests.ts';
import { ignored, leadsElsewhere, type Provider, routedSteps, type Sight, type Wrong } from './provider.ts';
import { hasScript, SCRIPTS, scriptFails, withoutScript } from './scripts.ts';

declare module '../../../release/delivery.ts' {
  interface Providers {
    ingress: { readonly name: string; readonly class: string };
  }
}

/** The engine's default class, written explicitly. */
const DEFAULT_CLASS = 'nginx';

/** An Ingress class that the engine has a script for, and what the script writes (docs/engine.md#traffic). */
interface BuiltIn {
  /** The prefix of the annotations. */
  readonly prefix: string;
  /** Whether the script fails for a match without headers. */
  readonly needsHeaders: boolean;
  /** Whether the script writes query parameters and request headers. */
  readonly extended: boolean;
}

const nginxLike = 'nginx.ingress.kubernetes.io';
const builtIn: Readonly<Record<string, BuiltIn>> = {
  nginx: { prefix: nginxLike, needsHeaders: false, extended: false },
  'aliyun-alb': { prefix: 'alb.ingress.kubernetes.io', needsHeaders: true, extended: false },
  higress: { prefix: nginxLike, needsHeaders: true, extended: false },
  mse: { prefix: nginxLike, needsHeaders: false, extended: true },
};

/** The classes that the engine has scripts for. */
export const builtInClasses: readonly string[] = Object.keys(builtIn);

/** Ingress controllers, with the prefix of the annotations that they read. */
const reads: Readonly<Record<string, string>> = {
  'k8s.io/ingress-nginx': nginxLike,
  'higress.io/higress-controller': nginxLike,
  'mse.alibabacloud.com/ingress': nginxLike,
  'ingress.k8s.alibabacloud/alb': 'alb.ingress.kubernetes.io',
};

/** An Ingress. The engine creates a second one, which has the weight in annotations of its class. */
export const ingress: Provider<'ingress'> = {
  key: {
    about: 'the Ingress of the Service',
    shape: keys({
      name: { about: 'name of the Ingress', shape: text('subdomain'), required: true },
      class: {
        about: 'nginx (default), aliyun-alb, higress, mse, or a class that the engine is configured for',
        shape: text('label'),
      },
    }),
  },
  read(found) {
    const name = stringAt(found, 'name');
    return name === null ? null : { name, class: stringAt(found, 'class') ?? DEFAULT_CLASS };
  },
  print: (value) => ({ ...value }),
  inDigest: (value) => ({ ingress: value === null ? null : { ...value } }),
  place: 'routing',
  render: (value) => ({ ingress: { classType: value.class, name: value.name } }),
  readBack(routing) {
    const name = stringAt(routing, 'ingress', 'name');
    const named = stringAt(routing, 'ingress', 'classType') ?? '';
    return name === null ? null : { name, class: named === '' ? DEFAULT_CLASS : named };
  },
  names: ({ name }) => [{ kind: INGRESS, name }],
  keepsMatches: false,
  beside: () => [SCRIPTS, { kind: INGRESS_CLASS, namespace: null, name: null }],
  lookups({ name }, sight) {
    const found = sight.find({ kind: INGRESS, name });
    const className = found.is === 'there' ? classNameOf(found.object) : null;
    return [SCRIPTS, ...(className === null ? [] : [ingressClass(className)])];
  },
  wrongWithSteps(value, sight) {
    const script = scriptOf(value.class, sight);
    if (script === 'other') return [];
    if (script === null) return withoutScript(`Ingress class ${value.class}`, scriptKey(value.class), sight);
    const shared: readonly Wrong[] = sight.delivery.traffic?.canaryService === false ? [sharedService(value.name)] : [];
    return [...shared, ...routedSteps(sight.delivery).flatMap((step) => wrongWithStep(step, value, script))];
  },
  wrongWith(object, value, sight) {
    const paths = listAt(object, 'spec', 'rules').flatMap((rule) => listAt(rule, 'http', 'paths'));
    const found = paths.map((path) => stringAt(path, 'backend', 'service', 'name'));
    return [
      ...leadsElsewhere(titleOf(object), { service: sight.service, found }),
      ...wrongWithClass(object, value.class, sight),
      ...unannotated(object, value.class, sight),
    ];
  },
  shares: ({ name }) => [
    {
      kind: INGRESS,
      name: `${name}${CANARY_SUFFIX}`,
      left(object, { namespace }) {
        if (!isMadeByEngine(object)) return null;
        const backends = listAt(object, 'spec', 'rules').flatMap((rule) => listAt(rule, 'http', 'paths'));
        const services = new Set(backends.flatMap((path) => stringAt(path, 'backend', 'service', 'name') ?? []));
        return {
          says: `${titleOf(object)} may still take ${shareIn(object)} of Ingress/${name}, to Service/${[...services].join(', ')}`,
          todo: `kubectl -n ${namespace} delete ingress ${name}${CANARY_SUFFIX}`,
        };
      },
    },
  ],
  assumed: (value, { service, port }) => ({
    ingressClassName: value.class,
    rules: [
      {
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: port } } } }],
        },
      },
    ],
  }),
};

/** The requests that the annotations of a canary Ingress name, of whatever class. */
function shareIn(canary: KubeObject): string {
  const annotations = Object.entries(objectAt(canary, 'metadata', 'annotations'));
  const [, weight] = annotations.find(([key]) => key.endsWith('/canary-weight')) ?? [];
  return typeof weight === 'string' && weight !== '' ? `${weight}% of the requests` : 'some of the requests';
}

/** The engine's own script for a class; `other` when the cluster has replaced it, null when there is none. */
function scriptOf(name: string, sight: Sight): BuiltIn | 'other' | null {
  const own = Object.hasOwn(builtIn, name) ? (builtIn[name] ?? null) : null;
  return own !== null && hasScript(scriptKey(name), sight) === 'yes' ? 'other' : own;
}

function scriptKey(name: string): string {
  return `lua.traffic.routing.ingress.${name}`;
}

function ingressClass(name: string) {
  return { kind: INGRESS_CLASS, namespace: null, name };
}

function classNameOf(object: KubeObject): string | null {
  return stringAt(object, 'spec', 'ingressClassName');
}

function wrongWithStep(step: Step, { name, class: className }: { name: string; class: string }, script: BuiltIn) {
  const provider = `Ingress/${name} (class ${className})`;
  const { matches, requestHeaders } = step;
  const parts = (key: string) => matches.map((match) => listAt(match, key).length);
  const wrong: Wrong[] = [];
  const without = matches.filter((match) => listAt(match, 'headers').length === 0).length;
  if (script.needsHeaders && without > 0) {
    const why = `step ${step.name} has a match without headers, which class ${className} can't have`;
    wrong.push(
      scriptFails(`class ${className}`, why, [`${without} of ${matches.length} matches`], 'match by a header'),
    );
  }
  const drop = (what: string, wayOut: string) => wrong.push(ignored(step, provider, what, wayOut));
  if (matches.some((match) => Object.keys(objectAt(match, 'path')).length > 0)) {
    drop('the path of matches', 'match by a header, or route with gateway');
  }
  if (!script.extended && parts('queryParams').some((count) => count > 0)) {
    drop('query parameters of matches', 'match by a header, or route with gateway');
  }
  if (
    parts('headers').some((count) => count > 1) ||
    parts('queryParams').some((count) => script.extended && count > 1)
  ) {
    drop('all but the first header of a match', 'match by one header');
  }
  if (matches.length > 1) drop('all matches but the last', 'write one match');
  if (requestHeaders === null) return wrong;
  if (!script.extended) {
    drop('requestHeaders', 'leave them out, or use class mse or an Istio VirtualService');
    return wrong;
  }
  const [set, others] = [
    Object.keys(requestHeaders.set),
    [...Object.keys(requestHeaders.add), ...requestHeaders.remove],
  ];
  if (set.length === 0) {
    const why = `requestHeaders of step ${step.name} has no set, which class ${className} needs`;
    wrong.push(
      scriptFails(
        `class ${className}`,
        why,
        [`only ${others.join(', ')}`],
        'set a header, or leave requestHeaders out',
      ),
    );
  } else if (others.length > 0) drop('add and remove of requestHeaders', 'use set alone');
  if (set.length > 1) drop('the borders between the headers that are set: they become one', 'set one header');
  return wrong;
}

function sharedService(name: string): Wrong {
  return {
    code: 'CANARY_SERVICE_OFF',
    severity: 'warning',
    says: `Ingress/${name} would send the new version's share to the Service that has the pods of both: pods share all requests, whatever the steps say`,
    facts: ['canaryService: false', `Ingress/${name}`],
    wayOut: 'leave canaryService out; only routes by subsets, such as an Istio VirtualService, work without it',
  };
}

/** An Ingress of a missing class is served by no controller. A controller of another class reads other annotations. */
function wrongWithClass(object: KubeObject, named: string, sight: Sight): readonly Wrong[] {
  const className = classNameOf(object);
  if (className === null) return [];
  const found = sight.looked(ingressClass(className));
  const warning = { code: 'INGRESS_CLASS', severity: 'warning' } as const;
  if (found.is === 'missing') {
    const says = `IngressClass/${className} is not there: no controller may serve ${titleOf(object)}, nor the one that the engine makes of it`;
    const facts = [`ingressClassName of ${titleOf(object)} is ${className}`];
    return [{ ...warning, says, facts, wayOut: 'correct ingressClassName, or install the controller of that class' }];
  }
  const script = scriptOf(named, sight);
  if (found.is !== 'there' || script === null || script === 'other') return [];
  const controller = stringAt(found.object, 'spec', 'controller') ?? '';
  const prefix = Object.hasOwn(reads, controller) ? reads[controller] : undefined;
  if (prefix === undefined || prefix === script.prefix) return [];
  const says = `the engine writes annotations of ${script.prefix} for class ${named}, and the controller of ${titleOf(object)} reads those of ${prefix}`;
  const facts = [`IngressClass/${className} is of ${controller}`];
  return [{ ...warning, says, facts, wayOut: 'name the class of that controller under traffic.ingress.class' }];
}

/** The script of class mse requires that the Ingress has annotations. */
function unannotated(object: KubeObject, named: string, sight: Sight): readonly Wrong[] {
  const script = scriptOf(named, sight);
  if (script === null || script === 'other' || !script.extended) return [];
  if (Object.keys(objectAt(object, 'metadata', 'annotations')).length > 0) return [];
  const title = titleOf(object);
  const why = `${title} has no annotation at all`;
  return [scriptFails(`class ${named}`, why, [`no annotations on ${title}`], `give ${title} an annotation, whichever`)];
}
