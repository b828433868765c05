import { describe, expect, test } from 'vitest';
import { numberAt, objectAt } from '../../src/release/json.ts';
import type { Files } from '../support/memory-git.ts';
import { config, manifest } from './files.ts';
import { type Shop, shopWith } from './shop.ts';

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
