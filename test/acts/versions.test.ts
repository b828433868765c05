import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeliveryReport } from '../../src/release/report.ts';
import { createCluster, type EmbeddedCluster } from '../../src/simulator/cluster.ts';
import { serve } from '../../src/simulator/server/serve.ts';
import { realTimeline } from '../../src/simulator/time.ts';
import { gitRemote } from '../support/git-remote.ts';
import { repository } from '../support/repository.ts';
import { type Builds, builds } from './builds.ts';
import { config, manifest, versionIn } from './files.ts';

/** Several versions of stepgate at one delivery, as processes, over HTTP. */

let built: Builds;
beforeAll(async () => {
  built = await builds();
});
afterAll(() => built?.[Symbol.asyncDispose]());

interface Ended {
  readonly exit: number | null;
  readonly code: string;
  readonly log: string;
}

async function open() {
  const stack = new AsyncDisposableStack();
  const cluster = createCluster({ timeline: realTimeline(20) });
  stack.defer(() => cluster.stop());
  cluster.api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'tests' });
  const server = stack.use(await serve(cluster));
  const remote = stack.use(await gitRemote());
  const two = ['{ name: one, replicas: 1, leaveWhen: [{ approval: two }] }', '{ name: all, replicas: 100% }'];
  const text = config({ steps: two, root: ['approvals: { two: { by: [command], count: 2 } }'] });
  const repo = stack.use(await repository({ files: { 'stepgate.yaml': text, 'deploy/shop.yaml': manifest('v1') } }));
  await repo.connect(remote);
  await repo.git('remote', 'set-head', 'origin', 'main');
  const kubeconfig = join(repo.folder, '..', 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfig, { mode: 0o600 });
  const who = {
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };

  const recordText = () =>
    cluster.api.get('Rollout', 'shop', 'shop')?.metadata.annotations?.['stepgate.dev/record'] ?? '{}';
  return {
    cluster,
    remote,
    /** Runs a build's command line. `killed` is asked at each change of the cluster. */
    stepgate(
      cli: string,
      line: string,
      { needs = '2', killed = () => false }: { needs?: string; killed?: () => boolean } = {},
    ): Promise<Ended> {
      const env = { ...repo.env, ...who, KUBECONFIG: kubeconfig, NEEDS: needs };
      return new Promise((resolve) => {
        const child = execFile(
          process.execPath,
          [cli, ...line.split(' '), '--json'],
          { cwd: repo.folder, env },
          (error, stdout, stderr) => {
            const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
            resolve({ exit, code: codeIn(stdout), log: stderr });
          },
        );
        const unlisten = cluster.api.store.listen(() => {
          if (killed()) child.kill('SIGKILL');
        });
        child.once('exit', unlisten);
      });
    },
    async push(version: string) {
      await repo.git('pull', '--quiet', '--ff-only', 'origin', 'main');
      await repo.commit({ 'deploy/shop.yaml': manifest(version) }, version);
      await repo.push('main');
    },
    record: () => JSON.parse(recordText()) as Noted,
    recordText,
    live: () => imageOf(cluster),
    async git() {
      await repo.git('fetch', '--quiet', 'origin');
      return versionIn({ 'deploy/shop.yaml': await repo.git('show', 'origin/main:deploy/shop.yaml') });
    },
    /** Every object that stepgate could write, as it is. */
    state: () =>
      ['Rollout', 'Deployment'].map(
        (kind) => cluster.api.get(kind as 'Rollout', 'shop', 'shop')?.metadata.resourceVersion,
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The record, read without any version's eyes. */
interface Noted {
  readonly version: number;
  readonly fleet?: string;
  readonly needs?: { readonly promote: number };
  readonly release: { readonly id: string; readonly era?: string };
  readonly history: readonly { readonly id: string; readonly era?: string }[];
  readonly holds: readonly { readonly digest: string | null; readonly reason: string; readonly until?: string }[];
  readonly approvals: readonly { readonly by: string; readonly via?: string }[];
  readonly rollback: { readonly cluster: string; readonly git: string; readonly by: string } | null;
}

function codeIn(stdout: string): string {
  if (stdout === '') return 'nothing';
  const report = JSON.parse(stdout) as { error: DeliveryReport['error']; deliveries: readonly DeliveryReport[] };
  const [delivery] = report.deliveries;
  return report.error?.code ?? delivery?.error?.code ?? delivery?.reason ?? 'nothing';
}

function imageOf(cluster: EmbeddedCluster): string {
  const text = JSON.stringify(cluster.api.get('Deployment', 'shop', 'shop') ?? {});
  return /"image":"app:([^"]*)"/.exec(text)?.[1] ?? 'none';
}

type Shop = Awaited<ReturnType<typeof open>>;

