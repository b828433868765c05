import { describe, expect, test } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import { deliveryReport } from '../../src/release/delivery-report.ts';
import type { Engine, Observation, PodRestart } from '../../src/release/observation.ts';
import { ago, broken, moving, observation, record, situation, v2, waiting, workload } from './situation.ts';

/** `v2` has waited at step 1 for a minute. */
const at = waiting(v2.id, 1, { since: ago(60) });
const restart = (seconds: number | null, more: Partial<PodRestart> = {}): PodRestart => ({
  pod: 'shop-x',
  container: 'main',
  step: 1,
  count: 1,
  at: seconds === null ? null : ago(seconds),
  reason: 'OOMKilled, exit code 137',
  ...more,
});

function told(engine: Engine, more: Partial<Observation>) {
  const of = situation(record(v2), observation(engine, workload(v2), more), { advance: false });
  const decision = decide(of);
  const { message, reason, findings } = deliveryReport(of, decision, {
    findings: [],
    changes: [],
    forecast: [],
    expected: [],
    changed: false,
    loud: false,
  });
  return { reason, message, findings: findings.map(({ code, severity }) => `${severity} ${code}`) };
}

describe('pods that change while a step waits', () => {
  test('are named in the message, with the time', () => {
    const down = { ...broken(30), pod: 'shop-y' };
    const pods = { stable: { ready: 4, total: 4 }, canary: { ready: 1, total: 2 } };
    const found = told(at, { pods, trouble: [down], restarts: [restart(20)] });
    expect(found.reason).toBe('PODS_NOT_READY');
    expect(found.message).toContain(
      'after the step began to wait, not ready since 2026-11-21 09:59:30 UTC: shop-y; shop-x restarted main at 2026-11-21 09:59:40 UTC (OOMKilled, exit code 137)',
    );
  });

  test('are three at most', () => {
    const restarts = [1, 2, 3, 4, 5].map((one) => restart(one, { pod: `shop-${one}`, reason: '' }));
    expect(told(at, { restarts }).message).toMatch(/shop-3 restarted main at [^,]+ UTC, and 2 more$/);
  });

  test('are not those that changed before', () => {
    const found = told(at, { restarts: [restart(90)] });
    expect([found.message.includes('began to wait'), found.findings]).toEqual([false, ['note PODS_RESTARTED']]);
  });
});

test.for<[string, Engine, readonly PodRestart[], readonly string[]]>([
  ['none', at, [], []],
  ['while the step waits', at, [restart(20)], ['warning PODS_RESTARTED']],
  ['at a time that the kubelet has forgotten', at, [restart(null)], ['warning PODS_RESTARTED']],
  ['before the step waited, and since', at, [restart(90), restart(20)], ['warning PODS_RESTARTED']],
  ['while the step moves', moving(v2.id, 1), [restart(20)], ['warning PODS_RESTARTED']],
])('a finding about restarts: %s', ([, engine, restarts, wanted]) => {
  expect(told(engine, { restarts }).findings).toEqual(wanted);
});
