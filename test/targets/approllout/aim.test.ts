import { describe, expect, test } from 'vitest';
import { objectAt } from '../../../src/release/json.ts';
import { commits, type Driven, driven } from './driven.ts';
import { ofAppRollout } from './fixture.ts';

/** What an AppRollout is aimed at, and from where, on the model of KubeVela. */

const of = (kind: string, plan = 'partition 1 50% 100%') => ofAppRollout(plan, { workload: { kind, name: 'shop' } });
const spec = (shop: Driven) => objectAt(shop.snapshot().rollout, 'spec');

/** A delivered v1, and v2 waiting at a step; the id of v2. */
function waiting(shop: Driven, step: 1 | 2 = 1): string {
  shop.deployed('v1', commits.v1);
  const id = shop.started('v2', commits.v2);
  shop.until(`waiting 1 of ${id}; 1 new of 5`);
  if (step === 1) return id;
  shop.approve(1);
  shop.until(`waiting 2 of ${id}; 3 new of 5`);
  return id;
}

test('after a release it is aimed from what that went to', () => {
  const shop = driven(of('CloneSet'));
  const id = waiting(shop, 2);
  shop.approve(2);
  shop.until(`idle of ${id} (succeeded); 0 new of 5`);
  shop.wait(20);
  const next = shop.started('v3', commits.v3);
  expect(spec(shop)).toMatchObject({ sourceAppRevisionName: 'site-v2', targetAppRevisionName: 'site-v3' });
  shop.until(`waiting 1 of ${next}; 1 new of 5`);
});

test('on the way back the bad pods are the ones that are told apart', () => {
  const shop = driven(of('CloneSet'));
  waiting(shop, 2);
  shop.revert('v1', 'back');
  shop.wait(2);
  shop.aim('back', true);
  shop.until('cancelling of back; 1 new of 5');
  expect(shop.see().pods.stable.total).toBe(4);
});

describe('another version in the middle', () => {
  test.each(['CloneSet', 'StatefulSet'])('of a %s begins with its own first step', (kind) => {
    const shop = driven(of(kind));
    waiting(shop, 2);
    const next = shop.started('v3', commits.v3);
    expect(spec(shop)).toMatchObject({ sourceAppRevisionName: 'site-v1', targetAppRevisionName: 'site-v3' });
    shop.until(`waiting 1 of ${next}; 1 new of 5`);
    shop.approve(1);
    shop.until(`waiting 2 of ${next}; 3 new of 5`);
    shop.approve(2);
    shop.until(`idle of ${next} (succeeded); 0 new of 5`);
    shop.wait(20);
    expect(shop.see().workload).toMatchObject({ id: next, whole: true });
  });

  test('may be what it came from, and that is the way back in steps', () => {
    const shop = driven(of('CloneSet'));
    waiting(shop, 2);
    const again = shop.started('v1', commits.v3);
    expect(spec(shop)).toMatchObject({ sourceAppRevisionName: 'site-v2', targetAppRevisionName: 'site-v1' });
    shop.until(
      `idle of ${again} (succeeded); 0 new of 5`.replace('idle', 'waiting 1').replace(/ \(.*/, '; 2 new of 5'),
    );
  });

  test('after a first deploy that never became ready is moved to as well', () => {
    const shop = driven(of('CloneSet'));
    const made = shop.write('broken', commits.v1);
    shop.begin(made);
    shop.wait(2);
    shop.aim(made.release.id);
    shop.wait(30);
    const id = shop.started('v2', commits.v2);
    shop.until(`waiting 1 of ${id}; 1 new of 5`);
  });
});

test('what somebody else has aimed in the middle is left alone, and said, until another release is written', () => {
  const shop = driven(of('CloneSet'));
  waiting(shop);
  shop.patch('AppRollout', 'shop', { spec: { sourceAppRevisionName: 'site-v2', targetAppRevisionName: 'site-v1' } });
  const { made } = shop.see().workload ?? {};
  for (const seconds of [0.01, 60]) {
    shop.wait(seconds);
    expect(shop.see().carrier).toMatchObject({ isRendered: false, waitsForAim: false });
    expect(shop.see().carrier?.trouble).toContain('somebody else has aimed the AppRollout, at site-v2>site-v1');
    expect(shop.see().engine).toMatchObject({ id: null });
  }
  // What runs is not what was released.
  const { made: other = null } = shop.see().workload ?? {};
  expect(other).not.toBeNull();
  expect(other).not.toBe(made);
  const next = shop.started('v3', commits.v3);
  shop.until(`waiting 1 of ${next}; 1 new of 5`);
});

test('a change beside the component is not aimed at under the same release', () => {
  const shop = driven(of('CloneSet'));
  const id = waiting(shop);
  shop.patch('Application', 'site', { spec: { policies: [{ name: 'p', type: 'health' }] } });
  shop.wait(20);
  expect(shop.line()).toBe(`waiting 1 of ${id}; 1 new of 5`);
  expect(shop.see().carrier).toMatchObject({ id, isRendered: true, waitsForAim: false });
  shop.approve(1);
  shop.until(`waiting 2 of ${id}; 3 new of 5`);
});

test.each([0, 0.1, 0.5, 2])(
  'aimed a second time at the same pair it gets another release, and goes on (after %d s)',
  (seconds) => {
    const shop = driven(of('CloneSet'));
    waiting(shop);
    shop.approve(1);
    shop.wait(seconds);
    // A lower partition would end the batch that runs.
    shop.aim('again');
    shop.until('waiting 2 of again; 3 new of 5');
  },
);
