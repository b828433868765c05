import { expect, test } from 'vitest';
import { pods, read, tally } from './fixture.ts';
import { shop } from './shop.ts';

/** The whole way once, for each style: deployed, released, promoted to the end. */
const styles = [
  { style: 'partition', approvals: 2, whileFirst: { old: 4, new: 1 } },
  { style: 'canary', approvals: 2, whileFirst: { old: 5, new: 1 } },
  { style: 'blueGreen', approvals: 3, whileFirst: { old: 5, new: 1 } },
] as const;

test.concurrent.for(styles)(
  '$style: from a commit to a delivered release',
  async ({ style, approvals, whileFirst }) => {
    await using it = await shop({ style });
    const first = await it.stepgate('deploy');
    expect(first.stderr).toContain('write: apply Deployment shop');
    expect([first.code, first.delivery.state, first.delivery.reason]).toEqual([0, 'done', 'FIRST_DEPLOY']);

    const commit = await it.release('app:v2');
    const second = await it.stepgate('deploy', '--detailed-exit-code');
    expect([second.code, second.delivery.state, second.delivery.reason]).toEqual([10, 'waiting', 'GATE_SHUT']);
    expect(second.delivery.step).toEqual({ index: 1, of: 3, name: 'one' });
    expect(second.delivery.release?.commit).toBe(commit);
    const running = await pods(it.namespace);
    expect([tally(running, 'app:v1').all, tally(running, 'app:v2').all]).toEqual([whileFirst.old, whileFirst.new]);

    for (let step = 1; step <= approvals; step += 1) {
      const promoted = await it.stepgate('promote', '--step', String(step));
      expect([promoted.code, promoted.delivery.error]).toEqual([0, null]);
      const settled = await it.stepgate('deploy');
      expect(settled.code).toBe(0);
      if (step < approvals) expect(settled.delivery.step?.index).toBe(step + 1);
      else expect([settled.delivery.state, settled.delivery.reason]).toEqual(['done', 'DELIVERED']);
    }
    const after = await pods(it.namespace);
    expect([tally(after, 'app:v1').all, tally(after, 'app:v2').ready]).toEqual([0, 5]);
    expect(await read(it.namespace, 'deployments', 'shop')).not.toHaveProperty('spec.paused');
  },
);
