import { invalid, type Rule, undecoded, untyped } from './rule.ts';
import { all, byIngress, config, everything, ingress, spec, step } from './written.ts';

const match = (one: object) =>
  ({
    by: 'create',
    spec: spec({ style: 'canary', steps: [step('20%', { matches: [one] }), all], traffic: [ingress] }),
  }) as const;
const matching = (one: string) =>
  config({ strategy: 'canary', steps: [`{ replicas: 20%, matches: [${one}] }`, everything], traffic: byIngress });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const header = (name: string, value: string) => ({ headers: [{ name, value }] });
const long = (length: number) => 'a'.repeat(length);

/** The rules of the Rollout's schema, which the API server answers for. */
export const rulesOfFields: readonly Rule[] = [
  {
    rule: 'every key is known',
    breaks: { by: 'create', spec: spec({ steps: [step('20%', { trafic: '20%' }), all] }) },
    engine: untyped('.spec.strategy.canary.steps[0].trafic: field not declared in schema'),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 20%, trafic: 20% }', everything] }),
      says: [
        'stepgate.yaml:9:26 CONFIG_INVALID deliveries[0].steps[0].trafic is not a known key (did you mean traffic? allowed here: name, replicas, traffic, matches, requestHeaders, leaveWhen, timer)',
      ],
    },
  },
  {
    rule: 'steps are a list',
    breaks: { by: 'create', spec: { ...spec(), strategy: { canary: { steps: all } } } },
    engine: untyped('.spec.strategy.canary.steps: expected list, got &{map[pause:map[] replicas:100%]}'),
    stepgate: {
      by: 'config',
      config: config({ steps: '{ replicas: 100% }' }),
      says: ['stepgate.yaml:8:12 CONFIG_INVALID deliveries[0].steps is a map (write a list, such as [a, b])'],
    },
  },
  {
    rule: 'traffic is a text',
    breaks: { by: 'create', spec: spec({ steps: [step('20%', { traffic: 20 }), all], traffic: [ingress] }) },
    engine: untyped('.spec.strategy.canary.steps[0].traffic: expected string, got &value.valueUnstructured{Value:20}'),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 20%, traffic: 20 }', everything], traffic: byIngress }),
      says: [
        'stepgate.yaml:9:35 CONFIG_INVALID deliveries[0].steps[0].traffic is the number 20 (write a percentage up to 100%, such as 25%)',
      ],
    },
  },
  {
    rule: 'replicas are a number or a text',
    breaks: { by: 'create', spec: spec({ steps: [step(true)] }) },
    engine: invalid(
      '[spec.strategy.canary.steps[0].replicas: Invalid value: "boolean": spec.strategy.canary.steps[0].replicas in body must be of type integer,string: "boolean", <nil>: Invalid value: "": "spec.strategy.canary.steps[0].replicas" must validate at least one schema (anyOf), spec.strategy.canary.steps[0].replicas: Invalid value: "boolean": spec.strategy.canary.steps[0].replicas in body must be of type integer: "boolean"]',
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: true }'] }),
      says: [
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is the boolean true (write a whole number from 1 to 2147483647)',
      ],
    },
  },
  {
    rule: 'a number of pods is whole',
    breaks: { by: 'create', spec: spec({ steps: [step(0.5), all] }) },
    engine: invalid(
      '[spec.strategy.canary.steps[0].replicas: Invalid value: "number": spec.strategy.canary.steps[0].replicas in body must be of type integer,string: "number", <nil>: Invalid value: "": "spec.strategy.canary.steps[0].replicas" must validate at least one schema (anyOf), spec.strategy.canary.steps[0].replicas: Invalid value: "number": spec.strategy.canary.steps[0].replicas in body must be of type integer: "number"]',
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 0.5 }', everything] }),
      says: [
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is the number 0.5 (write a whole number from 1 to 2147483647)',
      ],
    },
  },
  {
    rule: 'a number of pods fits into 32 bits',
    breaks: { by: 'create', spec: spec({ steps: [step(2 ** 31), all] }) },
    engine: undecoded(
      'json: cannot unmarshal number 2147483648 into Go struct field CanaryStep.spec.strategy.canary.steps.replicas of type int32',
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 2147483648 }', everything] }),
      says: [
        'stepgate.yaml:9:21 CONFIG_INVALID deliveries[0].steps[0].replicas is the number 2147483648 (write a whole number from 1 to 2147483647)',
      ],
    },
  },
  {
    rule: 'a pause is a number of seconds',
    breaks: { by: 'create', spec: spec({ steps: [step('20%', { pause: { duration: 'soon' } }), all] }) },
    engine: untyped('.spec.strategy.canary.steps[0].pause.duration: expected numeric (int or float), got string'),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 20%, leaveWhen: [{ soak: soon }], timer: engine }', everything] }),
      says: [
        'stepgate.yaml:9:46 CONFIG_INVALID deliveries[0].steps[0].leaveWhen[0].soak is "soon", which is not a duration (write numbers with h, m or s, such as 30s, 10m or 1h30m)',
        'stepgate.yaml:9:62 CONFIG_INVALID deliveries[0].steps[0].timer is engine, but the engine can only time a soak (give the step a lone soak, such as leaveWhen: [{ soak: 10m }], or leave timer out)',
      ],
    },
  },
  {
    rule: 'a pause fits into 32 bits',
    breaks: { by: 'create', spec: spec({ steps: [step('20%', { pause: { duration: 2 ** 31 } }), all] }) },
    engine: undecoded(
      'json: cannot unmarshal number 2147483648 into Go struct field RolloutPause.spec.strategy.canary.steps.pause.duration of type int32',
    ),
    stepgate: {
      by: 'config',
      config: config({ steps: ['{ replicas: 20%, leaveWhen: [{ soak: 596524h }], timer: engine }', everything] }),
      says: [
        'stepgate.yaml:9:46 CONFIG_INVALID deliveries[0].steps[0].leaveWhen[0].soak is "596524h", which is longer than a year (write at most 8760h)',
        'stepgate.yaml:9:65 CONFIG_INVALID deliveries[0].steps[0].timer is engine, but the engine can only time a soak (give the step a lone soak, such as leaveWhen: [{ soak: 10m }], or leave timer out)',
      ],
    },
  },
  {
    rule: 'the grace period of traffic fits into 32 bits',
    breaks: { by: 'create', spec: spec({ traffic: [{ ...ingress, gracePeriodSeconds: 2 ** 31 }] }) },
    engine: undecoded(
      'json: cannot unmarshal number 2147483648 into Go struct field TrafficRoutingRef.spec.strategy.canary.trafficRoutings.gracePeriodSeconds of type int32',
    ),
    stepgate: {
      by: 'config',
      config: config({ traffic: '{ service: shop, grace: 596524h, ingress: { name: shop } }' }),
      says: [
        'stepgate.yaml:10:38 CONFIG_INVALID deliveries[0].traffic.grace is "596524h", which is longer than a year (write at most 8760h)',
      ],
    },
  },
  {
    rule: 'traffic names a Service',
    breaks: { by: 'create', spec: spec({ traffic: [{ ingress: { name: 'shop' } }] }) },
    engine: invalid('spec.strategy.canary.trafficRoutings[0].service: Required value'),
    stepgate: {
      by: 'config',
      config: config({ traffic: '{ ingress: { name: shop } }' }),
      says: [
        'stepgate.yaml:10:14 CONFIG_INVALID deliveries[0].traffic has no service (add service: the Service of the workload; needed with ingress, gateway or custom)',
      ],
    },
  },
  {
    rule: 'an Ingress is named',
    breaks: { by: 'create', spec: spec({ traffic: [{ service: 'shop', ingress: {} }] }) },
    engine: invalid('spec.strategy.canary.trafficRoutings[0].ingress.name: Required value'),
    stepgate: {
      by: 'config',
      config: config({ traffic: '{ service: shop, ingress: {} }' }),
      says: [
        'stepgate.yaml:10:40 CONFIG_INVALID deliveries[0].traffic.ingress has no name (add name: name of the Ingress)',
      ],
    },
  },
  {
    rule: 'an object of another kind is named',
    breaks: {
      by: 'create',
      spec: spec({
        traffic: [
          { service: 'shop', customNetworkRefs: [{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' }] },
        ],
      }),
    },
    engine: invalid('spec.strategy.canary.trafficRoutings[0].customNetworkRefs[0].name: Required value'),
    stepgate: {
      by: 'config',
      config: config({
        traffic: '{ service: shop, custom: [{ apiVersion: networking.istio.io/v1, kind: VirtualService }] }',
      }),
      says: [
        'stepgate.yaml:10:40 CONFIG_INVALID deliveries[0].traffic.custom[0] has no name (add name: name of the route)',
      ],
    },
  },
  {
    rule: 'a match has at most 16 headers',
    breaks: match({ headers: numbered(17).map((number) => ({ name: `x-${number}`, value: 'a' })) }),
    engine: invalid('spec.strategy.canary.steps[0].matches[0].headers: Too many: 17: must have at most 16 items'),
    stepgate: {
      by: 'config',
      config: matching(`{ headers: [${numbered(17).map((number) => `{ name: x-${number}, value: a }`)}] }`),
      says: [
        'stepgate.yaml:9:47 CONFIG_INVALID deliveries[0].steps[0].matches[0].headers has 17 entries (write at most 16)',
      ],
    },
  },
  {
    rule: 'a header is named once in a match',
    breaks: match({
      headers: [
        { name: 'x-user', value: 'a' },
        { name: 'x-user', value: 'b' },
      ],
    }),
    engine: untyped('.spec.strategy.canary.steps[0].matches[0].headers: duplicate entries for key [name="x-user"]'),
    stepgate: {
      by: 'config',
      config: matching('{ headers: [{ name: x-user, value: a }, { name: x-user, value: b }] }'),
      says: [
        'stepgate.yaml:9:84 CONFIG_INVALID deliveries[0].steps[0].matches[0].headers[1].name is "x-user", as an earlier one of this match (name each once; all of a match must hold)',
      ],
    },
  },
  {
    rule: 'a header is named in a match',
    breaks: match({ headers: [{ value: 'beta' }] }),
    engine: untyped(
      '.spec.strategy.canary.steps[0].matches[0].headers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ),
    stepgate: {
      by: 'config',
      config: matching('{ headers: [{ value: beta }] }'),
      says: [
        'stepgate.yaml:9:48 CONFIG_INVALID deliveries[0].steps[0].matches[0].headers[0] has no name (add name: name of the header or parameter)',
      ],
    },
  },
  {
    rule: 'a header of a match has a value',
    breaks: match({ headers: [{ name: 'x-user' }] }),
    engine: invalid('spec.strategy.canary.steps[0].matches[0].headers[0].value: Required value'),
    stepgate: {
      by: 'config',
      config: matching('{ headers: [{ name: x-user }] }'),
      says: [
        'stepgate.yaml:9:48 CONFIG_INVALID deliveries[0].steps[0].matches[0].headers[0] has no value (add value: the value to compare with)',
      ],
    },
  },
  {
    rule: 'the name of a header has no space',
    breaks: match(header('x user', 'beta')),
    engine: invalid(
      "spec.strategy.canary.steps[0].matches[0].headers[0].name: Invalid value: \"x user\": spec.strategy.canary.steps[0].matches[0].headers[0].name in body should match '^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$'",
    ),
    stepgate: {
      by: 'config',
      config: matching('{ headers: [{ name: x user, value: beta }] }'),
      says: [
        'stepgate.yaml:9:56 CONFIG_INVALID deliveries[0].steps[0].matches[0].headers[0].name is "x user", which is not a valid name (use letters, digits and !#$%&\'*+-.^_`|~, at most 256, as names of headers are)',
      ],
    },
  },
  {
    rule: 'the value of a header is not empty',
    breaks: match(header('x-user', '')),
    engine: invalid(
      'spec.strategy.canary.steps[0].matches[0].headers[0].value: Invalid value: "": spec.strategy.canary.steps[0].matches[0].headers[0].value in body should be at least 1 chars long',
    ),
    stepgate: {
      by: 'config',
      config: matching('{ headers: [{ name: x-user, value: "" }] }'),
      says: [
        'stepgate.yaml:9:71 CONFIG_INVALID deliveries[0].steps[0].matches[0].headers[0].value is "", which is empty (write a text)',
      ],
    },
  },
  {
    rule: 'the value of a header has at most 4096 characters',
    breaks: match(header('x-user', long(4097))),
    engine: invalid(
      'spec.strategy.canary.steps[0].matches[0].headers[0].value: Too long: may not be more than 4096 bytes',
    ),
    stepgate: {
      by: 'config',
      config: matching(`{ headers: [{ name: x-user, value: ${long(4097)} }] }`),
      says: [
        'stepgate.yaml:9:71 CONFIG_INVALID deliveries[0].steps[0].matches[0].headers[0].value is "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...", which is longer than 4096 characters (shorten it)',
      ],
    },
  },
  {
    rule: 'the value of a query parameter has at most 1024 characters',
    breaks: match({ queryParams: [{ name: 'user', value: long(1025) }] }),
    engine: invalid(
      'spec.strategy.canary.steps[0].matches[0].queryParams[0].value: Too long: may not be more than 1024 bytes',
    ),
    stepgate: {
      by: 'config',
      config: matching(`{ queryParams: [{ name: user, value: ${long(1025)} }] }`),
      says: [
        'stepgate.yaml:9:73 CONFIG_INVALID deliveries[0].steps[0].matches[0].queryParams[0].value is "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...", which is longer than 1024 characters (shorten it)',
      ],
    },
  },
  {
    rule: 'a path has at most 1024 characters',
    breaks: match({ path: { type: 'PathPrefix', value: `/${long(1024)}` } }),
    engine: invalid('spec.strategy.canary.steps[0].matches[0].path.value: Too long: may not be more than 1024 bytes'),
    stepgate: {
      by: 'config',
      config: matching(`{ path: { value: /${long(1024)} } }`),
      says: [
        'stepgate.yaml:9:53 CONFIG_INVALID deliveries[0].steps[0].matches[0].path.value is "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...", which is longer than 1024 characters (shorten it)',
      ],
    },
  },
  {
    rule: 'the type of a match is one of the known ones',
    breaks: match({ path: { type: 'Prefix', value: '/beta' } }),
    engine: invalid(
      'spec.strategy.canary.steps[0].matches[0].path.type: Unsupported value: "Prefix": supported values: "Exact", "PathPrefix", "RegularExpression"',
    ),
    stepgate: {
      by: 'config',
      config: matching('{ path: { type: Prefix, value: /beta } }'),
      says: [
        'stepgate.yaml:9:52 CONFIG_INVALID deliveries[0].steps[0].matches[0].path.type is "Prefix" (write Exact, PathPrefix or RegularExpression)',
      ],
    },
  },
];
