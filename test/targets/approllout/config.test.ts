import { expect, it } from 'vitest';
import { planDigest } from '../../../src/policy/plan-digest.ts';
import { parseConfig } from '../../../src/policy/schema.ts';
import { StepgateError } from '../../../src/release/error.ts';
import { velaAppRollout } from '../../../src/targets/approllout/index.ts';

const config = `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    target: vela-approllout
    workload: { kind: CloneSet, name: shop }
    source: { files: [app.yaml] }
    plan: p
plans:
  p:
    strategy: partition
    steps:
      - { replicas: 20% }
      - { replicas: 100% }
`;
const but = (from: string, to: string, text = config) => {
  expect(text).toContain(from);
  return text.replace(from, to);
};
const read = (text: string) => parseConfig({ file: 'stepgate.yaml', text, readInclude: () => [] }).deliveries;
const problems = (text: string) => {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof StepgateError)) throw error;
    return error.problems.map(({ code, message, at }) => `${at?.line}:${at?.column} ${code} ${message}`);
  }
  return [];
};

it('reads the target, and has it in the digest of the plan', () => {
  const [shop] = read(config);
  const [other] = read(but('    target: vela-approllout\n', ''));
  if (shop === undefined || other === undefined) throw new Error('there is a delivery in each');
  expect(shop.target).toBe('vela-approllout');
  expect(planDigest(shop)).not.toBe(planDigest(other));
});

it('gives the last step no condition, because KubeVela does not stop after it', () => {
  expect(read(config)[0]?.steps.map(({ leaveWhen }) => leaveWhen.length)).toEqual([1, 0]);
  expect(problems(but('- { replicas: 100% }', '- { replicas: 100%, leaveWhen: [approval] }'))).toEqual([
    '14:38 CONFIG_INVALID plans.p.steps[1].leaveWhen is on a last step of 100%, which the engine passes without waiting',
  ]);
});

it.each<[string, string, string[]]>([
  ['nothing', config, []],
  [
    'a Deployment',
    but('kind: CloneSet', 'kind: Deployment'),
    [
      '6:23 NOT_SUPPORTED deliveries[0].workload.kind is Deployment: an AppRollout has moved none since KubeVela v1.1.1, and each revision makes one of another name, which stepgate does not follow (target vela-approllout)',
    ],
  ],
  ['a StatefulSet', but('kind: CloneSet', 'kind: StatefulSet'), []],
  [
    'another kind',
    but('kind: CloneSet', 'kind: AdvancedStatefulSet'),
    [
      '6:23 NOT_SUPPORTED deliveries[0].workload.kind is AdvancedStatefulSet: an AppRollout moves CloneSet, StatefulSet (target vela-approllout)',
    ],
  ],
  [
    'another style',
    but('strategy: partition', 'strategy: canary', but('kind: CloneSet', 'kind: Deployment')),
    [
      '6:23 NOT_SUPPORTED deliveries[0].workload.kind is Deployment: an AppRollout has moved none since KubeVela v1.1.1, and each revision makes one of another name, which stepgate does not follow (target vela-approllout)',
      '11:15 NOT_SUPPORTED plans.p.strategy is canary: an AppRollout replaces pods batch by batch, and knows no other way (target vela-approllout)',
    ],
  ],
  [
    'traffic',
    but(
      '    plan:',
      '    traffic: { service: shop, ingress: { name: shop } }\n    plan:',
      but('20% }', '20%, traffic: 5% }'),
    ),
    [
      "8:14 NOT_SUPPORTED deliveries[0].traffic can't be used: an AppRollout routes no requests (target vela-approllout)",
      "14:35 NOT_SUPPORTED plans.p.steps[0].traffic can't be used: an AppRollout routes no requests (target vela-approllout)",
    ],
  ],
  [
    'a timer of the engine',
    but('20% }', '20%, leaveWhen: [{ soak: 10m }], timer: engine }'),
    [
      '13:61 NOT_SUPPORTED plans.p.steps[0].timer is engine: an AppRollout has no timer, and waits until its partition is raised (target vela-approllout)',
    ],
  ],
  [
    'a setting',
    but('    strategy', '    mayBeUnready: 10%\n    strategy'),
    [
      "11:19 NOT_SUPPORTED plans.p.mayBeUnready can't be used: an AppRollout has no word for it (target vela-approllout)",
    ],
  ],
  [
    'a last step of less than all',
    but('replicas: 100%', 'replicas: 50%'),
    [
      '14:21 NOT_SUPPORTED plans.p.steps[1].replicas is 50% in the last step: the last batch of an AppRollout reaches every pod, and KubeVela does not stop after it (target vela-approllout)',
    ],
  ],
  [
    'a last step in pods, after which KubeVela would not wait',
    but('replicas: 100%', 'replicas: 5'),
    [
      '14:21 NOT_SUPPORTED plans.p.steps[1].replicas is 5 in the last step: the last batch of an AppRollout reaches every pod, and KubeVela does not stop after it (target vela-approllout)',
    ],
  ],
  [
    'all pods before the last step',
    but('replicas: 20%', 'replicas: 100%'),
    [
      '13:21 NOT_SUPPORTED plans.p.steps[0].replicas is 100% before the last step: an AppRollout wants a pod left for each later batch (target vela-approllout)',
    ],
  ],
  [
    'steps that go down',
    but('- { replicas: 20% }', '- { replicas: 30% }\n      - { replicas: 20% }'),
    ['14:21 CONFIG_INVALID plans.p.steps[1].replicas is 20%, less than the step before (30%), which the engine denies'],
  ],
])('refuses what an AppRollout can not say, where it stands: %s', (_, text, wanted) => {
  expect(problems(text)).toEqual(wanted);
});

it('knows of steps in a list that go down, whoever asks', () => {
  const percent = (value: number) => ({
    replicas: { unit: 'percent' as const, value },
    traffic: null,
    isRouted: false,
  });
  const said = velaAppRollout.check('partition', [percent(30), percent(20), percent(100)]);
  expect(said.map(({ step, key, says }) => `${step} ${key} ${says}`)).toEqual([
    '1 replicas is 20%, less than the step before (30%), and a batch takes no pod back',
  ]);
});
