import { rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fleet, fleetVersion } from '../support/fleet.ts';
import { built } from './build.ts';
import { delivered, expectBack, expectHeld, expectReverted, expectServes, running, workload } from './drill.ts';
import { embedded, namespace, read } from './fixture.ts';
import { deployment, type Ended, type Shop, shop } from './shop.ts';

/** The Git half of a rollback: the server away, the branch closed, long histories, other deliveries in the same commits. */

// The shop's programs are found where kustomize and helm are.
process.env['PATH'] = `${path.dirname(built('kustomize'))}:${process.env['PATH'] ?? ''}`;

async function waiting(it: Shop): Promise<{ readonly stable: string; readonly bad: string }> {
  const { stable } = await delivered(it);
  const bad = await it.release('app:v2');
  await waits(it);
  return { stable, bad };
}

async function waits(it: Shop, ...args: readonly string[]): Promise<Ended> {
  const ended = await it.stepgate('deploy', ...args);
  expect([ended.code, ended.delivery.state, ended.delivery.reason]).toEqual([0, 'waiting', 'GATE_SHUT']);
  return ended;
}

function expectGitTodo({ code, delivery }: Ended, why: string): void {
  expect([code, delivery.state, delivery.reason, delivery.error?.code]).toEqual([
    3,
    'rolledBack',
    'ROLLED_BACK_GIT_TODO',
    why,
  ]);
}

const obstacles = [
  {
    what: 'the server away',
    put: (it: Shop) => it.remote.stop(),
    clear: (it: Shop) => it.remote.start(),
    // Nothing is deployed by a policy that may be an old one.
    again: [3, 'GIT_FAILED'],
  },
  {
    what: 'the branch protected',
    put: (it: Shop) => it.remote.protect('main'),
    clear: (it: Shop) => rm(path.join(it.remote.folder, 'hooks/pre-receive')),
    again: [4, 'HELD'],
  },
];

test.concurrent.for(obstacles)(
  '$what: the cluster goes back at once, Git with a later tick',
  async ({ put, clear, again }) => {
    await using it = await shop();
    const { stable, bad } = await waiting(it);
    await put(it);
    expectGitTodo(await it.stepgate('rollback'), 'GIT_PUSH_FAILED');
    await expectServes(it, 'app:v1');
    expect(await it.remote.tip('main')).toBe(bad);
    const refused = await it.stepgate('deploy', '--at', bad);
    expect([refused.code, codeOf(refused), inCluster(refused)]).toEqual([...again, []]);
    // Tried again by each tick, and told each time, but nothing is written for it.
    const still = await it.stepgate('tick');
    expectGitTodo(still, 'GIT_PUSH_FAILED');
    expect(inCluster(still)).toEqual([]);
    await clear(it);
    await expectBack(it, await it.stepgate('tick'), { stable, bad });
  },
);

function codeOf({ report }: Ended): string | undefined {
  return report.error?.code ?? report.deliveries[0]?.error?.code;
}

/** The push of a revert is tried before anything is deployed. */
function inCluster({ writes }: Ended): readonly string[] {
  return writes.filter((line) => !line.startsWith('write: push'));
}

test.concurrent('what is merged on top before the revert could be pushed stays, and waits for a person’s word', async () => {
  await using it = await shop();
  await waiting(it);
  await it.remote.protect('main');
  const back = await it.stepgate('rollback');
  expectGitTodo(back, 'GIT_PUSH_FAILED');
  await rm(path.join(it.remote.folder, 'hooks/pre-receive'));
  const good = await it.release('app:v3');
  const refused = await it.stepgate('deploy');
  expect([refused.code, codeOf(refused), refused.writes.filter((line) => /^write: (apply|push)/.test(line))]).toEqual([
    4,
    'BAD_RELEASE_INSIDE',
    [],
  ]);
  // Told as an error by the run that finds it, and as a finding from then on.
  const ahead = await it.stepgate('tick');
  expect([ahead.code, ahead.delivery.reason]).toEqual([0, 'ROLLED_BACK_GIT_TODO']);
  expect(ahead.delivery.findings.map(({ code }) => code)).toContain('GIT_AHEAD');
  const lifted = await it.stepgate('resume', '--release', badIdOf(ahead));
  expect([lifted.code, lifted.delivery.reason]).toEqual([0, 'ROLLED_BACK']);
  await waits(it);
  const tick = await it.stepgate('tick');
  expect([tick.code, tick.delivery.state, tick.delivery.release?.commit]).toEqual([0, 'waiting', good]);
  expect(await it.remote.tip('main')).toBe(good);
});

