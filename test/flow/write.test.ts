import { describe, expect, test } from 'vitest';
import { Moved, readTrouble, type Writer, writer } from '../../src/flow/write.ts';
import {
  type ApplyOptions,
  ClusterError,
  KindMissing,
  type KubeObject,
  type ObjectRef,
} from '../../src/release/ports.ts';
import { targets } from '../../src/targets/index.ts';

const shop = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop', namespace: 'shop' } };
const ref: ObjectRef = {
  kind: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  namespace: 'shop',
  name: 'shop',
};
const why = { manager: 'stepgate', takes: [], why: 'a test' };
const signal = new AbortController().signal;

/**
 * A writer to a server that gives these answers, one after the other, each after so many milliseconds; null takes the write. And what
 * was applied.
 */
function writerTo(answers: readonly (Error | null)[], takeOver: readonly string[] = [], takes = 0) {
  let now = Date.parse('2026-12-01T10:00:00Z');
  const clock = { now: () => new Date(now), sleep: async () => {} };
  const applied: Pick<ApplyOptions, 'force' | 'dryRun'>[] = [];
  const left = [...answers];
  const answer = async (): Promise<KubeObject> => {
    const next = left.shift() ?? null;
    now += takes;
    if (next !== null) throw next;
    return shop;
  };
  const cluster = {
    apply(_object: KubeObject, { force, dryRun }: ApplyOptions) {
      applied.push({ force, dryRun });
      return answer();
    },
    patch: answer,
    async remove() {
      await answer();
    },
  };
  const made = writer({ targets, signal, clock, log: () => {} }, cluster, takeOver);
  return { made, applied };
}

const ways: Readonly<Record<string, (to: Writer) => Promise<KubeObject>>> = {
  apply: (to) => to.apply(shop, why),
  'dry run': (to) => to.dryRun(shop, why),
  patch: (to) => to.patch(ref, [], { ...why, subresource: null }),
  'dry run of a patch': (to) => to.dryRunPatch(ref, [], { ...why, subresource: null }),
  async delete(to) {
    await to.remove(ref, 'uid', why.why);
    return shop;
  },
};

describe.for(Object.entries(ways))('an answer to a write by %s', ([, write]) => {
  test.for([
    [404, 'not found', 'ENGINE_MISSING'],
    [401, 'Unauthorized', 'CLUSTER_FORBIDDEN'],
    [403, 'not for you', 'CLUSTER_FORBIDDEN'],
    [422, 'admission webhook "v" denied the request: steps may not go down', 'CLUSTER_REJECTED'],
    [422, 'spec.replicas: Invalid value: -1', 'CLUSTER_REJECTED'],
    [500, 'failed to create typed patch object: .spec.x: field not declared in schema', 'CLUSTER_REJECTED'],
    [500, 'failed calling webhook "w": connection refused', 'CLUSTER_UNREACHABLE'],
    [400, 'bad request', 'CLUSTER_REJECTED'],
    [429, 'slow down', 'CLUSTER_UNREACHABLE'],
    [502, 'HTTP 502: bad gateway', 'CLUSTER_UNREACHABLE'],
    [503, 'the server is currently unable to handle the request', 'CLUSTER_UNREACHABLE'],
    [504, 'HTTP 504', 'CLUSTER_UNREACHABLE'],
    [409, 'the object has been modified', 'Moved'],
    [422, 'the server rejected our request due to an error in our request', 'Moved'],
    [422, 'testing value /metadata/annotations failed', 'Moved'],
    [403, 'webhook "v" denied the request: spec.workloadRef: Internal error: deployments "shop" not found', 'Moved'],
  ] as const)('%d %s: %s', async ([status, message, wanted]) => {
    const { made } = writerTo([new ClusterError(status, '', message)]);
    const cause = await write(made).catch((error: unknown) => error);
    if (wanted === 'Moved') expect(cause).toBeInstanceOf(Moved);
    else expect(cause).toMatchObject({ family: 'environment', code: wanted });
    expect(made.count).toBe(0);
  });

  test('that is no word of the API server is passed on as it is', async () => {
    const gone = new Error('socket hang up');
    await expect(write(writerTo([gone]).made)).rejects.toBe(gone);
  });

  test('that takes it is given back', async () => {
    await expect(write(writerTo([null]).made)).resolves.toBe(shop);
  });
});

