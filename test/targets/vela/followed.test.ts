import { describe, expect, test } from 'vitest';
import { at } from '../../../src/release/json.ts';
import { followed, line } from './followed.ts';

/** Recordings of real KubeVela v1.10.9: with the engine of the addon (v0.3.0) and with v0.6.2. */
const gated = ['labels-v0.3.0', 'labels-v0.6.2'] as const;
const hash = (notes: object) => at(notes, 'rollouts.kruise.io/hash');

describe('the Rollout that KubeVela makes is read as one of stepgate', () => {
  test('from the first deploy to a rollback by an older content, on the engine of the addon', () => {
    expect(followed('labels-v0.3.0').map(line)).toEqual([
      'absent; workload none; Application none',
      'absent; workload none; Application rendering',
      'absent; workload g1; Application rendering',
      'unseen; workload g1; Application rendering',
      'idle (fresh); workload g1; Application rendering',
      'idle of g1 (fresh); workload g1; Application rendering',
      'idle of g1 (fresh); workload g1; Application runningWorkflow',
      'idle of g1 (fresh); workload g1; Application running',
      // Another content, publishVersion and id are applied.
      'idle of g1 (fresh); workload g1; Application rendering',
      'idle of g1 (fresh); workload g2, gated; Application rendering',
      'starting of g1; workload g2, gated; Application rendering',
      'starting of g2; workload g2, gated; Application rendering',
      'starting of g2; workload g2, gated; Application unhealthy',
      'moving 1 of g2; workload g2, gated; Application unhealthy',
      'waiting 1 of g2; workload g2, gated; Application unhealthy',
      'waiting 1 of g2, asks; workload g2, gated; Application unhealthy',
      // Approved by status.
      'moving 1 of g2; workload g2, gated; Application unhealthy',
      'moving 2 of g2; workload g2, gated; Application unhealthy',
      'waiting 2 of g2; workload g2, gated; Application unhealthy',
      'waiting 2 of g2, asks; workload g2, gated; Application unhealthy',
      'moving 2 of g2; workload g2, gated; Application unhealthy',
      'moving 3 of g2; workload g2, gated; Application unhealthy',
      'waiting 3 of g2; workload g2, gated; Application unhealthy',
      'moving 3 of g2; workload g2, gated; Application unhealthy',
      'finishing of g2; workload g2, gated; Application unhealthy',
      'finishing of g2; workload g2; Application unhealthy',
      'idle of g2 (succeeded); workload g2; Application unhealthy',
      'idle of g2 (succeeded); workload g2; Application rendering',
      'idle of g2 (succeeded); workload g3, gated; Application rendering',
      'starting of g2; workload g3, gated; Application rendering',
      'starting of g3; workload g3, gated; Application rendering',
      'starting of g3; workload g3, gated; Application unhealthy',
      'moving 1 of g3; workload g3, gated; Application unhealthy',
      'waiting 1 of g3; workload g3, gated; Application unhealthy',
      'waiting 1 of g3, asks; workload g3, gated; Application unhealthy',
      // The content of g2 again, as g4.
      'waiting 1 of g3, asks; workload g3, gated; Application rendering',
      'moving 1 of g3; workload g4, gated; Application rendering',
      'cancelling of g3; workload g4, gated; Application rendering',
      'cancelling of g3; workload g4; Application rendering',
      'cancelling of g3; workload g4; Application runningWorkflow',
      'cancelling of g4; workload g4; Application runningWorkflow',
      'idle of g4 (cancelled); workload g4; Application runningWorkflow',
      'idle of g4 (cancelled); workload g4; Application running',
    ]);
  });

  test('and a third content in mid-release, on a newer engine', () => {
    const states = followed('labels-v0.6.2').map(({ engine, id }) => `${engine}; workload ${id}`);
    const from = states.indexOf('waiting 1 of g2, asks; workload g2');
    expect([...new Set(states.slice(from))]).toEqual([
      'waiting 1 of g2, asks; workload g2',
      'moving 1 of g2; workload g4',
      'starting; workload g4',
      'moving 1 of g4; workload g4',
      'waiting 1 of g4; workload g4',
      'waiting 1 of g4, asks; workload g4',
      'moving 1 of g4; workload g5',
      'cancelling of g4; workload g5',
      'cancelling of g5; workload g5',
      'idle of g5 (cancelled); workload g5',
    ]);
  });

  test.each(gated)('%s: a step asks only for the release that the workload has', (id) => {
    const asking = followed(id).filter(({ engine }) => engine.endsWith('asks'));
    expect(asking.length).toBeGreaterThan(0);
    expect(asking.filter((one) => !one.gated || !one.engine.includes(`of ${one.id},`))).toEqual([]);
  });

  test.each(gated)("%s: the Application's phase says nothing about the steps", (id) => {
    const phases = new Set(followed(id).flatMap(({ engine, phase }) => (engine.startsWith('waiting') ? [phase] : [])));
    const atRest = new Set(followed(id).flatMap(({ engine, phase }) => (engine.startsWith('idle') ? [phase] : [])));
    expect([...phases].filter((phase) => atRest.has(phase)).length).toBeGreaterThan(0);
  });

  // A record on the Rollout would stay there, as the engine's own annotation does.
  test.each(gated)("%s: KubeVela leaves others' annotations on the Rollout, however often it renders", (id) => {
    const all = followed(id);
    const first = all.findIndex(({ notes }) => hash(notes) !== undefined);
    expect(first).toBeGreaterThan(0);
    expect(new Set(all.slice(first).map(({ notes }) => hash(notes))).size).toBe(1);
    expect(new Set(all.slice(first).map((one) => one.id)).size).toBeGreaterThan(2);
  });

  test('without the label for the webhook of the addon, the engine stays idle and the workload is not gated', () => {
    const all = followed('no-label');
    const served = all.findIndex(({ phase }) => phase === 'running');
    expect(all.slice(served).map(line)).toEqual([
      'idle (fresh); workload none; Application running',
      'idle (fresh); workload none; Application rendering',
      'idle (fresh); workload none; Application running',
    ]);
  });
});
