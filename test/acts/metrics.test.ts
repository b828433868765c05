import { describe, expect, test } from 'vitest';
import type { Value } from '../../src/rehearse/made-metrics.ts';
import { MetricsError } from '../../src/release/metrics.ts';
import { config, type WorkloadKind } from './files.ts';
import { openShop, type Shop, type ShopOptions } from './shop.ts';

/** Errors of the new pods, by a query that names them. */
const errors =
  "errors: { prometheus: 'https://prom.example', query: 'sum(rate(http_errors{pod=~\"{canary}\"}[1m]))', max: 0.01, for: 2m, failedAfter: 2m }";
const compared =
  "compared: { prometheus: 'https://prom.example', compare: { failures: 'failed{pod=~\"{pods}\"}', total: 'all{pod=~\"{pods}\"}' } }";

const configOf = (
  metric: string,
  more: { readonly on?: string; readonly steps?: readonly string[]; readonly kind?: WorkloadKind } = {},
) =>
  config({
    root: ['metrics:', `  ${metric}`],
    more: [`rollback: { on: [${more.on ?? 'metric'}] }`],
    ...(more.kind === undefined ? {} : { kind: more.kind }),
    steps: more.steps ?? [
      '{ name: one, replicas: 1, leaveWhen: [{ metric: NAME }] }'.replace('NAME', metric.split(':', 1)[0] ?? ''),
      '{ name: half, replicas: 50%, leaveWhen: [approval] }',
      '{ name: all, replicas: 100% }',
    ],
  });

const one = (value: number): ReturnType<Value> => [{ labels: {}, value }];

/** v1 is delivered, and v2 waits at its first step. Before it began, there were no samples of its pods. */
async function atFirstStep(text: string, value: Value, options: ShopOptions = {}): Promise<Shop> {
  const shop = openShop({ files: { 'stepgate.yaml': text }, ...options });
  shop.metrics = () => one(0.001);
  await shop.person('ada')('deploy --until done');
  const begun = shop.now();
  shop.metrics = (expression, at) => (expression.includes('pod=~') && at < begun ? [] : value(expression, at));
  shop.push('v2');
  await shop.person('ada')('deploy');
  return shop;
}

/** Ticks a minute apart, by a schedule that nobody watches. */
async function ticks(shop: Shop, minutes: number): Promise<readonly string[]> {
  const told: string[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    await shop.wait('1m');
    const { code, exit } = await shop.person('clock')('tick');
    told.push(`${code} ${exit}`);
  }
  return told;
}

