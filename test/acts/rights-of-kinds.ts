import { describe, expect, test } from 'vitest';
import { crash } from './crash.ts';
import { config } from './files.ts';
import { givenUp, renameAndGiveUp, scene } from './rights-scene.ts';
import { openShop, type Shop } from './shop.ts';

const configMap = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\ndata: { a: ${value} }\n`;

const remove = (shop: Shop, kind: string, name: string) => shop.cluster.api.remove(kind, 'shop', name, {});

export function everyKind(): void {
  describe.for(['Deployment', 'StatefulSet', 'CloneSet', 'AdvancedStatefulSet', 'AdvancedDaemonSet'] as const)(
    'a %s',
    (kind) => {
      const opened = (more: Parameters<typeof config>[0] = {}) =>
        openShop({ kind, files: { 'stepgate.yaml': config({ kind, ...more }), 'deploy/config.yaml': configMap('a') } });

      test('is held, deployed, promoted, delivered and taken back', async () => {
        using shop = opened();
        const its = scene(shop);
        const { run, denied } = its;
        expect((await run('plan')).exit).toBe(0);
        expect((await run('hold')).exit).toBe(0);
        expect((await run('resume')).exit).toBe(0);
        expect(await run('deploy')).toMatchObject({ code: 'FIRST_DEPLOY' });
        shop.push('v2', { files: { 'deploy/config.yaml': configMap('b') } });
        expect((await run('plan')).exit).toBe(0);
        expect(await run('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
        expect(await run('status')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
        expect(await run('gate try approval')).toMatchObject({ exit: 0 });
        expect((await run('hold')).exit).toBe(0);
        expect((await run('resume')).exit).toBe(0);
        expect(await run('promote')).toMatchObject({ exit: 0 });
        const [watched, ticked] = await shop.together(
          () => run('status --watch'),
          () => run('tick --until done'),
        );
        expect([watched?.exit, ticked?.code]).toEqual([0, 'DELIVERED']);
        expect(await run('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
        remove(shop, 'ConfigMap', 'shop');
        expect(await run('rollback --dry-run')).toMatchObject({ error: null });
        expect(await run('rollback')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
        expect((await run('doctor')).text).not.toContain('may not read');
        expect((await run('import --namespace shop')).exit).toBe(0);
        expect(await renameAndGiveUp(shop, its)).toMatchObject(givenUp);
        expect(denied).toEqual([]);
      });

      test('is approved by the plan, and a broken version goes back', async () => {
        using shop = opened();
        const { run, denied } = scene(shop);
        await run('deploy');
        shop.push('v2');
        await run('deploy');
        expect(await run('promote --method plan')).toMatchObject({ exit: 0, error: null });
        expect(await run('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
        shop.push('v3');
        await run('deploy');
        crash(shop, 'v3', 'backsOff');
        await run('status --logs');
        shop.push('broken');
        await run('deploy --timeout 60s');
        expect(await run('status --logs')).toMatchObject({ code: 'POD_NOT_STARTING' });
        expect(await run('rollback')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
        expect(denied).toEqual([]);
      });

      test('is taken back by the policy in a deploy', async () => {
        using shop = opened({
          more: ['rollback: { on: [stuck], stuckAfter: 1m }'],
          steps: ['{ name: one, replicas: 1, leaveWhen: [] }', '{ name: all, replicas: 100% }'],
        });
        const { run, denied } = scene(shop);
        await run('deploy --until done');
        shop.push('v2');
        expect(await run('deploy --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
        shop.push('broken');
        remove(shop, 'ConfigMap', 'shop');
        await run('deploy --until done');
        await shop.wait('2m');
        expect(await run('deploy --until done')).toMatchObject({ code: 'ROLLED_BACK' });
        expect(denied).toEqual([]);
      });
    },
  );
}
