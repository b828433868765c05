import { describe, expect, test } from 'vitest';
import { environmentError } from '../../src/release/error.ts';
import type { Clone } from '../support/memory-git.ts';
import { environments } from './files.ts';
import { freezeFiles as files, putFreeze as put } from './freeze-files.ts';
import { openShop, type Shop, shopWith } from './shop.ts';

describe('stepgate freeze', () => {
  test('writes the file as one commit, which stops the next run; thaw removes it', async () => {
    using shop = await shopWith(['v1']);
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    shop.push('v2');
    await bob('deploy');
    const before = shop.origin.tip();
    const told = await ada('freeze --reason "incident 4711" --name incident --end 2h');
    expect(told).toMatchObject({ exit: 0, code: 'FROZEN', delivery: { name: 'shop', changed: true } });
    expect(files(shop)).toEqual([
      [
        '.stepgate/freezes/incident.yaml',
        expect.stringMatching(/^by: ada\nreason: incident 4711\nuntil: "?2026-11-25T12:\d\d:\d\dZ"?\nrun: .+\n$/),
      ],
    ]);
    expect(shop.origin.at(shop.origin.tip()).parents).toEqual([before]);
    expect(await bob('promote')).toMatchObject({ exit: 0, code: 'FROZEN' });
    expect(shop.pods()).toBe('v1:3 v2:1');
    expect(await bob('thaw')).toMatchObject({ exit: 0, code: 'OFFLINE', delivery: { name: 'shop', changed: true } });
    expect(files(shop)).toEqual([]);
    expect(await bob('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });

  test('is harmless to repeat, gets longer only, and never takes the place of another', async () => {
    using shop = openShop();
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    await ada('freeze --reason one --name n --end 2026-11-26T10:00Z');
    const tip = shop.origin.tip();
    for (const end of ['--end 2026-11-26T10:00Z', '--end 2026-11-25T12:00Z']) {
      expect(await ada(`freeze --reason one --name n ${end}`)).toMatchObject({ exit: 0, delivery: { changed: false } });
      expect(shop.origin.tip()).toBe(tip);
    }
    await ada('freeze --reason one --name n --end 2026-11-27T10:00Z');
    expect(files(shop)[0]?.[1]).toContain('2026-11-27T10:00:00Z');
    for (const line of ['freeze --reason two --name n', 'freeze --reason one --name n --delivery shop']) {
      expect([line, (await ada(line)).code]).toEqual([line, 'FREEZE_EXISTS']);
      expect((await bob('freeze --reason one --name n')).code).toBe('FREEZE_EXISTS');
    }
    // Without a name, the same words are the same freeze.
    await bob('freeze --reason other');
    await bob('freeze --reason other');
    await ada('freeze --reason other');
    expect(files(shop)).toHaveLength(3);
    // One that is over may be replaced.
    await shop.wait('72h');
    expect((await bob('freeze --reason two --name n')).code).toBe('FROZEN');
  });

  test.each([
    ['freeze', 2, 'USAGE'],
    ['freeze --reason " "', 2, 'USAGE'],
    ['freeze --reason x --delivery shopp', 2, 'DELIVERY_UNKNOWN'],
    ['freeze --reason x --environment prod', 2, 'USAGE'],
    ['freeze --reason x --name Weekend', 2, 'USAGE'],
    ['freeze --reason x --name ../../x', 2, 'USAGE'],
    ['freeze --reason x --name a --name b', 2, 'USAGE'],
    ['freeze --reason x --end 2026-11-25T09:00Z', 2, 'USAGE'],
    ['freeze --reason x --end soon', 2, 'USAGE'],
    ['freeze --reason x --start 2026-11-26T09:00Z --end 2026-11-26T08:00Z', 2, 'USAGE'],
    ['freeze --reason x --policy-ref v9', 4, 'POLICY_NOT_A_BRANCH'],
  ] as const)('%s is refused: %i %s', async (line, exit, code) => {
    using shop = openShop();
    shop.origin.tag('v9', shop.origin.tip());
    const told = await shop.person('ada')(line);
    expect([told.exit, told.code, files(shop)]).toEqual([exit, code, []]);
  });

  test('is made again on a branch that moves meanwhile', async () => {
    using shop = openShop();
    const ada = shop.person('ada');
    let left = 2;
    const clone: Clone = {
      ...ada.clone,
      repo: {
        ...ada.clone.repo,
        async push(remote, commit, branch) {
          if (left > 0) shop.push(`v${left + 6}`);
          left -= 1;
          return ada.clone.repo.push(remote, commit, branch);
        },
      },
    };
    expect(await ada('freeze --reason x --name n', { clone, pull: false })).toMatchObject({ exit: 0, code: 'FROZEN' });
    expect([files(shop).length, shop.git()]).toEqual([1, 'v7']);
  });

  test.each(['before', 'after'] as const)('a kill right %s the push does no harm', async (when) => {
    using shop = openShop();
    const ada = shop.person('ada');
    const clone: Clone = {
      ...ada.clone,
      repo: {
        ...ada.clone.repo,
        async push(remote, commit, branch) {
          if (when === 'after') await ada.clone.repo.push(remote, commit, branch);
          throw new TypeError('the process is gone');
        },
      },
    };
    await expect(ada('freeze --reason x --name n', { clone, pull: false })).rejects.toThrow('the process is gone');
    expect(files(shop)).toHaveLength(when === 'before' ? 0 : 1);
    const told = await ada('freeze --reason x --name n');
    expect([told.exit, told.code, told.delivery?.changed]).toEqual([0, 'FROZEN', when === 'before']);
    expect(files(shop)).toHaveLength(1);
  });

  test('a push whose answer is lost has worked when the branch has the commit', async () => {
    using shop = openShop();
    const ada = shop.person('ada');
    const clone: Clone = {
      ...ada.clone,
      repo: {
        ...ada.clone.repo,
        async push(remote, commit, branch) {
          await ada.clone.repo.push(remote, commit, branch);
          throw environmentError('GIT_PUSH_FAILED', 'the connection ended');
        },
      },
    };
    const told = await ada('freeze --reason x --name n', { clone, pull: false });
    expect([told.exit, told.code, told.delivery?.changed]).toEqual([0, 'FROZEN', true]);
    expect(files(shop)).toHaveLength(1);
  });

  test('a branch that refuses the push: exit 3, and what to do by hand', async () => {
    using shop = openShop();
    shop.origin.closed = true;
    const ada = shop.person('ada');
    const told = await ada('freeze --reason x --name n');
    expect(told).toMatchObject({ exit: 3, code: 'GIT_PUSH_FAILED' });
    expect(told.error?.hint).toContain('bring .stepgate/freezes/n.yaml to the branch with a pull request');
    expect(told.log).toContain('by: ada\nreason: x\n');
    shop.origin.away = true;
    expect(await ada('freeze --reason x --name n')).toMatchObject({ exit: 3, code: 'GIT_FAILED' });
    expect(files(shop)).toEqual([]);
  });

  test('bots may freeze, and only persons may thaw', async () => {
    using shop = openShop();
    const bot = shop.person('renovate[bot]');
    const run = (id: string, attempt = 1) => ({ workflow: { id, attempt } });
    expect((await bot('freeze --reason x', run('7'))).exit).toBe(0);
    expect(files(shop).map(([path]) => path)).toEqual(['.stepgate/freezes/run-7.yaml']);
    // Another attempt of the run adds nothing, whoever started it.
    expect(await shop.person('ada')('freeze --reason x', run('7', 2))).toMatchObject({ exit: 0 });
    expect(files(shop)[0]?.[1]).toContain('renovate[bot]');
    for (const line of ['thaw', 'thaw --name run-7'])
      expect([line, (await bot(line, run('8'))).code]).toEqual([line, 'PERSON_REFUSED']);
    expect((await shop.person('ada')('thaw', { workflow: { id: '9', event: 'schedule' } })).code).toBe(
      'PERSON_REFUSED',
    );
    expect(files(shop)).toHaveLength(1);
  });
});

describe('stepgate thaw', () => {
  const many = environments(['staging: { plan: p }', 'prod: { plan: p }']);

  async function frozen() {
    const shop = openShop({ files: many });
    const ada = shop.person('ada');
    await ada('freeze --reason x --name all');
    await ada('freeze --reason x --name prod --delivery *@prod');
    return { shop, ada };
  }
  const names = (shop: Shop) => files(shop).map(([path]) => path.replace(/^.*\/|\.yaml$/g, ''));

  test.each([
    ['thaw --name prod', 0, ['all']],
    ['thaw --name prod --name all', 0, []],
    ['thaw --name nothing', 0, ['all', 'prod']],
    // Which one is meant?
    ['thaw', 2, ['all', 'prod']],
    // One of them covers staging too.
    ['thaw --delivery shop@prod', 4, ['all', 'prod']],
    ['thaw --delivery shop@prod --delivery shop@staging', 0, []],
    ['thaw --delivery shop@nowhere', 2, ['all', 'prod']],
  ] as const)('%s: exit %i, and %j is left', async (line, exit, left) => {
    const { shop, ada } = await frozen();
    using _ = shop;
    const told = await ada(line);
    expect([told.exit, names(shop).sort()]).toEqual([exit, left]);
  });

  test('is harmless to repeat, and lifts what can not be read', async () => {
    using shop = openShop();
    const ada = shop.person('ada');
    put(shop, ['what: is this']);
    expect(await ada('thaw --name weekend')).toMatchObject({ exit: 0, code: 'OFFLINE' });
    expect(files(shop)).toEqual([]);
    expect((await ada('thaw --name weekend')).exit).toBe(0);
  });

  test('leaves a freeze that somebody writes meanwhile', async () => {
    using shop = openShop();
    const ada = shop.person('ada');
    put(shop, ['by: bob', 'reason: first']);
    let again = true;
    const clone: Clone = {
      ...ada.clone,
      repo: {
        ...ada.clone.repo,
        async push(remote, commit, branch) {
          if (again) put(shop, ['by: bob', 'reason: second']);
          again = false;
          return ada.clone.repo.push(remote, commit, branch);
        },
      },
    };
    ada.clone.fetch();
    expect((await ada('thaw', { clone, pull: false })).exit).toBe(0);
    expect(files(shop)[0]?.[1]).toContain('second');
  });

  test('of a run that is started again lifts nothing', async () => {
    using shop = openShop();
    const ada = shop.person('ada');
    put(shop, ['by: bob', 'reason: later']);
    expect(await ada('thaw', { workflow: { id: '5', attempt: 2 } })).toMatchObject({ exit: 4, code: 'RERUN_REFUSED' });
    put(shop, null);
    expect((await ada('thaw', { workflow: { id: '5', attempt: 2 } })).exit).toBe(0);
  });
});
