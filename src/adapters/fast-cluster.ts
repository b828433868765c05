import { createCluster } from '../rehearsal/cluster.ts';
import { serve } from '../rehearsal/server/serve.ts';
import { realTimeline } from '../rehearsal/time.ts';
import type { Clock } from '../release/ports.ts';
import { clock as machine } from './clock.ts';

/** The embedded cluster behind a loopback port, in which `speed` seconds pass in one of the machine's, and its clock. */
export async function startCluster(
  speed: number,
): Promise<AsyncDisposable & { readonly kubeconfig: string; readonly clock: Clock }> {
  const timeline = realTimeline(speed);
  const cluster = createCluster({ timeline });
  const server = await serve(cluster);
  return {
    kubeconfig: server.kubeconfig,
    clock: {
      now: () => new Date(timeline.now()),
      sleep: (milliseconds, signal) => machine.sleep(milliseconds / speed, signal),
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      cluster.stop();
    },
  };
}
