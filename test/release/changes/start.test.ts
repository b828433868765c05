import { describe, expect, test } from 'vitest';
import type { Changes } from '../../../src/release/changes/changes.ts';
import type { Facts, Observed } from '../../../src/release/changes/facts.ts';
import { startChanges } from '../../../src/release/changes/start.ts';
import { environmentError, type StepgateError } from '../../../src/release/error.ts';
import { objectAt } from '../../../src/release/json.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import { type AskedFor, emptyRecord } from '../../../src/release/record.ts';
import type { Rendered } from '../../../src/release/target.ts';
import { kruise } from '../../../src/targets/kruise/index.ts';
import { commit, delivery, deployment, object, service } from '../../targets/delivery-fixture.ts';
import { now, observation, v1, waiting, workload } from '../situation.ts';

/**
 * The start of a release as a value: what is asked and what is written, in which order, with the answers that a test
 * gives. No cluster is there.
 */

const shop = delivery('partition 1 100%');
const config = object('v1', 'ConfigMap', 'shop', { data: { a: 'b' } });
const manifests = [
  config,
  service,
  deployment({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2 } } }),
];
const rendered = kruise.render(shop, commit, manifests, 1);
const rollout: KubeObject = {
  ...rendered.rollout,
  metadata: { ...objectAt(rendered.rollout, 'metadata'), uid: 'r', resourceVersion: '5' },
};
const live: KubeObject = {
  ...deployment({ paused: false }),
  metadata: { name: 'shop', resourceVersion: '7', labels: { 'rollouts.kruise.io/workload-type': 'deployment' } },
};

/** The workload as the webhook leaves it once it has shut the gate. */
const shut: KubeObject = {
  ...live,
  metadata: { ...objectAt(live, 'metadata'), annotations: { 'rollouts.kruise.io/in-progressing': '{}' } },
  spec: { ...objectAt(live, 'spec'), paused: true, template: { metadata: { labels: { app: 'next' } } } },
};

const release: AskedFor = { ...v1, ...rendered.release, template: kruise.templateHash(shop, shut), plan: 'today' };

function facts(more: Partial<Observed> = {}): Facts {
  const record = { ...emptyRecord, release };
  const observed = { rollout, workload: live, written: live, observation: idle, record, ...more };
  return {
    target: kruise,
    delivery: shop,
    observed,
    policy: { commit, ref: 'origin/main', plan: 'today', today: 'today' },
    act: { by: 'ann', at: now.toISOString(), run: { by: 'host', host: 'h', user: 'ann' } },
    method: 'status',
    jumpTo: null,
  };
}

const idle = observation({ at: 'idle', outcome: 'succeeded', id: null }, workload(v1));

/** What the world answers. */
interface World {
  readonly rendered: Rendered | StepgateError;
  readonly rollout: KubeObject | null;
  dryRun(object: KubeObject, manager: string): KubeObject | StepgateError;
  /** What is there of an object that is about to be applied. */
  there(object: KubeObject): KubeObject | null;
  /** What an applied object is in the cluster, with what others own of it. */
  applied(object: KubeObject): KubeObject;
}

const asWanted: World = {
  rendered,
  rollout,
  // The live workload has the user's own settings already.
  dryRun: (_, manager) => (manager === kruise.managers.settings ? live : shut),
  there: (object) => ({ ...object, metadata: { ...objectAt(object, 'metadata'), resourceVersion: '3' } }),
  applied: (object) => object,
};

/** Nobody reads where an object is: every write of a start is an apply. */
const ref = {
  kind: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  namespace: 'shop',
  name: 'shop',
};

