import { describe, expect, test } from 'vitest';
import { embedded, kubectl, namespace, patch, pods, tally, waitFor } from './fixture.ts';
import { fileOf, generationOf, images, liveId, outcome, podNames, recordOf, served } from './scenes.ts';
import { deployment, shop } from './shop.ts';
import { witness } from './witness.ts';

/** A day that is neither today nor tomorrow, wherever the test runs. */
const otherDay = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][(new Date().getUTCDay() + 3) % 7];
const shut = `schedules: { office: { zone: UTC, allow: ["${otherDay} 09:00-16:30"] } }`;
const open = 'schedules: { office: { zone: UTC, allow: ["Sun-Sat 00:00-24:00"] } }';

describe.concurrent('gates', () => {
  test('a soak lets its step go by a tick, and not before its time', async () => {
    const steps = [
      '{ name: one, replicas: 20%, leaveWhen: [{ soak: 12s }] }',
      '{ name: two, replicas: 60% }',
      '{ name: all, replicas: 100% }',
    ];
    await using it = await served({ steps });
    await using seen = await witness(it);
    await it.release('app:v2');
    const deployed = await it.stepgate('deploy');
    expect(outcome(deployed)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    const opens = new Date(deployed.delivery.next ?? '');
    expect(deployed.delivery.gates.find(({ kind }) => kind === 'soak')).toMatchObject({
      is: 'shut',
      until: opens.toISOString(),
    });
    // An approval is not what it waits for.
    const early = await it.stepgate('promote', '--step', 'one');
    expect(early.code).toBe(0);
    if (Date.now() < opens.getTime()) expect(seen.most('app:v2')).toBe(1);
    await waitFor(async () => (await it.stepgate('tick')).delivery.step?.index === 2, { what: 'step two', every: 500 });
    expect(Date.now()).toBeGreaterThanOrEqual(opens.getTime());
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect(seen.most('app:v2')).toBe(3);
  });

  test('a step waits for no restarts, from the last one on', async () => {
    const steps = [
      '{ name: one, replicas: 20%, leaveWhen: [{ noRestarts: 12s }] }',
      '{ name: two, replicas: 60% }',
      '{ name: all, replicas: 100% }',
    ];
    await using it = await served({ steps });
    await it.release('app:v2');
    const deployed = await it.stepgate('deploy');
    expect(outcome(deployed)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    const first = new Date(deployed.delivery.next ?? '');
    const [pod] = (await pods(it.namespace)).filter(({ spec }) => spec.containers[0]?.image === 'app:v2');
    const time = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
    const terminated = { exitCode: 1, reason: 'Error', startedAt: time, finishedAt: time };
    const container = { name: 'main', image: 'app:v2', imageID: '', ready: true, restartCount: 1 };
    const running = { ...container, state: { running: { startedAt: time } }, lastState: { terminated } };
    await patch(it.namespace, 'pods', `${pod?.metadata.name}/status`, { status: { containerStatuses: [running] } });
    const restarted = await it.stepgate('tick');
    const gate = restarted.delivery.gates.find(({ kind }) => kind === 'noRestarts');
    expect([restarted.delivery.step?.index, gate?.is, gate?.why.endsWith(', after a restart')]).toEqual([
      1,
      'shut',
      true,
    ]);
    const opens = new Date(gate?.until ?? '');
    expect(opens.getTime()).toBe(new Date(time).getTime() + 12_000);
    expect(opens.getTime()).toBeGreaterThanOrEqual(first.getTime());
    await waitFor(async () => (await it.stepgate('tick')).delivery.step?.index === 2, { what: 'step two', every: 500 });
    expect(Date.now()).toBeGreaterThanOrEqual(opens.getTime());
  });

  test('a schedule that is shut keeps a step, says until when, and can be forced', async () => {
    const steps = [
      '{ name: one, replicas: 20%, leaveWhen: [approval, { schedule: office }] }',
      '{ name: all, replicas: 100% }',
    ];
    await using it = await served({ steps, config: shut });
    await using seen = await witness(it);
    await it.release('app:v2');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    const approved = await it.stepgate('promote', '--step', 'one', '--detailed-exit-code');
    expect(outcome(approved)).toEqual([10, 'waiting', 'GATE_SHUT', 1]);
    const gates = Object.fromEntries(approved.delivery.gates.map(({ kind, is }) => [kind, is]));
    expect(gates).toEqual({ ready: 'open', approval: 'open', schedule: 'shut' });
    expect(new Date(approved.delivery.next ?? '').getTime()).toBeGreaterThan(Date.now());
    expect(outcome(await it.stepgate('tick'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(seen.most('app:v2')).toBe(1);

    const forced = await it.stepgate('promote', '--step', 'one', '--force');
    expect([forced.code, forced.delivery.error]).toEqual([0, null]);
    expect((await recordOf(it)).approvals).toMatchObject([{ step: 1, forced: true }]);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'done', 'DELIVERED', undefined]);
  });

  test('a release that may not start yet is kept, started by a later tick, or withdrawn', async () => {
    const config = (schedule: string) => `    startWhen: [{ schedule: office }]\n${schedule}`;
    await using it = await served({ config: config(open) });
    await using seen = await witness(it);
    const policy = await fileOf(it, 'stepgate.yaml');
    const shutPolicy = policy.replace(open, shut);
    expect(shutPolicy).not.toBe(policy);
    const v1 = await fileOf(it, 'deploy/shop.yaml');
    const [live, generation, before] = [await liveId(it), await generationOf(it), await podNames(it)];

    const v2 = await it.release('app:v2', { 'stepgate.yaml': shutPolicy });
    const asked = await it.stepgate('deploy', '--detailed-exit-code');
    expect(outcome(asked)).toEqual([10, 'waiting', 'START_GATE_SHUT', undefined]);
    expect(asked.delivery.release?.commit).toBe(v2);
    expect([...outcome(await it.stepgate('tick'))]).toEqual([0, 'waiting', 'START_GATE_SHUT', undefined]);
    expect([await liveId(it), await generationOf(it), await podNames(it)]).toEqual([live, generation, before]);

    // Git takes it back before it began: what serves is what is wanted again.
    await it.repo.commit({ 'deploy/shop.yaml': v1 }, 'not that one');
    await it.repo.push('main');
    expect((await it.stepgate('deploy')).delivery.state).toBe('done');
    await it.repo.commit({ 'stepgate.yaml': policy }, 'open again');
    await it.repo.push('main');
    expect(outcome(await it.stepgate('tick'))).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
    expect([await liveId(it), await generationOf(it), await podNames(it)]).toEqual([live, generation, before]);

    await it.release('app:v3', { 'stepgate.yaml': shutPolicy });
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'START_GATE_SHUT', undefined]);
    await it.repo.commit({ 'stepgate.yaml': policy }, 'open');
    await it.repo.push('main');
    expect((await it.stepgate('tick')).code).toBe(0);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect([seen.most('app:v2'), seen.most('app:v3')]).toEqual([0, 1]);
  });

  test('deploy --until done sits soaks out, and steps that wait for nothing', async () => {
    const steps = [
      '{ name: one, replicas: 20%, leaveWhen: [{ soak: 2s }] }',
      '{ name: two, replicas: 60%, leaveWhen: [] }',
      '{ name: all, replicas: 100% }',
    ];
    await using it = await shop({ steps, config: '    doneWhen: [{ soak: 2s }]' });
    expect(outcome(await it.stepgate('deploy', '--until', 'done'))).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
    const commit = await it.release('app:v2');
    const done = await it.stepgate('deploy', '--until', 'done');
    expect(outcome(done)).toEqual([0, 'done', 'DELIVERED', undefined]);
    expect(done.delivery.stable?.commit).toBe(commit);
    expect(await images(it)).toEqual({ 'app:v2': 5 });
  });

  test('it counts as delivered when its last gate opens, and not before', async () => {
    const steps = ['{ name: one, replicas: 20%, leaveWhen: [] }', '{ name: all, replicas: 100% }'];
    await using it = await shop({ steps, config: '    doneWhen: [approval]', style: 'canary' });
    const v1 = await it.repo.head();
    const first = await it.stepgate('deploy', '--detailed-exit-code');
    expect(outcome(first)).toEqual([10, 'waiting', 'DONE_GATE_SHUT', undefined]);
    expect(outcome(await it.stepgate('promote'))).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
    const v2 = await it.release('app:v2');
    await it.stepgate('deploy');
    await it.stepgate('tick');
    const through = await it.stepgate('deploy');
    expect(outcome(through)).toEqual([0, 'waiting', 'DONE_GATE_SHUT', undefined]);
    expect([through.delivery.release?.commit, through.delivery.stable?.commit]).toEqual([v2, v1]);
    expect(await images(it)).toEqual({ 'app:v2': 5 });
    const done = await it.stepgate('promote');
    expect(outcome(done)).toEqual([0, 'done', 'DELIVERED', undefined]);
    expect(done.delivery.stable?.commit).toBe(v2);
  });

  test.skipIf(embedded)('one environment after the other, from one kustomize base', async () => {
    const [staging, prod] = [await namespace('staging'), await namespace('prod')];
    const base = (image: string) => deployment(image, 5);
    const overlay = (env: string, count: number) =>
      [
        'resources: [../../base]',
        `labels: [{ pairs: { env: ${env} } }]`,
        `replicas: [{ name: shop, count: ${count} }]`,
        '',
      ].join('\n');
    await using it = await shop({
      files: {
        'stepgate.yaml': [
          'version: 1',
          'include: [services/*/stepgate.yaml]',
          'environments:',
          `  staging: { plan: quick, namespace: ${staging} }`,
          `  prod: { plan: careful, namespace: ${prod}, after: staging }`,
          'plans:',
          '  quick: { strategy: partition, steps: [{ replicas: 50%, leaveWhen: [] }, { replicas: 100% }] }',
          '  careful: { strategy: canary, steps: [{ replicas: 1 }, { replicas: 100% }] }',
          '',
        ].join('\n'),
        'services/shop/stepgate.yaml': [
          'delivery: shop',
          'workload: { kind: Deployment, name: shop }',
          'source: { kustomize: "services/shop/overlays/{env}" }',
          'in: { staging: {}, prod: {} }',
          '',
        ].join('\n'),
        'services/shop/base/kustomization.yaml': 'resources: [shop.yaml]\n',
        'services/shop/base/shop.yaml': base('app:v1'),
        'services/shop/overlays/staging/kustomization.yaml': overlay('staging', 2),
        'services/shop/overlays/prod/kustomization.yaml': overlay('prod', 4),
      },
    });
    const required = await it.stepgate('deploy');
    expect([required.code, required.report.error?.code]).toEqual([2, 'DELIVERY_REQUIRED']);
    const too = await it.stepgate('deploy', '--delivery', 'shop@prod');
    expect(outcome(too)).toEqual([0, 'waiting', 'START_GATE_SHUT', undefined]);
    expect(too.delivery.gates).toMatchObject([{ kind: 'after', is: 'shut', missing: ['shop@staging'] }]);
    expect(await pods(prod)).toEqual([]);
    expect((await it.stepgate('deploy', '--delivery', 'shop@staging')).delivery.reason).toBe('FIRST_DEPLOY');
    const both = await it.stepgate('tick', '--until', 'done');
    expect(both.report.deliveries.map(({ name, state }) => [name, state])).toEqual([
      ['shop@staging', 'done'],
      ['shop@prod', 'done'],
    ]);
    expect(tally(await pods(prod), 'app:v1').ready).toBe(4);

    await it.repo.commit({ 'services/shop/base/shop.yaml': base('app:v2') }, 'v2');
    await it.repo.push('main');
    const waits = await it.stepgate('deploy', '--delivery', 'shop@prod');
    expect(outcome(waits)).toEqual([0, 'waiting', 'START_GATE_SHUT', undefined]);
    const staged = await it.stepgate('deploy', '--delivery', 'shop@staging', '--until', 'done');
    expect(outcome(staged)).toEqual([0, 'done', 'DELIVERED', undefined]);
    expect(tally(await pods(prod), 'app:v2').all).toBe(0);
    expect((await it.stepgate('tick', '--delivery', 'shop@prod')).code).toBe(0);
    const there = await it.stepgate('deploy', '--delivery', 'shop@prod');
    expect(outcome(there)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect([tally(await pods(prod), 'app:v1').all, tally(await pods(prod), 'app:v2').all]).toEqual([4, 1]);
    const env = await kubectl(['get', 'deployment', 'shop', '-n', prod, '-o', 'jsonpath={.metadata.labels.env}']);
    expect(env).toBe('prod');
  });
});