/** As the finding names it to the person who is to let it through. */
function badIdOf({ delivery }: Ended): string {
  const [, id] =
    /resume --delivery shop --release (\S+?);/.exec(delivery.findings.map(({ wayOut }) => wayOut).join('\n')) ?? [];
  if (id === undefined) throw new Error(`no finding names the release: ${JSON.stringify(delivery.findings)}`);
  return id;
}

test.concurrent('several commits, a merge and a squash since stable: undone in one commit, and listed', async () => {
  await using it = await shop();
  const { stable } = await delivered(it);
  const { repo } = it;
  await repo.branch('feature');
  await repo.commit({ 'deploy/config.yaml': config('one') }, 'add a config map');
  await repo.commit({ 'feature.txt': 'not of this delivery' }, 'something else');
  await repo.branch('main');
  await repo.commit({ 'docs.md': 'docs' }, 'docs');
  await repo.merge('feature');
  await repo.branch('other');
  await repo.commit({ 'deploy/config.yaml': config('two') }, 'change it');
  await repo.commit({ 'deploy/shop.yaml': deployment('app:v2', 5) }, 'the bad image');
  await repo.branch('main');
  await repo.squash('other', 'Squash other');
  const bad = await repo.commit({ 'deploy/shop.yaml': deployment('app:v3', 5) }, 'another image');
  await repo.push('main');
  await waits(it);

  const preview = await it.stepgate('rollback', '--dry-run');
  const listed = preview.delivery.changes.find((one) => one.object === 'Git origin/main')?.diff ?? [];
  const subjects = listed.map((line) => line.replace(/^- [0-9a-f]{10} /, ''));
  expect(subjects).toEqual(['another image', 'Squash other', 'add a config map']);
  expect([preview.writes, await it.remote.tip('main')]).toEqual([[], bad]);

  await expectBack(it, await it.stepgate('rollback', '--reason', 'two\nlines'), { stable, bad });
  const changed = await repo.git('diff', '--name-only', bad, 'origin/main');
  expect(changed.split('\n').sort()).toEqual(['deploy/config.yaml', 'deploy/shop.yaml']);
  const body = await repo.git('log', '-1', '--format=%B', 'origin/main');
  for (const subject of subjects) expect(body).toContain(subject);
});

test.concurrent('the bad commit again is refused; a good one after it goes out without leftovers', async () => {
  const withEnv = deployment('app:v1', 5).replace(
    'readinessProbe',
    "env: [{ name: OLD, value: '1' }]\n          readinessProbe",
  );
  await using it = await shop({ files: { 'deploy/shop.yaml': withEnv } });
  const { stable, bad } = await waiting(it);
  expect((await workload(it)).spec.template.spec.containers[0]?.env).toBeUndefined();
  await expectBack(it, await it.stepgate('rollback'), { stable, bad });
  expect((await workload(it)).spec.template.spec.containers[0]?.env).toEqual([{ name: 'OLD', value: '1' }]);

  await it.repo.git('reset', '--hard', '--quiet', 'origin/main');
  const nothing = await it.stepgate('deploy');
  expect([nothing.code, nothing.delivery.state]).toEqual([0, 'rolledBack']);
  // The same content under another commit is the same bad version.
  const again = await it.release('app:v2');
  await expectHeld(it, again);
  const good = await it.release('app:v3');
  const ended = await waits(it);
  expect(ended.delivery.release?.commit).toBe(good);
  const { spec } = await workload(it);
  expect([spec.template.spec.containers[0]?.image, spec.template.spec.containers[0]?.env]).toEqual([
    'app:v3',
    undefined,
  ]);
  expect(await running(it)).toEqual(['app:v1 4', 'app:v3 1']);
});