describe('fields that another manager owns', () => {
  const conflict = (...managers: readonly string[]) =>
    new ClusterError(
      409,
      'Conflict',
      'conflicts',
      managers.map((manager) => ({ manager, field: '.spec.replicas' })),
    );
  const ours = 'stepgate';

  test.for([
    ['somebody’s', ['kubectl'], []],
    ['ours and somebody’s', [ours, 'kubectl'], []],
    ['one that may be taken over and another', ['helm', 'kubectl'], ['helm']],
  ] as const)('%s are not taken', async ([, managers, takeOver]) => {
    const { made, applied } = writerTo([conflict(...managers)], takeOver);
    await expect(made.apply(shop, why)).rejects.toMatchObject({
      family: 'environment',
      code: 'CLUSTER_CONFLICT',
      hint: expect.stringMatching(/deploy --take-over kubectl$/),
    });
    expect(applied).toEqual([{ force: false, dryRun: false }]);
  });

  test.for([
    ['ours', [ours], []],
    ['those that may be taken over', ['helm'], ['helm']],
  ] as const)('%s are taken', async ([, managers, takeOver]) => {
    const { made, applied } = writerTo([conflict(...managers)], takeOver);
    await expect(made.apply(shop, why)).resolves.toBe(shop);
    expect(applied).toEqual([
      { force: false, dryRun: false },
      { force: true, dryRun: false },
    ]);
  });

  test('that may be taken over are not, where the object may be left as it is', async () => {
    const { made, applied } = writerTo([conflict('helm')], ['helm']);
    await expect(made.apply(shop, { ...why, ifRefused: 'leave' })).rejects.toMatchObject({ code: 'CLUSTER_CONFLICT' });
    expect(applied).toEqual([{ force: false, dryRun: false }]);
  });

  test('that was refused late is decided again before anything is taken', async () => {
    const { made, applied } = writerTo([conflict(ours)], [], 2_001);
    await expect(made.apply(shop, why)).rejects.toBeInstanceOf(Moved);
    expect(applied).toEqual([{ force: false, dryRun: false }]);
    await expect(writerTo([conflict(ours)], [], 2_000).made.apply(shop, why)).resolves.toBe(shop);
    // A dry run writes nothing.
    await expect(writerTo([conflict(ours)], [], 2_001).made.dryRun(shop, why)).resolves.toBe(shop);
  });

  test('those that an apply takes are taken by it, and by its dry run', async () => {
    const takes = { ...why, takes: ['kruise-rollout'] };
    for (const write of [(to: Writer) => to.apply(shop, takes), (to: Writer) => to.dryRun(shop, takes)]) {
      const { made, applied } = writerTo([conflict(ours, 'kruise-rollout')]);
      await expect(write(made)).resolves.toBe(shop);
      expect(applied.map(({ force }) => force)).toEqual([false, true]);
      const other = writerTo([conflict('kruise-rollout', 'kubectl')]).made;
      await expect(write(other)).rejects.toMatchObject({ code: 'CLUSTER_CONFLICT' });
    }
  });

  test('an answer to the write that takes them is named too', async () => {
    const { made } = writerTo([conflict(ours), new ClusterError(403, '', 'not for you')]);
    await expect(made.apply(shop, why)).rejects.toMatchObject({ code: 'CLUSTER_FORBIDDEN' });
  });
});

test.for([
  [401, 'CLUSTER_FORBIDDEN'],
  [403, 'CLUSTER_FORBIDDEN'],
  [404, 'ENGINE_MISSING'],
  [500, 'CLUSTER_UNREACHABLE'],
  [0, 'CLUSTER_UNREACHABLE'],
] as const)('an answer of %d to a read is %s', ([status, code]) => {
  expect(readTrouble(new ClusterError(status, '', 'no'), 'prod')).toMatchObject({ family: 'environment', code });
});

test('a status is said once', () => {
  const told = (message: string) => readTrouble(new ClusterError(418, '', message), 'prod');
  expect(told('HTTP 418: teapot')).toMatchObject({ message: 'prod: HTTP 418: teapot' });
  expect(told('teapot')).toMatchObject({ message: 'prod: HTTP 418: teapot' });
});

test.each([
  ['roles "shop" is forbidden: user "ci" cannot patch resource "roles"', 'grant this right'],
  ['user "ci" is attempting to grant RBAC permissions not currently held', 'nobody grants a right that he has not'],
  ["ValidatingAdmissionPolicy 'stepgate-rollouts.shop' denied request", 'name this identity'],
])('what is missing for %j', (message, hint) => {
  expect(readTrouble(new ClusterError(403, 'Forbidden', message), 'prod')).toMatchObject({
    code: 'CLUSTER_FORBIDDEN',
    hint: expect.stringContaining(hint),
  });
});

test('a kind that the cluster does not serve says what brings it', () => {
  const kind = { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet', plural: 'clonesets', namespaced: true };
  const told = readTrouble(new KindMissing({ ...kind, whereMissing: 'install OpenKruise' }), 'prod');
  const message = 'prod: the server does not serve the kind CloneSet of apps.kruise.io/v1alpha1';
  expect(told).toMatchObject({ code: 'KIND_MISSING', message, hint: 'install OpenKruise' });
  expect(readTrouble(new KindMissing(kind), 'prod')).toMatchObject({ code: 'ENGINE_MISSING' });
});

test('what keeps a read and is no word of the API server is passed on', () => {
  const gone = new Error('socket hang up');
  expect(readTrouble(gone, 'prod')).toBe(gone);
});