describe('a metric that has to stay in its range', () => {
  test('opens its gate once it has been good for as long as it says, in this step', async () => {
    using shop = await atFirstStep(configOf(errors), () => one(0.001));
    const first = await shop.person('ada')('tick');
    expect(first.delivery?.gates.find(({ name }) => name === 'errors')).toMatchObject({
      ...{ kind: 'metric', is: 'shut', source: 'the metrics of prom.example' },
      why: '0.001, at most 0.01: it has to stay so for 2m of this step',
    });
    expect(first.delivery?.next).not.toBeNull();
    expect(shop.pods()).toBe('v1:3 v2:1');
    await ticks(shop, 3);
    expect(shop.pods()).toBe('v1:2 v2:2');
  });

  test('that is bad takes the release back, in Git too, holds it, and says what was measured', async () => {
    using shop = await atFirstStep(configOf(errors), () => one(0.2));
    const told = await ticks(shop, 4);
    expect(told).toContain('ROLLED_BACK 1');
    expect(shop.live()).toBe('v1');
    expect(shop.git()).toBe('v1');
    expect(shop.pods()).toBe('v1:4');
    const [hold] = shop.record().holds;
    expect(hold?.reason).toContain('errors: 0.2, at most 0.01: out of its range for 2m');
  });

  test('that gets bad in a later step, whose gate is another one, takes it back too', async () => {
    let value = 0.001;
    using shop = await atFirstStep(configOf(errors), () => one(value));
    await ticks(shop, 3);
    expect(shop.pods()).toBe('v1:2 v2:2');
    value = 0.5;
    expect(await ticks(shop, 5)).toContain('ROLLED_BACK 1');
    expect(shop.git()).toBe('v1');
  });

  test('without rollback.on it stops the release, and takes nothing back', async () => {
    using shop = await atFirstStep(configOf(errors, { on: 'stuck' }), () => one(0.2));
    expect(await ticks(shop, 6)).not.toContain('ROLLED_BACK 1');
    const { delivery } = await shop.person('ada')('status');
    expect(delivery?.gates.find(({ name }) => name === 'errors')).toMatchObject({ is: 'failed' });
    expect(shop.pods()).toBe('v1:3 v2:1');
  });

  test('that was bad before the release began is told as such, and takes nothing back', async () => {
    const total = errors.replace('pod=~"{canary}"', 'namespace="{namespace}"');
    using shop = await atFirstStep(configOf(total), () => one(0.2));
    expect(await ticks(shop, 6)).not.toContain('ROLLED_BACK 1');
    const { delivery } = await shop.person('ada')('status');
    expect(delivery?.gates.find(({ name }) => name === 'errors')?.why).toContain('it was so before the release began');
  });

  test('that is bad after the last step, with doneWhen, takes it back too', async () => {
    let value = 0.001;
    const text = config({
      root: ['metrics:', `  ${errors}`],
      more: ['rollback: { on: [metric] }', 'doneWhen: [{ metric: errors }]'],
      steps: ['{ name: one, replicas: 1, leaveWhen: [] }', '{ name: all, replicas: 100% }'],
    });
    using shop = await atFirstStep(text, () => one(value));
    await shop.person('ada')('tick');
    await shop.wait('1m');
    expect(shop.pods()).toBe('v2:4');
    value = 0.3;
    expect(await ticks(shop, 6)).toContain('ROLLED_BACK 1');
    expect(shop.pods()).toBe('v1:4');
    expect(shop.git()).toBe('v1');
    expect(shop.record().history[0]?.id.startsWith(shop.record().rollback?.to.commit.slice(0, 10) ?? 'none')).toBe(
      true,
    );
  });

  test('that is good after the last step lets it count as delivered', async () => {
    const text = config({
      root: ['metrics:', `  ${errors}`],
      more: ['doneWhen: [{ metric: errors }]'],
      steps: ['{ name: one, replicas: 1, leaveWhen: [] }', '{ name: all, replicas: 100% }'],
    });
    using shop = await atFirstStep(text, () => one(0.001));
    await shop.person('ada')('tick');
    await shop.wait('1m');
    expect((await shop.person('clock')('tick')).code).toBe('DONE_GATE_SHUT');
    await shop.wait('2m');
    expect((await shop.person('clock')('tick')).code).toBe('DELIVERED');
  });

  test('that gets bad while a run follows the release is taken back by that run', async () => {
    using shop = await atFirstStep(configOf(errors), () => one(0.2));
    const began = shop.now();
    const told = await shop.person('ada')('deploy --until done');
    expect(told).toMatchObject({ exit: 1, code: 'ROLLED_BACK' });
    expect(shop.pods()).toBe('v1:4');
    // It looks every few seconds: the time that it takes is that of failedAfter, and of the rollback.
    expect(shop.now().getTime() - began.getTime()).toBeLessThan(4 * 60_000);
  });

  test('that is bad is reported, and not acted on, by whoever only looks', async () => {
    using shop = await atFirstStep(configOf(errors), () => one(0.2));
    await shop.wait('5m');
    for (const line of ['status', 'plan', 'deploy']) {
      const told = await shop.person('ada')(line);
      expect(told).toMatchObject({ code: 'METRIC_FAILED', exit: 1 });
    }
    expect(shop.pods()).toBe('v1:3 v2:1');
  });

  test('that is bad at the first release ever has nothing to go back to', async () => {
    using shop = openShop({ files: { 'stepgate.yaml': configOf(errors) } });
    shop.metrics = () => one(0.2);
    const { code } = await shop.person('ada')('deploy --until done');
    expect(code).toBe('FIRST_DEPLOY');
  });

  test('of what is left when no new pod is there says nothing about the release', async () => {
    const total = errors.replace('pod=~"{canary}"', 'namespace="{namespace}"');
    using shop = await atFirstStep(configOf(total), () => one(0.2));
    shop.patch('Deployment', { spec: { replicas: 0 } });
    expect(await ticks(shop, 6)).not.toContain('ROLLED_BACK 1');
    expect(shop.live()).toBe('v2');
  });

  test('that is bad takes the release back although all its pods were replaced since', async () => {
    const total = errors.replace('pod=~"{canary}"', 'namespace="{namespace}"');
    let bad = Number.POSITIVE_INFINITY;
    using shop = await atFirstStep(configOf(total), (_, at) => one(at.getTime() < bad ? 0.001 : 0.2));
    bad = shop.now().getTime();
    await shop.wait('10m');
    for (const { metadata } of shop.cluster.api.list('Pod', 'shop'))
      shop.cluster.api.remove('Pod', 'shop', metadata.name);
    await shop.wait('1m');
    expect(shop.pods()).toBe('v1:3 v2:1');
    expect(await ticks(shop, 3)).toContain('ROLLED_BACK 1');
  });

  test.each([
    ['before pods were changed where they are takes nothing back', -3600, 'v2'],
    ['after that takes the release back', 60, 'v1'],
  ])('that got bad %s', async (_, after, live) => {
    const total = errors.replace('pod=~"{canary}"', 'namespace="{namespace}"');
    const kind = 'CloneSet';
    using shop = openShop({ files: { 'stepgate.yaml': configOf(total, { kind }) }, kind });
    const names = () => new Set(shop.cluster.api.list('Pod', 'shop').map(({ metadata }) => metadata.name));
    await shop.person('ada')('deploy --until done');
    shop.patch(kind, { spec: { updateStrategy: { type: 'InPlaceIfPossible' } } });
    const before = names();
    const bad = shop.now().getTime() + (7200 + after) * 1000;
    shop.metrics = (_query, at) => one(at.getTime() < bad ? 0.001 : 0.2);
    await shop.wait('2h');
    shop.push('v2');
    await shop.person('ada')('deploy');
    expect(shop.pods()).toBe('v1:3 v2:1');
    await ticks(shop, 6);
    expect(shop.live()).toBe(live);
    expect(names()).toEqual(before);
  });

  test('that was bad for the release before says nothing about the next one in the same pods', async () => {
    const kind = 'CloneSet';
    using shop = openShop({ files: { 'stepgate.yaml': configOf(errors, { kind }) }, kind });
    await shop.person('ada')('deploy --until done');
    shop.patch(kind, { spec: { updateStrategy: { type: 'InPlaceIfPossible' } } });
    shop.push('v2');
    await shop.person('ada')('deploy');
    const bad = shop.now();
    shop.metrics = (_query, at) => one(at < bad ? 0.001 : 0.2);
    // Nobody looks for a while, and what looks next releases the next version.
    await shop.wait('10m');
    shop.push('v3');
    expect(await shop.person('ada')('deploy --until wait')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.pods()).toBe('v1:3 v3:1');
  });

  test('that is bad passes a hold: the pods go back all the same', async () => {
    using shop = await atFirstStep(configOf(errors), () => one(0.2));
    await shop.person('ada')('hold --reason looking');
    expect(await ticks(shop, 4)).toContain('ROLLED_BACK 1');
  });

  test('that is bad passes a Rollout that somebody has paused: the pods go back all the same', async () => {
    using shop = await atFirstStep(configOf(errors), () => one(0.2));
    shop.patch('Rollout', { spec: { strategy: { paused: true } } });
    expect(await ticks(shop, 4)).toContain('ROLLED_BACK 1');
    expect(shop.live()).toBe('v1');
  });

  test.each<[string, Value]>([
    ['missing', () => []],
    ['no number', () => one(Number.NaN)],
    ['infinite', () => one(Number.POSITIVE_INFINITY)],
    ['of another pod', () => [{ labels: { pod: 'shop-of-somebody-else' }, value: 0 }]],
    [
      'away',
      () => {
        throw new MetricsError('away', 'prom.example does not answer');
      },
    ],
    [
      'partial',
      () => {
        throw new MetricsError('partial', 'prom.example says that its answer is not whole');
      },
    ],
    ['bad for a moment, again and again', (_, at) => one(at.getUTCMinutes() % 2 === 0 ? 0.2 : 0.001)],
    ['interrupted', (_, at) => (at.getUTCMinutes() % 3 === 0 ? [] : one(0.001))],
  ])('that is %s opens nothing and takes nothing back', async (_, value) => {
    using shop = await atFirstStep(configOf(errors), value);
    const told = await ticks(shop, 8);
    expect(new Set(told)).toEqual(new Set(['GATE_SHUT 0']));
    expect(shop.pods()).toBe('v1:3 v2:1');
    expect(shop.git()).toBe('v2');
  });

  test('is not asked for while a rollback is under way: a slow server must not delay it', async () => {
    using shop = await atFirstStep(configOf(errors), () => one(0.001));
    const asked: (string | undefined)[] = [];
    shop.metrics = () => {
      asked.push(shop.record().rollback?.cluster);
      return one(0.001);
    };
    await shop.person('ada')('rollback --reason slow');
    expect(shop.live()).toBe('v1');
    expect(asked).not.toContain('todo');
    shop.push('v3');
    await shop.person('ada')('deploy');
    await ticks(shop, 1);
    expect(asked.length).toBeGreaterThan(0);
  });

  test('is asked for by the names of the pods of each version', async () => {
    const asked = new Set<string>();
    using shop = await atFirstStep(configOf(errors), (expression) => {
      asked.add(expression);
      return one(0.001);
    });
    await shop.person('ada')('status');
    expect([...asked]).toEqual([
      expect.stringMatching(/^sum\(rate\(http_errors\{pod=~"shop-[a-z0-9]+-[a-z0-9]+"\}\[1m\]\)\)$/),
    ]);
  });
});

