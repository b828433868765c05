import type { Clock } from '../release/ports.ts';
import { createCluster } from '../simulator/cluster.ts';
import { conduct } from '../simulator/conductor.ts';
import { serve } from '../simulator/server/serve.ts';
import { virtualTimeline } from '../simulator/time.ts';

/** Real milliseconds between two moves of the clock, and the most that one of them makes up for. */
const BEAT = 2;
const LONGEST_BEAT = 20;

/**
 * The embedded cluster behind a loopback port, in which `speed` seconds pass in one of the machine's, and its clock. On a
 * machine that is busy time passes more slowly instead of in leaps: those would look as if the engine had not answered.
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
