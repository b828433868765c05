import { describe, expect, test } from 'vitest';
import { kubectl, read, waitFor } from './fixture.ts';
import {
  fileOf,
  generationOf,
  images,
  liveId,
  outcome,
  paused,
  podNames,
  recordOf,
  served,
  waiting,
  walk,
} from './scenes.ts';
import { deployment, shop } from './shop.ts';
import { witness } from './witness.ts';

/** Two approvals for the first step, so that one of them can be there and not be enough. */
const twice = {
  steps: [
    '{ name: one, replicas: 20%, leaveWhen: [{ approval: two }] }',
    '{ name: most, replicas: 60% }',
    '{ name: all, replicas: 100% }',
  ],
  config: 'approvals: { two: { by: [command], count: 2 } }',
};

describe.concurrent('deploy', () => {
  test.for(['partition', 'canary', 'blueGreen'] as const)(
    '%s: the same commit and a docs commit change nothing in mid-release, an ancestor is refused, a new version takes over or is refused',
    async (style) => {
      await using it = await waiting({ style, ...twice });
      const [v1, v2] = [await it.repo.git('rev-parse', 'HEAD~1'), await it.repo.head()];
      const approved = await it.stepgate('promote');
      expect(outcome(approved)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
      expect((await recordOf(it)).approvals).toMatchObject([{ step: 1, by: 'tester' }]);
      const [before, id, generation] = [await podNames(it), await liveId(it), await generationOf(it)];

      const again = await it.stepgate('deploy');
      expect([...outcome(again), again.delivery.changed, again.writes]).toEqual([
        0,
        'waiting',
        'GATE_SHUT',
        1,
        false,
        [],
      ]);
      await it.repo.commit({ 'README.md': 'words\n' }, 'docs');
      await it.repo.push('main');
      const docs = await it.stepgate('deploy');
      expect([...outcome(docs), docs.delivery.changed, docs.writes]).toEqual([0, 'waiting', 'GATE_SHUT', 1, false, []]);
      expect(docs.delivery.release).toEqual({ id, commit: v2, settings: null });
      const back = await it.stepgate('deploy', '--at', v1);
      expect([back.code, back.delivery.error?.code, back.writes]).toEqual([4, 'WOULD_GO_BACK', []]);
      expect([await podNames(it), await liveId(it), await generationOf(it)]).toEqual([before, id, generation]);

      const v3 = await it.release('app:v3');
      const next = await it.stepgate('deploy');
      if (style === 'blueGreen') {
        expect([next.code, next.delivery.error?.code, next.writes]).toEqual([4, 'SUPERSEDE_REFUSED', []]);
        expect([await podNames(it), await liveId(it)]).toEqual([before, id]);
        expect((await recordOf(it)).release?.commit).toBe(v2);
        return;
      }
      expect(outcome(next)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
      expect(next.delivery.release?.commit).toBe(v3);
      expect(next.delivery.stable?.commit).toBe(v1);
      expect((await recordOf(it)).approvals).toEqual([]);
      await waitFor(async () => (await images(it))['app:v2'] === undefined, { what: 'the end of v2' });
      expect(await images(it)).toEqual({ 'app:v1': style === 'canary' ? 5 : 4, 'app:v3': 1 });
      // What was approved for v2 does not count here.
      expect(outcome(await it.as({ who: 'bob' }).stepgate('promote'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
      expect(it.seen.most('app:v3')).toBe(1);
      expect((await it.stepgate('promote', '--step', 'one')).delivery.error).toBeNull();
      expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
      expect(it.seen.most('app:v3')).toBe(3);
    },
  );

  test.for(['partition', 'canary'] as const)(
    '%s: pods that do not start are told, and a good commit takes over',
    async (style) => {
      await using it = await served({ style });
      await using seen = await witness(it);
      await it.release('app:broken');
      const broken = await it.stepgate('deploy');
      expect(outcome(broken)).toEqual([1, 'stuck', 'POD_NOT_STARTING', 1]);
      expect(broken.delivery.trouble).toMatchObject([
        { version: 'canary', reason: 'ImagePullBackOff', hopeless: true },
      ]);
      // Nothing waits yet: an approval in advance has to say which step it means, and is kept.
      const blind = await it.stepgate('promote');
      expect([blind.code, blind.delivery.reason, blind.writes]).toEqual([4, 'STEP_REQUIRED', []]);
      const promoted = await it.stepgate('promote', '--step', '1');
      expect([promoted.code, promoted.delivery.reason]).toEqual([1, 'POD_NOT_STARTING']);

      const good = await it.release('app:v3');
      const fixed = await it.stepgate('deploy');
      expect(outcome(fixed)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
      expect(fixed.delivery.release?.commit).toBe(good);
      expect((await images(it))['app:broken']).toBeUndefined();
      expect([seen.most('app:broken'), seen.most('app:v3')]).toEqual([1, 1]);
    },
  );

  test.for([
    { style: 'partition', last: 2 },
    { style: 'canary', last: 2 },
    { style: 'blueGreen', last: 3 },
  ] as const)(
    '$style: what comes while the engine is closing a release waits for its window',
    async ({ style, last }) => {
      await using it = await waiting({ style });
      for (let step = 1; step < last; step += 1) {
        await it.stepgate('promote', '--step', String(step));
        await it.stepgate('deploy');
      }
      const v3 = await it.release('app:v3');
      expect((await it.stepgate('promote', '--step', String(last))).delivery.error).toBeNull();
      // E3: written now it would go out to every pod, or wedge the Deployment.
      const next = await it.stepgate('deploy');
      expect(outcome(next), next.stderr).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
      expect(next.delivery.release?.commit).toBe(v3);
      expect(next.delivery.stable?.commit).toBe(await it.repo.git('rev-parse', 'HEAD~1'));
      expect(await images(it)).toEqual({ 'app:v2': style === 'partition' ? 4 : 5, 'app:v3': 1 });
      expect(it.seen.most('app:v3')).toBe(1);
    },
  );

  test.for(['partition', 'canary'] as const)(
    '%s: what comes while the first step moves takes over once it waits',
    async (style) => {
      await using it = await served({ style });
      await using seen = await witness(it);
      await it.release('app:slow-v2');
      const begun = await it.stepgate('deploy', '--timeout', '2s');
      expect([begun.code, begun.delivery.error?.code]).toEqual([1, 'TIMEOUT']);
      const v3 = await it.release('app:v3');
      const next = await it.stepgate('deploy');
      expect(outcome(next), next.stderr).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
      expect(next.delivery.release?.commit).toBe(v3);
      await waitFor(async () => (await images(it))['app:slow-v2'] === undefined, { what: 'the end of v2' });
      expect(await images(it)).toEqual({ 'app:v1': style === 'canary' ? 5 : 4, 'app:v3': 1 });
      expect([seen.most('app:slow-v2'), seen.most('app:v3')]).toEqual([1, 1]);
    },
  );

  test('a held version is neither started nor promoted, until it is resumed', async () => {
    await using it = await waiting();
    const hold = await it.stepgate('hold', '--reason', 'the numbers look odd', '--detailed-exit-code');
    expect(outcome(hold)).toEqual([11, 'held', 'HELD', 1]);
    expect(hold.delivery.hold).toMatchObject({ by: 'tester', reason: 'the numbers look odd' });
    for (const args of [['promote'], ['promote', '--force'], ['promote', '--to', '2'], ['deploy']]) {
      const refused = await it.stepgate(...args);
      expect([refused.code, refused.delivery.state, refused.delivery.error?.code, refused.writes]).toEqual([
        4,
        'held',
        'HELD',
        [],
      ]);
    }
    const ticked = await it.stepgate('tick');
    expect([...outcome(ticked), ticked.writes]).toEqual([0, 'held', 'HELD', 1, []]);
    expect(it.seen.most('app:v2')).toBe(1);

    expect(outcome(await it.stepgate('resume'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    await walk(it, 1, 2);
    expect(await images(it)).toEqual({ 'app:v2': 5 });
  });

  test('a workload that kubectl applied is taken on as it is, and its fields where that is allowed', async () => {
    await using it = await shop();
    await kubectl(['apply', '-n', it.namespace, '-f', '-'], { input: deployment('app:v1', 5) });
    await waitFor(async () => (await images(it))['app:v1'] === 5, { what: 'five pods' });
    const before = await podNames(it);
    const adopted = await it.stepgate('deploy');
    expect([adopted.code, adopted.delivery.state], adopted.delivery.message).toEqual([0, 'done']);
    expect(await podNames(it)).toEqual(before);
    expect((await recordOf(it)).history).toHaveLength(1);

    await it.release('app:v2');
    const conflict = await it.stepgate('deploy');
    expect([conflict.code, conflict.delivery.error?.code, conflict.writes]).toEqual([3, 'CLUSTER_CONFLICT', []]);
    expect(conflict.delivery.error?.hint).toContain('--take-over kubectl-client-side-apply');
    const taken = await it.stepgate('deploy', '--take-over', 'kubectl-client-side-apply');
    expect(outcome(taken)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
    await walk(it, 1, 2);
    // Nothing has to be taken over twice.
    await it.release('app:v3');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
  });

  test('what is live has to be a commit that stepgate knows, or is told', async () => {
    await using it = await shop();
    const v1 = await it.repo.head();
    await kubectl(['apply', '-n', it.namespace, '-f', '-'], { input: deployment('app:v1', 5) });
    const v2 = await it.release('app:v2');
    const over = ['--take-over', 'kubectl-client-side-apply'];
    for (const args of [over, [...over, '--live', v2]]) {
      const unknown = await it.stepgate('deploy', ...args);
      expect([unknown.code, unknown.delivery.error?.code]).toEqual([4, 'LIVE_COMMIT_UNKNOWN']);
      expect(await images(it)).toEqual({ 'app:v1': 5 });
    }
    const told = await it.stepgate('deploy', ...over, '--live', v1);
    expect(outcome(told), told.delivery.message).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect([told.delivery.release?.commit, told.delivery.stable?.commit]).toEqual([v2, v1]);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
  });

  test('a release ends under the plan that it started with, whatever is merged meanwhile; the next has the new one', async () => {
    await using it = await waiting();
    const v2 = await liveId(it);
    const config = await fileOf(it, 'stepgate.yaml');
    await it.repo.commit({ 'stepgate.yaml': config.replace('replicas: 60%', 'replicas: 80%') }, 'a bolder plan');
    await it.repo.push('main');
    const ticked = await it.stepgate('tick');
    expect([...outcome(ticked), ticked.writes]).toEqual([0, 'waiting', 'GATE_SHUT', 1, []]);
    expect((await it.stepgate('promote', '--step', '1')).delivery.error).toBeNull();
    await paused(it, 2);
    expect(await images(it)).toEqual({ 'app:v1': 2, 'app:v2': 3 });

    // Its steps are not today's, and the engine's are not changed under a release: a new version waits for its end.
    await it.release('app:v3');
    const next = await it.stepgate('deploy');
    expect([next.code, next.delivery.error?.code, next.writes]).toEqual([4, 'PLAN_DIFFERS', []]);
    expect(await liveId(it)).toBe(v2);
    expect((await it.stepgate('promote', '--step', '2')).delivery.error).toBeNull();
    expect((await it.stepgate('tick', '--until', 'done')).delivery.reason).toBe('DELIVERED');
    expect(it.seen.most('app:v3')).toBe(0);

    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect((await it.stepgate('promote', '--step', '1')).delivery.error).toBeNull();
    await paused(it, 2);
    expect(await images(it)).toEqual({ 'app:v2': 1, 'app:v3': 4 });
  });

  test('the same commit again takes the new plan on, and its approvals are dropped', async () => {
    await using it = await waiting(twice);
    expect(outcome(await it.stepgate('promote'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect((await recordOf(it)).approvals).toHaveLength(1);
    const [id, v2] = [await liveId(it), await it.repo.head()];
    const config = await fileOf(it, 'stepgate.yaml');
    await it.repo.commit({ 'stepgate.yaml': config.replace('replicas: 60%', 'replicas: 80%') }, 'a bolder plan');
    await it.repo.push('main');
    const again = await it.stepgate('deploy', '--at', v2);
    expect(outcome(again), again.stderr).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect([await liveId(it), (await recordOf(it)).approvals]).toEqual([id, []]);
    for (const who of ['ada', 'bob']) expect((await it.as({ who }).stepgate('promote', '--step', '1')).code).toBe(0);
    await paused(it, 2);
    expect(await images(it)).toEqual({ 'app:v1': 1, 'app:v2': 4 });
  });

  test('a feature branch cannot loosen its own steps: the policy is that of main', async () => {
    await using it = await served({ config: 'commits: { branches: [feature] }' });
    await using seen = await witness(it);
    await it.repo.branch('topic');
    const config = await fileOf(it, 'stepgate.yaml');
    const loose = config.replace(
      / {6}- \{ name: one.*\n.*\n.*/,
      '      - { name: all, replicas: 100%, leaveWhen: [] }',
    );
    expect(loose).not.toBe(config);
    await it.repo.commit({ 'stepgate.yaml': loose, 'deploy/shop.yaml': deployment('app:v2', 5) }, 'hurry');
    await it.repo.push('topic');
    const refused = await it.stepgate('deploy', '--until', 'done');
    expect([refused.code, refused.delivery.error?.code, refused.writes]).toEqual([4, 'COMMIT_NOT_ALLOWED', []]);
    await it.repo.push('topic:feature');
    const deployed = await it.stepgate('deploy', '--until', 'done', '--timeout', '25s');
    expect([deployed.code, deployed.delivery.error?.code]).toEqual([1, 'TIMEOUT']);
    expect(deployed.delivery.step).toEqual({ index: 1, of: 3, name: 'one' });
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
    expect(seen.most('app:v2')).toBe(1);
  });

  test('what the workload reads goes before it, and its Service is left alone in mid-release', async () => {
    const files = (color: string, port: number) => ({
      'deploy/config.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: colors }\ndata: { color: ${color} }\n`,
      'deploy/service.yaml': service(port),
    });
    const reads = (image: string) =>
      deployment(image, 5).replace(
        'readinessProbe',
        'envFrom: [{ configMapRef: { name: colors } }]\n          readinessProbe',
      );
    const commit = async (image: string, color: string, port: number) => {
      await it.repo.commit({ ...files(color, port), 'deploy/shop.yaml': reads(image) });
      await it.repo.push('main');
    };
    const ports = async () =>
      (await read<{ spec: { ports: { port: number }[] } }>(it.namespace, 'services', 'shop')).spec.ports[0]?.port;
    const color = async () =>
      (await read<{ data: Record<string, string> }>(it.namespace, 'configmaps', 'colors')).data['color'];
    await using it = await shop({ files: { ...files('red', 80), 'deploy/shop.yaml': reads('app:v1') } });
    const first = await it.stepgate('deploy');
    expect(first.code).toBe(0);
    const order = first.writes.flatMap((line) => /^write: apply (\w+)/.exec(line)?.[1] ?? []);
    expect(order).toEqual(['Rollout', 'ConfigMap', 'Service', 'Deployment']);

    await commit('app:v2', 'green', 81);
    const plan = await it.stepgate('plan');
    expect([plan.code, plan.writes]).toEqual([0, []]);
    expect(plan.delivery.findings.map(({ code }) => code)).toContain('CONFIG_NOT_VERSIONED');
    expect(await color()).toBe('red');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect([await color(), await ports()]).toEqual(['green', 81]);

    await commit('app:v2', 'blue', 82);
    const middle = await it.stepgate('plan');
    expect(middle.delivery.changes.find(({ object }) => object === 'Service shop')?.what).toBe('leave');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect([await color(), await ports()]).toEqual(['blue', 81]);
    await it.stepgate('promote', '--step', '1');
    await it.stepgate('deploy');
    await it.stepgate('promote', '--step', '2');
    expect((await it.stepgate('deploy')).delivery.state).toBe('done');
    expect((await it.stepgate('deploy')).code).toBe(0);
    expect(await ports()).toBe(82);
  });

  test('plan tells what deploy would do, and exits with 4 where it would not', async () => {
    await using it = await shop();
    const first = await it.stepgate('plan');
    expect([first.code, first.writes]).toEqual([0, []]);
    expect(first.delivery.changes.map(({ object, what }) => [object, what])).toEqual([
      ['Rollout shop', 'create'],
      ['Deployment shop', 'create'],
    ]);
    expect(await kubectl(['get', 'deployments,rollouts', '-n', it.namespace, '-o', 'name'])).toBe('');
    await it.stepgate('deploy');
    const same = await it.stepgate('plan');
    expect([same.code, same.delivery.state]).toEqual([0, 'done']);
    expect(same.delivery.changes.map(({ what }) => what)).toEqual(['none', 'none']);

    await it.release('app:v2');
    const next = await it.stepgate('plan');
    expect([next.code, next.writes]).toEqual([0, []]);
    expect(next.delivery.changes.map(({ object, what }) => [object, what])).toEqual([
      ['Rollout shop', 'none'],
      ['Deployment shop', 'change'],
    ]);
    expect(next.delivery.forecast.map(({ canaryPods, stablePods }) => [canaryPods, stablePods])).toEqual([
      [1, 4],
      [3, 2],
      [5, 0],
    ]);
    const config = await fileOf(it, 'stepgate.yaml');
    await it.repo.commit({ 'stepgate.yaml': config.replace('replicas: 60%', 'replicas: 3') }, 'a plan that hangs');
    await it.repo.push('main');
    const trapped = await it.stepgate('plan');
    expect([trapped.code, trapped.delivery.error?.code]).toEqual([4, 'FINDINGS']);
    expect(trapped.delivery.findings.map(({ code }) => code)).toContain('PERCENT_THEN_INTEGER');
    const refused = await it.stepgate('deploy');
    expect([refused.code, refused.delivery.error?.code, refused.writes]).toEqual([4, 'FINDINGS', []]);
    expect(await images(it)).toEqual({ 'app:v1': 5 });
  });

  test('canary: traffic goes by the plan’s weights, and back', async () => {
    const ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'shop' },
      spec: {
        ingressClassName: 'nginx',
        rules: [
          {
            host: 'shop.example',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'shop', port: { number: 80 } } } }],
            },
          },
        ],
      },
    };
    await using it = await shop({
      style: 'canary',
      steps: [
        '{ name: smoke, replicas: 1, traffic: 5% }',
        '{ name: half, replicas: 50%, traffic: 50% }',
        '{ name: all, replicas: 100%, traffic: 100% }',
      ],
      config: '    traffic: { service: shop, grace: 1s, ingress: { name: shop, class: nginx } }',
      files: { 'deploy/service.yaml': service(80), 'deploy/ingress.yaml': JSON.stringify(ingress) },
    });
    const weight = () =>
      kubectl([
        'get',
        'ingress',
        'shop-canary',
        '-n',
        it.namespace,
        '--ignore-not-found',
        '-o',
        String.raw`jsonpath={.metadata.annotations.nginx\.ingress\.kubernetes\.io/canary-weight}`,
      ]);
    expect((await it.stepgate('deploy')).code).toBe(0);
    await it.release('app:v2');
    expect((await it.stepgate('plan')).delivery.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await weight()).toBe('5');
    await it.stepgate('promote', '--step', 'smoke');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect(await weight()).toBe('50');
    await it.stepgate('promote', '--step', 'half');
    expect((await it.stepgate('deploy')).delivery.reason).toBe('DELIVERED');
    expect(await weight()).toBe('');
    expect(await images(it)).toEqual({ 'app:v2': 5 });
  });
});

function service(port: number): string {
  return `apiVersion: v1\nkind: Service\nmetadata: { name: shop }\nspec: { selector: { app: shop }, ports: [{ port: ${port}, targetPort: 80 }] }\n`;
}
