import { describe, expect, test } from 'vitest';
import { deliveryNamed, noPolicy, type PolicySource, planInForce } from '../../src/flow/policy.ts';
import { planDigest } from '../../src/policy/plan-digest.ts';
import type { Delivery } from '../../src/release/delivery.ts';
import { inputError } from '../../src/release/error.ts';
import { delivery, record, steps, v2, v3 } from '../release/situation.ts';
import { resolvedOf } from '../support/resolved.ts';

const careful = delivery({ steps: steps('10%', '50%', '100%') });
const today = delivery({ steps: steps('100%/') });
const started = 'a'.repeat(40);
/** A Rollout whose steps a test only compares by name. */
const rollout = { kind: 'Rollout' };

interface Case {
  /** What the release says of its plan: that of `careful` at the commit `started` by default. */
  readonly release?: Partial<typeof v2>;
  readonly live?: string | null;
  readonly now?: Delivery;
  /** What the commit has; null where it can't be read. */
  readonly there?: readonly Delivery[] | null;
  /** Whose steps the cluster has. */
  readonly cluster?: 'careful' | 'today' | 'nobody';
  readonly rollout?: typeof rollout | null;
}

/** The steps of the plan in force, and how often the old commit was read. */
async function inForce({ release = {}, live = v2.id, now = today, cluster = 'careful', ...more }: Case) {
  let reads = 0;
  const source: PolicySource = {
    current: {
      ...resolvedOf(now),
      ...{ ref: 'origin/main', commit: 'b'.repeat(40), branch: null, freezes: [], fetchable: null, missing: null },
    },
    renew: () => Promise.reject(new Error('nobody renews here')),
    async at(commit) {
      reads += 1;
      expect(commit).toBe(started);
      return 'there' in more ? (more.there ?? null) : [delivery({ name: 'other' }), careful];
    },
  };
  const asked = { ...v2, policy: started, plan: planDigest(careful), ...release };
  const its = await planInForce(source, now, record(asked), {
    live,
    rollout: more.rollout === undefined ? rollout : more.rollout,
    differences(one) {
      const isToday = planDigest(one) === planDigest(now);
      return cluster === 'nobody' || (cluster === 'today') !== isToday ? ['step 1 is another'] : [];
    },
  });
  return { steps: its.steps.length, reads };
}

describe('the plan that a release goes by', () => {
  test.for([
    ['the one it started with', {}, 3, 1],
    ["today's until its template is written", { live: v3.id }, 1, 0],
    ["today's where nothing is live", { live: null }, 1, 0],
    ["today's where there is no Rollout", { rollout: null }, 1, 0],
    ["today's where record 1 has kept no commit", { release: { policy: null } }, 1, 0],
    ["today's where record 1 has kept no plan", { release: { plan: null } }, 1, 0],
    ["today's where that is the same", { now: careful }, 3, 0],
    ["today's where the commit can't be read any more", { there: null }, 1, 1],
    ["today's where the commit has no such delivery", { there: [delivery({ name: 'other' })] }, 1, 1],
    [
      "today's where the commit has another plan than was recorded",
      { there: [delivery({ steps: steps('20%') })] },
      1,
      1,
    ],
    ["today's where somebody has put its steps into the cluster", { cluster: 'today' }, 1, 1],
    ['the one it started with, where the cluster has steps of nobody', { cluster: 'nobody' }, 3, 1],
  ] as readonly [string, Case, number, number][])('is %s', async ([, given, wanted, reads]) => {
    expect(await inForce(given)).toEqual({ steps: wanted, reads });
  });

  test('is today’s where nothing was released', async () => {
    const source = noPolicy(today, inputError('CONFIG_NOT_FOUND', 'none'));
    const none = { live: v2.id, rollout, differences: () => [] };
    expect(await planInForce(source, today, record(null), none)).toBe(today);
    // And where there is no policy: what the cluster tells is all there is.
    const asked = { ...v2, policy: started, plan: planDigest(careful) };
    expect(await planInForce(source, today, record(asked), none)).toBe(today);
  });

  test('is the same object each time, so that what was compared is not compared again', async () => {
    const source: PolicySource = {
      current: { ...resolvedOf(today), ref: '', commit: '', branch: null, freezes: [], fetchable: null, missing: null },
      renew: () => Promise.reject(new Error('nobody renews here')),
      at: async () => [careful],
    };
    const asked = record({ ...v2, policy: started, plan: planDigest(careful) });
    const where = { live: v2.id, rollout, differences: () => [] };
    expect(await planInForce(source, today, asked, where)).toBe(await planInForce(source, today, asked, where));
  });
});

test('nothing goes on without a policy, and what needs none has the delivery', async () => {
  const source = noPolicy(today, inputError('CONFIG_NOT_FOUND', 'there is none', { hint: 'commit one' }));
  expect(source.current.deliveries).toEqual([today]);
  await expect(source.renew()).rejects.toMatchObject({
    family: 'environment',
    code: 'POLICY_MISSING',
    hint: 'commit one',
  });
  expect(await source.at(started)).toBeNull();
});

test('a delivery that is gone from the policy is said to be', () => {
  const policy = noPolicy(today, inputError('CONFIG_NOT_FOUND', 'none')).current;
  expect(deliveryNamed(policy, 'shop')).toBe(today);
  expect(() => deliveryNamed(policy, 'cart')).toThrow(expect.objectContaining({ code: 'DELIVERY_UNKNOWN' }));
});
