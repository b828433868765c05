import { describe, expect, test } from 'vitest';
import { type JsonObject, objectAt } from '../../../src/release/json.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import { velaAppRollout } from '../../../src/targets/approllout/index.ts';
import { commits, driven } from './driven.ts';
import { application, ofAppRollout } from './fixture.ts';

const delivery = ofAppRollout('partition 1 50% 100%');
const rendered = velaAppRollout.render(delivery, commits.v1, [application()], 1);
const nothing = { rollout: null, written: null, workload: null };
const first = (found: Partial<Parameters<typeof velaAppRollout.first>[2]> = {}) =>
  velaAppRollout.first(delivery, rendered, { ...nothing, ...found });

function live(status: JsonObject, generation = 1): KubeObject {
  const { carrier } = rendered;
  return { ...carrier, metadata: { ...objectAt(carrier, 'metadata'), generation }, status };
}

const latestRevision = { name: 'site-v1', revision: 1, revisionHash: 'abc' };
const seen = live({ observedGeneration: 1, latestRevision });

test('an AppRollout comes after its Application, and when KubeVela has made a revision', () => {
  expect(first()).toEqual({ is: 'after the carrier', carrier: rendered.carrier });
  const why = 'KubeVela has made no revision of Application/site yet';
  expect(first({ written: live({}) })).toEqual({ is: 'wait', why });
  expect(first({ written: live({ observedGeneration: 1, latestRevision }, 2) })).toEqual({ is: 'wait', why });
  const failed = { type: 'Render', status: 'False', message: 'no definition clone' };
  const broken = live({ observedGeneration: 1, latestRevision, conditions: [failed] });
  expect(first({ written: broken })).toEqual({ is: 'wait', why: `${why}: no definition clone` });
  const made = first({ written: seen });
  expect(made.is === 'apply' ? made.object['spec'] : null).toEqual({
    componentList: ['shop'],
    targetAppRevisionName: 'site-v1',
    rolloutPlan: { targetSize: 5, rolloutBatches: [{ replicas: 5 }], paused: true },
  });
});

describe('it is not made', () => {
  const byHand = (rollingState: string): KubeObject => ({
    kind: 'AppRollout',
    metadata: { name: 'shop' },
    status: { rollingState },
  });

  test.each<[string, Parameters<typeof first>[0], string]>([
    [
      'of an Application of which KubeVela makes the workload',
      { written: application({}, {}, { name: 'site' }) },
      'so KubeVela moves every pod at once',
    ],
    [
      'beside a workload that runs',
      { written: seen, workload: { kind: 'CloneSet' } },
      'CloneSet/shop runs, and no AppRollout says which revision it is',
    ],
    ['of one that moves pods for somebody else', { rollout: byHand('rollingInBatches') }, 'and at rollingInBatches'],
    ['of one that has failed', { rollout: byHand('rolloutFailed') }, 'and at rolloutFailed'],
    ['of one that KubeVela has not seen', { rollout: byHand('') }, 'and at its begin'],
  ])('%s', (_, found, text) => {
    expect(() => first(found)).toThrow(text);
  });

  test('before a release', () => {
    expect(() => velaAppRollout.first(delivery, null, nothing)).toThrow('shop@prod has no AppRollout yet');
  });
});

test.each(['CloneSet', 'StatefulSet'])('one by hand is taken over at its end, and moved on from there: %s', (kind) => {
  const of = ofAppRollout('partition 1 50% 100%', { workload: { kind, name: 'shop' } });
  const shop = driven(of);
  shop.write('v1', commits.v1);
  shop.wait(2);
  const spec = {
    targetAppRevisionName: 'site-v1',
    componentList: ['shop'],
    rolloutPlan: { targetSize: 5, rolloutBatches: [{ replicas: 5 }] },
  };
  shop.put({ apiVersion: 'core.oam.dev/v1beta1', kind: 'AppRollout', metadata: { name: 'shop' }, spec }, 'ada');
  shop.wait(20);
  const { rollout, carrier: written = null, workload } = shop.snapshot();
  const taken = velaAppRollout.first(of, null, { rollout, written, workload });
  if (taken.is !== 'apply') throw new Error('it is applied');
  expect(Object.keys(taken.object).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
  shop.put(taken.object);
  shop.wait(20);
  expect(shop.see().pods.stable).toEqual({ ready: 5, total: 5 });
  expect(shop.see().carrier).toMatchObject({ isRendered: true, waitsForAim: false });
  const id = shop.started('v2', commits.v2);
  shop.until(`waiting 1 of ${id}; 1 new of 5`);
});
