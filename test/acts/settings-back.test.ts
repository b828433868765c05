import { describe, expect, test } from 'vitest';
import { noRepo } from '../../src/adapters/no-repo.ts';
import { environmentError, inputError } from '../../src/release/error.ts';
import { numberAt, objectAt, stringAt } from '../../src/release/json.ts';
import type { Listed, PageQuery } from '../../src/release/ports.ts';
import type { Changed, Files } from '../support/memory-git.ts';
import type { Told } from './command-lines.ts';
import { config, manifest } from './files.ts';
import { type RunOptions, type Shop, shopWith } from './shop.ts';

/** What a rollback puts back of a source, what it leaves, and what it says of that. */

const settings = (text: string, name = 'settings') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { text: ${text} }\n`;

function opened(files: Files = {}): Promise<Shop> {
  return shopWith(['v1'], {
    files: { 'stepgate.yaml': config(), 'deploy/settings.yaml': settings('one'), ...files },
  });
}

describe('a size', () => {
  const scaler = (min: number) =>
    [
      'apiVersion: autoscaling/v2',
      'kind: HorizontalPodAutoscaler',
      'metadata: { name: worker }',
      'spec:',
      '  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: worker }',
      `  minReplicas: ${min}`,
      '  maxReplicas: 20',
      '',
    ].join('\n');
  const pods = (count: number) => manifest('v1').replace('replicas: 4', `replicas: ${count}`);
  const bounds = (shop: Shop) =>
    numberAt(shop.cluster.api.get('HorizontalPodAutoscaler', 'shop', 'worker'), 'spec', 'minReplicas');

  async function release(shop: Shop, files: Files): Promise<void> {
    shop.origin.commit(files);
    await shop.person('ada')('deploy');
    await shop.wait('1m');
  }

  // What is live at first, with the bad settings, and by the time of the rollback, and what is left of it then.
  test.for([
    ['was raised since', [4, 2], [4, 2], [6, 5], [6, 5]],
    ['was lowered since', [4, 5], [4, 5], [3, 2], [3, 2]],
    ['was lowered with the bad settings', [4, 5], [3, 2], [3, 2], [4, 5]],
    ['was raised with the bad settings', [4, 2], [6, 5], [6, 5], [6, 5]],
    ['was lowered with the bad settings, and raised since', [4, 5], [3, 2], [6, 6], [6, 6]],
  ] as const)('that %s', async ([, first, bad, since, left]) => {
    const sized = ([count, min]: readonly [number, number]) => ({
      'deploy/shop.yaml': pods(count),
      'deploy/scaler.yaml': scaler(min),
    });
    using shop = await opened(sized(first));
    await release(shop, { ...sized(bad), 'deploy/settings.yaml': settings('bad') });
    await release(shop, sized(since));
    await shop.person('ada')('rollback --reason bad');
    await shop.wait('1m');
    expect([shop.pods(), bounds(shop)]).toEqual([`v1:${left[0]}`, left[1]]);
  });
});

describe('a Secret that is written in plain text', () => {
  const secret = (texts: string) => `apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\nstringData: ${texts}\n`;
  const file = 'deploy/keys.yaml';
  const keys = (shop: Shop) =>
    Object.fromEntries(
      Object.entries(objectAt(shop.cluster.api.get('Secret', 'shop', 'keys'), 'data')).map(([key, value]) => [
        key,
        Buffer.from(String(value), 'base64').toString(),
      ]),
    );

  test('loses a key that a release has added and is rolled back', async () => {
    using shop = await opened({ [file]: secret('{ user: ada }') });
    const ada = shop.person('ada');
    shop.origin.commit({ [file]: secret('{ user: eve, admin: eve }') });
    await ada('deploy');
    expect(keys(shop)).toEqual({ user: 'eve', admin: 'eve' });
    await ada('rollback --reason bad');
    expect(keys(shop)).toEqual({ user: 'ada' });
  });

  test('keeps what somebody has changed by hand', async () => {
    using shop = await opened({ [file]: secret('{ user: ada }') });
    const ada = shop.person('ada');
    shop.origin.commit({ [file]: secret('{ user: eve }') });
    await ada('deploy');
    const data = { user: Buffer.from('by hand').toString('base64') };
    shop.cluster.api.patch('Secret', 'shop', 'keys', { data }, { type: 'merge', manager: 'kubectl-edit' });
    const told = await ada('rollback --reason bad');
    expect([keys(shop), told.log]).toEqual([{ user: 'by hand' }, expect.stringContaining('kubectl-edit')]);
  });
});

describe('a rollback says what is not as stable has it', () => {
  const service = (port: number) =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: shop }, ports: [{ port: 80, targetPort: ${port} }] }\n`;
  const policy =
    'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: deny }\nspec: { podSelector: {}, policyTypes: [Ingress] }\n';
  const findingOf = ({ delivery }: Told) => delivery?.findings.find(({ code }) => code === 'NOT_RESTORED');
  const finding = async (shop: Shop) => findingOf(await shop.person('ada')('status'));
  const leftOf = ({ delivery }: Told) =>
    delivery?.changes
      .filter(({ object, what }) => what === 'leave' && !object.startsWith('Git'))
      .map(({ object, why }) => `${object}: ${why}`);
  const bad = (shop: Shop, files: Changed, version = 'v1') => {
    shop.origin.commit({ 'deploy/shop.yaml': manifest(version), ...files });
    return shop.person('ada')('deploy');
  };

  test.for([
    ['settings alone', 'v1'],
    ['a release', 'v2'],
  ] as const)('what only the bad release has, of %s', async ([, version]) => {
    using shop = await opened();
    const ada = shop.person('ada');
    await bad(shop, { 'deploy/deny.yaml': policy, 'deploy/more.yaml': settings('more', 'more') }, version);
    const preview = await ada('rollback --dry-run');
    const stays = (kind: string, name: string) =>
      `${kind}: only the bad release has it, and a rollback deletes nothing; if nothing needs it: kubectl delete ${name} -n shop`;
    const all = [
      stays('ConfigMap more', 'configmaps more'),
      stays('NetworkPolicy deny', 'networkpolicies.networking.k8s.io deny'),
    ];
    expect(leftOf(preview)).toEqual(all);
    expect(await ada('rollback --reason bad')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(await finding(shop)).toMatchObject({ severity: 'warning', facts: all });
    // What is released next has nothing to do with it.
    await bad(shop, { 'deploy/deny.yaml': null }, 'v3');
    expect(await finding(shop)).toBeUndefined();
  });

  test('a ConfigMap alone that nothing reads any more is a note', async () => {
    using shop = await opened();
    await bad(shop, { 'deploy/more.yaml': settings('more', 'more') });
    await shop.person('ada')('rollback --reason bad');
    expect(await finding(shop)).toMatchObject({ severity: 'note' });
  });

  test('what the server refuses, and what somebody else has taken over', async () => {
    using shop = await opened({ 'deploy/fixed.yaml': settings('one', 'fixed') });
    const ada = shop.person('ada');
    await bad(shop, {
      'deploy/settings.yaml': settings('bad'),
      'deploy/fixed.yaml': `${settings('bad', 'fixed')}immutable: true\n`,
    });
    const edit = { type: 'merge', manager: 'kubectl-edit' } as const;
    shop.cluster.api.patch('ConfigMap', 'shop', 'settings', { data: { text: 'by hand' } }, edit);
    const facts = [
      'ConfigMap fixed: it is immutable, and the server takes no other content for it',
      'ConfigMap settings: another manager owns .data.text (kubectl-edit)',
    ];
    const preview = await ada('rollback --dry-run');
    expect(leftOf(preview)).toEqual(facts);
    const told = await ada('rollback --reason bad');
    expect([told.exit, findingOf(told)]).toMatchObject([0, { facts }]);
  });

  test('nothing where all is back, which a preview lists with what waits for an idle engine', async () => {
    using shop = await opened({ 'deploy/web.yaml': service(80) });
    const ada = shop.person('ada');
    await bad(shop, { 'deploy/web.yaml': service(81) });
    const { delivery } = await ada('rollback --dry-run');
    expect(delivery?.changes.map(({ object, what }) => `${object} ${what}`)).toEqual([
      'Service web change',
      'Deployment shop none',
      'Git origin/main change',
    ]);
    await ada('rollback --reason bad');
    expect(await finding(shop)).toBeUndefined();
  });
});

