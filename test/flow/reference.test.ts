import { expect, test } from 'vitest';
import { referenceOf } from '../../src/flow/reference.ts';
import type { Source } from '../../src/release/delivery.ts';

const policy = {
  apiVersion: 'kyverno.io/v1',
  kind: 'ClusterPolicy',
  metadata: { name: 'signed', namespace: 'shop' },
};
const asked = (namespaced: boolean | null, source: Source = { kind: 'files', patterns: ['deploy/*.yaml'] }) => ({
  cluster: {
    discover: async (apiVersion: string, kind: string) =>
      namespaced === null ? null : { apiVersion, kind, plural: 'clusterpolicies', namespaced },
  },
  context: { signal: new AbortController().signal },
  delivery: { namespace: 'shop', source },
});

test('an object of a kind with a namespace is found there', async () => {
  expect(await referenceOf(asked(true), policy)).toMatchObject({ namespace: 'shop', name: 'signed' });
});

test.each([
  [{ kind: 'files', patterns: ['deploy/*.yaml'] }, 'move it into a folder that no source names'],
  [{ kind: 'kustomize', folder: 'deploy' }, "remove it by a patch with '$patch: delete'"],
] as const)('a kind that the cluster knows to have none is refused: %j', async (source, hint) => {
  await expect(referenceOf(asked(false, source), policy)).rejects.toMatchObject({
    family: 'input',
    code: 'SOURCE_INVALID',
    message:
      "ClusterPolicy/signed belongs to the whole cluster: stepgate applies only objects in the delivery's namespace 'shop'",
    hint: expect.stringContaining(hint),
  });
});

test('a kind that the server does not serve is refused', async () => {
  await expect(referenceOf(asked(null), policy)).rejects.toMatchObject({ code: 'CLUSTER_REJECTED' });
});
