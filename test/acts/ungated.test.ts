import { describe, expect, test } from 'vitest';
import { config, manifest } from './files.ts';
import { openShop, type Shop, shopWith } from './shop.ts';

const worker = (version: string) => manifest(version, { name: 'worker' });
const named = config({ more: ['ungated: [Deployment/worker]'] });

const job = (name: string) =>
  `apiVersion: batch/v1\nkind: Job\nmetadata: { name: ${name} }\nspec: { template: { spec: { restartPolicy: Never, containers: [{ name: main, image: "app:job" }] } } }\n`;

const imageOf = (shop: Shop) => {
  const found = JSON.parse(JSON.stringify(shop.cluster.api.get('Deployment', 'shop', 'worker') ?? null)) as {
    spec: { template: { spec: { containers: { image: string }[] } } };
  } | null;
  return found?.spec.template.spec.containers[0]?.image.replace('app:', '') ?? null;
};

describe('a further workload of the source', () => {
  test('that is not named is refused where it would be created', async () => {
    using shop = await shopWith(['v1']);
    shop.push('v2', { files: { 'deploy/worker.yaml': worker('v2') } });
    const ada = shop.person('ada');
    const plan = await ada('plan');
    expect([plan.exit, plan.findings]).toEqual([4, expect.arrayContaining(['WORKLOAD_UNNAMED'])]);
    const deploy = await ada('deploy');
    expect(deploy).toMatchObject({ exit: 4, code: 'WORKLOAD_UNNAMED' });
    expect(deploy.error).toMatchObject({
      hint: expect.stringContaining('ungated: [Deployment/worker]'),
      at: { file: 'deploy/worker.yaml', line: 1 },
    });
    expect([deploy.log.includes('write:'), imageOf(shop), shop.live()]).toEqual([false, null, 'v1']);
    const ticked = await ada('tick --deploy');
    expect([ticked.exit, imageOf(shop), shop.live()]).toEqual([4, null, 'v1']);
  });

  test('that is not named passes as long as its template stays, and is refused where that changes, with or without a release', async () => {
    using shop = openShop({ files: { 'deploy/worker.yaml': worker('v1'), 'stepgate.yaml': named } });
    await shop.deliver('v1');
    const ada = shop.person('ada');
    shop.push('v2', { files: { 'stepgate.yaml': config() } });
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    await shop.deliver('v2');
    shop.push('v2', { files: { 'deploy/worker.yaml': worker('v2') } });
    expect(await ada('deploy')).toMatchObject({ exit: 4, code: 'WORKLOAD_UNNAMED' });
    shop.push('v2', { files: { 'deploy/worker.yaml': worker('v1').replace('replicas: 4', 'replicas: 2') } });
    expect(await ada('deploy')).toMatchObject({ exit: 0 });
    expect(imageOf(shop)).toBe('v1');
  });

  test('of another kind that has the name of the workload is another one', async () => {
    using shop = openShop({ files: { 'deploy/second.yaml': manifest('v1', { kind: 'CloneSet' }) } });
    expect(await shop.person('ada')('deploy')).toMatchObject({ exit: 4, code: 'WORKLOAD_UNNAMED' });
  });

  test('that is named goes out at once, plan says so, and a rollback takes it back', async () => {
    using shop = await shopWith(['v1'], { files: { 'deploy/worker.yaml': worker('v1'), 'stepgate.yaml': named } });
    shop.push('v2', { files: { 'deploy/worker.yaml': worker('v2') } });
    const ada = shop.person('ada');
    const plan = await ada('plan');
    expect(plan.delivery?.findings).toContainEqual(
      expect.objectContaining({
        code: 'WORKLOAD_UNGATED',
        severity: 'note',
        message: expect.stringContaining('at once'),
      }),
    );
    expect([plan.exit, (await ada('deploy')).exit, imageOf(shop), shop.live()]).toEqual([0, 0, 'v2', 'v2']);
    await ada('rollback --reason slow');
    expect([imageOf(shop), shop.live()]).toEqual(['v1', 'v1']);
  });

  test('is refused at the start of a release that was requested while it was named', async () => {
    const files = {
      'deploy/worker.yaml': worker('v1'),
      'stepgate.yaml': config({ more: ['ungated: [Deployment/worker]', 'startWhen: [approval]'] }),
    };
    using shop = openShop({ files });
    const ada = shop.person('ada');
    await ada('deploy');
    await ada('promote --step start');
    await ada('tick --until done');
    shop.push('v2', { files: { 'deploy/worker.yaml': worker('v2') } });
    expect(await ada('deploy')).toMatchObject({ code: 'START_GATE_SHUT' });
    shop.push('v2', { files: { 'stepgate.yaml': config({ more: ['startWhen: [approval]'] }) } });
    const told = await ada('promote --step start');
    expect(told).toMatchObject({ exit: 4, code: 'WORKLOAD_UNNAMED' });
    expect([imageOf(shop), shop.live()]).toEqual(['v1', 'v1']);
  });

  test('a Job is a warning, and an entry that the source does not render too', async () => {
    using shop = await shopWith(['v1']);
    const files = { 'deploy/job.yaml': job('migrate'), 'stepgate.yaml': named };
    shop.push('v2', { files });
    const plan = await shop.person('ada')('plan');
    const found = plan.delivery?.findings.filter(({ code }) => ['JOB_UNGATED', 'UNGATED_NOT_RENDERED'].includes(code));
    expect(found).toMatchObject([
      { code: 'JOB_UNGATED', severity: 'warning', at: { file: 'deploy/job.yaml' } },
      { code: 'UNGATED_NOT_RENDERED', severity: 'warning', at: { file: 'stepgate.yaml', line: 8 } },
    ]);
    expect(plan.exit).toBe(0);
  });

  test('without a cluster it is a warning, because only the cluster says what changes', async () => {
    using shop = openShop({ files: { 'deploy/worker.yaml': worker('v1') } });
    const plan = await shop.person('ada')('plan --offline');
    expect(plan.delivery?.findings).toContainEqual(
      expect.objectContaining({ code: 'WORKLOAD_UNNAMED', severity: 'warning' }),
    );
    expect(plan.exit).toBe(0);
  });
});