async function waiting(shop: Shop, cli: string): Promise<string> {
  expect(await shop.stepgate(cli, 'deploy --until done')).toMatchObject({ exit: 0 });
  await shop.push('v2');
  expect(await shop.stepgate(cli, 'deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  return shop.record().release.id;
}

describe.concurrent('two builds of record 2', () => {
  test('what the later one noted survives what the present one does, and the later one goes on from there', async () => {
    await using shop = await open();
    const { present, next } = built;
    const id = await waiting(shop, next);
    expect(shop.record()).toMatchObject({ version: 2, fleet: 'eu', needs: { promote: 2 }, release: { era: 'w' } });
    await shop.stepgate(next, 'promote --who ada');
    await shop.stepgate(next, `hold --release ${id} --reason look`);
    const before = shop.recordText();

    // The present one knows that there is something about approvals that it does not know.
    const refused = await shop.stepgate(present, 'promote --who bob');
    expect([refused, shop.recordText()]).toEqual([{ ...refused, exit: 4, code: 'RECORD_TOO_NEW' }, before]);

    expect((await shop.stepgate(present, 'hold --reason stop --who bob')).exit).toBe(0);
    expect(shop.record()).toMatchObject({
      ...{ fleet: 'eu', needs: { promote: 2 }, release: { era: 'w' } },
      approvals: [{ by: 'ada', via: 'oidc' }],
    });
    expect(shop.record().holds.map(({ reason, until }) => [reason, until])).toEqual([
      ['stop', undefined],
      ['look', '2030-01-01T00:00:00Z'],
    ]);

    expect(await shop.stepgate(present, 'rollback --reason slow --who bob')).toMatchObject({
      exit: 0,
      code: 'ROLLED_BACK',
    });
    expect([shop.live(), await shop.git()]).toEqual(['v1', 'v1']);
    expect(shop.record()).toMatchObject({ fleet: 'eu', needs: { promote: 2 }, history: [{ era: 'w' }] });

    // And the other way: the later one reads all of that, and goes on.
    expect(await shop.stepgate(next, 'status')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect((await shop.stepgate(next, 'resume --who ada')).exit).toBe(0);
    await shop.push('v3');
    expect(await shop.stepgate(next, 'deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.live()).toBe('v3');
  });

  test('where the later one asks nothing new of promote, the present one promotes and keeps what it does not know', async () => {
    await using shop = await open();
    const { present, next } = built;
    await waiting(shop, present);
    await shop.stepgate(next, 'promote --who ada', { needs: '1' });
    expect((await shop.stepgate(present, 'promote --who bob')).exit).toBe(0);
    expect(await shop.stepgate(present, 'tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    const { fleet, needs, history, release } = shop.record();
    expect([fleet, needs, history[0]?.era, release.era]).toEqual(['eu', { promote: 1 }, 'w', 'w']);
    expect(await shop.stepgate(next, 'rollback --reason slow', { needs: '1' })).toMatchObject({
      exit: 0,
      code: 'ROLLED_BACK',
    });
    expect([shop.live(), await shop.git()]).toEqual(['v1', 'v1']);
  });
});

describe.concurrent('the build before record 2', () => {
  test('refuses record 2, and writes nothing', async () => {
    await using shop = await open();
    const { present, old } = built;
    const id = await waiting(shop, present);
    const before = shop.state();
    for (const line of ['status', 'plan', 'deploy', 'promote', 'tick', 'rollback', 'hold', 'resume']) {
      const told = await shop.stepgate(old, line);
      expect([line, told.exit, told.code]).toEqual([line, 4, 'RECORD_INVALID']);
    }
    expect([shop.state(), shop.record().release.id]).toEqual([before, id]);
  });

  test('its record is brought over: approvals are dropped aloud, and the release goes on', async () => {
    await using shop = await open();
    const { present, old } = built;
    await waiting(shop, old);
    await shop.stepgate(old, 'promote --who ada');
    expect(shop.record()).toMatchObject({ version: 1, approvals: [{ by: 'ada' }] });
    const told = await shop.stepgate(present, 'promote --who bob');
    expect([told.exit, told.log]).toEqual([0, expect.stringContaining('approve again')]);
    expect(shop.record()).toMatchObject({ version: 2, approvals: [{ by: 'bob' }] });
    expect(await shop.stepgate(present, 'tick')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    await shop.stepgate(present, 'promote --who ada');
    expect(await shop.stepgate(present, 'tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect(await shop.stepgate(present, 'rollback')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect([shop.live(), await shop.git()]).toEqual(['v1', 'v1']);
  });

  test('a rollback of it whose revert could not be pushed is finished', async () => {
    await using shop = await open();
    const { present, old } = built;
    await waiting(shop, old);
    await shop.remote.protect('main');
    expect((await shop.stepgate(old, 'rollback --reason slow')).exit).toBe(3);
    expect(shop.record()).toMatchObject({ version: 1, rollback: { cluster: 'done', git: 'todo' } });
    await shop.remote.protect('nothing');
    expect(await shop.stepgate(present, 'tick')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(shop.record()).toMatchObject({ version: 2, rollback: { git: 'done' } });
    expect(await shop.git()).toBe('v1');
  });

  test('a rollback of it that died at once is finished, pods and all', async () => {
    await using shop = await open();
    const { present, old } = built;
    await waiting(shop, old);
    const begun = () => shop.record().rollback?.cluster === 'todo';
    expect((await shop.stepgate(old, 'rollback --reason slow', { killed: begun })).exit).toBeNull();
    expect([shop.record().version, shop.live()]).toEqual([1, 'v2']);
    expect(await shop.stepgate(present, 'tick')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(shop.record()).toMatchObject({
      version: 2,
      rollback: { cluster: 'done', git: 'done' },
      holds: [{ reason: 'rolled back: slow' }],
    });
    expect([shop.live(), await shop.git()]).toEqual(['v1', 'v1']);
  });
});