describe('a plan', () => {
  test('says what would be asked, and nothing more where the server answers', async () => {
    using shop = openShop({ files: { 'stepgate.yaml': configOf(errors) } });
    shop.metrics = () => one(1);
    const { delivery, exit } = await shop.person('ada')('plan');
    expect(exit).toBe(0);
    expect(delivery?.findings.filter(({ code }) => code.startsWith('METRICS'))).toEqual([
      expect.objectContaining({
        ...{ code: 'METRICS_ASKED', severity: 'note' },
        facts: ['errors asks prom.example: sum(rate(http_errors{pod=~"{canary}"}[1m]))'],
      }),
    ]);
  });

  test('warns of a server that gives no answer', async () => {
    using shop = openShop({ files: { 'stepgate.yaml': configOf(errors) } });
    shop.metrics = () => {
      throw new MetricsError('credential', 'prom.example does not accept the credential');
    };
    const { delivery, exit } = await shop.person('ada')('plan');
    expect(exit).toBe(0);
    expect(delivery?.findings).toContainEqual(
      expect.objectContaining({
        ...{ code: 'METRICS_NEEDED', severity: 'warning' },
        message: 'a server that a gate asks gives no answer: prom.example does not accept the credential',
      }),
    );
  });

  test('without a cluster asks no server', async () => {
    using shop = openShop({ files: { 'stepgate.yaml': configOf(errors) } });
    shop.metrics = () => {
      throw new Error('asked');
    };
    const { findings } = await shop.person('ada')('plan --offline');
    expect(findings).toContain('METRICS_ASKED');
  });
});

