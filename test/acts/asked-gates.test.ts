import { describe, expect, test } from 'vitest';
import type { PageAnswer } from '../../src/release/fact.ts';
import { ForgeError } from '../../src/release/forge.ts';
import { MetricsError } from '../../src/release/metrics.ts';
import { memoryForge } from '../support/forge.ts';
import { config } from './files.ts';
import { openShop, type Shop } from './shop.ts';

const root = [
  'http:',
  "  smoke: { url: 'https://shop.example/{namespace}/{name}?r={release}&s={step}', field: health.state, is: ok }",
  "  plain: { url: 'https://shop.example/ready' }",
  'jobs:',
  '  load: { workflow: load.yml, timeout: 30m }',
];

const configOf = (gate: string) =>
  config({
    root,
    steps: [
      `{ name: one, replicas: 1, leaveWhen: [${gate}] }`,
      '{ name: half, replicas: 50%, leaveWhen: [approval] }',
      '{ name: all, replicas: 100% }',
    ],
  });

/** v1 is delivered, and v2 waits at its first step. */
async function atFirstStep(gate: string): Promise<Shop> {
  const shop = openShop({ files: { 'stepgate.yaml': configOf(gate) } });
  shop.forge = memoryForge(shop.now, shop.origin);
  await shop.person('ada')('deploy --until done');
  shop.push('v2');
  await shop.person('ada')('deploy');
  return shop;
}

async function whyShut(shop: Shop, name: string) {
  const told = await shop.person('clock')('tick');
  const gate = told.delivery?.gates.find((one) => one.name === name);
  return { is: gate?.is, why: gate?.why, pods: shop.pods(), exit: told.exit };
}

const waiting = 'v1:3 v2:1';
const moved = 'v1:2 v2:2';

describe('a gate by http', () => {
  const json = (value: unknown): PageAnswer => ({ status: 200, text: JSON.stringify(value) });

  test.each<[string, () => PageAnswer, string]>([
    ['another status', () => ({ status: 503, text: '' }), 'it answers 503'],
    ['a redirect that came through', () => ({ status: 304, text: '' }), 'it answers 304'],
    ['another value', () => json({ health: { state: 'down' } }), 'it answers 200, and health.state is down, not ok'],
    ['another type', () => json({ health: { state: true } }), 'it answers 200, and health.state is true, not ok'],
    ['no such field', () => json({ health: 'ok' }), 'it answers 200 without health.state in JSON'],
    ['no JSON', () => ({ status: 200, text: '<html>ok</html>' }), 'it answers 200 without health.state in JSON'],
    [
      'nothing',
      () => {
        throw new MetricsError('away', 'smoke: it does not answer within 10 s');
      },
      'smoke: it does not answer within 10 s',
    ],
  ])('does not open with %s', async (_, page, why) => {
    using shop = await atFirstStep('{ http: smoke }');
    shop.page = page;
    await shop.wait('1m');
    expect(await whyShut(shop, 'smoke')).toEqual({ is: 'shut', why, pods: waiting, exit: 0 });
  });

  test('opens with the value, and is asked with everything filled in', async () => {
    using shop = await atFirstStep('{ http: smoke }');
    const asked = new Set<string>();
    shop.page = (url) => {
      asked.add(url);
      return json({ health: { state: 'ok' } });
    };
    await shop.wait('1m');
    await shop.person('clock')('tick');
    await shop.wait('1m');
    expect(shop.pods()).toBe(moved);
    expect([...asked]).toEqual([`https://shop.example/shop/shop?r=${shop.id()}&s=1`]);
  });

  test('without a field opens with 2xx', async () => {
    using shop = await atFirstStep('{ http: plain }');
    shop.page = () => ({ status: 204, text: '' });
    await shop.wait('1m');
    await shop.person('clock')('tick');
    await shop.wait('1m');
    expect(shop.pods()).toBe(moved);
  });
});

describe('a gate by a check', () => {
  const url = 'https://ci.example/1';

  test.each([
    ['none', null, 'shut', 'the commit has no status and no check of this name'],
    ['one without a result', { is: 'running', words: 'queued', url }, 'shut', `it has no result yet: queued (${url})`],
    ['one that failed', { is: 'failed', words: 'failure', url }, 'failed', `it has not passed: failure (${url})`],
    ['one that was skipped', { is: 'failed', words: 'skipped', url }, 'failed', `it has not passed: skipped (${url})`],
  ] as const)('does not open with %s', async (_, state, is, why) => {
    using shop = await atFirstStep('{ check: ci/build }');
    shop.forge?.check(shop.origin.tip(), 'ci/build', state);
    await shop.wait('1m');
    expect(await whyShut(shop, 'ci/build')).toEqual({ is, why, pods: waiting, exit: 0 });
  });

  test('opens with one that passed on the commit of the release, and no other', async () => {
    using shop = await atFirstStep('{ check: ci/build }');
    shop.forge?.check('0'.repeat(40), 'ci/build', { is: 'passed', words: 'success', url });
    await shop.person('clock')('tick');
    expect(shop.pods()).toBe(waiting);
    shop.forge?.check(shop.origin.tip(), 'ci/build', { is: 'passed', words: 'success', url });
    await shop.wait('1m');
    await shop.person('clock')('tick');
    await shop.wait('1m');
    expect(shop.pods()).toBe(moved);
  });

  test('does not open without a forge', async () => {
    using shop = await atFirstStep('{ check: ci/build }');
    shop.forge = null;
    await shop.wait('1m');
    expect(await whyShut(shop, 'ci/build')).toMatchObject({ is: 'shut', why: 'there is no forge here' });
  });
});

