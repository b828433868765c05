import type { Clock } from '../release/ports.ts';
import { createCluster } from '../simulator/cluster.ts';
import { conduct } from '../simulator/conductor.ts';
import { serve } from '../simulator/server/serve.ts';
import { virtualTimeline } from '../simulator/time.ts';

/** Real milliseconds between two moves of the clock, and the most real time that one move covers. */
const BEAT = 2;
const LONGEST_BEAT = 20;

/**
 * Starts the embedded cluster on a loopback port, with a clock: `speed` seconds of the cluster pass in one real second. On a
 * busy machine the clock is slower. It never jumps, because after a jump the engine would seem not to answer.
 */
export async function startCluster(
  speed: number,
): Promise<AsyncDisposable & { readonly kubeconfig: string; readonly clock: Clock }> {
  const timeline = virtualTimeline(Date.now());
  const cluster = createCluster({ timeline });
  const server = await serve(cluster);
  let before = performance.now();
  const beat = setInterval(() => {
    const now = performance.now();
    timeline.advance(Math.min(now - before, LONGEST_BEAT) * speed);
    before = now;
  }, BEAT);
  return {
    kubeconfig: server.kubeconfig,
    clock: { ...conduct(timeline).clock, elapsed: () => timeline.now() },
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      await server[Symbol.asyncDispose]();
      cluster.stop();
    },
  };
}
