import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { at, type Json, type JsonMap, listAt, mapOf, textAt } from '../../../src/simulator/api/json.ts';
import { createCluster } from '../../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../../src/simulator/time.ts';
import { parseRecording, type UserEvent } from '../../fidelity/recording.ts';
import { followed, line, momentOf } from '../../targets/vela/followed.ts';

const manager = 'user';

function opened() {
  const timeline = virtualTimeline(Date.parse('2026-11-21T01:00:00Z'));
  const cluster = createCluster({ timeline, kubevela: true });
  const { api } = cluster;
  return {
    api,
    rest: () => timeline.advance(60_000),
    /** What stepgate would read now. */
    now() {
      const found = (kind: string, name: string) => api.get(kind, 'shop', name);
      return line(
        momentOf(0, {
          application: found('Application', 'demo'),
          rollout: found('OldRollout', 'web'),
          workload: found('Deployment', 'web'),
        }),
      );
    },
    send({ kind, name, op, detail }: UserEvent) {
      if (kind === 'Application') {
        api.apply('Application', 'shop', name, mapOf(without(detail)), { manager, force: true });
      } else {
        expect([kind, op]).toEqual(['Rollout/v1alpha1', 'merge patch of status']);
        api.patch('OldRollout', 'shop', name, detail, { manager, type: 'merge', subresource: 'status' });
      }
    },
    images: () => api.list('Pod', 'shop').map((pod) => textAt(at(pod, 'spec', 'containers', 0), 'image')),
  };
}

/** The recorded Application without its namespace. */
function without(detail: Json): Json {
  const { namespace: _, ...metadata } = mapOf(at(detail, 'metadata'));
  return { ...mapOf(detail), metadata };
}

const events = (id: string) =>
  parseRecording(
    readFileSync(new URL(`../../targets/vela/recordings/${id}.json`, import.meta.url), 'utf8'),
  ).events.filter((event) => event.actor === 'user');

test.each(['labels-v0.3.0', 'no-label'])('the model comes to rest where KubeVela did: %s', (id) => {
  const moments = followed(id);
  const users = events(id);
  const recorded = users.map((_, index) => {
    const until = users[index + 1]?.t ?? Number.POSITIVE_INFINITY;
    const last = moments.filter(({ t }) => t <= until - 0.01).at(-1);
    return last === undefined ? '' : line(last);
  });
  const cluster = opened();
  const model = users.map((event) => {
    cluster.send(event);
    cluster.rest();
    // Without a label the model's engine makes an id, and v0.3.0 did not.
    return cluster.now().replace(/ of [a-z0-9]{10} /, ' ');
  });
  expect(model).toEqual(recorded);
});

const steps = [{ replicas: 1 }, { replicas: '100%' }];
const app = (
  version: string,
  { labels = {}, publish = null, first = {} }: { labels?: JsonMap; publish?: string | null; first?: JsonMap } = {},
): JsonMap => ({
  apiVersion: 'core.oam.dev/v1beta1',
  kind: 'Application',
  metadata: { name: 'demo', labels, annotations: publish === null ? {} : { 'app.oam.dev/publishVersion': publish } },
  spec: {
    components: [
      {
        name: 'web',
        type: 'dep',
        properties: { image: `app:${version}`, replicas: 5 },
        traits: [
          {
            type: 'kruise-rollout',
            properties: { canary: { steps: steps.map((step, index) => (index === 0 ? { ...step, ...first } : step)) } },
          },
        ],
      },
    ],
  },
});

test('an edit under the same publishVersion is not rendered, and a label alone is not either', () => {
  const { api, rest, images } = opened();
  const apply = (object: JsonMap) => {
    api.apply('Application', 'shop', 'demo', object, { manager, force: true });
    rest();
  };
  apply(app('v1', { publish: 'a' }));
  apply(app('v2', { publish: 'a' }));
  expect(new Set(images())).toEqual(new Set(['app:v1']));
  apply(app('v2', { publish: 'b', labels: { team: 'x' } }));
  expect(new Set(images())).toEqual(new Set(['app:v2']));
  expect(at(api.get('Deployment', 'shop', 'web'), 'metadata', 'labels', 'team')).toBe('x');
  expect(at(api.get('Deployment', 'shop', 'web'), 'spec', 'template', 'metadata', 'labels', 'team')).toBeUndefined();
});

test('a trait that does not evaluate fails the step, and writes nothing', () => {
  const { api, rest } = opened();
  api.apply('Application', 'shop', 'demo', app('v1', { first: { matches: [] } }), { manager, force: true });
  rest();
  const found = api.get('Application', 'shop', 'demo');
  expect(listAt(found, 'status', 'workflow', 'steps')).toMatchObject([
    { phase: 'failed', message: 'invalid template of trait kruise-rollout' },
  ]);
  expect(textAt(found, 'status', 'status')).toBe('runningWorkflow');
  expect(api.get('Deployment', 'shop', 'web')).toBeUndefined();
});

test('a cluster without KubeVela does not serve Applications', () => {
  const { api } = createCluster({ timeline: virtualTimeline(0) });
  expect([api.serves('Application'), opened().api.serves('Application')]).toEqual([false, true]);
});
