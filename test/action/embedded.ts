import { setTimeout as sleep } from 'node:timers/promises';
import { isGoing, type Thing } from '../../src/simulator/api/things.ts';
import { createCluster, type EmbeddedCluster } from '../../src/simulator/cluster.ts';
import { type EmbeddedServer, serve } from '../../src/simulator/server/serve.ts';
import { realTimeline } from '../../src/simulator/time.ts';
import { imagesOf } from '../../src/simulator/workloads/pods.ts';
import { isReady } from '../../src/simulator/workloads/types.ts';
import { folder } from '../adapters/kubernetes/server.ts';
import { type GitRemote, gitRemote } from '../support/git-remote.ts';
import { type Repository, repository } from '../support/repository.ts';
import { runAction, type Step, type StepOptions } from './runner.ts';
import { deployment } from './workspace.ts';

/** A shop on an embedded cluster, its repository with a remote, and the Action run on it as a workflow would. */
export interface EmbeddedShop extends AsyncDisposable {
  readonly cluster: EmbeddedCluster;
  readonly server: EmbeddedServer;
  readonly repo: Repository;
  readonly remote: GitRemote;
  /** One workflow run with this `with`. */
  run(given: Readonly<Record<string, string>>, more?: Pick<StepOptions, 'cancel' | 'event'>): Promise<Step>;
  /** Commits the Deployment with this image, and pushes; the commit. */
  release(image: string): Promise<string>;
  readonly rollout: Thing | undefined;
  /** Images of the pods that are ready, each with how many. */
  readonly serving: Readonly<Record<string, number>>;
  /** Until it holds of the cluster; throws after 30 s. */
  until(what: string, holds: () => boolean): Promise<void>;
}

/** Time goes this many times as fast in the cluster as it does here. */
const SPEED = 10;

export async function embeddedShop(): Promise<EmbeddedShop> {
  await using stack = new AsyncDisposableStack();
  const cluster = createCluster({ timeline: realTimeline(SPEED) });
  stack.defer(() => cluster.stop());
  cluster.api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'tests' });
  const server = stack.use(await serve(cluster));
  const remote = stack.use(await gitRemote({}));
  const repo = stack.use(
    await repository({ files: { 'stepgate.yaml': config, 'deploy/shop.yaml': deployment('app:v1') } }),
  );
  await repo.connect(remote);
  const secret = stack.use(await folder());
  const kubeconfig = await secret.write('kubeconfig', server.kubeconfig);
  const owned = stack.move();
  return {
    cluster,
    server,
    repo,
    remote,
    // Without a token: there is no GitHub here.
    run: (given, more = {}) =>
      runAction({
        workspace: repo.folder,
        with: { kubeconfig, 'github-token': '', ...given },
        env: { HOME: repo.folder },
        ...more,
      }),
    async release(image) {
      const commit = await repo.commit({ 'deploy/shop.yaml': deployment(image) }, `shop ${image}`);
      await repo.push('main');
      return commit;
    },
    get rollout() {
      return cluster.api.get('Rollout', 'shop', 'shop');
    },
    get serving() {
      const ready = cluster.api.list('Pod', 'shop').filter((pod) => isReady(pod) && !isGoing(pod));
      const counts: Record<string, number> = {};
      for (const image of ready.flatMap(imagesOf)) counts[image] = (counts[image] ?? 0) + 1;
      return counts;
    },
    async until(what, holds) {
      for (const end = performance.now() + 30_000; !holds(); await sleep(20)) {
        if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const config = `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/*.yaml] }
    strategy: partition
    steps:
      - { name: one, replicas: 20% }
      - { name: most, replicas: 60% }
      - { name: all, replicas: 100% }
`;
