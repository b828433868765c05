/** How many timers this process waits for. */
export function waiting(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

/**
 * Until no more timers than that are waited for. It looks again without a timer: one of its own, such as `expect.poll` has,
 * would be counted. Throws after a while.
 */
export async function nothingWaits(before: number): Promise<void> {
  const until = performance.now() + 50_000;
  while (waiting() > before) {
    if (performance.now() > until) throw new Error(`${waiting()} timers, ${before} before`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