test('without Git, a copy that somebody has changed is not used, and no object of others is written', async () => {
  using shop = await opened();
  const ada = shop.person('ada');
  shop.origin.commit({ 'deploy/settings.yaml': settings('bad') });
  await ada('deploy');
  const { api } = shop.cluster;
  const [copy] = api.list('ConfigMap', 'shop').filter(({ metadata }) => metadata.name.includes('.stepgate-'));
  if (copy === undefined) throw new Error('there is no copy');
  const { uid: _uid, resourceVersion: _version, ...metadata } = copy.metadata;
  const made = (name: string, annotations: object, text: string) =>
    api.create(
      'ConfigMap',
      { metadata: { ...metadata, name, annotations: { ...metadata.annotations, ...annotations } }, data: { text } },
      { manager: 'mallory' },
    );
  api.create(
    'ConfigMap',
    { metadata: { namespace: 'shop', name: 'others' }, data: { text: 'bad' } },
    { manager: 'eve' },
  );
  made('zz', {}, 'evil');
  made(copy.metadata.name.replace('settings', 'others'), { 'stepgate.dev/copy-of': 'ConfigMap/others' }, 'one');
  const none = noRepo(inputError('GIT_FAILED', 'there is no repository here'));
  const clone = { ...shop.origin.clone(), repo: none };
  const told = await ada('rollback --reason bad --delivery shop', { pull: false, clone });
  const textOf = (name: string) => stringAt(api.get('ConfigMap', 'shop', name), 'data', 'text');
  expect([textOf('settings'), textOf('others')]).toEqual(['one', 'bad']);
  expect(told.log).toContain('ConfigMap zz stays as it is: this copy is not as stepgate has made it');
  expect(told.log).toContain('ConfigMap others stays as it is: it is not marked as an object of shop');
});

