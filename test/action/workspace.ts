import { templateHash } from '../../src/targets/kruise/observe.ts';
import { folder, kubeconfig, type Reply, serve } from '../adapters/kubernetes/server.ts';
import { type Files, repository } from '../support/repository.ts';

/** A delivery called shop, as a workflow's checkout has it. */
export const files: Files = {
  'stepgate.yaml': `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/*.yaml] }
    strategy: partition
    steps:
      - { name: one, replicas: 1 }
      - { name: all, replicas: 100% }
`,
  'deploy/shop.yaml': deployment('shop:v1'),
};

/** The shop's manifest: five pods of an image. */
export function deployment(image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 5
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: main, image: "${image}" }] }
`;
}

/** A checkout, a cluster on loopback that answers with `reply`, and the kubeconfig that leads there. */
export async function workspace({
  reply = () => undefined,
  user = { token: 'canary-of-the-token' },
  more = {},
  changed = {},
}: {
  readonly reply?: Reply;
  readonly user?: object;
  readonly more?: object;
  readonly changed?: Files;
} = {}) {
  await using stack = new AsyncDisposableStack();
  const repo = stack.use(await repository({ files: { ...files, ...changed } }));
  const server = stack.use(await serve([reply]));
  const secret = stack.use(await folder());
  const file = await secret.write('kubeconfig', kubeconfig({ server: server.address }, user, more));
  const owned = stack.move();
  return {
    folder: repo.folder,
    repo,
    server,
    secret,
    kubeconfig: file,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A cluster in which shop's release is at its first step, held or waiting, with these words wherever words can be. */
export function cluster(words: string, is: 'held' | 'waiting' = 'held'): Reply {
  const id = '0123456789-abcdef01';
  const metadata = { namespace: 'shop', name: 'shop', uid: 'u', resourceVersion: '7', generation: 1 };
  const release = { id, commit: '0'.repeat(40), digest: 'a'.repeat(64) };
  const template = { metadata: { labels: { app: 'shop' } } };
  const record = {
    version: 1,
    release: { ...release, template: templateHash({ spec: { template } }), by: words, at: '2026-01-01T00:00:00Z' },
    history: [],
    approvals: [{ release: id, step: 2, by: words, at: '2026-01-01T00:00:00Z', forced: false }],
    holds: is === 'waiting' ? [] : [{ digest: release.digest, by: words, at: '2026-01-01T00:00:00Z', reason: words }],
    rollback: null,
  };
  const rollout = {
    metadata: {
      ...metadata,
      annotations: { 'stepgate.dev/record': JSON.stringify(record), 'stepgate.dev/delivery': 'shop' },
    },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
      strategy: {
        canary: {
          steps: [
            { replicas: 1, pause: {} },
            { replicas: '100%', pause: {} },
          ],
        },
      },
    },
    status: {
      phase: 'Progressing',
      observedGeneration: 1,
      message: `Rollout is in step(1/2), and you need manually confirm to enter the next step ${words}`,
      conditions: [{ type: 'Progressing', status: 'True', reason: 'InRolling', message: words }],
      canaryStatus: {
        observedRolloutID: id,
        currentStepIndex: 1,
        currentStepState: 'StepPaused',
        podTemplateHash: 'new',
        message: words,
      },
    },
  };
  const deployment = {
    metadata: { ...metadata, labels: { 'rollouts.kruise.io/rollout-id': id } },
    spec: { replicas: 1, paused: true, selector: { matchLabels: { app: 'shop' } }, template },
    status: { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: words, message: words }] },
  };
  const pod = {
    metadata: { ...metadata, name: words, labels: { app: 'shop', 'pod-template-hash': 'new' } },
    status: { containerStatuses: [{ state: { waiting: { reason: words, message: words } } }] },
  };
  return (response, { url }) => {
    const items =
      { rollouts: [rollout], deployments: [deployment], pods: [pod] }[url.pathname.split('/').at(-1) ?? ''] ?? [];
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '9' }, items }));
  };
}
