import { expect, test } from 'vitest';
import { RECORD_ANNOTATION } from '../../src/release/record-fields.ts';
import { formatRecord } from '../../src/release/record-text.ts';
import type { Files } from '../support/memory-git.ts';
import { environments } from './files.ts';
import { type Shop, shopWith } from './shop.ts';

/** Evidence about another delivery: how often it is asked for, and that nothing goes on by what was true a moment ago. */

const files = environments(['staging: { plan: p }', 'prod: { plan: p, after: staging }']);

/** The start in prod waits for an approval too. */
const approved: Files = {
  ...files,
  'stepgate.yaml': (files['stepgate.yaml'] ?? '')
    .replace('prod: { plan: p,', 'prod: { plan: q,')
    .replace(
      'plans:\n',
      'plans:\n  q:\n    strategy: partition\n    startWhen: [approval]\n    steps: [{ name: one, replicas: 1, leaveWhen: [] }, { name: all, replicas: 100% }]\n',
    ),
};

const aboutStaging = (asked: readonly string[]) =>
  asked.filter((words) => words === 'list rollouts in staging by metadata.name=shop').length;

/** Staging no longer says that it has delivered v2. */
function forget(shop: Shop): void {
  const record = shop.record('staging');
  const text = formatRecord({ ...record, history: record.history.slice(1) });
  const body = { metadata: { annotations: { [RECORD_ANNOTATION]: text } } };
  shop.cluster.api.patch('Rollout', 'staging', 'shop', body, { type: 'merge', manager: 'kubectl' });
}

test('one that waits for another asks every ten seconds', async () => {
  using shop = await shopWith(['v1@staging', 'v1@prod'], { files });
  shop.push('v2');
  const ci = shop.person('ci');
  await ci('deploy --delivery shop@prod');
  const asked: string[] = [];
  expect(await ci('tick --until done --timeout 5m --delivery shop@prod', { asked })).toMatchObject({ code: 'TIMEOUT' });
  // At once, and then every ten seconds of five minutes.
  expect(aboutStaging(asked)).toBe(31);
});

test('the other is asked for right before the start, once, and no more while the steps go on', async () => {
  using shop = await shopWith(['v1@staging', 'v1@prod', 'v2@staging'], { files });
  const asked: string[] = [];
  const ci = shop.person('ci');
  const told = await ci('deploy --until done --delivery shop@prod', { asked });
  expect([told.code, shop.live('prod')]).toEqual(['DELIVERED', 'v2']);
  const first = asked.indexOf('list rollouts in staging by metadata.name=shop');
  const start = asked.indexOf('apply', first);
  expect([aboutStaging(asked), first >= 0, start > first]).toEqual([1, true, true]);
});

test.each([
  ['still has it', () => {}, 'v2'],
  ['has it no longer', forget, 'v1'],
] as const)('approved three seconds after the other was asked for: it %s', async (_, meanwhile, live) => {
  using shop = await shopWith(['v1@staging', 'v1@prod', 'v2@staging'], { files: approved });
  const [ada, ci] = [shop.person('ada'), shop.person('ci')];
  expect(await ci('deploy --delivery shop@prod')).toMatchObject({ code: 'START_GATE_SHUT' });
  const [ticked] = await shop.together(
    () => ci('tick --until done --timeout 3m --delivery shop@prod'),
    async () => {
      await shop.wait('33s');
      meanwhile(shop);
      return ada('promote --delivery shop@prod');
    },
  );
  expect([shop.live('prod'), ticked?.code]).toEqual([live, live === 'v2' ? 'DELIVERED' : 'TIMEOUT']);
});
