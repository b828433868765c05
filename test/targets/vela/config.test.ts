import { expect, it } from 'vitest';
import { planDigest } from '../../../src/policy/plan-digest.ts';
import { printConfig } from '../../../src/policy/print.ts';
import { parseConfig } from '../../../src/policy/schema.ts';
import { StepgateError } from '../../../src/release/error.ts';

const config = `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    target: vela-application
    workload: { kind: Deployment, name: shop }
    source: { files: [app.yaml] }
    plan: p
plans:
  p:
    strategy: canary
    steps:
      - { replicas: 20%, traffic: 20% }
      - { replicas: 100%, traffic: 100% }
`;
const traffic = (text: string) => config.replace('    plan:', `    traffic: ${text}\n    plan:`);
const usual = traffic('{ service: shop, ingress: { name: shop } }');
const but = (from: string, to: string, text = usual) => {
  expect(text).toContain(from);
  return text.replace(from, to);
};
const read = (text: string, ...included: readonly string[]) =>
  parseConfig({
    file: 'stepgate.yaml',
    text,
    readInclude: () => included.map((inner) => ({ file: 'shop.yaml', text: inner })),
  }).deliveries;
const problems = (text: string, ...included: readonly string[]) => {
  try {
    read(text, ...included);
  } catch (error) {
    if (!(error instanceof StepgateError)) throw error;
    return error.problems.map(({ code, message, at }) => `${at?.file}:${at?.line}:${at?.column} ${code} ${message}`);
  }
  return [];
};

it('reads the target, prints it, and has it in the digest of the plan', () => {
  const [shop] = read(usual);
  const [other] = read(but('    target: vela-application\n', ''));
  if (shop === undefined || other === undefined) throw new Error('there is a delivery in each');
  expect(shop.target).toBe('vela-application');
  expect(other).not.toHaveProperty('target');
  expect(printConfig({ deliveries: [shop], commits: { allow: 'any' }, people: { by: 'name' } })).toContain(
    '    target: vela-application\n',
  );
  expect(planDigest(shop)).not.toBe(planDigest(other));
  expect(planDigest({ ...other, target: 'vela-application' })).toBe(planDigest(shop));
});

it.each<[string, string, string[]]>([
  ['nothing', usual, []],
  ['an HTTPRoute', traffic('{ service: shop, grace: 7s, gateway: { route: web } }'), []],
  [
    'another kind',
    but('kind: Deployment', 'kind: CloneSet', config.replaceAll(/, traffic: \d+%/g, '').replace('canary', 'partition')),
    [
      'stepgate.yaml:6:23 NOT_SUPPORTED deliveries[0].workload.kind is CloneSet: only a component that makes a Deployment is supported (target vela-application)',
    ],
  ],
  [
    'blueGreen',
    but('strategy: canary', 'strategy: blueGreen'),
    [
      'stepgate.yaml:12:15 NOT_SUPPORTED plans.p.strategy is blueGreen: the trait has no word for it (target vela-application)',
    ],
  ],
  [
    'matches',
    but('traffic: 20% }', 'matches: [{ headers: [{ name: a, value: b }] }] }'),
    [
      "stepgate.yaml:14:35 NOT_SUPPORTED plans.p.steps[0].matches can't be used: the addon does not evaluate a trait with matches, and the Application would fail (target vela-application)",
    ],
  ],
  [
    'headers of requests',
    but('traffic: 20% }', 'traffic: 20%, requestHeaders: { set: { a: b } } }'),
    [
      "stepgate.yaml:14:56 NOT_SUPPORTED plans.p.steps[0].requestHeaders can't be used: the trait has no word for it (target vela-application)",
    ],
  ],
  [
    'less traffic than before',
    but('traffic: 100% }', 'traffic: 10% }'),
    [
      "stepgate.yaml:15:36 NOT_SUPPORTED plans.p.steps[1].traffic can't be told to the addon's engine: traffic of step 2 is 10%, less than the step before (20%) (target vela-application)",
    ],
  ],
  [
    'a class of the Ingress',
    traffic('{ service: shop, ingress: { name: shop, class: mse } }'),
    [
      'stepgate.yaml:8:61 NOT_SUPPORTED deliveries[0].traffic.ingress.class is mse: the trait leaves it out, and the engine then takes nginx (target vela-application)',
    ],
  ],
  [
    'no Service of the new pods',
    traffic('{ service: shop, canaryService: false, gateway: { route: web } }'),
    [
      "stepgate.yaml:8:46 NOT_SUPPORTED deliveries[0].traffic.canaryService can't be used: the trait has no word for it (target vela-application)",
    ],
  ],
  [
    'routes of other kinds',
    traffic(
      '{ service: shop, routing: cart, custom: [{ apiVersion: networking.istio.io/v1, kind: VirtualService, name: a }] }',
    ),
    [
      "stepgate.yaml:8:40 NOT_SUPPORTED deliveries[0].traffic.routing can't be used: the trait has no word for it (target vela-application)",
      "stepgate.yaml:8:54 NOT_SUPPORTED deliveries[0].traffic.custom can't be used: the trait has no word for it (target vela-application)",
    ],
  ],
  [
    'two routes',
    traffic('{ service: shop, ingress: { name: shop }, gateway: { route: web } }'),
    [
      "stepgate.yaml:8:65 NOT_SUPPORTED deliveries[0].traffic.gateway can't be used: the trait has no word for it (target vela-application)",
    ],
  ],
  [
    'a setting',
    but('    strategy', '    mayBeUnready: 10%\n    strategy'),
    [
      "stepgate.yaml:12:19 NOT_SUPPORTED plans.p.mayBeUnready can't be used: the trait has no word for it (target vela-application)",
    ],
  ],
])('refuses what the trait can not say, where it stands: %s', (_, text, wanted) => {
  expect(problems(text)).toEqual(wanted);
});

it('refuses what an included file and the plan of its environment say, each in its own file', () => {
  const root = `version: 1
include: [shop.yaml]
environments: { prod: { plan: p, namespace: shop } }
plans: { p: { strategy: blueGreen, steps: [{ replicas: 100% }] } }
`;
  const service = `delivery: shop
target: vela-application
workload: { kind: Deployment, name: shop }
source: { files: [a] }
in: { prod: {} }
`;
  expect(problems(root, service)).toEqual([
    'stepgate.yaml:4:25 NOT_SUPPORTED plans.p.strategy is blueGreen: the trait has no word for it (target vela-application)',
  ]);
  expect(read(root.replace('blueGreen', 'partition'), service)).toMatchObject([{ target: 'vela-application' }]);
});
