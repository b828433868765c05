import { describe, expect, test } from 'vitest';
import type { Surroundings } from '../../../src/release/finding.ts';
import { type JsonObject, objectAt } from '../../../src/release/json.ts';
import { nothingSeen, type Observation } from '../../../src/release/observation.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import { velaAppRollout } from '../../../src/targets/approllout/index.ts';
import { commit, object } from '../delivery-fixture.ts';
import { application, ofAppRollout } from './fixture.ts';

const { render, traps } = velaAppRollout;
const unseen = nothingSeen(new Date('2026-11-25T10:00:00Z'));
const usual = ofAppRollout('partition 1 50% 100%');
const offline: Surroundings = { lists: {}, looked: {}, workload: null, changedConfig: [] };

interface Asked {
  readonly app?: KubeObject;
  readonly of?: typeof usual;
  readonly around?: Surroundings;
  readonly more?: readonly KubeObject[];
  readonly seen?: Observation;
}

function found({ app = application(), of = usual, around = offline, more = [], seen = unseen }: Asked = {}) {
  return traps(of, render(of, commit, [app, ...more], 1), seen, around);
}

const codes = (asked: Asked = {}) => found(asked).map(({ severity, code }) => `${severity} ${code}`);
const says = (code: string, asked: Asked = {}) => found(asked).find((one) => one.code === code)?.message ?? '';
const sized = (replicas: number) => application({ properties: { image: 'shop:2', replicas } });
const moving = (kind: string, plan = 'partition 1 50% 100%') =>
  ofAppRollout(plan, { workload: { kind, name: 'shop' } });

test('a CloneSet with a plan that works has no finding', () => {
  expect(codes()).toEqual([]);
});

describe('a plan', () => {
  test('whose batches do not come to the size would leave a CloneSet with the new template', () => {
    const asked = { app: sized(1), of: ofAppRollout('partition 50% 100%') };
    expect(codes(asked)).toEqual(['error BATCHES_IMPOSSIBLE']);
    expect(says('BATCHES_IMPOSSIBLE', asked)).toBe(
      'KubeVela would end the rollout at once: the batches before the last one come to 1 of 1 pods, and leave it none; the CloneSet is left with the new template, paused, and starting it by hand would replace every pod',
    );
    expect(codes({ of: ofAppRollout('partition 1 50%') })).toContain('error BATCHES_IMPOSSIBLE');
  });

  test('with steps that come to less, or to the same, than the one before', () => {
    expect(codes({ of: ofAppRollout('partition 3 40% 100%') })).toEqual([
      'warning STEP_GOES_DOWN',
      'warning STEP_MOVES_NOTHING',
    ]);
    expect(codes({ of: ofAppRollout('partition 1 20% 100%') })).toEqual(['warning STEP_MOVES_NOTHING']);
    expect(codes({ of: ofAppRollout('partition 0 20% 100%') })).toEqual(['warning STEP_MOVES_NOTHING']);
  });
});

test('other components of the Application go out with the first step', () => {
  const app = application({}, {}, {}, { name: 'worker', type: 'worker' });
  expect(says('COMPONENT_UNGATED', { app })).toBe(
    'other components of Application/site go out with a release, each at once: worker',
  );
});

test('a StatefulSet has a new pod before its first step', () => {
  expect(codes({ of: moving('StatefulSet') })).toEqual(['warning POD_LEAKS']);
});

test('a Deployment dips on the way back, by the largest step', () => {
  const of = moving('Deployment', 'partition 1 3 100%');
  expect(says('CAPACITY_DIPS', { of })).toBe(
    'a rollback while step 2 (3, 3) hangs first takes 2 ready pods of the good version away, and then starts as many again',
  );
});

test('what changes the size breaks a rollout', () => {
  const scaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'shop', {
    spec: { scaleTargetRef: { kind: 'CloneSet', name: 'shop' } },
  });
  expect(codes({ more: [scaler] })).toEqual(['error HPA_PRESENT']);
});