/** Plays changes through, and tells in words what was asked and written. */
function played(changes: Changes, world: World): readonly string[] {
  const told: string[] = [];
  const say = (text: string) => void told.push(text);
  let at = changes;
  for (;;) {
    switch (at.is) {
      case 'done':
        return told;
      case 'again':
        return [...told, `again: ${at.why}`];
      case 'tell':
        at = at.next();
        break;
      case 'allowed':
        say('is the commit allowed?');
        at = at.next();
        break;
      case 'rendered':
        at = at.next(world.rendered);
        break;
      case 'mayWrite':
        say(`may it write ${at.applies.map(({ object }) => String(object['kind'])).join(' and ')}?`);
        at = at.next();
        break;
      case 'live':
        say(`${at.objects.map((one) => String(one['kind'])).join(' and ')} as they are?`);
        at = at.next(at.objects.map(world.there).map((object) => (object === null ? null : { object, ref })));
        break;
      case 'copies':
        say('copies?');
        at = at.next([], []);
        break;
      case 'rollout':
        say('Rollout?');
        at = at.next(world.rollout);
        break;
      case 'dryRun':
        say(`dry-run by ${at.manager}?`);
        at = at.next(world.dryRun(at.object, at.manager));
        break;
      case 'tip':
      case 'revisions':
      case 'left':
        throw new Error(`a start asks for no ${at.is}`);
      case 'write': {
        for (const change of at.changes) {
          const version = change.do === 'apply' ? objectAt(change.object, 'metadata')['resourceVersion'] : undefined;
          const over = version === undefined ? '' : ` over ${String(version)}`;
          const what = change.do === 'apply' ? String(change.object['kind']) : `${change.do} ${change.ref.kind.kind}`;
          say(`${what}${over}${change.do === 'remove' ? '' : ` by ${change.manager}`}`);
        }
        at = at.next(
          at.changes.map((change) => (change.do === 'apply' ? world.applied(change.object) : rollout)),
          [],
        );
        break;
      }
    }
  }
}

const start = (of: Facts, world: Partial<World> = {}, asked = release) =>
  played(startChanges(of, asked, 'now'), { ...asWanted, ...world });

const read = ['is the commit allowed?', 'Rollout?'];
const begun = [...read, 'may it write ConfigMap and Service?'];
const beside = [
  'ConfigMap and Service as they are?',
  'Rollout?',
  'ConfigMap over 3 by stepgate',
  'Service over 3 by stepgate',
];
const gate = ['dry-run by stepgate?', 'Rollout?'];

describe('a release starts', () => {
  test('everything else first, then a dry-run and the Rollout once more, then the workload over its version', () => {
    expect(start(facts())).toEqual([
      ...begun,
      ...beside,
      'dry-run by stepgate-settings?',
      ...gate,
      'Deployment over 7 by stepgate',
    ]);
  });

  test('without a workload in the cluster it is applied as it is', () => {
    const there = (one: KubeObject) => (one['kind'] === 'Deployment' ? null : asWanted.there(one));
    expect(start(facts({ workload: null, written: null }), { there })).toEqual([
      ...begun,
      'ConfigMap and Service and Deployment as they are?',
      'Rollout?',
      'ConfigMap over 3 by stepgate',
      'Service over 3 by stepgate',
      'Rollout?',
      'Deployment by stepgate',
    ]);
  });

  test('in mid-release the Rollout, the Service and the settings are left alone', () => {
    const midway = observation(waiting(v1.id, 1), workload(v1));
    expect(start(facts({ observation: midway }))).toEqual([
      ...read,
      'may it write ConfigMap?',
      'ConfigMap as they are?',
      'Rollout?',
      'ConfigMap over 3 by stepgate',
      ...gate,
      'Deployment over 7 by stepgate',
    ]);
  });

  test('another plan is applied, and has to be seen by the engine before the workload is written', () => {
    const spec = { ...objectAt(rollout, 'spec'), strategy: { canary: { steps: [{ replicas: '100%' }] } } };
    const other: KubeObject = { ...rollout, spec };
    expect(start(facts({ rollout: other }), { rollout: other })).toEqual([
      ...begun,
      'ConfigMap and Rollout as they are?',
      'Rollout?',
      'ConfigMap over 3 by stepgate',
      'Rollout over 3 by stepgate',
      'again: the engine has to see the new plan first',
    ]);
  });

  test('a plan that keeps what another manager owns is written once, and nothing starts', () => {
    const canary = { ...objectAt(rollout, 'spec', 'strategy', 'canary'), trafficRoutingRef: 'x' };
    const more: KubeObject = { ...rollout, spec: { ...objectAt(rollout, 'spec'), strategy: { canary } } };
    expect(() => start(facts({ rollout: more }), { rollout: more, applied: () => more })).toThrow(
      expect.objectContaining({ code: 'PLAN_DIFFERS', message: expect.stringContaining('trafficRoutingRef') }),
    );
  });

  test("the user's own settings that differ are written first", () => {
    const settled: KubeObject = { ...live, spec: { replicas: 5 } };
    const dryRun = (_: KubeObject, manager: string) => (manager === kruise.managers.settings ? settled : shut);
    expect(start(facts(), { dryRun })).toEqual([
      ...begun,
      ...beside,
      'dry-run by stepgate-settings?',
      'Deployment by stepgate-settings',
      'again: the settings were written, so the workload has a new version',
    ]);
  });

  test("under another plan than today's only the record is written", () => {
    const asked = { ...release, plan: 'older' };
    expect(start(facts(), {}, asked)).toEqual(['is the commit allowed?', 'patch Rollout by stepgate-record']);
  });

  test('other defaults of the server go into the record before anything starts', () => {
    const asked = { ...release, template: 'older' };
    const told = start(facts({ record: { ...emptyRecord, release: asked } }), {}, asked);
    expect(told.at(-1)).toBe('patch Rollout by stepgate-record');
    expect(told).not.toContain('Deployment over 7 by stepgate');
  });
});