test.concurrent('another delivery changed in the same commit stays as it is', async () => {
  await using it = await shop();
  const other = await namespace('other');
  await it.repo.commit({
    'stepgate.yaml': two(it.namespace, other, '{ files: [deploy/*.yaml] }', '{ files: [other/*.yaml] }'),
    'other/shop.yaml': deployment('app:v1', 5),
  });
  await it.repo.push('main');
  const first = await it.stepgate('deploy', '--delivery', 'shop', '--delivery', 'other');
  expect(first.code).toBe(0);
  const stable = await it.repo.head();
  const bad = await it.release('app:v2', { 'other/shop.yaml': deployment('app:v2', 5) });
  const both = await it.stepgate('deploy', '--delivery', 'shop', '--delivery', 'other');
  expect(both.report.deliveries.map((one) => one.state)).toEqual(['waiting', 'waiting']);
  const before = await it.stepgate('status', '--delivery', 'other');

  await expectBackOf(it, await it.stepgate('rollback', '--delivery', 'shop'), { stable, bad });
  expect(await it.repo.git('show', 'origin/main:other/shop.yaml')).toContain('app:v2');
  const after = await it.stepgate('deploy', '--delivery', 'other', '--at', 'origin/main');
  expect([after.code, after.delivery.state, after.writes]).toEqual([0, 'waiting', []]);
  expect(after.delivery.release?.id).toBe(before.delivery.release?.id);
  expect(await running({ namespace: other })).toEqual(['app:v1 4', 'app:v2 1']);
});

test.skipIf(embedded).concurrent('a shared base: the cluster goes back, nothing is pushed without --also', async () => {
  await using it = await shop();
  const other = await namespace('other');
  const overlay = 'resources: [../../base]\n';
  await it.repo.commit({
    'stepgate.yaml': two(it.namespace, other, '{ kustomize: overlays/shop }', '{ kustomize: overlays/other }'),
    'base/kustomization.yaml': 'resources: [shop.yaml]\n',
    'base/shop.yaml': deployment('app:v1', 5),
    'overlays/shop/kustomization.yaml': overlay,
    'overlays/other/kustomization.yaml': overlay,
  });
  await it.repo.push('main');
  const first = await it.stepgate('deploy', '--delivery', 'shop', '--delivery', 'other');
  expect([first.code, first.stderr]).toEqual([0, expect.any(String)]);
  const stable = await it.repo.head();
  const bad = await it.repo.commit({ 'base/shop.yaml': deployment('app:v2', 5) }, 'both');
  await it.repo.push('main');
  await waits(it, '--delivery', 'shop');

  const preview = await it.stepgate('rollback', '--delivery', 'shop', '--dry-run');
  expect(preview.delivery.changes.at(-1)?.why).toContain('other');
  const ended = await it.stepgate('rollback', '--delivery', 'shop');
  expectGitTodo(ended, 'REVERT_TOUCHES_OTHERS');
  await expectServes(it, 'app:v1');
  expect(await it.remote.tip('main')).toBe(bad);
  // Told as an error by the run that found it, and as a finding until somebody decides.
  const tick = await it.stepgate('tick', '--delivery', 'shop');
  expect([tick.code, tick.delivery.reason, tick.delivery.findings.map(({ code }) => code), tick.writes]).toEqual([
    0,
    'ROLLED_BACK_GIT_TODO',
    ['REVERT_TOUCHES_OTHERS'],
    [],
  ]);
  await expectBackOf(it, await it.stepgate('rollback', '--delivery', 'shop', '--also'), { stable, bad });
  expect(await it.repo.git('show', 'origin/main:base/shop.yaml')).toContain('app:v1');
});

test
  .skipIf(embedded)
  .concurrent(
    'a chart is rendered at the commit that is released, and at the one that a rollback goes back to',
    async () => {
      const chart = (image: string) => ({
        // The chart has the workload.
        'deploy/shop.yaml': null,
        'deploy/chart/Chart.yaml': `apiVersion: v2\nname: shop\nversion: 0.1.0\nappVersion: ${image}\n`,
        'deploy/chart/templates/shop.yaml': deployment(`{{ .Values.image | default "none" }}`, 5),
        'deploy/values.yaml': `image: ${image}\n`,
      });
      await using it = await shop({
        source: '{ helm: { chart: deploy/chart, values: [deploy/values.yaml] } }',
        files: chart('app:v1'),
      });
      const { stable } = await delivered(it);
      await expectServes(it, 'app:v1');
      const bad = await it.release('app:v2', chart('app:v2'));
      await waits(it);
      await expectBack(it, await it.stepgate('rollback'), { stable, bad });
      expect(await it.repo.git('show', 'origin/main:deploy/values.yaml')).toBe('image: app:v1');
    },
  );

