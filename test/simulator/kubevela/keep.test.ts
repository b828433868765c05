import { describe, expect, test } from 'vitest';
import { at, type Json, type JsonMap, textAt } from '../../../src/simulator/api/json.ts';
import { createCluster } from '../../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../../src/simulator/time.ts';

/** What KubeVela does when somebody else writes what it has made: seen on KubeVela v1.10.9. */

const manager = 'somebody';
const PERIOD = 300_000;

interface Content {
  readonly image: string;
  readonly id: string;
  readonly type?: string;
  /** The publishVersion, where it is not the id. */
  readonly publish?: string;
}

function application({ image, id, type = 'webservice', publish = id }: Content): JsonMap {
  const labels = { app: 'web' };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 5,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: `app:${image}` }] } },
    },
  };
  return {
    apiVersion: 'core.oam.dev/v1beta1',
    kind: 'Application',
    metadata: {
      name: 'demo',
      labels: { 'kruise-rollout.oam.dev/webhook': 'true', 'rollouts.kruise.io/rollout-id': id },
      annotations: { 'app.oam.dev/publishVersion': publish },
    },
    spec: {
      components: [
        {
          name: 'web',
          type,
          properties: type === 'k8s-objects' ? { objects: [deployment] } : { image: `app:${image}`, replicas: 5 },
          traits: [
            {
              type: 'kruise-rollout',
              properties: { releaseMode: 'batch', canary: { steps: [{ replicas: 1 }, { replicas: '100%' }] } },
            },
          ],
        },
      ],
    },
  };
}

function opened(type = 'webservice') {
  const timeline = virtualTimeline(Date.parse('2026-11-21T01:00:00Z'));
  const { api } = createCluster({ timeline, kubevela: true });
  const get = (kind: string) => api.get(kind, 'shop', kind === 'Application' ? 'demo' : 'web');
  const patch = (kind: string, body: Json, subresource: 'status' | null = null) => {
    const name = kind === 'Application' ? 'demo' : 'web';
    api.patch(kind, 'shop', name, body, { manager, type: 'merge', subresource });
  };
  const cluster = {
    api,
    patch,
    wait: (seconds: number) => timeline.advance(seconds * 1_000),
    release(content: Omit<Content, 'type'>) {
      api.apply('Application', 'shop', 'demo', application({ ...content, type }), { manager, force: true });
    },
    image: (image: string) =>
      patch('Deployment', { spec: { template: { spec: { containers: [{ name: 'web', image: `app:${image}` }] } } } }),
    approve: () => patch('OldRollout', { status: { canaryStatus: { currentStepState: 'StepReady' } } }, 'status'),
    pods() {
      const count = Map.groupBy(api.list('Pod', 'shop'), (pod) =>
        textAt(pod, 'spec', 'containers', 0, 'image').slice(4),
      );
      return [...count]
        .map(([image, pods]) => `${image}:${pods.length}`)
        .sort()
        .join(' ');
    },
    template: () => textAt(get('Deployment'), 'spec', 'template', 'spec', 'containers', 0, 'image').slice(4),
    at: (kind: string, ...path: readonly (string | number)[]) => at(get(kind), ...path),
    /** Where the engine stands: its phase, step, state and id. */
    engine() {
      const status = at(get('OldRollout'), 'status');
      const { currentStepIndex, currentStepState, observedRolloutID } = at(status, 'canaryStatus') as JsonMap;
      return `${textAt(status, 'phase')} ${currentStepIndex} ${currentStepState} ${observedRolloutID}`;
    },
    workflow: () => textAt(get('Application'), 'status', 'workflow', 'status'),
  };
  cluster.release({ image: 'v1', id: 'one' });
  cluster.wait(90);
  expect([cluster.pods(), cluster.workflow()]).toEqual(['v1:5', 'succeeded']);
  return cluster;
}

