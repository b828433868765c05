import { isGoing, type Thing } from '../../../src/simulator/api/things.ts';
import { createCluster, type EmbeddedCluster } from '../../../src/simulator/cluster.ts';
import { serve } from '../../../src/simulator/server/serve.ts';
import { imagesOf } from '../../../src/simulator/workloads/pods.ts';
import { isReady } from '../../../src/simulator/workloads/types.ts';
import { folder } from '../../adapters/kubernetes/server.ts';
import { startGitHub } from '../github.ts';
import { type Acme, type AcmeOptions, acmeAt } from './acme.ts';
import { type SharedClock, sharedClock } from './clock.ts';

/** acme/shop with its cluster, which is the embedded one; both, and the machines of the runs, have one clock. */
export interface Scene extends AsyncDisposable, Acme {
  readonly clock: SharedClock;
  readonly cluster: EmbeddedCluster;
  /** The images of the ready pods, each with their number. */
  readonly serving: Readonly<Record<string, number>>;
  readonly rollout: Thing | undefined;
}

export interface SceneOptions extends Pick<AcmeOptions, 'config' | 'app'> {
  /** When it begins. */
  readonly start?: string;
  /** Whether the first commit is deployed already. */
  readonly stands?: boolean;
}

/** A shop with its first commit, on a Wednesday unless `start` says otherwise. */
export async function openScene(options: SceneOptions): Promise<Scene> {
  const { config, start = '2026-06-03T09:00:00Z', app = false, stands = true } = options;
  await using stack = new AsyncDisposableStack();
  const clock = stack.use(sharedClock(start));
  const cluster = createCluster({ timeline: clock.timeline });
  stack.defer(() => cluster.stop());
  cluster.api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'tests' });
  // The Date of every answer is of the moment of its request.
  const server = stack.use(await serve(cluster, { seen: clock.catchUp }));
  const secret = stack.use(await folder());
  await secret.write('kubeconfig', server.kubeconfig);
  const hub = stack.use(await startGitHub({ now: clock.now }));
  const acme = acmeAt(hub, { config, temp: secret.path, app, env: () => clock.env });
  if (stands) await acme.deploysFirst();
  const owned = stack.move();
  return {
    ...acme,
    clock,
    cluster,
    get serving() {
      const ready = cluster.api.list('Pod', 'shop').filter((pod) => isReady(pod) && !isGoing(pod));
      const counts: Record<string, number> = {};
      for (const image of ready.flatMap(imagesOf)) counts[image] = (counts[image] ?? 0) + 1;
      return counts;
    },
    get rollout() {
      return cluster.api.get('Rollout', 'shop', 'shop');
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