test.skipIf(embedded).concurrent(
  '40 services in three environments: two change and release, one goes back, no other moves',
  {
    timeout: 900_000,
  },
  async () => {
    await using it = await shop();
    await it.repo.commit({
      'deploy/shop.yaml': null,
      ...fleet('kustomize', (env) => (env === 'dev' ? it.namespace : env)),
    });
    await it.repo.push('main');
    const stable = await it.repo.head();
    const bad = await it.repo.commit({
      ...fleetVersion('kustomize', 'svc-07', 'dev', 'v2'),
      ...fleetVersion('kustomize', 'svc-23', 'dev', 'v2'),
    });
    const wanted = async (at: string) => {
      const { code, report } = await it.stepgate('plan', '--offline', '--at', at);
      expect([code, report.deliveries.length]).toEqual([0, 120]);
      return new Map(report.deliveries.map((one) => [one.name, one.release?.id.slice(11)]));
    };
    const [before, after] = [await wanted(stable), await wanted(bad)];
    const changed = [...after].filter(([name, digest]) => before.get(name) !== digest).map(([name]) => name);
    expect(changed).toEqual(['svc-07@dev', 'svc-23@dev']);

    const two = ['--delivery', 'svc-07@dev', '--delivery', 'svc-23@dev'];
    const states = ({ report }: Ended) => report.deliveries.map((one) => one.state);
    expect(states(await it.stepgate('deploy', ...two, '--at', stable))).toEqual(['done', 'done']);
    await it.repo.push('main');
    expect(states(await it.stepgate('deploy', ...two))).toEqual(['waiting', 'waiting']);
    const ended = await it.stepgate('rollback', '--delivery', 'svc-07@dev');
    expect([ended.code, ended.delivery.state]).toEqual([0, 'rolledBack']);
    await it.repo.git('fetch', '--quiet', 'origin');
    expect(await it.repo.git('diff', '--name-only', bad, 'origin/main')).toBe('services/svc-07/dev/kustomization.yaml');
    const tip = await it.stepgate('plan', '--offline', '--at', 'origin/main', ...two);
    const digests = tip.report.deliveries.map((one) => one.release?.id.slice(11));
    expect(digests).toEqual([before.get('svc-07@dev'), after.get('svc-23@dev')]);
    const status = await it.stepgate('status', ...two);
    expect(states(status)).toEqual(['rolledBack', 'waiting']);
  },
);

async function expectBackOf(
  it: Shop,
  ended: Ended,
  at: { readonly stable: string; readonly bad: string },
): Promise<void> {
  expect([ended.code, ended.delivery.state, ended.delivery.reason]).toEqual([0, 'rolledBack', 'ROLLED_BACK']);
  await expectServes(it, 'app:v1');
  await expectReverted(it, { ...at, onto: at.bad });
}

function two(shopNamespace: string, otherNamespace: string, shopSource: string, otherSource: string): string {
  const block = (name: string, inNamespace: string, source: string) => `  - delivery: ${name}
    namespace: ${inNamespace}
    workload: { kind: Deployment, name: shop }
    source: ${source}
    strategy: partition
    steps:
      - { name: one, replicas: 20% }
      - { name: all, replicas: 100% }
`;
  return `version: 1\ndeliveries:\n${block('shop', shopNamespace, shopSource)}${block('other', otherNamespace, otherSource)}`;
}

function config(value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop-${value} }\ndata: { value: ${value} }\n`;
}

test.concurrent('what stable reads and is reached by goes back with it', async () => {
  const files = (color: string, port: number) => ({
    'deploy/config.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: colors }\ndata: { color: ${color} }\n`,
    'deploy/service.yaml': `apiVersion: v1\nkind: Service\nmetadata: { name: shop }\nspec: { selector: { app: shop }, ports: [{ port: ${port} }] }\n`,
  });
  await using it = await shop({ files: files('red', 80) });
  const { stable } = await delivered(it);
  const bad = await it.release('app:v2', files('green', 81));
  await waits(it);
  const color = async () =>
    (await read<{ data: Record<string, string> }>(it.namespace, 'configmaps', 'colors')).data['color'];
  const port = async () =>
    (await read<{ spec: { ports: { port: number }[] } }>(it.namespace, 'services', 'shop')).spec.ports[0]?.port;
  expect([await color(), await port()]).toEqual(['green', 81]);
  const back = await it.stepgate('rollback');
  expect([back.code, back.delivery.reason]).toEqual([0, 'ROLLED_BACK']);
  expect([await color(), await port()]).toEqual(['red', 80]);
  await expectServes(it, 'app:v1');
  await expectHeld(it, bad);
  expect(await it.remote.tip('main')).not.toBe(stable);
  const again = await it.stepgate('plan', '--at', 'origin/main');
  expect(again.delivery.changes.map(({ what }) => what)).toEqual(again.delivery.changes.map(() => 'none'));
});
