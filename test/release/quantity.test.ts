import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatQuantity, parseQuantity } from '../../src/release/quantity.ts';
import { podResources } from '../../src/targets/kruise/resources.ts';

test.each([
  ['1', 1000n],
  [2, 2000n],
  ['500m', 500n],
  ['0.1', 100n],
  ['1.5', 1500n],
  ['100u', 1n],
  ['1n', 1n],
  ['0', 0n],
  ['64Mi', 67_108_864_000n],
  ['0.5Gi', 536_870_912_000n],
  ['1k', 1_000_000n],
  ['1E', 1_000_000_000_000_000_000_000n],
  ['1e3', 1_000_000n],
  ['15e-1', 1500n],
  ['5.', 5000n],
] as const)('%s is %d thousandths', (text, expected) => {
  expect(parseQuantity(text)).toBe(expected);
});

test.each(['', 'm', '-1', '1 Gi', '1KB', 'NaN', '1e999', {}, null, undefined, true, `1${'0'.repeat(40)}`])(
  '%j is no quantity',
  (value) => {
    expect(parseQuantity(value)).toBeNull();
  },
);

test('a quantity is written so that it is read as the same', () => {
  const resource = fc.constantFrom('cpu', 'memory', 'pods', 'ephemeral-storage');
  fc.assert(
    fc.property(resource, fc.bigInt({ min: 0n, max: 10n ** 18n }), (name, amount) => {
      expect(parseQuantity(formatQuantity(name, amount))).toBe(amount);
    }),
  );
});

test.each([
  ['cpu', 1500n, '1500m'],
  ['cpu', 2000n, '2'],
  ['memory', 1_610_612_736_000n, '1536Mi'],
  ['memory', 1_000_000n, '1000'],
  ['pods', 3000n, '3'],
] as const)('%s of %d thousandths is written %s', (resource, amount, expected) => {
  expect(formatQuantity(resource, amount)).toBe(expected);
});

const container = (cpu: string, more = {}) => ({ resources: { requests: { cpu } }, ...more });

test.each([
  ['the sum of its containers', { containers: [container('100m'), container('200m')] }, 300n],
  ['a limit without a request', { containers: [{ resources: { limits: { cpu: '1' } } }] }, 1000n],
  [
    'an init container that asks for more',
    { containers: [container('100m')], initContainers: [container('1')] },
    1000n,
  ],
  [
    'init containers one after the other',
    { containers: [container('100m')], initContainers: [container('1'), container('2')] },
    2000n,
  ],
  [
    'an init container that always restarts, beside the others',
    { containers: [container('100m')], initContainers: [container('1', { restartPolicy: 'Always' }), container('2')] },
    3000n,
  ],
  ['the overhead', { containers: [container('100m')], overhead: { cpu: '50m' } }, 150n],
  ['what the pod says itself', { containers: [container('100m')], resources: { requests: { cpu: '2' } } }, 2000n],
])('a pod requests %s', (_, spec, expected) => {
  expect(podResources(spec).requests.get('cpu')).toBe(expected);
});
