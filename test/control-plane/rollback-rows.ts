import { expect } from 'vitest';
import { cuttingProxy } from './cutting-proxy.ts';
import { expectHeld, expectReverted, expectServes, workload } from './drill.ts';
import { cluster, waitFor } from './fixture.ts';
import type { Obstacle, Stand } from './obstacles.ts';
import { type Ended, type Other, type Shop, type ShopOptions, shop } from './shop.ts';

/** Rows of the drills in which something is in the way of a rollback: the pods go back all the same. */

export type Style = NonNullable<ShopOptions['style']>;
export type Moment = 'in mid-release' | 'after delivery';

export interface Row {
  readonly obstacle: Obstacle;
  readonly style: Style;
  readonly moment: Moment;
}

interface Scene {
  readonly it: Shop;
  readonly stable: string;
  readonly bad: string;
  readonly obstacle: Obstacle;
}

/** `stepgate rollback` while the obstacle is there; where a part stays open, a tick after it finishes that. */
export async function byCommand({ obstacle, style, moment }: Row): Promise<void> {
  await using made = new AsyncDisposableStack();
  const scene = await released(made, obstacle, { style, steps: stepsOf(moment) });
  if (moment === 'in mid-release') expectWaits(await runOf(scene, await usual(scene), 'deploy'));
  else expectDelivered(await runOf(scene, await usual(scene), 'deploy', '--until', 'done'));
  const stand = await put(scene, made);
  const ended = await runOf(scene, stand.as, 'rollback', ...stand.args);
  await expectBackOrOpen(scene, ended, stand);
}

/** A rollback that was killed behind its first write, and a tick that finishes it: without a policy by the delivery's name. */
export async function byTick({ obstacle, style, moment }: Row): Promise<void> {
  await using made = new AsyncDisposableStack();
  const scene = await released(made, obstacle, { style, steps: stepsOf(moment), called: 'alone' });
  if (moment === 'in mid-release') expectWaits(await runOf(scene, await usual(scene), 'deploy'));
  else expectDelivered(await runOf(scene, await usual(scene), 'deploy', '--until', 'done'));
  const stand = await put(scene, made);
  const proxy = made.use(await cuttingProxy(cluster));
  const run = scene.it.as({ ...stand.as, kubeconfig: proxy.kubeconfig }).start('rollback', ...stand.args);
  let killed = false;
  proxy.cutAt({ at: 'after', write: 1 }, () => {
    killed = true;
    run.child.kill('SIGKILL');
  });
  await run.ended;
  expect(killed).toBe(true);
  await expectBackOrOpen(scene, await runOf(scene, stand.as, 'tick', ...namesIn(stand)), stand);
}

/** A step that does not become ready, and a tick that takes the release back by the plan's policy. */
export async function byPolicy({ obstacle, style }: Pick<Row, 'obstacle' | 'style'>): Promise<void> {
  await using made = new AsyncDisposableStack();
  const config = '    rollback: { on: [stuck], stuckAfter: 5s }';
  const scene = await released(made, obstacle, { style, steps: stepsOf('in mid-release'), config }, 'app:broken');
  const { it } = scene;
  const run = it.as(await usual(scene)).start('deploy');
  // What was not written yet would have to be rendered again.
  await waitFor(async () => (await workload(it)).spec.template.spec.containers[0]?.image === 'app:broken', {
    what: 'the bad version in the workload',
  });
  run.child.kill('SIGKILL');
  await run.ended;
  const stand = await put(scene, made);
  const ended = await waitFor(
    async () => {
      const tick = await runOf(scene, stand.as, 'tick');
      return tick.delivery.state === 'rolledBack' && tick;
    },
    { what: 'a tick that rolls back', every: 500 },
  );
  await expectBackOrOpen(scene, ended, stand, 'policy');
}

/** A shop that serves v1, and whose bad version is on main. */
async function released(
  made: AsyncDisposableStack,
  obstacle: Obstacle,
  options: ShopOptions,
  image = 'app:v2',
): Promise<Scene> {
  const it = made.use(await shop({ ...options, ...obstacle.options }));
  const usually = await (obstacle.prepare?.(it) ?? {});
  const first = await it.as(usually).stepgate('deploy');
  expect([first.code, first.delivery.reason], first.stderr).toEqual([0, 'FIRST_DEPLOY']);
  const stable = await it.repo.head();
  const bad = await (obstacle.bad?.(image, it) ?? it.release(image));
  return { it, stable, bad, obstacle };
}

async function usual({ it, obstacle }: Scene): Promise<Other> {
  return obstacle.prepare?.(it) ?? {};
}

async function put({ it, obstacle }: Scene, made: AsyncDisposableStack): Promise<Stand> {
  return (await obstacle.put?.(it, made)) ?? { as: {}, args: [] };
}

function runOf({ it }: Scene, as: Other, ...args: readonly string[]): Promise<Ended> {
  return it.as(as).stepgate(...args);
}

/** A tick takes no namespace. */
function namesIn({ args }: Stand): readonly string[] {
  return args.slice(0, 2);
}

function stepsOf(moment: Moment): readonly string[] {
  const first =
    moment === 'in mid-release' ? '{ name: one, replicas: 20% }' : '{ name: one, replicas: 20%, leaveWhen: [] }';
  return [first, '{ name: all, replicas: 100%, leaveWhen: [] }'];
}

function expectWaits({ code, delivery, stderr }: Ended): void {
  expect([code, delivery.state, delivery.reason, delivery.step?.index], stderr).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
}

function expectDelivered({ code, delivery, stderr }: Ended): void {
  expect([code, delivery.state, delivery.reason], stderr).toEqual([0, 'done', 'DELIVERED']);
}

/** The pods are back at once. What stays open is told, exit 3, and finished by a tick once nothing is in the way. */
async function expectBackOrOpen(scene: Scene, ended: Ended, stand: Stand, by: 'policy' | null = null): Promise<void> {
  const { it, stable, bad, obstacle } = scene;
  const { open } = obstacle;
  const told = [ended.code, ended.delivery.state, ended.delivery.reason, ended.delivery.error?.code ?? null];
  const tip = await it.remote.tip('main');
  if (open === null) {
    // A rollback that nobody asked for ends its run as a failure.
    const error = by === null ? null : 'ROLLED_BACK';
    expect(told, ended.stderr).toEqual([error === null ? 0 : 1, 'rolledBack', 'ROLLED_BACK', error]);
  } else {
    expect(told, ended.stderr).toEqual([3, 'rolledBack', 'ROLLED_BACK_GIT_TODO', open]);
    expect(ended.delivery.error?.hint).toContain(obstacle.reverts ? 'run stepgate tick' : 'by hand');
    await expectServes(it, 'app:v1', { open: true });
    const later = await (obstacle.clear?.(it, stand) ?? {});
    const onto = await it.remote.tip('main');
    const tick = await runOf(scene, later, 'tick');
    expect([tick.code, tick.delivery.state, tick.delivery.reason, tick.delivery.error], tick.stderr).toEqual([
      0,
      'rolledBack',
      'ROLLED_BACK',
      null,
    ]);
    if (obstacle.reverts) await expectReverted(it, { onto: onto ?? '', stable, bad });
    else expect(await it.remote.tip('main')).toBe(onto);
    const after = await runOf(scene, later, 'tick');
    expect([after.code, after.delivery.state, after.writes]).toEqual([0, 'rolledBack', []]);
  }
  await expectServes(it, 'app:v1');
  if (open === null) await expectReverted(it, { onto: bad, stable, bad });
  if (obstacle.reverts) await expectHeld(it, bad);
  else expect(tip).not.toBe(bad);
}
