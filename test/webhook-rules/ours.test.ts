import { describe, expect, test } from 'vitest';
import { rolloutOf } from '../../src/targets/kruise/render.ts';
import { rules } from './index.ts';
import { foundAs, parsed, problemsOf, shopOf } from './ours.ts';
import type { Rule } from './rule.ts';

/** stepgate's side of every row: what it says, that it says so before anything is written, and that it is about this Rollout. */

const written = (log: string) => log.split('\n').filter((line) => line.startsWith('write:'));
const named = (by: Rule['stepgate']['by']) => rules.filter(({ stepgate }) => stepgate.by === by);

describe('the config', () => {
  test.each(named('config'))('says: $rule', ({ stepgate }) => {
    if (stepgate.by !== 'config') return;
    expect(problemsOf(stepgate.config)).toEqual(stepgate.says);
  });
});

describe('the plan', () => {
  test.each(named('plan'))('says: $rule', async (rule) => {
    if (rule.stepgate.by !== 'plan') return;
    using shop = await shopOf(rule);
    const told = await shop.person('ada')('plan');
    expect(told.delivery?.findings.map(foundAs)).toContain(rule.stepgate.says);
    expect({ code: told.code, writes: written(told.log) }).toEqual({ code: 'FINDINGS', writes: [] });
  });

  test.each(named('plan'))('is about the Rollout of the row: $rule', ({ stepgate, breaks }) => {
    if (stepgate.by !== 'plan') return;
    expect(parsed(stepgate.config).deliveries.map((one) => rolloutOf(one)['spec'])).toEqual([breaks.spec]);
  });
});

test.each(rules.filter(({ stepgate }) => stepgate.by !== 'nothing'))('deploy writes nothing: $rule', async (rule) => {
  using shop = await shopOf(rule);
  const told = await shop.person('ada')('deploy');
  expect([2, 4]).toContain(told.exit);
  expect(written(told.log)).toEqual([]);
});
