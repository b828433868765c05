import { describe, expect, test } from 'vitest';
import { environmentError } from '../../src/release/error.ts';
import type { Cluster, Repo } from '../../src/release/ports.ts';
import { at, textAt } from '../../src/simulator/api/json.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import type { Clone, Files } from '../support/memory-git.ts';
import { authorised } from '../support/roles.ts';
import { config, manifest } from './files.ts';
import { outcome, type Shop, shopWith } from './shop.ts';

/** Commits that leave the pod template as it is. */

const settings = (text: string, name = 'settings') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { text: ${text} }\n`;
const gated = ['startWhen: [approval]'];
const never = [
  'schedules: { never: { zone: UTC, allow: ["* 00:00-24:00"], except: [2020-01-01/2099-12-31] } }',
  'approvals: { two: { by: [command], from: [ada, bob], count: 2 } }',
];

/** v1 serves with the settings `one`. */
function opened(more: readonly string[] = [], files: Files = {}): Promise<Shop> {
  const all = { 'stepgate.yaml': config({ more }), 'deploy/settings.yaml': settings('one'), ...files };
  return shopWith(['v1'], { files: all });
}

function change(shop: Shop, text: string): string {
  return shop.origin.commit({ 'deploy/settings.yaml': settings(text) });
}

const text = (shop: Shop, name = 'settings') =>
  textAt(shop.cluster.api.get('ConfigMap', 'shop', name) ?? {}, 'data', 'text');
const inGit = (shop: Shop) =>
  /text: (\w+)/.exec(shop.origin.at(shop.origin.tip()).files['deploy/settings.yaml'] ?? '')?.[1];
const isCopy = (one: Thing) => textAt(one, 'metadata', 'labels', 'stepgate.dev/copy') === 'true';
const copies = (shop: Shop) =>
  shop.cluster.api
    .list('ConfigMap', 'shop')
    .filter(isCopy)
    .map((one) => textAt(one, 'data', 'text'))
    .sort();
const contents = (shop: Shop) => shop.record().history.map(({ id, settings: own }) => own ?? id);
const uids = (shop: Shop) =>
  shop.cluster.api
    .list('Pod', 'shop')
    .map((pod) => textAt(pod, 'metadata', 'uid'))
    .sort();

describe('a settings change', () => {
  test('waits for the gates of the start, by an id of its own, and leaves the pods alone', async () => {
    using shop = await opened(gated);
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    const [live, pods] = [shop.id(), uids(shop)];
    change(shop, 'two');
    const asked = await bob('deploy');
    expect([asked.exit, asked.code, text(shop)]).toEqual([0, 'START_GATE_SHUT', 'one']);
    const id = shop.record().release?.id ?? '';
    expect([shop.record().release?.over, id === live]).toEqual([live, false]);
    expect(await bob('deploy')).toMatchObject({ code: 'START_GATE_SHUT' });
    expect(await ada(`promote --release ${id} --step start`)).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect([text(shop), shop.id(), uids(shop), contents(shop)]).toEqual(['two', live, pods, [id, live]]);
    // What was let through is put back without a gate where somebody has changed it.
    const edit = { data: { text: 'edited' } };
    shop.cluster.api.patch('ConfigMap', 'shop', 'settings', edit, { type: 'merge', manager: 'stepgate' });
    expect(await bob('deploy')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect([text(shop), contents(shop)]).toEqual(['two', [id, live]]);
  });

  test('is stopped by a hold that comes while its copy is written', async () => {
    using shop = await opened();
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    change(shop, 'two');
    // The record is written first, and then the copy.
    const told = await bob('deploy', { at: 2, meanwhile: () => ada('hold --reason stop') });
    expect([told.code, copies(shop), text(shop)]).toEqual(['HELD', ['one'], 'one']);
  });

  test('is stopped by a hold of the delivery, and refused when it is older', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    const older = change(shop, 'two');
    change(shop, 'three');
    await ada('hold --reason stop');
    expect(await ada('deploy')).toMatchObject({ exit: 4, code: 'HELD' });
    await ada('resume');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect(await ada(`deploy --at ${older}`)).toMatchObject({ exit: 4, code: 'WOULD_GO_BACK' });
    expect(text(shop)).toBe('three');
  });

  test('is not asked for while a release is under way and the start is shut, which then goes on', async () => {
    using shop = await opened(gated);
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy');
    await ada('promote');
    await ada('tick --until done');
    expect(shop.pods()).toBe('v1:3 v2:1');
    change(shop, 'two');
    expect(await ada('deploy')).toMatchObject({ exit: 4, code: 'SETTINGS_WAIT' });
    await ada('promote');
    await ada('tick --until done');
    expect([text(shop), shop.pods()]).toEqual(['one', 'v2:4']);
    await ada('deploy');
    expect(await ada('promote')).toMatchObject({ code: 'DELIVERED' });
    expect(text(shop)).toBe('two');
  });

  test('is taken on by a release under way where the start is open, and its approvals stay', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy');
    const live = shop.id();
    const commit = change(shop, 'two');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect([text(shop), shop.pods(), shop.record().release]).toMatchObject(['two', 'v1:3 v2:1', { id: live, commit }]);
    const two = shop.record().release?.settings;
    change(shop, 'two again');
    await ada('deploy');
    const stale = await ada(`promote --release ${two} --step one`);
    const now = shop.record().release?.settings;
    expect([stale.code, stale.error?.message]).toEqual([
      'RELEASE_CHANGED',
      `shop: ${live} with the settings of ${now} is here, not ${two}`,
    ]);
    expect(await ada(`promote --release ${now} --step one`)).toMatchObject({ exit: 0 });
    expect(await ada('tick --until done')).toMatchObject({ code: 'DELIVERED' });
    // What it had taken on goes back with it.
    const told = await ada('rollback --reason slow');
    expect(outcome(shop, told)).toMatchObject({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1' });
    expect([text(shop), inGit(shop)]).toEqual(['one', 'one']);
  });

  test('goes out with the release that has it, also where that release is asked for twice', async () => {
    using shop = await opened(gated);
    const ada = shop.person('ada');
    shop.push('v2', { files: { 'deploy/settings.yaml': settings('two') } });
    for (const _ of [1, 2]) expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
    expect([text(shop), copies(shop), shop.pods()]).toEqual(['one', [], 'v1:4']);
    await ada('promote --step start');
    await ada('tick --until done');
    expect([text(shop), shop.pods()]).toEqual(['two', 'v1:3 v2:1']);
  });

  test('passes a schedule when it is urgent, for somebody who may approve the start', async () => {
    using shop = await opened();
    const [ada, eve] = [shop.person('ada'), shop.person('eve')];
    const more = ['startWhen: [{ approval: two }, { schedule: never }]'];
    shop.origin.commit({ 'stepgate.yaml': config({ more, root: never }), 'deploy/settings.yaml': settings('two') });
    expect(await eve('deploy --urgent --reason outage')).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
    expect(await ada('deploy --urgent --reason outage')).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
    await ada('promote --step start');
    await shop.person('bob')('promote --step start');
    expect([text(shop), shop.record().release?.urgent]).toEqual(['two', 'outage']);
  });

  test('adopted beside a workload waits for the start', async () => {
    using shop = await opened(gated);
    const ada = shop.person('ada');
    shop.patch('Rollout', { metadata: { annotations: { 'stepgate.dev/record': null } } });
    change(shop, 'two');
    await ada('deploy');
    expect([text(shop), shop.record().history.length]).toEqual(['one', 1]);
    expect(await ada('deploy')).toMatchObject({ code: 'START_GATE_SHUT' });
    await ada('promote --step start');
    expect(text(shop)).toBe('two');
  });
});

describe('the size', () => {
  const budget = (min: number) =>
    `apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: shop }\nspec: { minAvailable: ${min}, selector: { matchLabels: { app: shop } } }\n`;

  test('waits for no gate, only for a hold of the delivery', async () => {
    using shop = await opened(gated, { 'deploy/budget.yaml': budget(1) });
    const ada = shop.person('ada');
    const bigger = manifest('v1').replace('replicas: 4', 'replicas: 6');
    shop.origin.commit({
      'deploy/shop.yaml': bigger,
      'deploy/budget.yaml': budget(2),
      'deploy/settings.yaml': settings('two'),
    });
    await ada('hold --reason stop');
    expect(await ada('deploy')).toMatchObject({ exit: 4, code: 'HELD' });
    await ada('resume');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
    await shop.wait('1m');
    const min = at(shop.cluster.api.get('PodDisruptionBudget', 'shop', 'shop'), 'spec', 'minAvailable');
    expect([shop.pods(), min, text(shop)]).toEqual(['v1:6', 2, 'one']);
    await ada('promote --step start');
    expect([text(shop), contents(shop).length]).toEqual(['two', 2]);
  });

  test('is no content: a rollback does not take it for what was bad', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    change(shop, 'two');
    await ada('deploy');
    shop.origin.commit({ 'deploy/shop.yaml': manifest('v1').replace('replicas: 4', 'replicas: 6') });
    await ada('deploy');
    await shop.wait('1m');
    // The commit with the size is newer than what was bad, so that a person decides about Git.
    expect(await ada('rollback --reason bad')).toMatchObject({ exit: 3, code: 'GIT_AHEAD' });
    expect(text(shop)).toBe('one');
  });
});

describe('a rollback', () => {
  test('of settings alone touches no pod, and holds that content and no other', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    const [live, pods] = [shop.id(), uids(shop)];
    change(shop, 'bad');
    await ada('deploy');
    const told = await ada('rollback --reason bad');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect([text(shop), inGit(shop), shop.id(), uids(shop)]).toEqual(['one', 'one', live, pods]);
    expect(contents(shop)).toEqual([live]);
    change(shop, 'bad');
    expect(await ada('deploy')).toMatchObject({ exit: 4, code: 'HELD' });
    change(shop, 'good');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    // A second person at the same alarm goes back once more only when something new is there.
    expect(await ada('rollback --reason again')).toMatchObject({ code: 'ROLLED_BACK' });
    expect(text(shop)).toBe('one');
    expect(await ada('rollback --reason again')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect([text(shop), shop.live()]).toEqual(['one', 'v1']);
  });

  test('of a release keeps the settings that were delivered before it', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    change(shop, 'two');
    await ada('deploy');
    await shop.deliver('v2');
    const told = await ada('rollback --reason slow');
    expect(outcome(shop, told)).toMatchObject({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1' });
    expect([text(shop), inGit(shop)]).toEqual(['two', 'two']);
  });

  test('goes to settings by their id, or to what was delivered before them', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    const first = shop.id();
    change(shop, 'two');
    await ada('deploy');
    change(shop, 'three');
    await ada('deploy');
    const [, two] = contents(shop);
    await shop.deliver('v2');
    await ada(`rollback --to ${two} --reason slow`);
    expect([shop.live(), text(shop)]).toEqual(['v1', 'two']);
    await ada(`rollback --to ${first} --reason slower`);
    expect([shop.live(), text(shop)]).toEqual(['v1', 'one']);
  });

  test('of settings is asked for and lifted by their id, as every report names them', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    change(shop, 'two');
    await ada('deploy');
    const [two = '', live] = contents(shop);
    expect((await ada('status')).delivery?.release).toMatchObject({ id: live, settings: two });
    change(shop, 'three');
    await ada('deploy');
    const [three = ''] = contents(shop);
    // Other settings have come since: these were not meant.
    const stale = await ada(`rollback --release ${two} --reason slow`);
    expect([stale.code, stale.error?.message]).toEqual([
      'RELEASE_CHANGED',
      `${live} with the settings of ${three} is live, not ${two}: nothing was written`,
    ]);
    const back = await ada(`rollback --release ${three} --reason slow`);
    expect([back.code, text(shop), shop.record().rollback?.from.settings]).toEqual(['ROLLED_BACK', 'two', three]);
    expect(back.delivery?.rolledBack).toMatchObject({ settings: three });
    expect(back.delivery?.events.some((one) => one.text === `ada: rollback ${three}: slow`)).toBe(true);
    // A second person at the same alarm.
    const same = await ada(`rollback --release ${three} --reason slow`);
    expect([same.code, text(shop)]).toEqual(['ROLLED_BACK', 'two']);
    expect(same.log).toContain(`${three} was rolled back to ${two} by ada`);
    expect(await ada(`rollback --undo --release ${two}`)).toMatchObject({ exit: 4, code: 'RELEASE_CHANGED' });
    expect(await ada(`rollback --undo --release ${three}`)).toMatchObject({ exit: 0 });
    expect([shop.record().holds, inGit(shop)]).toEqual([[], 'three']);
  });

  test('of settings alone leaves the pods, also where a release over them was given up for them', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    await shop.deliver('v2');
    const two = change(shop, 'two');
    await ada('deploy');
    const known = contents(shop);
    shop.origin.commit({ 'stepgate.yaml': config({ more: gated }), 'deploy/shop.yaml': manifest('v3') });
    expect(await ada('deploy')).toMatchObject({ code: 'START_GATE_SHUT' });
    expect(await ada(`deploy --at ${two}`)).toMatchObject({ code: 'DELIVERED' });
    // The branch still asks for the release that was given up.
    expect(await ada('rollback --reason bad')).toMatchObject({ code: 'GIT_AHEAD' });
    expect([shop.live(), text(shop), contents(shop)[0]]).toEqual(['v2', 'one', known[1]]);
  });

  test('takes what somebody had left by hand with it, which no later one brings back', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    const edit = { data: { text: 'edited' } };
    shop.cluster.api.patch('ConfigMap', 'shop', 'settings', edit, { type: 'merge', manager: 'kubectl' });
    shop.push('v2');
    await ada('deploy --take-over kubectl');
    expect([text(shop), copies(shop)]).toEqual(['one', ['edited']]);
    await ada('rollback --reason slow');
    expect([text(shop), shop.live()]).toEqual(['one', 'v1']);
    change(shop, 'two');
    await ada('deploy');
    expect([text(shop), copies(shop)]).toEqual(['two', ['one']]);
  });

  test('restores what the bad release changed, and leaves what others have changed since', async () => {
    using shop = await opened([], { 'deploy/other.yaml': settings('one', 'other') });
    const ada = shop.person('ada');
    shop.push('v2', { files: { 'deploy/settings.yaml': settings('two') } });
    await ada('deploy');
    const by = { type: 'merge', manager: 'kubectl-edit' } as const;
    shop.cluster.api.patch('ConfigMap', 'shop', 'other', { data: { text: 'edited' } }, by);
    await ada('rollback --reason slow');
    expect([text(shop), text(shop, 'other')]).toEqual(['one', 'edited']);
  });

  test('takes back what a release has written that was asked for over the bad one and came no further', async () => {
    using shop = await opened();
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    shop.push('v2');
    await ada('deploy');
    shop.push('v3', { files: { 'deploy/settings.yaml': settings('two') } });
    // Its record, the copy and the ConfigMap come before the template.
    await bob('deploy', { dies: 4 }).catch(() => {});
    expect([text(shop), shop.live()]).toEqual(['two', 'v2']);
    expect(await ada('rollback --reason slow')).toMatchObject({ exit: 3, state: 'rolledBack' });
    expect([text(shop), shop.live()]).toEqual(['one', 'v1']);
  });

  test('of the first release asked for after the first delivery takes back what it has written', async () => {
    using shop = await opened();
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    shop.push('v2', { files: { 'deploy/settings.yaml': settings('two') } });
    // Its record and the copy of the ConfigMap come before.
    const told = await bob('deploy', { at: 3, meanwhile: () => ada('rollback --reason bad') });
    expect([told.code, shop.live(), text(shop), shop.record().holds.length]).toEqual(['ROLLED_BACK', 'v1', 'one', 1]);
    expect(inGit(shop)).toBe('one');
  });
});

describe('without Git', () => {
  /** Settings and a version that were delivered, from a kustomization that can't be rendered any more. */
  async function kustomized(): Promise<Shop> {
    const shop = await shopWith(['v1'], {
      files: {
        'stepgate.yaml': config({ source: '{ kustomize: deploy }' }),
        'deploy/kustomization.yaml': 'resources: [shop.yaml, settings.yaml]\n',
        'deploy/settings.yaml': settings('one'),
      },
    });
    shop.push('v2', { files: { 'deploy/settings.yaml': settings('two') } });
    await shop.person('ada')('deploy');
    return shop;
  }

  test('a rollback takes the content from the copies in the cluster', async () => {
    using shop = await kustomized();
    const ada = shop.person('ada');
    expect([text(shop), copies(shop)]).toEqual(['two', ['one']]);
    await ada('rollback --reason slow', { kustomize: 'missing' });
    expect([shop.live(), text(shop)]).toEqual(['v1', 'one']);
    expect(await ada('tick')).toMatchObject({ code: 'ROLLED_BACK' });
    expect([text(shop), inGit(shop)]).toEqual(['one', 'one']);
  });

  test('what somebody has changed since stays, and is told', async () => {
    using shop = await kustomized();
    const by = { type: 'merge', manager: 'kubectl-edit' } as const;
    shop.cluster.api.patch('ConfigMap', 'shop', 'settings', { data: { text: 'edited' } }, by);
    const told = await shop.person('ada')('rollback --reason slow', { kustomize: 'missing' });
    expect([shop.live(), text(shop)]).toEqual(['v1', 'edited']);
    expect(told.log).toContain('ConfigMap settings stays as it is: somebody has changed it since the bad release');
  });
});

describe('from a clone that has one commit', () => {
  /** A clone of the newest commit, which gets no other. */
  function shallow(shop: Shop): Clone {
    const clone = shop.origin.clone();
    const tip = shop.origin.tip();
    const only = <T>(commit: string, read: () => Promise<T>): Promise<T> =>
      commit === tip ? read() : Promise.reject(environmentError('GIT_SHALLOW', 'this clone has one commit'));
    const { repo } = clone;
    const one: Repo = {
      ...repo,
      has: async (commit) => commit === tip,
      read: (commit, path) => only(commit, () => repo.read(commit, path)),
      files: (commit, folder) => only(commit, () => repo.files(commit, folder)),
      fetchCommit: async (_remote, commit) => commit === tip,
      ensureHistory: async () => false,
    };
    return { ...clone, head: tip, repo: one };
  }

  test('settings go back to the copy, and not to the branch, which has the same pods', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    change(shop, 'bad');
    await ada('deploy');
    const told = await ada('rollback --reason bad', { pull: false, clone: shallow(shop) });
    expect([told.exit, text(shop)]).toEqual([3, 'one']);
    expect(await ada('tick')).toMatchObject({ code: 'ROLLED_BACK' });
    expect([text(shop), inGit(shop)]).toEqual(['one', 'one']);
  });

  test('the second bad settings go back too, and those that a release under way has taken on', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    change(shop, 'bad');
    await ada('deploy');
    await ada('rollback --reason bad');
    change(shop, 'worse');
    await ada('deploy');
    await ada('rollback --reason worse', { pull: false, clone: shallow(shop) });
    expect(text(shop)).toBe('one');
    await ada('tick');
    shop.push('v2');
    await ada('deploy');
    for (const one of ['two', 'three']) {
      change(shop, one);
      await ada('deploy');
    }
    expect(text(shop)).toBe('three');
    await ada('rollback --reason slow', { pull: false, clone: shallow(shop) });
    expect([shop.live(), text(shop)]).toEqual(['v1', 'one']);
  });
});

test('of an object there are the copies of two contents at most, and they go with the Rollout', async () => {
  using shop = await opened();
  const ada = shop.person('ada');
  for (const one of ['two', 'three', 'four', 'five']) {
    change(shop, one);
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  }
  expect([text(shop), copies(shop)]).toEqual(['five', ['four', 'three']]);
  const [copy] = shop.cluster.api.list('ConfigMap', 'shop').filter(isCopy);
  expect(at(copy, 'metadata', 'ownerReferences', 0)).toMatchObject({ kind: 'Rollout', name: 'shop' });
});

test.for([
  ['list', 0, "copies of configmaps can't be used"],
  ['create', 0, 'is left as it is'],
  ['delete', 4, 'stays'],
] as const)(
  'without the right to %s ConfigMaps a deploy goes on, keeps %d copies, and says so',
  async ([taken, left, said]) => {
    using shop = await opened();
    const through = (inner: Cluster) =>
      authorised(inner, ({ verb, resource }) => resource !== 'configmaps' || verb !== taken);
    let log = '';
    for (const one of ['two', 'three', 'four', 'five']) {
      change(shop, one);
      const told = await shop.person('ada')('deploy', { through });
      expect(told).toMatchObject({ exit: 0, code: 'DELIVERED' });
      log += told.log;
    }
    expect([text(shop), copies(shop).length]).toEqual(['five', left]);
    expect(log).toContain(said);
  },
);

describe('killed at write', () => {
  test.for([1, 2, 3, 4, 5])('%d of a settings change: the next run ends it', async (dies) => {
    using shop = await opened();
    const ada = shop.person('ada');
    change(shop, 'two');
    await ada('deploy', { dies }).catch(() => null);
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect([text(shop), contents(shop).length]).toEqual(['two', 2]);
  });

  test.for([1, 2, 3])('%d of what a release takes on: a rollback takes it back', async (dies) => {
    using shop = await opened();
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy');
    change(shop, 'two');
    await ada('deploy', { dies }).catch(() => null);
    await ada('rollback --reason slow');
    expect([shop.live(), text(shop)]).toEqual(['v1', 'one']);
  });

  test.for([1, 2, 3, 4, 5, 6])('%d of a rollback of settings: a tick ends it', async (dies) => {
    using shop = await opened();
    const ada = shop.person('ada');
    change(shop, 'bad');
    await ada('deploy');
    await ada('rollback --reason bad', { dies }).catch(() => null);
    if (shop.record().rollback === null) await ada('rollback --reason bad');
    await ada('tick');
    expect([text(shop), inGit(shop), contents(shop).length, shop.record().holds.length]).toEqual(['one', 'one', 1, 1]);
  });
});

test.for([
  [1, 'one'],
  [2, 'one'],
  [3, 'one'],
  [4, 'one'],
  [5, 'one'],
] as const)('at write %d of a deploy of settings somebody rolls back: %s', async ([write, left]) => {
  using shop = await opened();
  const [ada, bob] = [shop.person('ada'), shop.person('bob')];
  change(shop, 'two');
  await ada('deploy');
  change(shop, 'three');
  await bob('deploy', { at: write, meanwhile: () => ada('rollback --reason bad') });
  await shop.person('ci')('tick');
  const { history, release } = shop.record();
  expect([text(shop), history[0]?.commit]).toEqual([left, release?.commit]);
});