describe('gate try', () => {
  test('judges a gate now, of whatever step, and says what was asked', async () => {
    using shop = await atFirstStep(configOf(errors), () => one(0.2));
    const { delivery, exit } = await shop.person('ada')('gate try errors');
    expect(exit).toBe(0);
    expect(delivery?.message).toMatch(/^the gate errors of step 1 is shut: 0\.2, at most 0\.01/);
    expect(delivery?.reason).toBe('GATE_TRIED');
    expect(delivery?.metrics).toEqual([
      expect.objectContaining({
        ...{ name: 'errors', is: 'notYet' },
        asked: [expect.stringContaining('pod=~"shop-')],
        numbers: expect.objectContaining({ is: 'series', max: 0.01 }),
      }),
    ]);
    const approval = await shop.person('ada')('gate try approval --step half');
    expect(approval.delivery?.message).toMatch(/^the gate approval of step 2 is shut: /);
    expect(shop.pods()).toBe('v1:3 v2:1');
  });

  test('between two releases asks for all pods', async () => {
    using shop = openShop({ files: { 'stepgate.yaml': configOf(errors) } });
    await shop.person('ada')('deploy --until done');
    await shop.wait('10m');
    shop.metrics = () => one(0.001);
    const { delivery } = await shop.person('ada')('gate try errors');
    expect(delivery?.message).toBe('the gate errors of step 1 is open: 0.001, at most 0.01, for 2m');
    expect(delivery?.metrics[0]?.asked[0]?.split('|')).toHaveLength(4);
  });

  test.each([
    ['gate try erors', 'USAGE'],
    ['gate try errors --step half', 'USAGE'],
    ['gate try errors --step none', 'STEP_UNKNOWN'],
  ])('%s is refused', async (line, code) => {
    using shop = await atFirstStep(configOf(errors), () => one(0.001));
    const { error, exit } = await shop.person('ada')(line);
    expect(exit).toBe(2);
    expect(error?.code).toBe(code);
    expect(error?.hint).toMatch(/^its (gates: errors, approval|steps: one, half, all)$/);
  });
});

