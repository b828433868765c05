import { podTemplateHash } from '../../src/targets/kruise/observe.ts';
import { folder, kubeconfig, type Reply, serve } from '../adapters/kubernetes/server.ts';
import { type Files, repository } from '../support/repository.ts';

/** Deliveries of these names, as a workflow's checkout has them. */
export function filesOf(names: readonly string[]): Files {
  const deliveries = names.map(
    (name) => `  - delivery: ${name}
    namespace: shop
    workload: { kind: Deployment, name: ${name} }
    source: { files: [deploy/${name}.yaml] }
    strategy: partition
    steps:
      - { name: one, replicas: 1 }
      - { name: all, replicas: 100% }
`,
  );
  return {
    'stepgate.yaml': `version: 1\ndeliveries:\n${deliveries.join('')}`,
    ...Object.fromEntries(names.map((name) => [`deploy/${name}.yaml`, deployment(`${name}:v1`, name)])),
  };
}

/** A workload's manifest: five pods of an image. */
export function deployment(image: string, name = 'shop'): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 5
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
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
  const repo = stack.use(await repository({ files: { ...filesOf(['shop']), ...changed } }));
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
  return clusterOf({ shop: words }, is);
}

/** The same with these deliveries, each with words of its own; `commit`: what is released. */
export function clusterOf(
  said: Readonly<Record<string, string>>,
  is: 'held' | 'waiting' = 'held',
  commit = '0'.repeat(40),
): Reply {
  const releases = Object.entries(said).map(([name, words]) => release(name, words, is, commit));
  return (response, { url, method }) => {
    const { pathname, searchParams } = url;
    response.writeHead(200, { 'content-type': 'application/json' });
    if (method === 'PATCH') {
      const [kind = '', patched] = pathname.split('/').slice(-2);
      const [object] = releases.flatMap(({ name, objects }) => (name === patched ? (objects[kind] ?? []) : []));
      response.end(JSON.stringify(object));
      return;
    }
    const [, app = null] = /^app=(.+)$/.exec(searchParams.get('labelSelector') ?? '') ?? [];
    const [, named = null] = /^metadata\.name=(.+)$/.exec(searchParams.get('fieldSelector') ?? '') ?? [];
    const asked = app ?? named;
    const items = releases
      .filter(({ name }) => asked === null || asked === name)
      .flatMap(({ objects }) => objects[pathname.split('/').at(-1) ?? ''] ?? []);
    response.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '9' }, items }));
  };
}

/** What a cluster has of one delivery's release. */
function release(name: string, words: string, is: 'held' | 'waiting', commit: string) {
  const id = '0123456789-abcdef01';
  const metadata = { namespace: 'shop', name, uid: name, resourceVersion: '7', generation: 1 };
  const released = { id, commit, digest: 'a'.repeat(64) };
  const template = { metadata: { labels: { app: name } } };
  const record = {
    version: 1,
    release: { ...released, template: podTemplateHash({ spec: { template } }), by: words, at: '2026-01-01T00:00:00Z' },
    history: [],
    approvals: [{ release: id, step: 2, by: words, at: '2026-01-01T00:00:00Z', forced: false }],
    holds: is === 'waiting' ? [] : [{ digest: released.digest, by: words, at: '2026-01-01T00:00:00Z', reason: words }],
    rollback: null,
  };
  const rollout = {
    metadata: {
      ...metadata,
      annotations: { 'stepgate.dev/record': JSON.stringify(record), 'stepgate.dev/delivery': name },
    },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
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
    spec: { replicas: 1, paused: true, selector: { matchLabels: { app: name } }, template },
    status: { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: words, message: words }] },
  };
  const pod = {
    metadata: { ...metadata, name: words, labels: { app: name, 'pod-template-hash': 'new' } },
    status: { containerStatuses: [{ state: { waiting: { reason: words, message: words } } }] },
  };
  const objects: Readonly<Record<string, readonly object[]>> = {
    rollouts: [rollout],
    deployments: [deployment],
    pods: [pod],
  };
  return { name, objects };
}