describe('a gate by a job', () => {
  /** The runs of the workflow, newest first: title, status and conclusion. */
  const runs = async (shop: Shop) =>
    ((await shop.forge?.as().workflowRuns('load.yml', 'workflow_dispatch', new AbortController().signal)) ?? []).map(
      ({ id, title, status, conclusion }) => ({ id, title, status, conclusion }),
    );

  test('starts its workflow once, for the release and the step, and opens when it has succeeded', async () => {
    using shop = await atFirstStep('{ job: load }');
    for (let minute = 0; minute < 3; minute += 1) {
      await shop.wait('1m');
      expect(await whyShut(shop, 'load')).toMatchObject({ is: 'shut', pods: waiting, exit: 0 });
    }
    const found = await runs(shop);
    expect(found).toEqual([expect.objectContaining({ title: `shop ${shop.id()} one`, status: 'running' })]);
    shop.forge?.ends(found[0]?.id ?? '', 'success');
    await shop.wait('1m');
    await shop.person('clock')('tick');
    await shop.wait('1m');
    expect(shop.pods()).toBe(moved);
    expect(await runs(shop)).toHaveLength(1);
  });

  test('that failed has failed; the same run, started again, may still succeed', async () => {
    using shop = await atFirstStep('{ job: load }');
    await shop.person('clock')('tick');
    const [run] = await runs(shop);
    shop.forge?.ends(run?.id ?? '', 'failure');
    await shop.wait('1m');
    expect(await whyShut(shop, 'load')).toMatchObject({
      is: 'failed',
      why: expect.stringContaining('its run ended with failure'),
    });
    expect(await runs(shop)).toHaveLength(1);
    shop.forge?.ends(run?.id ?? '', 'success');
    await shop.wait('1m');
    await shop.person('clock')('tick');
    await shop.wait('1m');
    expect(shop.pods()).toBe(moved);
  });

  test('that takes too long has failed', async () => {
    using shop = await atFirstStep('{ job: load }');
    await shop.person('clock')('tick');
    await shop.wait('31m');
    expect(await whyShut(shop, 'load')).toMatchObject({
      is: 'failed',
      why: expect.stringContaining('no result after 30m'),
    });
  });

  test.each([
    ['of another release', 'shop 0123456789-abcdef01 one', 'main'],
    ['of another step', 'shop RELEASE half', 'main'],
    ['of another branch', 'shop RELEASE one', 'evil'],
  ])('a run %s does not count', async (_, title, branch) => {
    using shop = await atFirstStep('{ job: load }');
    await shop.person('clock')('tick');
    const text = title.replace('RELEASE', shop.id());
    shop.forge?.person('mallory', 'write');
    shop.forge?.run('77', 'mallory', {
      file: '.github/workflows/load.yml',
      branch,
      title: text,
      status: 'completed',
      conclusion: 'success',
    });
    await shop.wait('1m');
    expect(await whyShut(shop, 'load')).toMatchObject({ is: 'shut', pods: waiting });
  });

  test('a run that the forge does not list yet is not started a second time by the run that started it', async () => {
    using shop = await atFirstStep('{ job: load }');
    if (shop.forge !== null) shop.forge.listsRuns = false;
    await shop.wait('1m');
    expect(await whyShut(shop, 'load')).toMatchObject({ is: 'shut', exit: 0 });
    if (shop.forge !== null) shop.forge.listsRuns = true;
    expect(await runs(shop)).toHaveLength(1);
  });

  test.each(['status', 'plan', 'deploy'])('%s starts none', async (command) => {
    using shop = openShop({ files: { 'stepgate.yaml': configOf('{ job: load }') } });
    shop.forge = memoryForge(shop.now, shop.origin);
    await shop.person('ada')('deploy --until done');
    shop.push('v2');
    await shop.person('ada')('deploy');
    await shop.person('ada')(command);
    expect(await runs(shop)).toEqual([]);
  });

  test('a token that may not start it is told which permission it lacks', async () => {
    using shop = await atFirstStep('{ job: load }');
    const { forge } = shop;
    if (forge === null) throw new Error('no forge');
    const inner = forge.as;
    forge.as = (login) => ({
      ...inner(login),
      startWorkflow: () =>
        Promise.reject(new ForgeError('forbidden', 'cannot start a workflow', { needs: 'actions: write' })),
    });
    const { exit, error } = await shop.person('clock')('tick');
    expect(exit).toBe(3);
    expect(error).toMatchObject({ code: 'FORGE_REFUSED', hint: expect.stringContaining('actions: write') });
    expect(shop.pods()).toBe(waiting);
  });

  test('a clone without a remote starts none, and says why', async () => {
    using shop = await atFirstStep('{ job: load }');
    const ada = shop.person('ada');
    const clone = Object.assign(Object.create(ada.clone), {
      repo: { ...ada.clone.repo, defaultBranch: async () => null },
    });
    const told = await ada('tick', { clone, pull: false });
    expect(told.delivery?.gates.find(({ name }) => name === 'load')?.why).toContain('this clone has no remote');
    expect(told.exit).toBe(0);
    expect(await runs(shop)).toEqual([]);
  });

  test('a held release starts none', async () => {
    using shop = await atFirstStep('{ job: load }');
    await shop.person('ada')('hold --reason wait');
    await shop.person('clock')('tick');
    expect(await runs(shop)).toEqual([]);
  });
});