test('a ConfigMap whose content changes is copied first', () => {
  const there = (one: KubeObject) => ({ ...asWanted.there(one), data: { a: 'before' } });
  const serving = { ...observation({ at: 'idle', outcome: 'succeeded', id: null }, workload(v1)) };
  const record = { ...emptyRecord, release, history: [{ ...v1, at: now.toISOString(), revision: null }] };
  const told = start(facts({ observation: serving, record }), { there });
  expect(told.slice(begun.length, begun.length + 6)).toEqual([
    'ConfigMap and Service as they are?',
    'Rollout?',
    'copies?',
    'ConfigMap by stepgate',
    // Somebody may have held the delivery while the copy was written.
    'Rollout?',
    'ConfigMap over 3 by stepgate',
  ]);
});

describe('nothing of the workload is written', () => {
  const edited: KubeObject = { ...rollout, spec: { ...objectAt(rollout, 'spec'), disabled: true } };
  const recorded: KubeObject = {
    ...rollout,
    metadata: { ...objectAt(rollout, 'metadata'), annotations: { 'stepgate.dev/record': '{}' } },
  };

  test.for<[string, KubeObject | null, string]>([
    ['another release was requested', recorded, 'again: another release was requested'],
    ['the Rollout was edited', edited, 'again: somebody has edited the Rollout'],
    ['the Rollout went away', null, 'again: the object is gone'],
  ])('%s', ([, fresh, expected]) => {
    expect(start(facts(), { rollout: fresh })).toEqual([...read, expected]);
  });

  test.for<[string, Partial<World>, string]>([
    [
      'a dry-run that shows no gate',
      { dryRun: (_, manager) => (manager === 'stepgate' ? { ...shut, spec: { paused: false } } : live) },
      'WOULD_NOT_GATE',
    ],
    ['fields of another manager', { dryRun: () => environmentError('CLUSTER_CONFLICT', 'owned') }, 'CLUSTER_CONFLICT'],
    ['a source that can no longer be rendered', { rendered: environmentError('GIT_FAILED', 'gone') }, 'GIT_FAILED'],
    [
      'a source that renders something else',
      { rendered: { ...rendered, release: { ...rendered.release, digest: 'x' } } },
      'RELEASE_CHANGED',
    ],
  ])('%s', ([, world, code]) => {
    expect(() => start(facts(), world)).toThrow(expect.objectContaining({ code }) as StepgateError);
  });
});
