import fc from 'fast-check';
import { expect, test } from 'vitest';
import { soakOf } from '../../src/gates/soak.ts';
import type { Delivery, Match, PlanSettings, Step, Traffic } from '../../src/release/delivery.ts';
import { settingsInConfig, trafficInConfig } from '../../src/targets/index.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { delivery } from './delivery-fixture.ts';

/** What a rollback without policy and Git rests on: a Rollout tells everything that it was rendered from. */

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/u);
const value = fc.stringMatching(/^[ -~]{1,12}$/u);
const header = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,8}$/u);
const compared = fc.record({ name: header, type: fc.constantFrom('Exact', 'RegularExpression'), value });
const several = fc.uniqueArray(compared, { minLength: 1, maxLength: 3, selector: (one) => one.name });
const match: fc.Arbitrary<Match> = fc.record(
  {
    path: fc.record({ type: fc.constantFrom('Exact', 'PathPrefix'), value: name.map((text) => `/${text}`) }),
    headers: several,
    queryParams: several,
  },
  { requiredKeys: ['path'] },
);
const values = fc.dictionary(header, value, { maxKeys: 3 });
const requestHeaders = fc
  .record({ set: values, add: values, remove: fc.uniqueArray(header, { maxLength: 3 }) })
  .filter(({ set, add, remove }) => Object.keys({ ...set, ...add }).length + remove.length > 0);

const step: fc.Arbitrary<Step> = fc
  .record({
    replicas: fc.record({ unit: fc.constantFrom('pods', 'percent'), value: fc.integer({ min: 1, max: 100 }) }),
    traffic: fc.option(fc.integer({ min: 0, max: 100 })),
    matches: fc.array(match, { maxLength: 2 }),
    requestHeaders: fc.option(requestHeaders),
    seconds: fc.option(fc.integer({ min: 1, max: 9999 })),
  })
  .map(({ seconds, ...more }) => ({
    ...more,
    name: 'step',
    leaveWhen: seconds === null ? [] : [soakOf(seconds)],
    timer: seconds === null ? 'stepgate' : 'engine',
  }));

const custom = fc.record({
  apiVersion: fc.constantFrom('networking.istio.io/v1', 'apisix.apache.org/v2'),
  kind: fc.constantFrom('VirtualService', 'DestinationRule', 'ApisixRoute'),
  name,
});
const traffic: fc.Arbitrary<Traffic> = fc
  .record({
    service: name,
    graceSeconds: fc.option(fc.nat(60)),
    canaryService: fc.boolean(),
    ingress: fc.option(fc.record({ name, class: fc.constantFrom('nginx', 'aliyun-alb', 'higress', 'mse', 'other') })),
    gateway: fc.option(fc.record({ route: name })),
    custom: fc.option(fc.array(custom, { minLength: 1, maxLength: 3 })),
    routing: fc.option(name),
  })
  .filter(({ ingress, gateway, custom, routing }) => [ingress, gateway, custom, routing].some((one) => one !== null))
  .map((named) =>
    named.ingress === null && named.gateway === null && named.custom === null
      ? { ...named, service: null, graceSeconds: null, canaryService: true }
      : named,
  );

const labels = fc.dictionary(name, name, { maxKeys: 2 });
const settings: fc.Arbitrary<PlanSettings> = fc.record(
  {
    canaryPods: fc
      .record({ labels, annotations: labels })
      .filter((pods) => Object.keys({ ...pods.labels, ...pods.annotations }).length > 0),
    mayBeUnready: fc.record({ unit: fc.constantFrom('pods', 'percent'), value: fc.integer({ min: 1, max: 100 }) }),
    rollbackInSteps: fc.constant(true),
  },
  { requiredKeys: [] },
);

const anyDelivery: fc.Arbitrary<Delivery> = fc
  .record({
    style: fc.constantFrom<Delivery['style']>('partition', 'canary', 'blueGreen'),
    steps: fc.array(step, { minLength: 1, maxLength: 4 }),
    traffic: fc.option(traffic),
    settings,
    kind: fc.constantFrom('Deployment', 'StatefulSet', 'CloneSet'),
  })
  .map(({ kind, ...plan }) => delivery('partition 1', { workload: { kind, name: 'shop' }, ...plan }))
  // What the engine does not do, the config refuses.
  .filter(
    ({ style, workload: { kind }, traffic: its, settings: said }) =>
      kruise.refusesStyle(kind, style) === null &&
      settingsInConfig.refusals(said, { style, kind, splits: its !== null && trafficInConfig.canSplit(its) }).length ===
        0,
  );

test('a rendered Rollout tells the delivery that it was rendered from', () => {
  fc.assert(
    fc.property(anyDelivery, (wanted) => {
      const rollout = kruise.rolloutOf(wanted);
      const told = kruise.deliveryOf(rollout);
      expect(told?.traffic).toEqual(wanted.traffic);
      expect(told?.settings).toEqual(wanted.settings);
      expect(told?.style).toEqual(wanted.style);
      expect(told?.steps.map(({ name: _, ...said }) => said)).toEqual(wanted.steps.map(({ name: _, ...said }) => said));
      if (told === null) return;
      expect(kruise.rolloutOf(told)).toEqual(rollout);
      expect(kruise.planDifferences(kruise.rolloutOf(told), rollout)).toEqual([]);
    }),
  );
});
