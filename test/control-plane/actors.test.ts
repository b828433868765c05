import { describe, expect, test } from 'vitest';
import { kubectl, pods, waitFor } from './fixture.ts';
import { generationOf, images, liveId, outcome, paused, recordOf, rollout, served, waiting } from './scenes.ts';
import { deployment, type Shop, shop } from './shop.ts';
import { witness } from './witness.ts';

/** Others write to the same objects, at any time. No pod may leave an approved step by it. */
describe.concurrent('other actors', () => {
  test('a template restarted by hand in mid-release is not promoted, until a deploy takes it', async () => {
    await using it = await waiting();
    // What older clients and dashboards do; kubectl refuses to restart a paused Deployment.
    await expect(kubectl(['rollout', 'restart', 'deployment/shop', '-n', it.namespace])).rejects.toThrow('paused');
    await patch(it, restarted);
    await paused(it, 1);

    await refusesToGoOn(it);
    const again = await it.stepgate('deploy');
    expect(outcome(again)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    const promoted = await it.stepgate('promote', '--step', '1');
    expect([promoted.code, promoted.delivery.error]).toEqual([0, null]);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect(it.seen.most('app:v2')).toBeLessThanOrEqual(3);
  });

  test('a restart by hand of an idle delivery is a release of its own: not promoted, until a deploy takes it', async () => {
    await using it = await served();
    await using seen = await witness(it);
    await kubectl(['rollout', 'restart', 'deployment/shop', '-n', it.namespace]);
    await paused(it, 1);
    const before = await templates(it);
    await refusesToGoOn(it);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    for (const step of [1, 2]) {
      expect((await it.stepgate('promote', '--step', String(step))).code).toBe(0);
      await it.stepgate('deploy');
    }
    expect(outcome(await it.stepgate('status'))).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
    expect(before.size).toBe(2);
    expect((await templates(it)).size).toBe(1);
    // Never more than the new beside the old.
    expect(seen.most('app:v1')).toBeLessThanOrEqual(7);
  });

  test('an image set by hand in mid-release is not promoted; a deploy brings back what Git says, behind the steps', async () => {
    await using it = await waiting();
    await kubectl(['set', 'image', 'deployment/shop', 'main=app:foreign', '-n', it.namespace]);
    await paused(it, 1);
    await refusesToGoOn(it);
    expect(it.seen.most('app:foreign')).toBe(1);

    const conflict = await it.stepgate('deploy');
    expect([conflict.code, conflict.delivery.error?.code, conflict.writes]).toEqual([3, 'CLUSTER_CONFLICT', []]);
    expect(conflict.delivery.error?.hint).toContain('--take-over kubectl-set');
    const mine = await it.stepgate('deploy', '--take-over', 'kubectl-set');
    expect(outcome(mine)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(mine.delivery.release?.id).toMatch(/-2$/);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
    expect(it.seen.most('app:v2')).toBe(1);
  });

  test('a forced server-side apply by another manager moves no pod, and the release goes on', async () => {
    await using it = await waiting();
    const theirs = deployment('app:v2', 5).replace(
      '  replicas: 5\n',
      '  replicas: 5\n  paused: false\n  strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 100%, maxUnavailable: 100% } }\n',
    );
    await applyAs(it, 'argocd', theirs);
    const status = await it.stepgate('status');
    expect(outcome(status)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
    expect((await it.stepgate('promote', '--step', 'one')).delivery.error).toBeNull();
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect(it.seen.most('app:v2')).toBe(3);
  });

  test('a forced apply of a third template by another manager is not promoted', async () => {
    await using it = await waiting({ style: 'canary' });
    await applyAs(it, 'argocd', deployment('app:foreign', 5));
    await paused(it, 1);
    await refusesToGoOn(it);
    expect(await images(it)).toEqual({ 'app:v1': 5, 'app:foreign': 1 });
  });

  test('two deploys at once start one release', async () => {
    await using it = await served();
    await using seen = await witness(it);
    await it.release('app:v2');
    const both = await Promise.all([it.stepgate('deploy'), it.stepgate('deploy')]);
    expect(both.map(outcome)).toEqual([
      [0, 'waiting', 'GATE_SHUT', 1],
      [0, 'waiting', 'GATE_SHUT', 1],
    ]);
    expect(new Set(both.map(({ delivery }) => delivery.release?.id)).size).toBe(1);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
    expect(seen.most('app:v2')).toBe(1);
  });

  test('two deploys of two commits at once: the later commit is released, and neither goes out ungated', async () => {
    await using it = await served();
    await using seen = await witness(it);
    const v2 = await it.release('app:v2');
    const v3 = await it.release('app:v3');
    const both = await Promise.all([it.stepgate('deploy', '--at', v2), it.stepgate('deploy', '--at', v3)]);
    for (const { code, delivery } of both)
      if (code !== 0) expect([code, delivery.reason]).toEqual([4, 'WOULD_GO_BACK']);
    const status = await it.stepgate('deploy');
    expect(outcome(status)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(status.delivery.release?.commit).toBe(v3);
    expect(await liveId(it)).toBe(status.delivery.release?.id);
    expect((await images(it))['app:v3']).toBe(1);
    expect(seen.most('app:v2')).toBeLessThanOrEqual(1);
    expect(seen.most('app:v3')).toBe(1);
  });

  test('two promotes at once go on by one step', async () => {
    await using it = await waiting();
    const both = await Promise.all(['ada', 'bob'].map((who) => it.as({ who }).stepgate('promote', '--step', 'one')));
    for (const { code, delivery } of both) {
      expect([0, 4]).toContain(code);
      if (code === 4) expect(delivery.error?.code).toBe('STEP_CHANGED');
    }
    expect(both.map(({ code }) => code)).toContain(0);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect(it.seen.most('app:v2')).toBe(3);
    const { approvals } = await recordOf(it);
    expect(new Set(approvals.map(({ step }) => step))).toEqual(new Set([1]));
  });

  test('two ticks at once start, advance and finish a release once', async () => {
    const steps = [
      '{ name: one, replicas: 20%, leaveWhen: [] }',
      '{ name: gate, replicas: 40% }',
      '{ name: all, replicas: 100% }',
    ];
    await using it = await served({ steps });
    await using seen = await witness(it);
    await it.release('app:v2');
    await it.stepgate('deploy', '--timeout', '1s');
    await Promise.all([0, 1].map(() => it.stepgate('deploy')));
    const ticks = await Promise.all([0, 1, 2].map(() => it.stepgate('tick')));
    expect(ticks.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect((await Promise.all([0, 1].map(() => it.stepgate('tick')))).map(outcome)).toEqual([
      [0, 'waiting', 'GATE_SHUT', 2],
      [0, 'waiting', 'GATE_SHUT', 2],
    ]);
    expect(seen.most('app:v2')).toBe(2);
    await it.stepgate('promote', '--step', 'gate');
    const ends = await Promise.all([0, 1].map(() => it.stepgate('tick', '--until', 'done')));
    expect(ends.map(outcome)).toEqual([
      [0, 'done', 'DELIVERED', undefined],
      [0, 'done', 'DELIVERED', undefined],
    ]);
    expect((await recordOf(it)).history).toHaveLength(2);
  });

  test.for([
    {
      what: 'the workload has no replicas',
      args: ['scale', 'deployment/shop', '--replicas=0'],
      codes: ['FINDINGS', 'WOULD_NOT_GATE'],
    },
    {
      what: 'the Rollout is disabled',
      args: ['patch', 'rollout', 'shop', '--type=merge', '-p', '{"spec":{"disabled":true}}'],
      codes: ['FINDINGS', 'WOULD_NOT_GATE'],
    },
  ])('nothing is written where it would go to every pod at once: $what', async ({ args, codes }) => {
    await using it = await served();
    await kubectl([...args, '-n', it.namespace]);
    if (args[0] === 'patch') {
      await waitFor(async () => (await rollout(it)).status?.phase === 'Disabled', { what: 'a disabled Rollout' });
    }
    const generation = await generationOf(it);
    await it.release('app:v2');
    const deployed = await it.stepgate('deploy');
    expect(deployed.code).toBe(4);
    expect(codes).toContain(deployed.delivery.error?.code);
    expect(await generationOf(it)).toBe(generation);
    expect((await images(it))['app:v2']).toBeUndefined();
  });

  test('the dry-run right before the write tells what the look before could not: nothing is written', async () => {
    const manifest = (image: string) => deployment(image, 5).replace('  replicas: 5\n', '');
    const files = { 'deploy/shop.yaml': manifest('app:v1') };
    await using it = await shop({ config: '    startWhen: [approval]', files });
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'START_GATE_SHUT', undefined]);
    expect((await it.stepgate('promote')).code).toBe(0);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
    await kubectl(['scale', 'deployment/shop', '--replicas=3', '-n', it.namespace]);
    await waitFor(async () => (await images(it))['app:v1'] === 3, { what: 'three pods' });
    await it.repo.commit({ 'deploy/shop.yaml': manifest('app:v2') });
    await it.repo.push('main');
    const asked = await it.stepgate('deploy', '--detailed-exit-code');
    expect(outcome(asked)).toEqual([10, 'waiting', 'START_GATE_SHUT', undefined]);
    await kubectl(['scale', 'deployment/shop', '--replicas=0', '-n', it.namespace]);
    await waitFor(async () => (await pods(it.namespace)).length === 0, { what: 'no pods' });
    const generation = await generationOf(it);
    const started = await it.stepgate('promote');
    expect([started.code, started.delivery.error?.code]).toEqual([4, 'WOULD_NOT_GATE']);
    expect(await generationOf(it)).toBe(generation);

    await kubectl(['scale', 'deployment/shop', '--replicas=3', '-n', it.namespace]);
    await waitFor(async () => (await images(it))['app:v1'] === 3, { what: 'three pods' });
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await images(it)).toEqual({ 'app:v1': 2, 'app:v2': 1 });
  });

  test('a Rollout disabled in mid-release is told, and nothing is promoted', async () => {
    await using it = await waiting();
    await kubectl(['patch', 'rollout', 'shop', '--type=merge', '-p', '{"spec":{"disabled":true}}', '-n', it.namespace]);
    await waitFor(async () => (await rollout(it)).status?.phase === 'Disabled', { what: 'a disabled Rollout' });
    const status = await it.stepgate('status');
    expect(outcome(status)).toEqual([1, 'stuck', 'DISABLED', undefined]);
    const promoted = await it.stepgate('promote');
    expect([promoted.code, promoted.writes]).toEqual([4, []]);
  });

  test('a Rollout paused by hand is told; approvals wait for it', async () => {
    await using it = await waiting();
    const pause = (paused: boolean) =>
      kubectl([
        'patch',
        'rollout',
        'shop',
        '--type=merge',
        '-p',
        JSON.stringify({ spec: { strategy: { paused } } }),
        '-n',
        it.namespace,
      ]);
    await pause(true);
    await waitFor(async () => outcome(await it.stepgate('status'))[2] === 'PAUSED', { what: 'PAUSED', every: 300 });
    expect(outcome(await it.stepgate('promote', '--step', '1'))).toEqual([0, 'waiting', 'PAUSED', 1]);
    expect(it.seen.most('app:v2')).toBe(1);
    await pause(false);
    expect((await it.stepgate('tick', '--timeout', '1m')).code).toBe(0);
    await waitFor(async () => outcome(await it.stepgate('tick'))[3] === 2, { what: 'step 2', every: 500 });
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
  });
});

/** A release that is not stepgate's: told as such, and neither a promote nor a tick writes anything. */
async function refusesToGoOn(it: Shop): Promise<void> {
  const status = await it.stepgate('status');
  expect([status.code, status.delivery.state, status.delivery.reason]).toEqual([1, 'stuck', 'FOREIGN_RELEASE']);
  const promoted = await it.stepgate('promote');
  expect([promoted.code, promoted.delivery.error?.code, promoted.writes]).toEqual([4, 'FOREIGN_RELEASE', []]);
  const forced = await it.stepgate('promote', '--force');
  expect([forced.code, forced.delivery.error?.code, forced.writes]).toEqual([4, 'FOREIGN_RELEASE', []]);
  const ticked = await it.stepgate('tick');
  expect([ticked.code, ticked.delivery.reason, ticked.writes]).toEqual([1, 'FOREIGN_RELEASE', []]);
}

const restarted = {
  spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } } } },
};

async function patch(it: Shop, body: object): Promise<void> {
  await kubectl(['patch', 'deployment', 'shop', '--type=merge', '-p', JSON.stringify(body), '-n', it.namespace]);
}

async function applyAs(it: Shop, manager: string, manifest: string): Promise<void> {
  const args = [
    'apply',
    '--server-side',
    '--force-conflicts',
    `--field-manager=${manager}`,
    '-n',
    it.namespace,
    '-f',
    '-',
  ];
  await kubectl(args, { input: manifest });
}

async function templates(it: Shop): Promise<ReadonlySet<string | undefined>> {
  return new Set((await pods(it.namespace)).map(({ metadata }) => metadata.labels['pod-template-hash']));
}
