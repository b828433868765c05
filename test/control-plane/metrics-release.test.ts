import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from './fixture.ts';
import {
  comparison,
  expectTakenBack,
  metricConfig,
  printed,
  released,
  shareOfErrors,
  ticksUntil,
  wrongAnswers,
} from './metric-scenes.ts';
import { podTraffic } from './pod-traffic.ts';
import { bootPrometheus, type Prometheus } from './prometheus.ts';
import { prometheusDoor } from './prometheus-door.ts';
import { images, outcome, recordOf, served } from './scenes.ts';
import type { Shop } from './shop.ts';

/**
 * Releases whose gates ask a real Prometheus about the pods that are there. There are seconds in the place of minutes: it is
 * scraped each second, a rate looks back 5 s, a value is bad after 10 s, and a tick comes every 2 s.
 */
describe.concurrent('a release whose metrics are asked for', () => {
  let prometheus: Prometheus;

  beforeAll(async () => {
    prometheus = await bootPrometheus();
  });
  afterAll(() => prometheus?.[Symbol.asyncDispose]());

  test('is taken back, Git too, when errors rise in a step that waits for something else', async () => {
    const { exporter, url } = prometheus;
    const asks = `query: '${shareOfErrors}', max: 0.05, for: 5s, failedAfter: 10s`;
    await using it = await served({
      steps: [
        '{ name: one, replicas: 20%, leaveWhen: [{ metric: errors }] }',
        '{ name: two, replicas: 60%, leaveWhen: [approval] }',
        '{ name: all, replicas: 100% }',
      ],
      config: metricConfig([`errors: { prometheus: main, ${asks} }`], [`main: { url: '${url}' }`]),
    });
    await using traffic = podTraffic(it, exporter);
    traffic.fails('app:v1', 0.01);
    traffic.fails('app:v2', 0.01);
    const release = await released(it);
    await waitFor(
      async () => {
        const { delivery } = await it.stepgate('tick');
        return delivery.step?.index === 2 && delivery.state === 'waiting' && delivery;
      },
      { what: 'step 2', every: 2_000 },
    );
    const { gates } = (await it.stepgate('status')).delivery;
    expect(gates.map(({ name, is }) => `${name} ${is}`)).toEqual(['ready open', 'approval shut']);
    // It needs 5 s of this step, too.
    const opens = /the gate errors of step 1 is open: 0(\.0\d*)? for pod=shop-\S+, at most 0\.05, for 5s/;
    await waitFor(async () => opens.test(await printed(it, 'gate', 'try', 'errors')), { what: 'the tried gate' });

    traffic.fails('app:v2', 0.4);
    const { before, last } = await ticksUntil(it, 'rolledBack');
    for (const one of before) expect(outcome(one)).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect(await expectTakenBack(it, last, release)).toMatch(
      /^rolled back: errors: 0\.\d+ for pod=shop-\S+, at most 0\.05: out of its range for 10s \(sum by \(pod\) \(rate\(http_errors/,
    );
  });

  const atOnce = [
    '{ name: one, replicas: 20%, leaveWhen: [{ metric: compared }] }',
    '{ name: all, replicas: 100% }',
  ] as const;

  test('is taken back, Git too, when it fails more often than stable', async () => {
    const { exporter, url } = prometheus;
    await using it = await served({
      steps: atOnce,
      config: metricConfig([`compared: { prometheus: main, ${comparison} }`], [`main: { url: '${url}' }`]),
    });
    await using traffic = podTraffic(it, exporter, { seed: 2 });
    traffic.fails('app:v1', 0.02);
    traffic.fails('app:v2', 0.2);
    const release = await released(it);
    const { before, last } = await ticksUntil(it, 'rolledBack');
    for (const one of before) expect(outcome(one)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await expectTakenBack(it, last, release)).toMatch(
      /^rolled back: compared: \d+ of \d+ \([\d.]+%\) of the new version failed, \d+ of \d+ \([\d.]+%\) of the old one, in \d+s: worse by more than 5% \(the difference is between [\d.]+% and [\d.]+%\) \(sum\(increase\(http_errors/,
    );
  });

  test('goes on to its end, however noisy, when it fails no more often than stable', async () => {
    const { exporter, url } = prometheus;
    await using it = await served({
      steps: atOnce,
      config: metricConfig([`compared: { prometheus: main, ${comparison} }`], [`main: { url: '${url}' }`]),
    });
    await using traffic = podTraffic(it, exporter, { seed: 3, noise: 0.08 });
    traffic.fails('app:v1', 0.05);
    traffic.fails('app:v2', 0.05);
    const { bad: v2, plan } = await released(it);
    expect(plan).toContain('compared asks main: sum(increase(http_errors_total{pod=~"{pods}"}[{window}])) of sum(');
    expect(plan).not.toContain('METRICS_NEEDED');
    expect(await printed(it, 'gate', 'try', 'compared')).toMatch(
      /the gate compared of step 1 is shut: .* has just begun/,
    );
    const { before, last } = await ticksUntil(it, 'done');
    expect(new Set(before.map(({ code }) => code))).toEqual(new Set([0]));
    expect(outcome(last)).toEqual([0, 'done', 'DELIVERED', undefined]);
    expect(await it.remote.tip('main')).toBe(v2);
    expect(await images(it)).toEqual({ 'app:v2': 5 });
    expect((await recordOf(it)).approvals).toEqual([]);
  });

  test('stays where it is while Prometheus gives no answer, and goes on after that', async () => {
    await using own = await bootPrometheus();
    const token = 'a-token-of-nobody';
    await using door = await prometheusDoor(own.url, token);
    const asks = `query: '${shareOfErrors}', max: 0.05, for: 12s, failedAfter: 10s, maxAge: 5s`;
    await using it = await served({
      steps: [
        '{ name: one, replicas: 20%, leaveWhen: [{ metric: direct }, { metric: guarded }] }',
        '{ name: all, replicas: 100% }',
      ],
      config: metricConfig(
        [`direct: { prometheus: direct, ${asks} }`, `guarded: { prometheus: guarded, ${asks} }`],
        [
          `direct: { url: '${own.url}', timeout: 2s }`,
          `guarded: { url: '${door.url}', timeout: 2s, tokenVariable: STEPGATE_PROM_TOKEN }`,
        ],
      ),
      env: { STEPGATE_PROM_TOKEN: token },
    });
    await using traffic = podTraffic(it, own.exporter, { seed: 4 });
    traffic.fails('app:v1', 0.01);
    traffic.fails('app:v2', 0.01);
    door.let({ is: 'answered', status: 503, body: 'try again' });
    const { bad: v2, plan } = await released(it);
    expect(plan).toContain('a server that a gate asks gives no answer: guarded: the server has an error of its own');
    expect(plan).not.toContain('no answer: direct');

    /** A tick that leaves everything as it is; what it says of both gates. */
    async function stays(who: Pick<Shop, 'stepgate'> = it): Promise<Readonly<Record<'direct' | 'guarded', string>>> {
      const ended = await who.stepgate('tick');
      expect(outcome(ended)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
      expect(ended.writes).toEqual([]);
      expect(`${ended.stdout}${ended.stderr}`).not.toContain(token);
      const wordsOf = (name: string) => {
        const gate = ended.delivery.gates.find((one) => one.name === name);
        return `${gate?.is}: ${gate?.why}`;
      };
      return { direct: wordsOf('direct'), guarded: wordsOf('guarded') };
    }

    const good = /^open: 0(\.0\d*)?, at most 0\.05, for 12s$/;
    /** Ticks until the gate that is answered is open, as a busy machine may miss a scrape; what is said of the other. */
    const guardedSays = () =>
      waitFor(
        async () => {
          const { direct, guarded } = await stays();
          return good.test(direct) && guarded;
        },
        { what: 'the gate that is answered', every: 1_000, timeout: 90_000 },
      );
    for (const { status, body, says } of wrongAnswers()) {
      door.let({ is: 'answered', status, body });
      expect(await guardedSays()).toBe(`shut: ${says}`);
    }
    door.let({ is: 'late', ms: 4_000 });
    expect(await guardedSays()).toBe('shut: guarded: no answer within 2 s');
    door.let({ is: 'open' });
    expect(door.came.unknown).toBe(0);
    const stranger = await stays(it.as({ env: { STEPGATE_PROM_TOKEN: 'of-somebody-else' } }));
    expect(stranger.guarded).toBe('shut: guarded: the server answered 401: the credential is missing or not accepted');
    expect(door.came.unknown).toBeGreaterThan(0);

    await own.server.stop();
    const stopped = Date.now();
    expect(await stays()).toEqual({
      direct: "shut: direct: the server can't be reached (ECONNREFUSED)",
      guarded: "shut: guarded: the server can't be reached (ECONNRESET)",
    });
    // Its points are 5 s apart, and a gap is seen when it is longer than two of them.
    await waitFor(() => Date.now() - stopped > 15_000, { what: 'a gap that is seen' });
    await own.server.start();
    const shut = expect.stringMatching(/^shut: /);
    expect(await stays()).toEqual({ direct: shut, guarded: shut });

    const { before } = await ticksUntil(it, 'done');
    expect(new Set(before.map(({ code }) => code))).toEqual(new Set([0]));
    expect(await it.remote.tip('main')).toBe(v2);
    expect(await images(it)).toEqual({ 'app:v2': 5 });
    const { holds, approvals } = await recordOf(it);
    expect([holds, approvals]).toEqual([[], []]);
  });
});