describe('a canary compared with stable', () => {
  /** Requests a second of each pod; the share that fails, by version. */
  const traffic =
    (shop: () => Shop | null, bad: number): Value =>
    (expression, at) => {
      const here = shop();
      if (here === null) return [];
      const since = Date.parse('2026-11-25T10:00:00Z');
      const isNew = !expression.includes('|');
      const total = Math.round(((at.getTime() - since) / 1000) * (isNew ? 2 : 6));
      return one(expression.startsWith('all') ? total : Math.round(total * (isNew ? bad : 0.002)));
    };

  test('that fails more often is taken back', async () => {
    let open: Shop | null = null;
    using shop = await atFirstStep(
      configOf(compared),
      traffic(() => open, 0.15),
    );
    open = shop;
    expect(await ticks(shop, 10)).toContain('ROLLED_BACK 1');
    expect(shop.record().holds[0]?.reason).toMatch(
      /of the new version failed, .* of the old one.*: worse by more than 1%/,
    );
    expect(shop.git()).toBe('v1');
  });

  test('that does not goes on, once there is enough to tell', async () => {
    let open: Shop | null = null;
    using shop = await atFirstStep(
      configOf(compared),
      traffic(() => open, 0.002),
    );
    open = shop;
    const { delivery } = await shop.person('ada')('status');
    expect(delivery?.gates.find(({ name }) => name === 'compared')?.why).toMatch(/just begun|too few/);
    await ticks(shop, 30);
    expect(shop.pods()).toBe('v1:2 v2:2');
  });
});
