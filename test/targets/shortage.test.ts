import { describe, expect, test } from 'vitest';
import type { Around } from '../../src/release/observation.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { troubleOf } from '../../src/targets/kruise/pods.ts';
import { faultOf } from '../../src/targets/kruise/pull.ts';
import { nodesOf, shortagesOf, unplacedOf } from '../../src/targets/kruise/shortage.ts';

const at = (minute: number) => `2026-11-21T10:${String(minute).padStart(2, '0')}:00Z`;

function pod(name: string, status: KubeObject, nodeName?: string): KubeObject {
  const spec = nodeName === undefined ? {} : { spec: { nodeName } };
  return { kind: 'Pod', metadata: { name, namespace: 'shop', creationTimestamp: at(0) }, ...spec, status };
}

const pending = (message: string, reason = 'Unschedulable'): KubeObject => ({
  conditions: [{ type: 'PodScheduled', status: 'False', reason, message, lastTransitionTime: at(0) }],
});

const pulls = (image: string, message: string, reason = 'ImagePullBackOff'): KubeObject => ({
  conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at(0) }],
  containerStatuses: [{ image, state: { waiting: { reason, message } } }],
});

const crashes: KubeObject = {
  containerStatuses: [{ image: 'app:v2', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
};

const unready: KubeObject = { conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }] };

function found(canary: KubeObject, more: { stable?: KubeObject; pending?: KubeObject; nodes?: Around['nodes'] } = {}) {
  const around = { nodes: more.nodes ?? null, pending: more.pending === undefined ? [] : [more.pending] };
  const stable = more.stable === undefined ? [] : [more.stable];
  const trouble = troubleOf(canary, 'canary');
  return shortagesOf({ canary: [canary], stable, trouble, around }).map(({ of }) => of);
}

describe('nodes', () => {
  test.each([
    ['0/3 nodes are available: 3 Insufficient cpu.', true],
    ['0/3 nodes are available', true],
    ['no nodes available to schedule pods', true],
    ['', true],
    ['0/3 nodes are available: 1 Too many pods, 2 node(s) were unschedulable.', true],
    ['0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.', true],
    ["0/3 nodes are available: 1 Insufficient memory, 2 node(s) didn't match Pod's node affinity/selector.", true],
    [
      "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
      false,
    ],
    [
      "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) didn't match Pod's node affinity/selector.",
      true,
    ],
    ['0/3 nodes are available: persistentvolumeclaim "data" not found.', false],
    ["0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.", false],
  ])('"%s" is a shortage: %s', (message, is) => {
    expect(found(pod('new', pending(message)))).toEqual(is ? ['nodes'] : []);
  });

  test('scheduling gates are the pod’s own', () => {
    expect(found(pod('new', pending('', 'SchedulingGated')))).toEqual([]);
  });

  test.each([
    ['Ready', 'False', true],
    ['Ready', 'Unknown', true],
    ['Ready', 'True', false],
    ['DiskPressure', 'True', true],
    ['MemoryPressure', 'False', false],
  ])('a node with %s %s: %s', (type, status, is) => {
    const nodes = [{ metadata: { name: 'n1' }, status: { conditions: [{ type, status }] } }];
    expect(found(pod('new', unready, 'n1'), { nodes })).toEqual(is ? ['nodes'] : []);
    // A pod that crashes does so on any node.
    expect(found(pod('new', crashes, 'n1'), { nodes })).toEqual([]);
    expect(found(pod('new', unready, 'n2'), { nodes })).toEqual([]);
  });

  test('the nodes to ask for are those of unready pods, each once', () => {
    const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
    const pods = [pod('a', unready, 'n1'), pod('b', unready, 'n1'), pod('c', ready, 'n2'), pod('d', pending(''))];
    expect(nodesOf(pods)).toEqual(['n1']);
  });

  test('the time without a node lasts until the pod is scheduled, or until now', () => {
    const scheduled = { conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at(7) }] };
    const now = new Date(at(9));
    const spans = (one: KubeObject) =>
      unplacedOf([one], now).map(({ from, to }) => [from.getUTCMinutes(), to.getUTCMinutes()]);
    expect(spans(pod('a', scheduled))).toEqual([[0, 7]]);
    expect(spans(pod('a', pending('0/3 nodes are available: 3 Insufficient cpu.')))).toEqual([[0, 9]]);
    expect(spans(pod('a', pending("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity.")))).toEqual(
      [],
    );
    expect(spans(pod('a', unready))).toEqual([]);
  });
});

