import { rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cuttingProxy } from '../cutting-proxy.ts';
import { expectHeld, expectServes, running } from '../drill.ts';
import { cluster } from '../fixture.ts';
import { type Ended, type Shop, type ShopOptions, shop } from '../shop.ts';

/** Rollbacks that meet one another, and one that was a mistake. */
const styles = ['partition', 'canary', 'blueGreen'] as const;
const steps = ['{ name: one, replicas: 20%, leaveWhen: [] }', '{ name: all, replicas: 100%, leaveWhen: [] }'];

/** Three versions, each delivered; the ids of the first two, and the commits of all. */
async function three(options: ShopOptions) {
  const it = await shop({ steps, ...options });
  const ids: string[] = [];
  const commits: string[] = [];
  for (const image of ['app:v1', 'app:v2', 'app:v3']) {
    if (image !== 'app:v1') await it.release(image);
    const ended = await it.stepgate('deploy', '--until', 'done');
    expect([ended.code, ended.delivery.state], ended.stderr).toEqual([0, 'done']);
    ids.push(ended.delivery.release?.id ?? '');
    commits.push(await it.repo.head());
  }
  const [first = '', second = '', third = ''] = ids;
  const [v1 = '', v2 = '', v3 = ''] = commits;
  return { it, first, second, third, v1, v2, v3 };
}

function told({ code, delivery }: Ended) {
  return [code, delivery.state, delivery.reason];
}

async function expectGitHas(it: Shop, commit: string): Promise<void> {
  await it.repo.git('fetch', '--quiet', 'origin');
  expect(await it.repo.git('diff', '--stat', commit, 'origin/main', '--', 'deploy')).toBe('');
}

test.concurrent.for(styles)('%s: three people press it, and one release goes back', async (style) => {
  const { it: made, v2, v3 } = await three({ style });
  await using it = made;
  const both = await Promise.all(['ada', 'bob'].map((who) => it.as({ who }).stepgate('rollback')));
  expect(both.map(told)).toEqual([
    [0, 'rolledBack', 'ROLLED_BACK'],
    [0, 'rolledBack', 'ROLLED_BACK'],
  ]);
  await expectServes(it, 'app:v2');
  await expectGitHas(it, v2);
  const third = await it.as({ who: 'cy' }).stepgate('rollback');
  expect([...told(third), third.writes]).toEqual([0, 'rolledBack', 'ROLLED_BACK', []]);
  expect(third.stderr).toContain('--to');
  await expectServes(it, 'app:v2');
  await expectHeld(it, v3);
});

test.concurrent.for(styles)('%s: --to goes further while the Git half of one is open', async (style) => {
  const { it: made, first, v1, v3 } = await three({ style });
  await using it = made;
  await it.remote.protect('main');
  expect(told(await it.stepgate('rollback'))).toEqual([3, 'rolledBack', 'ROLLED_BACK_GIT_TODO']);
  await expectServes(it, 'app:v2');
  expect(told(await it.stepgate('rollback', '--to', first))).toEqual([3, 'rolledBack', 'ROLLED_BACK_GIT_TODO']);
  await expectServes(it, 'app:v1');
  await rm(path.join(it.remote.folder, 'hooks/pre-receive'));
  expect(told(await it.stepgate('tick'))).toEqual([0, 'rolledBack', 'ROLLED_BACK']);
  await expectGitHas(it, v1);
  await expectHeld(it, v3);
});

test.concurrent.for(styles)('%s: --to overtakes one that was killed in its middle', async (style) => {
  const { it: made, first, v1, v3 } = await three({ style });
  await using it = made;
  await using proxy = await cuttingProxy(cluster);
  const run = it.as({ kubeconfig: proxy.kubeconfig }).start('rollback');
  // The record, and then the template: its own steps are still to be walked.
  proxy.cutAt({ at: 'after', write: 2 }, () => run.child.kill('SIGKILL'));
  await run.ended;
  expect(told(await it.stepgate('rollback', '--to', first))).toEqual([0, 'rolledBack', 'ROLLED_BACK']);
  await expectServes(it, 'app:v1');
  await expectGitHas(it, v1);
  await expectHeld(it, v3);
});

test.concurrent.for(styles)(
  '%s: --undo lifts a mistaken one, and the version goes out again behind its steps',
  async (style) => {
    const first = '{ name: one, replicas: 20% }';
    await using it = await shop({ style, steps: [first, '{ name: all, replicas: 100%, leaveWhen: [] }'] });
    await it.stepgate('deploy');
    const bad = await it.release('app:v2');
    expect((await it.stepgate('deploy')).delivery.state).toBe('waiting');
    expect(told(await it.stepgate('rollback'))).toEqual([0, 'rolledBack', 'ROLLED_BACK']);
    await expectHeld(it, bad);
    const undone = await it.stepgate('rollback', '--undo');
    expect([undone.code, undone.delivery.error], undone.stderr).toEqual([0, null]);
    await expectServes(it, 'app:v1');
    await expectGitHas(it, bad);
    await it.repo.git('reset', '--hard', '--quiet', 'origin/main');
    const again = await it.stepgate('deploy');
    expect([again.code, again.delivery.state, again.delivery.step?.index], again.stderr).toEqual([0, 'waiting', 1]);
    expect(await running(it)).toEqual(style === 'partition' ? ['app:v1 4', 'app:v2 1'] : ['app:v1 5', 'app:v2 1']);
  },
);