test('the pods of a component that brings its object are looked at as everywhere', () => {
  const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'shop', image: 'shop:2' }] } };
  const properties = { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet', spec: { replicas: 5, template } };
  expect(codes({ app: application({ type: 'raw', properties }) })).toEqual(['warning NO_READINESS_PROBE']);
});

const { rollout: rendered } = render(usual, commit, [application()], 1);

/** The AppRollout of stepgate at its end. */
function ended(spec: JsonObject = {}, annotations: JsonObject = {}): KubeObject {
  const metadata = objectAt(rendered, 'metadata');
  return {
    ...rendered,
    metadata: { ...metadata, annotations: { ...objectAt(metadata, 'annotations'), ...annotations } },
    spec: {
      ...objectAt(rendered, 'spec'),
      sourceAppRevisionName: 'site-v1',
      targetAppRevisionName: 'site-v2',
      ...spec,
    },
    status: {
      rollingState: 'rolloutSucceed',
      rolloutTargetSize: 5,
      lastTargetAppRevision: 'site-v2',
      LastSourceAppRevision: 'site-v1',
    },
  };
}

function revision(number: number, image: string): KubeObject {
  const spec = { application: { spec: application({ properties: { image, replicas: 5 } })['spec'] ?? null } };
  return object('core.oam.dev/v1beta1', 'ApplicationRevision', `site-v${number}`, { spec });
}

function live(newest: number, version = 'v1.1.13', template = 'true'): KubeObject {
  const annotations = { 'app.oam.dev/rollout-template': template, 'oam.dev/kubevela-version': version };
  return { ...application({}, {}, { annotations }), status: { latestRevision: { revision: newest } } };
}

interface Cluster {
  readonly rollouts?: readonly KubeObject[];
  readonly app?: KubeObject;
  readonly revisions?: readonly KubeObject[];
  readonly size?: number;
}

/** A cluster at rest on revision 2, which came from revision 1. */
function cluster({
  rollouts = [ended()],
  app = live(2),
  revisions = [revision(1, 'shop:0'), revision(2, 'shop:1')],
  size = 5,
}: Cluster = {}): Surroundings {
  const lists = { AppRollout: rollouts, Application: [app], ApplicationRevision: revisions };
  const workload = object('apps.kruise.io/v1alpha1', 'CloneSet', 'shop', { spec: { replicas: size } });
  return { ...offline, lists, workload };
}

test('a cluster at rest has no finding', () => {
  expect(codes({ around: cluster() })).toEqual([]);
});

describe('KubeVela from v1.1.1 on moves no Deployment', () => {
  test.each([
    ['v1.1.0', []],
    ['v1.0.7', []],
    ['v1.1.1', ['error KUBEVELA_VERSION']],
    ['v1.1.13', ['error KUBEVELA_VERSION']],
    ['?', ['warning KUBEVELA_VERSION']],
  ])('%s', (version, wanted) => {
    const around = { ...cluster({ app: live(2, version) }), workload: null };
    expect(codes({ of: moving('Deployment'), around }).filter((code) => code.endsWith('VERSION'))).toEqual(wanted);
  });

  test('and without a cluster nothing says which it is', () => {
    expect(codes({ of: moving('Deployment') })).toEqual(['warning CAPACITY_DIPS', 'warning KUBEVELA_VERSION']);
    expect(codes()).toEqual([]);
  });
});

describe('a revision', () => {
  test('that runs, and is gone, would be waited for without a word', () => {
    expect(codes({ around: cluster({ revisions: [revision(1, 'shop:0')] }) })).toContain('error REVISION_MISSING');
  });

  test('that a rollback needs, and is gone, is a warning', () => {
    expect(codes({ around: cluster({ revisions: [revision(2, 'shop:1')] }) })).toEqual(['warning REVISION_MISSING']);
  });

  test('whose name is used again would be overwritten', () => {
    const revisions = [1, 2, 3].map((number) => revision(number, `old:${number}`));
    const around = cluster({ revisions });
    expect(says('REVISION_REUSED', { around })).toBe(
      'KubeVela would call this content site-v3 and overwrite the revision of that name: nobody can go back to it any more',
    );
    expect(codes({ around })).toEqual(['warning REVISION_REUSED']);
  });

  test('that gets the name of the one that runs would never be moved to', () => {
    // Somebody has applied the first content again, and no rollout has followed.
    const around = cluster({ app: live(1) });
    expect(codes({ around })).toEqual(['error REVISION_REUSED']);
    expect(says('REVISION_REUSED', { around })).toContain('site-v2, which CloneSet/shop runs with another content');
  });

  test('of the same content keeps its name', () => {
    const around = cluster({ app: live(1), revisions: [revision(1, 'shop:2'), revision(2, 'shop:1')] });
    expect(codes({ around })).toEqual([]);
  });
});