test.each([
  ['pods "x" is forbidden: exceeded quota: compute, requested: cpu=1, used: cpu=4, limited: cpu=4', true],
  ['pods "x" is forbidden: maximum cpu usage per Container is 1, but limit is 2', true],
  ['pods "x" is forbidden: minimum memory usage per Pod is 1Gi, but request is 1Mi', true],
  ['error looking up service account shop/x: serviceaccount "x" not found', false],
  ['admission webhook "policy.example" denied the request', false],
])('a workload whose pods can’t be created, "%s": %s', (message, is) => {
  const failed = { pod: 'shop', version: 'canary', reason: 'FailedCreate', message, hopeless: true } as const;
  const trouble = [{ ...failed, since: new Date(at(0)), step: null, release: null }];
  const told = shortagesOf({ canary: [], stable: [], trouble, around: undefined });
  expect(told.map(({ of }) => of)).toEqual(is ? ['quota'] : []);
});

describe('a registry', () => {
  test.each([
    ['dial tcp 10.0.0.1:443: i/o timeout', 'registry'],
    ['dial tcp 10.0.0.1:443: connect: connection refused', 'registry'],
    ['unexpected status code [manifests v2]: 503 Service Unavailable', 'registry'],
    ['received unexpected HTTP status: 500 Internal Server Error', 'registry'],
    ['net/http: TLS handshake timeout', 'registry'],
    ['toomanyrequests: You have reached your pull rate limit', 'registry'],
    ['docker.io/library/app:v2: not found', 'image'],
    ['manifest unknown', 'image'],
    ['pull access denied, repository does not exist or may require authorization', 'image'],
    ['failed to authorize: 401 Unauthorized', 'image'],
    ['dial tcp: lookup registry.exmaple: no such host', 'unknown'],
    ['Back-off pulling image "app:v503"', 'unknown'],
  ])('"%s" is the fault of: %s', (message, fault) => {
    const failed = { registry: 'r', repository: 'r/app', reason: 'ErrImagePull', message };
    expect(faultOf(failed)).toBe(fault);
  });

  const mine = (message = '') => pod('new', pulls('registry.example/app:v2', message));
  test.each([
    ['alone', mine(), {}, false],
    ['an old pod can’t pull either', mine(), { stable: pod('old', pulls('registry.example/app:v1', '')) }, true],
    [
      'an old pod either, and the image is missing',
      mine('not found'),
      { stable: pod('old', pulls('registry.example/app:v1', 'not found')) },
      true,
    ],
    ['another workload can’t pull either', mine(), { pending: pod('x', pulls('registry.example/other:v1', '')) }, true],
    [
      'another workload, from another registry',
      mine(),
      { pending: pod('x', pulls('other.example/other:v1', '')) },
      false,
    ],
    [
      'another workload, whose image is missing',
      mine(),
      { pending: pod('x', pulls('registry.example/other:v1', 'not found')) },
      false,
    ],
    ['others with the same image', mine(), { pending: pod('x', pulls('registry.example/app:v2', '')) }, false],
    [
      'the image is missing, and others can’t pull',
      mine('not found'),
      { pending: pod('x', pulls('registry.example/other:v1', '')) },
      false,
    ],
    ['it refuses the connection', mine('connect: connection refused'), {}, true],
    [
      'Docker Hub, by short names',
      pod('new', pulls('app:v2', '')),
      { pending: pod('x', pulls('ada/other:v1', '')) },
      true,
    ],
  ] as const)('%s', (_, canary, more, is) => {
    expect(found(canary, more)).toEqual(is ? ['registry'] : []);
  });
});
