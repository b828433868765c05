import { setTimeout as sleep } from 'node:timers/promises';
import type { Exporter } from './exporter.ts';
import { pods } from './fixture.ts';
import type { Shop } from './shop.ts';

/** Requests that the pods of a shop get, counted in `http_requests_total` and `http_errors_total` by the name of each pod. */
export type PodTraffic = AsyncDisposable & {
  /** From the next second on, about this share of the requests of a version fails. It is 0 for a version until it is said. */
  fails(image: string, share: number): void;
};

/** Of each pod, a second. */
const REQUESTS = 50;

/**
 * Lets each pod of the shop get 50 requests a second. What a pod counts is there from its second second on, begins with 0, and
 * goes with the pod. `noise`: how much the share of a second may be above or below the one that is said, for all pods alike.
 */
export function podTraffic({ namespace }: Shop, exporter: Exporter, { noise = 0, seed = 1 } = {}): PodTraffic {
  const random = randomOf(seed);
  const shares = new Map<string, number>();
  const counts = new Map<string, { requests: number; errors: number }>();
  const end = new AbortController();

  async function second(): Promise<void> {
    const now = await pods(namespace);
    const more = noise * (2 * random() - 1);
    for (const { metadata, spec } of now) {
      const { name } = metadata;
      const share = Math.max(0, (shares.get(spec.containers[0]?.image ?? '') ?? 0) + more);
      const before = counts.get(name);
      const errors = Array.from({ length: REQUESTS }, random).filter((one) => one < share).length;
      const count =
        before === undefined
          ? { requests: 0, errors: 0 }
          : { requests: before.requests + REQUESTS, errors: before.errors + errors };
      counts.set(name, count);
      exporter.set('http_requests_total', { namespace, pod: name }, count.requests);
      exporter.set('http_errors_total', { namespace, pod: name }, count.errors);
    }
    const names = new Set(now.map(({ metadata }) => metadata.name));
    for (const name of [...counts.keys()].filter((one) => !names.has(one))) {
      counts.delete(name);
      exporter.drop('http_requests_total', { namespace, pod: name });
      exporter.drop('http_errors_total', { namespace, pod: name });
    }
  }

  async function run(): Promise<void> {
    while (!end.signal.aborted) {
      await second();
      await sleep(1_000, undefined, { signal: end.signal }).catch(() => undefined);
    }
  }

  const running = run();
  // It is told where the test ends.
  running.catch(() => undefined);
  return {
    fails: (image, share) => void shares.set(image, share),
    async [Symbol.asyncDispose]() {
      end.abort();
      await running;
    },
  };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
