import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/release/ports.ts';
import { render } from '../../src/targets/kruise/render.ts';
import { expectedSize, rangeOf } from '../../src/targets/kruise/size.ts';
import { autoscaler, commit, delivery, deployment, object, podTemplate } from './delivery-fixture.ts';

const wanted = delivery('partition 1 100%');
const hpa = (minReplicas: number | null, name = 'shop'): KubeObject =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', 'shop', {
    spec: { scaleTargetRef: { kind: 'Deployment', name }, ...(minReplicas === null ? {} : { minReplicas }) },
  });
const keda = (spec: { readonly minReplicaCount?: number; readonly maxReplicaCount?: number }) =>
  object('keda.sh/v1alpha1', 'ScaledObject', 'shop', { spec: { scaleTargetRef: { name: 'shop' }, ...spec } });
const HPA = 'HorizontalPodAutoscaler/shop';

test.each([
  ['the manifest', { replicas: 4 }, [], null, [], [4, null]],
  ['what is live, not the manifest', { replicas: 4 }, [], 7, [], [7, null]],
  ['Kubernetes, where nothing says it', {}, [], null, [], [1, null]],
  ['the autoscaler beside it', {}, [hpa(3)], null, [], [3, HPA]],
  ['the autoscaler, whatever the manifest says', { replicas: 4 }, [hpa(3)], null, [], [3, HPA]],
  ['what is live, not its autoscaler', {}, [hpa(3)], 5, [], [5, null]],
  ['an autoscaler in the cluster alone', {}, [], null, [hpa(6)], [6, HPA]],
  ['the autoscaler in the source, which is applied', {}, [hpa(3)], null, [hpa(6)], [3, HPA]],
  ['Kubernetes, where another workload has an autoscaler', {}, [], null, [hpa(6, 'web')], [1, null]],
  ['an autoscaler that says no least', {}, [hpa(null)], null, [], [1, HPA]],
  ['KEDA', {}, [keda({ minReplicaCount: 2 })], null, [], [2, 'ScaledObject/shop']],
  ['KEDA that may keep none', {}, [keda({})], null, [], [1, 'ScaledObject/shop']],
] as const)('the size is that of %s', (_, spec, source, live, autoscalers, [pods, by]) => {
  const manifest = deployment();
  const rendered = render(
    wanted,
    commit,
    [{ ...manifest, spec: { selector: {}, template: podTemplate, ...spec } }, ...source],
    1,
  );
  const around = { lists: { HorizontalPodAutoscaler: autoscalers }, looked: {}, workload: null, changedConfig: [] };
  expect(expectedSize(wanted, rendered, { live, around })).toEqual({ pods, autoscaler: by });
});

test.each([
  ['of a HorizontalPodAutoscaler', autoscaler(), { least: 2, most: 10 }],
  ['of KEDA', keda({ minReplicaCount: 2, maxReplicaCount: 8 }), { least: 2, most: 8 }],
  ['of KEDA by default', keda({}), { least: 0, most: 100 }],
] as const)('the range %s', (_, one, range) => {
  expect(rangeOf(one)).toEqual(range);
});
