import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/release/report.ts';
import { ask, pathOf } from './connection.ts';
import { apply, cluster, embedded, kubectl, patch, type Rollout, read, waitFor } from './fixture.ts';
import { record } from './recorder.ts';
import { images, outcome, recordOf, served, waiting, walk } from './scenes.ts';
import type { Shop } from './shop.ts';
import { witness } from './witness.ts';

type Planned = Rollout & {
  readonly spec: {
    readonly strategy: Readonly<
      Record<'canary' | 'blueGreen', { steps: { pause?: { duration?: number } }[] } | undefined>
    >;
  };
};

describe.concurrent('promote', () => {
  test.for([
    { style: 'partition', approvals: 2 },
    { style: 'canary', approvals: 2 },
    { style: 'blueGreen', approvals: 3 },
  ] as const)('$style, by plan: the pauses are back before the next release', async ({ style, approvals }) => {
    await using it = await waiting({ style });
    await using plans = record<Planned>(cluster, it.namespace, 'rollouts');
    for (let step = 1; step <= approvals; step += 1) {
      const promoted = await it.stepgate('promote', '--method', 'plan', '--step', String(step));
      expect([promoted.code, promoted.delivery.error], promoted.stderr).toEqual([0, null]);
      // Every approval was one of the plan: none of the status.
      expect(promoted.writes.filter((line) => line.includes('status'))).toEqual([]);
      expect(it.seen.most('app:v2')).toBeLessThanOrEqual([1, 3, 5, 5][step] ?? 0);
      await it.stepgate('deploy');
    }
    const opened = plans.seen.flatMap(({ object }) => zeros(object));
    expect(new Set(opened)).toEqual(new Set(Array.from({ length: approvals }, (_, index) => index + 1)));
    expect((await it.stepgate('status')).delivery.state).toBe('done');

    await it.release('app:v3');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(zeros(await read<Planned>(it.namespace, 'rollouts', 'shop'))).toEqual([]);
    expect(it.seen.most('app:v3')).toBe(1);
  });

  test('zero pauses that somebody left are put back before the workload changes', async () => {
    await using it = await served();
    await using seen = await witness(it);
    const path = (step: number) => `/spec/strategy/canary/steps/${step - 1}/pause`;
    const open = [1, 2, 3].map((step) => ({ op: 'replace', path: path(step), value: { duration: 0 } }));
    await patch(it.namespace, 'rollouts', 'shop', open);
    expect((await it.stepgate('status')).delivery.reason).toBe('PAUSES_LEFT');
    await it.release('app:v2');
    const deployed = await it.stepgate('deploy');
    expect(outcome(deployed)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    const [restored, started] = [/patch Rollout/, /apply Deployment/].map((one) =>
      deployed.writes.findIndex((line) => one.test(line)),
    );
    expect(restored).toBeGreaterThanOrEqual(0);
    expect(started).toBeGreaterThan(restored ?? -1);
    expect(seen.most('app:v2')).toBe(1);
    // In mid-release as well: the step that waits is not let through by it.
    await patch(it.namespace, 'rollouts', 'shop', open.slice(1));
    await it.stepgate('promote', '--step', '1');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect(seen.most('app:v2')).toBe(3);
  });

  test.for(['partition', 'canary', 'blueGreen'] as const)('%s: jumps forward and back', async (style) => {
    const steps = [
      '{ name: one, replicas: 20% }',
      '{ name: two, replicas: 40% }',
      '{ name: soak, replicas: 60%, leaveWhen: [{ soak: 1h }] }',
      '{ name: four, replicas: 80% }',
      '{ name: all, replicas: 100% }',
    ];
    await using it = await waiting({ style, steps });
    const forward = await it.stepgate('promote', '--to', 'soak');
    expect([forward.code, forward.delivery.error], forward.stderr).toEqual([0, null]);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 3]);
    expect((await recordOf(it)).approvals.map(({ step }) => step)).toEqual([1, 2]);
    expect((await images(it))['app:v2']).toBe(3);

    const back = await it.stepgate('promote', '--to', '2');
    expect([back.code, back.delivery.error], back.stderr).toEqual([0, null]);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect((await recordOf(it)).approvals.map(({ step }) => step)).toEqual([1]);
    expect(outcome(await it.stepgate('tick'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);

    const blind = await it.stepgate('promote', '--to', 'four');
    expect([blind.code, blind.delivery.error?.code, blind.writes]).toEqual([4, 'GATE_NOT_FORCEABLE', []]);
    const forced = await it.stepgate('promote', '--to', 'four', '--force');
    expect([forced.code, forced.delivery.error], forced.stderr).toEqual([0, null]);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 4]);
    expect((await recordOf(it)).approvals.filter(({ forced }) => forced).map(({ step }) => step)).toEqual([2, 3]);
    expect(it.seen.most('app:v2')).toBeLessThanOrEqual(4);
  });

  test('refuses what is not there any more, and writes nothing', async () => {
    await using it = await served();
    const none = await it.stepgate('promote');
    expect([none.code, none.delivery.error?.code, none.writes]).toEqual([4, 'NO_RELEASE', []]);
    await it.release('app:v2');
    const deployed = await it.stepgate('deploy');
    const id = deployed.delivery.release?.id ?? '';
    const refused = [
      { args: ['--release', `${id}-2`], code: 4, why: 'RELEASE_CHANGED' },
      { args: ['--step', '2'], code: 4, why: 'STEP_CHANGED' },
      { args: ['--step', 'most'], code: 4, why: 'STEP_CHANGED' },
      { args: ['--step', 'some'], code: 2, why: 'STEP_UNKNOWN' },
      { args: ['--to', '9'], code: 2, why: 'STEP_UNKNOWN' },
      { args: ['--delivery', 'shop@prod'], code: 2, why: 'DELIVERY_UNKNOWN' },
    ];
    for (const { args, code, why } of refused) {
      const ended = await it.stepgate('promote', ...args);
      expect([ended.code, ended.report.error?.code ?? ended.delivery.error?.code, ended.writes]).toEqual([
        code,
        why,
        [],
      ]);
    }
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
    const seen = await it.stepgate('promote', '--release', id, '--step', 'one');
    expect([seen.code, seen.delivery.error]).toEqual([0, null]);
    await it.stepgate('deploy');
    const late = await it.stepgate('promote', '--release', id, '--step', 'one');
    expect([late.code, late.delivery.error?.code, late.writes]).toEqual([4, 'STEP_CHANGED', []]);
    await walk(it, 2, 2);
  });

  test.skipIf(embedded)('with the roles of stepgate permissions a promoter promotes, and a reader reads', async () => {
    await using it = await waiting();
    const duties = ['read', 'promote', 'promote-by-plan'].flatMap((duty) => ['--duty', duty]);
    const named = ['--identity', 'promote,promote-by-plan=promoter', '--identity', 'read=reader'];
    const { stdout: input } = await it.as({ text: true }).stepgate('permissions', ...duties, ...named);
    await kubectl(['apply', '-f', '-'], { input });
    const { promoter, reader, stranger } = cluster.users;

    const read = await it.as(reader).stepgate('status');
    expect(outcome(read)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    const strange = await it.as(stranger).stepgate('status');
    expect([strange.code, strange.delivery.error?.code]).toEqual([3, 'CLUSTER_FORBIDDEN']);
    for (const args of [['promote'], ['hold'], ['deploy']]) {
      const refused = await it.as(reader).stepgate(...args);
      expect([refused.code, refused.delivery.error?.code]).toEqual([3, 'CLUSTER_FORBIDDEN']);
    }
    const promoted = await it.as(promoter).stepgate('promote', '--step', '1');
    expect([promoted.code, promoted.delivery.error]).toEqual([0, null]);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    const byPlan = await it.as(promoter).stepgate('promote', '--step', '2', '--method', 'plan');
    expect([byPlan.code, byPlan.delivery.error]).toEqual([0, null]);
    await it.stepgate('deploy');
    await it.release('app:v3');
    const deployed = await it.as(promoter).stepgate('deploy');
    expect([deployed.code, deployed.delivery.error?.code]).toEqual([3, 'CLUSTER_FORBIDDEN']);
    expect(await images(it)).toEqual({ 'app:v2': 5 });
  });

  test.skipIf(embedded)('people: cluster counts users of the cluster, whatever name they give', async () => {
    const steps = ['{ name: one, replicas: 20%, leaveWhen: [{ approval: two }] }', '{ name: all, replicas: 100% }'];
    const config = [
      'people: { deployer: dora }',
      'approvals: { two: { by: [command], count: 2, from: ["kube:promoter", dora] } }',
    ].join('\n');
    await using it = await waiting({ steps, config });
    const rights = [
      ...reading,
      { apiGroups: ['rollouts.kruise.io'], resources: ['rollouts', 'rollouts/status'], verbs: ['patch'] },
    ];
    await Promise.all(['promoter', 'deployer', 'stranger'].map((user) => grant(it, user, rights)));
    const { promoter, deployer, stranger } = cluster.users;

    // One user is one person, under every name.
    for (const who of ['ada', 'bob']) {
      const approved = await it.as({ ...promoter, who }).stepgate('promote', '--step', 'one', '--who', who);
      expect(outcome(approved), approved.stderr).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    }
    expect((await recordOf(it)).approvals.map(({ by }) => by)).toEqual(['kube:promoter']);
    // Neither a name on the command line nor the right to write makes somebody one who may approve.
    for (const user of [stranger, {}]) {
      const refused = await it.as({ ...user, who: 'dora' }).stepgate('promote', '--step', 'one', '--who', 'dora');
      expect([refused.delivery.state, it.seen.most('app:v2')], refused.stderr).toEqual(['waiting', 1]);
    }
    const second = await it.as(deployer).stepgate('promote', '--step', 'one');
    expect([second.code, second.delivery.error], second.stderr).toEqual([0, null]);
    // The last step has every pod, and passes by itself.
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'done', 'DELIVERED', undefined]);
  });

  test('status --watch --json prints a report a line, up to the end', async () => {
    await using it = await waiting();
    const watch = it.start('status', '--watch');
    // It has to have looked once before anything moves.
    await new Promise((resolve) => watch.child.stdout?.once('data', resolve));
    await walk(it, 1, 2);
    const { code, stdout } = await watch.ended;
    expect(code).toBe(0);
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Report);
    const told = reports.map(({ deliveries: [one] }) => `${one?.state} ${one?.step?.index ?? ''}`);
    expect(reports.every(({ version, command }) => version === 1 && command === 'status')).toBe(true);
    expect(told[0]).toBe('waiting 1');
    expect(told).toContain('waiting 2');
    expect(told.at(-1)).toBe('done ');
  });

  test('the exit code tells more where it is asked to', async () => {
    await using it = await waiting();
    const codes = async () => [
      (await it.stepgate('status')).code,
      (await it.stepgate('status', '--detailed-exit-code')).code,
    ];
    expect(await codes()).toEqual([0, 10]);
    await it.stepgate('hold');
    expect(await codes()).toEqual([0, 11]);
    await it.stepgate('resume');
    await ask(cluster, pathOf(it.namespace, 'rollouts', 'shop'), { method: 'DELETE' });
    await waitFor(async () => (await it.stepgate('status')).delivery.state === 'absent', {
      what: 'no Rollout',
      every: 500,
    });
    expect(await codes()).toEqual([0, 0]);
  });
});

const reading = [
  { apiGroups: ['rollouts.kruise.io'], resources: ['rollouts'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
];

async function grant({ namespace }: Shop, user: string, rules: readonly object[]): Promise<void> {
  const name = `stepgate-${user}`;
  const api = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name } };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  await apply(
    namespace,
    { ...api, kind: 'Role', rules },
    {
      ...api,
      kind: 'RoleBinding',
      roleRef,
      subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
    },
  );
}

/** Steps (from 1) whose pause is zero. */
function zeros({ spec: { strategy } }: Planned): readonly number[] {
  const steps = (strategy.canary ?? strategy.blueGreen)?.steps ?? [];
  return steps.flatMap(({ pause }, index) => (pause?.duration === 0 ? [index + 1] : []));
}
