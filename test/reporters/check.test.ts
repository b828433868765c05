import { describe, expect, it, test } from 'vitest';
import type { Check } from '../../src/release/forge.ts';
import type { DeliveryReport } from '../../src/release/report.ts';
import { delivery, release } from '../views/builder.ts';
import { byPolicy, done, reporting, rolledBack, rolling, stable, waiting } from './forge.ts';

const broken = { approval: null, changed: true } as const;
const hold = { by: 'ana', at: '2026-11-21T07:12:00Z', reason: 'it fails' };

describe('the check of a release', () => {
  it.each<[string, DeliveryReport, Check['is'], string]>([
    ['that moves', rolling(), 'running', 'rolling at step 1/2 smoke'],
    [
      'that waits',
      waiting(),
      'waiting',
      'waiting at step 1/2 smoke for an approval: shop@prod waits for an approval of smoke (missing: acme/sre)',
    ],
    ['that waits for a time', waiting({ approval: null }), 'waiting', 'waiting at step 1/2 smoke'],
    [
      'that is held',
      waiting({ ...broken, state: 'held', hold }),
      'waiting',
      'held at step 1/2 smoke: shop@prod is held by ana: it fails',
    ],
    ['that is delivered', done(), 'passed', 'done'],
    ['that is delivered, and its delivery held', done({ state: 'held', hold }), 'passed', 'held'],
    [
      'that is stuck',
      waiting({ ...broken, state: 'stuck', message: 'no pod' }),
      'failed',
      'stuck at step 1/2 smoke: shop@prod is stuck: no pod',
    ],
    [
      'that goes back',
      rolling({ state: 'reverting', rolledBack: release }),
      'running',
      'rolling back at step 1/2 smoke',
    ],
    ['that was rolled back', rolledBack(), 'failed', 'rolled back'],
    ['that the policy rolled back', rolledBack({ error: byPolicy, changed: true }), 'failed', 'rolled back'],
    [
      'that was rolled back, and Git was not',
      rolledBack({ reason: 'ROLLED_BACK_GIT_TODO', todo: 'stepgate tick', message: 'no push' }),
      'failed',
      'rolled back; Git is not reverted yet: shop@prod is rolled back, and Git is not: no push',
    ],
    ['that was superseded', waiting({ ...broken, state: 'superseded' }), 'waiting', 'superseded at step 1/2 smoke'],
  ])('%s', async (_, one, is, title) => {
    const { at, tell } = reporting();
    await tell(one);
    expect(at.checks).toMatchObject([
      {
        name: 'stepgate / shop@prod',
        key: 'shop@prod 0123456789-abcdef01',
        commit: release.commit,
        is,
        title,
        url: 'https://github.com/acme/shop/pull/12',
      },
    ]);
  });

  it('has the section of the comment as its summary, without markers', async () => {
    const { at, tell } = reporting();
    await tell(waiting());
    expect(at.checks[0]?.summary).toMatch(/^### 🟡 shop@&#8203;prod waiting at step 1\/2 smoke\n/u);
    expect(at.checks[0]?.summary).not.toContain('<!--');
    await tell(waiting({ changed: true, message: 'x'.repeat(70_000) }));
    expect(at.checks[0]?.summary.length).toBeLessThanOrEqual(65_535);
    expect(at.checks[0]?.summary).toContain('**release** `0123456789-abcdef01`');
  });

  it('is one of each release, and says how each ended', async () => {
    const { at, tell } = reporting();
    await tell(rolling({ changed: true }));
    await tell(waiting({ changed: true }));
    await tell(done({ changed: true }));
    await tell(rolling({ release: { ...stable, id: '2222222222-abcdef01' }, changed: true }));
    expect(at.checks.map(({ key, is }) => [key, is])).toEqual([
      ['shop@prod 0123456789-abcdef01', 'passed'],
      ['shop@prod 2222222222-abcdef01', 'running'],
    ]);
  });

  it('is left alone while nothing that it says has changed', async () => {
    const { tell } = reporting();
    const checks = (asked: readonly string[]) => asked.filter((one) => one.includes('check'));
    await tell(waiting());
    expect(checks((await tell(waiting())).asked)).toEqual([]);
    expect(checks((await tell(rolling())).asked)).toHaveLength(2);
  });

  it.each<[string, DeliveryReport]>([
    ['an idle delivery', delivery({ release })],
    ['a workload that is gone', waiting({ state: 'absent', approval: null })],
    ['a delivery that could not be read', waiting({ release: null })],
  ])('is not there for %s', async (_, one) => {
    const { at, tell } = reporting();
    await tell(one);
    expect(at.asked).toEqual([]);
  });
});

test('a release that ended is told for an hour, and costs nothing later', async () => {
  const { at, tell, tellWith } = reporting();
  const ended = done();
  const at2 = (minutes: number) => ({ now: new Date(Date.parse(ended.events[0]?.at ?? '') + minutes * 60_000) });
  expect((await tellWith(at2(61), ended)).asked).toEqual([]);
  await tellWith(at2(59), ended);
  expect([at.checks[0]?.is, at.deployments[0]?.status?.state, at.comments.size]).toEqual(['passed', 'success', 1]);
  expect((await tell(done({ events: [] }))).asked).toEqual([]);
});