describe('another size than the live one ends a rollout', () => {
  test.each([
    ['CloneSet', 4, ['error SIZE_DIFFERS']],
    ['CloneSet', 6, ['error SIZE_DIFFERS']],
    ['CloneSet', 0, []],
    ['Deployment', 4, []],
    ['Deployment', 6, ['error SIZE_DIFFERS']],
  ] as const)('a %s of %i pods', (kind, size, wanted) => {
    const around = cluster({ size, app: live(2, 'v1.1.0') });
    expect(codes({ of: moving(kind), around }).filter((code) => code.endsWith('DIFFERS'))).toEqual(wanted);
  });
});

test('a second AppRollout of the component takes it over', () => {
  const other = (metadata: JsonObject, spec: JsonObject = {}) => ({ ...ended(spec), metadata });
  const around = (...rollouts: readonly KubeObject[]) => cluster({ rollouts: [ended(), ...rollouts] });
  expect(codes({ around: around(other({ name: 'mine' })) })).toEqual(['error SECOND_ROLLOUT']);
  expect(codes({ around: around(other({ name: 'mine' }, { componentList: [] })) })).toEqual(['error SECOND_ROLLOUT']);
  expect(codes({ around: around(other({ name: 'mine' }, { componentList: ['cart'] })) })).toEqual([]);
  expect(codes({ around: around(other({ name: 'mine' }, { targetAppRevisionName: 'shop-v2' })) })).toEqual([]);
});

describe('what runs already is not taken over', () => {
  test.each<[string, Surroundings, string]>([
    [
      'an AppRollout by hand in the middle',
      cluster({ rollouts: [{ ...ended(), metadata: { name: 'shop' }, status: { rollingState: 'rollingInBatches' } }] }),
      "AppRollout/shop is somebody else's, and not at its end",
    ],
    [
      'a workload without an AppRollout',
      cluster({ rollouts: [] }),
      'CloneSet/shop runs, and no AppRollout says which revision it is',
    ],
    [
      'an Application of which KubeVela makes the workload',
      cluster({ rollouts: [], app: live(2, 'v1.1.13', '') }),
      'KubeVela makes CloneSet/shop by itself, with all pods at once',
    ],
  ])('%s', (_, around, text) => {
    expect(says('NOT_ADOPTED', { around })).toBe(text);
  });

  test('an AppRollout by hand at its end is taken over', () => {
    const byHand = { ...ended(), metadata: { name: 'shop' } };
    expect(codes({ around: cluster({ rollouts: [byHand] }) })).toEqual([]);
  });

  test('nothing that runs is a first deploy', () => {
    const around = { ...cluster({ rollouts: [], revisions: [] }), workload: null };
    expect(codes({ around })).toEqual([]);
  });
});

describe('another plan', () => {
  const starting: Observation = { ...unseen, engine: { at: 'starting', id: null } };
  const going = { ...ended(), status: { rollingState: 'rollingInBatches' } };
  const around = cluster({ rollouts: [going] });
  const of = ofAppRollout('partition 2 50% 100%');

  test('is refused while a release is under way', () => {
    expect(found({ of, around, seen: starting }).map(({ severity, code, facts }) => [severity, code, facts])).toEqual([
      ['error', 'PLAN_CHANGED_MIDWAY', ['step 1: 1 pods in the cluster, 2 in the policy']],
    ]);
    expect(codes({ around, seen: starting })).toEqual([]);
  });

  test('is in order between releases', () => {
    expect(codes({ of, around: cluster() })).toEqual([]);
  });
});