test('after a rollback, the line that goes further names the settings before, and these pods keep their id', async () => {
  using shop = await opened();
  const ada = shop.person('ada');
  for (const text of ['two', 'three']) {
    shop.origin.commit({ 'deploy/settings.yaml': settings(text) });
    await ada('deploy');
  }
  await shop.deliver('v2');
  const [, three, two] = shop.record().history.map(({ id, settings: own }) => own ?? id);
  expect(await ada('rollback --reason slow')).toMatchObject({ code: 'ROLLED_BACK' });
  const live = shop.id();
  const again = await ada('rollback --reason slow');
  const line = `rollback --delivery shop --to ${two}`;
  expect([again.delivery?.todo, again.log]).toEqual([`stepgate ${line}`, expect.stringContaining(`to ${three} by`)]);
  const pods = () => shop.cluster.api.list('Pod', 'shop').map(({ metadata }) => metadata.resourceVersion);
  const before = pods();
  expect(await ada(`${line} --reason bad`)).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
  const text = stringAt(shop.cluster.api.get('ConfigMap', 'shop', 'settings'), 'data', 'text');
  expect([text, shop.live(), shop.id(), pods()]).toEqual(['two', 'v1', live, before]);
});

test('a plan of settings says that no pod is replaced, and what they wait for', async () => {
  using shop = await opened({ 'stepgate.yaml': config({ more: ['startWhen: [approval]'] }) });
  const ada = shop.person('ada');
  shop.origin.commit({ 'deploy/settings.yaml': settings('two') });
  const { delivery } = await ada('plan');
  expect([delivery?.forecast, delivery?.message]).toEqual([
    [],
    expect.stringContaining(
      'only settings differ, so no pod is replaced and no step is walked; their start waits for an approval',
    ),
  ]);
  shop.push('v2');
  const next = await ada('plan');
  expect([next.delivery?.forecast.length, next.delivery?.message]).toEqual([2, expect.not.stringContaining('only')]);
});

describe('many and large copies', () => {
  /** The lists of copies go through `list`. */
  const through = (list: (query: PageQuery, ask: () => Promise<Listed>) => Promise<Listed>): RunOptions => ({
    through: (cluster) => ({
      ...cluster,
      list: (query, signal) =>
        query.labelSelector === 'stepgate.dev/copy=true'
          ? list(query, () => cluster.list(query, signal))
          : cluster.list(query, signal),
    }),
  });
  const many = (text: string): Files =>
    Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`deploy/s${n}.yaml`, settings(text, `s${n}`)]));
  const none = noRepo(inputError('GIT_FAILED', 'there is no repository here'));
  const textOf = (shop: Shop, name: string) =>
    stringAt(shop.cluster.api.get('ConfigMap', 'shop', name), 'data', 'text');

  test('are read in pages that the client accepts', async () => {
    using shop = await opened(many('one'));
    const ada = shop.person('ada');
    const asked: (number | undefined)[] = [];
    const noting = through((query, ask) => {
      asked.push(query.limit);
      return ask();
    });
    shop.origin.commit(many('bad'));
    await ada('deploy', noting);
    const clone = { ...shop.origin.clone(), repo: none };
    await ada('rollback --reason bad --delivery shop', { pull: false, clone, ...noting });
    expect([textOf(shop, 's0'), textOf(shop, 's19')]).toEqual(['one', 'one']);
    // One page for the deploy; for the rollback two of ConfigMaps and one of Secrets.
    expect(asked).toEqual([15, 15, 15, 15]);
  });

  test('that cannot be read keep no pods from going back', async () => {
    using shop = await opened();
    const ada = shop.person('ada');
    shop.push('v2', { files: { 'deploy/settings.yaml': settings('bad') } });
    await ada('deploy');
    const clone = { ...shop.origin.clone(), repo: none };
    const broken = through(() => Promise.reject(environmentError('CLUSTER_UNREACHABLE', 'the answer is too long')));
    const told = await ada('rollback --reason bad --delivery shop', { pull: false, clone, ...broken });
    expect([shop.live(), shop.pods(), textOf(shop, 'settings')]).toEqual(['v1', 'v1:4', 'bad']);
    expect([told.exit, told.log]).toEqual([
      3,
      expect.stringContaining("copies of configmaps can't be used: the answer"),
    ]);
  });
});
