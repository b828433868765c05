import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAmount, type Step } from '../../../src/release/delivery.ts';
import { at, listAt, objectAt } from '../../../src/release/json.ts';
import { olderRollouts } from '../../../src/targets/kruise/dialect/index.ts';
import { planDifferences } from '../../../src/targets/kruise/render.ts';
import { velaApplication } from '../../../src/targets/vela/index.ts';
import { made } from '../../simulator/kubevela/made.ts';
import { commit, routed, step } from '../delivery-fixture.ts';
import { application, ofApplication } from './fixture.ts';

const amounts = fc
  .uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 })
  .map((all) => all.sort((a, b) => a - b));

test('what KubeVela makes of a rendered Application is the plan, whatever the plan', () => {
  const plans = fc.record({
    style: fc.constantFrom('partition', 'canary'),
    amounts,
    unit: fc.constantFrom('%', ''),
    isRouted: fc.boolean(),
    grace: fc.option(fc.integer({ min: 0, max: 20 })),
    gateway: fc.boolean(),
    seconds: fc.option(fc.integer({ min: 1, max: 3600 })),
  });
  fc.assert(
    fc.property(plans, (plan) => {
      const soaked = (text: string): Step =>
        plan.seconds === null
          ? step(text)
          : step(text, { leaveWhen: [{ kind: 'soak', name: 'soak', seconds: plan.seconds }], timer: 'engine' });
      const steps = plan.amounts.map((amount) => soaked(`${amount}${plan.unit}${plan.isRouted ? `/${amount}` : ''}`));
      const traffic = {
        ...routed.traffic,
        graceSeconds: plan.grace,
        ...(plan.gateway ? { ingress: null, gateway: { route: 'web' } } : {}),
      };
      const of = ofApplication(`${plan.style} 1`, { steps, traffic: plan.isRouted ? traffic : null });
      expect(velaApplication.refuses(of)).toEqual([]);
      const { carrier, rollout } = velaApplication.render(of, commit, [application()], 1);
      const found = made(carrier ?? undefined);
      const live = olderRollouts.read({
        apiVersion: 'rollouts.kruise.io/v1alpha1',
        kind: 'Rollout',
        metadata: { name: 'shop', annotations: objectAt(found, 'annotations') },
        spec: objectAt(found, 'spec'),
      });
      expect(planDifferences(rollout, live)).toEqual([]);
      expect(at(live, 'spec')).toEqual(rollout['spec']);
      expect(steps.map(({ replicas }) => formatAmount(replicas))).toEqual(
        listAt(live, 'spec', 'strategy', 'canary', 'steps').map((one) => String(at(one, 'replicas'))),
      );
    }),
  );
});