describe('while no release is under way', () => {
  test('an image is put back within the period, and the engine takes that for a rollback', () => {
    const cluster = opened();
    cluster.image('v9');
    cluster.wait(20);
    expect([cluster.template(), cluster.pods()]).toEqual(['v9', 'v1:4 v9:1']);
    cluster.wait(PERIOD / 1_000);
    expect([cluster.template(), cluster.pods(), cluster.engine()]).toEqual([
      'v1',
      'v1:5',
      expect.stringContaining('Healthy'),
    ]);
    // Nobody writes what is as it should be.
    cluster.wait(60);
    const { version } = cluster.api.store;
    cluster.wait(PERIOD / 500);
    expect(cluster.api.store.version).toBe(version);
  });

  test('what it renders is put back, and what it does not render stays', () => {
    const cluster = opened();
    cluster.patch('OldRollout', {
      metadata: { annotations: { note: 'x' } },
      spec: { strategy: { paused: true, canary: { steps: [{ replicas: '100%' }] } } },
    });
    cluster.patch('Deployment', {
      metadata: { labels: { 'rollouts.kruise.io/rollout-id': 'hand' }, annotations: { note: 'x' } },
      spec: { replicas: 2, minReadySeconds: 7 },
    });
    cluster.wait(PERIOD / 1_000);
    expect(cluster.at('OldRollout', 'spec', 'strategy')).toMatchObject({
      paused: true,
      canary: { steps: [{ replicas: 1 }, { replicas: '100%' }] },
    });
    expect(cluster.at('OldRollout', 'metadata', 'annotations', 'note')).toBe('x');
    expect(cluster.at('Deployment', 'metadata', 'labels', 'rollouts.kruise.io/rollout-id')).toBe('one');
    expect(cluster.at('Deployment', 'metadata', 'annotations', 'note')).toBe('x');
    expect(cluster.at('Deployment', 'spec')).toMatchObject({ replicas: 5, minReadySeconds: 7 });
  });

  test('any write to the Application is followed at once', () => {
    const cluster = opened();
    cluster.patch('Deployment', { spec: { replicas: 2 } });
    cluster.patch('Application', { metadata: { annotations: { note: 'x' } } });
    cluster.wait(10);
    expect([cluster.at('Deployment', 'spec', 'replicas'), cluster.pods()]).toEqual([5, 'v1:5']);
    expect(cluster.at('Deployment', 'metadata', 'annotations', 'note')).toBeUndefined();
  });

  test('a Rollout that is gone is made again, and what is somebody else’s is not written', () => {
    const cluster = opened();
    cluster.api.remove('OldRollout', 'shop', 'web');
    cluster.patch('Deployment', { metadata: { labels: { 'app.oam.dev/name': null } }, spec: { replicas: 2 } });
    cluster.wait(PERIOD / 1_000);
    expect([cluster.engine(), cluster.at('Deployment', 'spec', 'replicas')]).toEqual([
      expect.stringContaining('Healthy'),
      2,
    ]);
  });
});

describe('in the middle of a release', () => {
  test('nothing is put back before it is over, and then a release begins under the same id', () => {
    const cluster = opened();
    cluster.release({ image: 'v2', id: 'two' });
    cluster.wait(20);
    cluster.image('v9');
    cluster.wait(400);
    expect([cluster.template(), cluster.pods(), cluster.engine()]).toEqual([
      'v9',
      'v1:4 v9:1',
      'Progressing 1 StepPaused two',
    ]);
    expect(cluster.workflow()).toBe('executing');
    cluster.approve();
    cluster.wait(120);
    expect([cluster.template(), cluster.pods(), cluster.engine()]).toEqual([
      'v2',
      'v2:1 v9:4',
      'Progressing 1 StepPaused two',
    ]);
    expect(cluster.workflow()).toBe('succeeded');
  });

  test('a component that brings its objects is put back within the period', () => {
    const cluster = opened('k8s-objects');
    cluster.release({ image: 'v2', id: 'two' });
    cluster.wait(20);
    expect([cluster.workflow(), cluster.pods()]).toEqual(['succeeded', 'v1:4 v2:1']);
    cluster.image('v9');
    cluster.wait(20);
    expect(cluster.pods()).toBe('v1:4 v9:1');
    cluster.wait(PERIOD / 1_000);
    expect([cluster.pods(), cluster.engine()]).toEqual(['v1:4 v2:1', 'Progressing 1 StepPaused two']);
  });
});

