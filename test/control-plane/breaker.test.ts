import { describe, expect, test } from 'vitest';
import { bootCluster, type Cluster } from './cluster.ts';
import { deployment, type Ended, type Shop, shop } from './shop.ts';

/** Ten deliveries of one repository on a cluster of their own: rollbacks by the policy count in all of it. */

const names = Array.from({ length: 10 }, (_, index) => `svc-${index}`);
const all = names.flatMap((name) => ['--delivery', name]);

function files(image: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`deploy/${name}.yaml`, deployment(image, 3, name)]));
}

function config(namespace: string): string {
  const blocks = names.map((name) => [
    `  - delivery: ${name}`,
    `    namespace: ${namespace}`,
    `    workload: { kind: Deployment, name: ${name} }`,
    `    source: { files: [deploy/${name}.yaml] }`,
    '    strategy: partition',
    '    rollback: { on: [stuck], stuckAfter: 30s }',
    '    steps: [{ name: one, replicas: 1 }, { name: all, replicas: 100% }]',
  ]);
  return ['version: 1', 'deliveries:', ...blocks.flat(), ''].join('\n');
}

/** v1 serves everywhere. */
async function served(own: Cluster): Promise<Shop> {
  const it = await shop({ on: own });
  await it.repo.commit({ 'stepgate.yaml': config(it.namespace), ...files('app:v1') }, 'ten');
  await it.repo.push('main');
  const first = await it.stepgate('deploy', '--until', 'done', ...all);
  expect(reasons(first), first.stderr).toEqual(names.map(() => 'FIRST_DEPLOY'));
  return it;
}

async function begin(it: Shop, image: string): Promise<void> {
  await it.repo.commit(files(image), image);
  await it.repo.push('main');
  await it.stepgate('deploy', '--timeout', '10s', ...all);
}

function reasons({ report }: Ended): readonly string[] {
  return report.deliveries.map(({ reason }) => reason);
}

async function images(own: Cluster, { namespace }: Shop): Promise<readonly string[]> {
  const path = 'jsonpath={.items[*].spec.template.spec.containers[0].image}';
  return (await own.kubectl(['get', 'deployments', '-n', namespace, '-o', path])).trim().split(' ');
}

/** The longest that a step is waited for here, and a little more. */
const past = () => new Promise((resolve) => setTimeout(resolve, 32_000));

describe('ten deliveries', () => {
  test('whose new pods find no node: nobody goes back and all are told; with nodes, the releases go on', {
    timeout: 600_000,
  }, async () => {
    await using own = await bootCluster();
    await using it = await served(own);
    const nodes = (await own.kubectl(['get', 'nodes', '-o', 'name'])).trim().split('\n');
    await own.kubectl(['cordon', ...nodes.map((node) => node.replace('node/', ''))]);
    await begin(it, 'app:v2');
    for (let ticks = 0; ticks < 2; ticks += 1) {
      await past();
      const told = await it.stepgate('tick');
      expect([told.code, reasons(told)], told.stderr).toEqual([1, names.map(() => 'SHORTAGE')]);
      expect(told.report.deliveries[0]?.message).toContain('were unschedulable');
    }
    expect(await images(own, it)).toEqual(names.map(() => 'app:v2'));
    await own.kubectl(['uncordon', ...nodes.map((node) => node.replace('node/', ''))]);
    const after = await it.stepgate('tick', '--until', 'done', '--timeout', '60s');
    expect(
      after.report.deliveries.map(({ state, step }) => [state, step?.index]),
      after.stderr,
    ).toEqual(names.map(() => ['waiting', 1]));
  });

  test('whose release is bad: three go back, and the others are held', { timeout: 600_000 }, async () => {
    await using own = await bootCluster();
    await using it = await served(own);
    await begin(it, 'app:broken');
    await past();
    // Two runs at the same time, as of two workflows.
    const [one, other] = [names.slice(0, 5), names.slice(5)].map((half) =>
      it.stepgate('tick', ...half.flatMap((name) => ['--delivery', name])),
    );
    const told = [await one, await other].flatMap((run) => run?.report.deliveries ?? []);
    const held = told.filter(({ reason }) => reason === 'ROLLBACKS_STOPPED');
    expect(held.map(({ state }) => state)).toEqual(Array(7).fill('held'));
    expect((await images(own, it)).toSorted()).toEqual([...Array(7).fill('app:broken'), ...Array(3).fill('app:v1')]);
    const again = await it.stepgate('tick');
    expect(reasons(again).filter((reason) => reason === 'ROLLBACKS_STOPPED')).toHaveLength(7);
    // A person passes.
    const [first] = held;
    const back = await it.stepgate('rollback', '--delivery', first?.name ?? '', '--reason', 'I know');
    expect(back.delivery.state, back.stderr).toBe('rolledBack');
  });
});