describe('a publishVersion of before', () => {
  test('is refused while the workflow of another one runs, and a new one is not', () => {
    const cluster = opened();
    cluster.release({ image: 'v2', id: 'two' });
    cluster.wait(20);
    cluster.release({ image: 'v1', id: 'one' });
    cluster.wait(400);
    expect([cluster.pods(), cluster.at('Application', 'status', 'conditions', 0, 'type')]).toEqual([
      'v1:4 v2:1',
      'Synced',
    ]);
    cluster.release({ image: 'v1', id: 'one', publish: 'three' });
    cluster.wait(60);
    expect(cluster.pods()).toBe('v1:5');
  });

  test('is its revision again once no workflow runs, and the next one overwrites the one after it', () => {
    const cluster = opened();
    cluster.release({ image: 'v2', id: 'two' });
    cluster.wait(20);
    cluster.approve();
    cluster.wait(120);
    expect([cluster.pods(), cluster.workflow()]).toEqual(['v2:5', 'succeeded']);
    cluster.release({ image: 'v1', id: 'one' });
    cluster.wait(20);
    expect([cluster.pods(), cluster.at('Application', 'status', 'latestRevision', 'name')]).toEqual([
      'v1:1 v2:4',
      'demo-v1',
    ]);
    cluster.release({ image: 'v3', id: 'three' });
    cluster.wait(20);
    const kept = cluster.api.list('ApplicationRevision', 'shop');
    expect(
      kept.map(({ metadata: { name, annotations } }) => [name, annotations?.['app.oam.dev/publishVersion']]),
    ).toEqual(
      expect.arrayContaining([
        ['demo-v1', 'one'],
        ['demo-v2', 'three'],
      ]),
    );
  });
});

test('what can not be written is tried again for a while', () => {
  const cluster = opened();
  cluster.patch('OldRollout', { metadata: { labels: { 'app.oam.dev/name': null } } });
  cluster.release({ image: 'v2', id: 'two' });
  cluster.wait(20);
  expect([cluster.pods(), textAt(cluster.at('Application', 'status', 'workflow', 'steps', 0), 'message')]).toEqual([
    'v1:5',
    expect.stringContaining('Rollout shop/web exists but not managed by any application now'),
  ]);
  cluster.patch('OldRollout', { metadata: { labels: { 'app.oam.dev/name': 'demo' } } });
  cluster.wait(60);
  expect(cluster.pods()).toBe('v1:4 v2:1');
});

test('ten copies stay beside the live one', () => {
  const cluster = opened();
  for (let index = 2; index <= 15; index += 1) {
    cluster.release({ image: 'v1', id: 'one', publish: `p${index}` });
    cluster.wait(90);
  }
  expect(cluster.api.list('ApplicationRevision', 'shop').map(({ metadata }) => metadata.name)).toEqual(
    Array.from({ length: 11 }, (_, index) => `demo-v${index + 5}`),
  );
});

test('without the trait the Rollout is gone once the workflow is over, and the workload stays', () => {
  const cluster = opened();
  const { spec, metadata } = application({ image: 'v1', id: 'two' }) as {
    readonly spec: { readonly components: readonly JsonMap[] };
    readonly metadata: JsonMap;
  };
  const components = spec.components.map(({ traits: _traits, ...component }) => component);
  cluster.patch('Application', { metadata, spec: { components } });
  cluster.wait(90);
  expect([cluster.at('OldRollout'), cluster.pods()]).toEqual([undefined, 'v1:5']);
});

test('each object says what was applied to it', () => {
  const cluster = opened();
  cluster.image('v9');
  const last = JSON.parse(
    textAt(cluster.at('Deployment', 'metadata', 'annotations'), 'app.oam.dev/last-applied-configuration'),
  );
  expect(textAt(last, 'spec', 'template', 'spec', 'containers', 0, 'image')).toBe('app:v1');
  expect(at(last, 'metadata', 'annotations', 'app.oam.dev/last-applied-configuration')).toBeUndefined();
});
