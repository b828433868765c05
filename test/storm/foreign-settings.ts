import type { Api } from '../../src/simulator/api/api.ts';
import type { InSettings, Neighbour } from './case.ts';
import { commitsOf, marks, neighbour } from './facts-of-settings.ts';
import { authored } from './ports.ts';
import { settingsIn } from './source.ts';
import type { World } from './world.ts';

type Around = Pick<World, 'cluster' | 'kind' | 'stage' | 'now' | 'log' | 'remote'>;

/** What somebody writes into a ConfigMap of the delivery. */
export function editSettings(world: Around, what: InSettings): void {
  const api = authored(world.cluster.api, world.stage, 'person');
  const name = what.replace('edit ', '');
  const patch = { data: { text: `by-hand-${Math.floor(world.now())}` } };
  tried(world, () => api.patch('ConfigMap', 'shop', name, patch, { type: 'merge', manager: 'kubectl' }));
}

/** What another delivery does, of another repository's policy. */
export function beNeighbour(world: Around, what: Neighbour): void {
  const api = authored(world.cluster.api, world.stage, 'neighbour');
  switch (what) {
    case 'neighbour newer':
    case 'neighbour older':
    case 'neighbour unknown':
      writeShared(world, api, what);
      return;
    case 'neighbour claims':
      beThere(world, api);
      tried(world, () =>
        api.patch(
          world.kind,
          'shop',
          'shop',
          { metadata: { annotations: { 'stepgate.dev/delivery': neighbour } } },
          { type: 'merge', manager: 'stepgate' },
        ),
      );
      return;
    case 'neighbour leaves':
      if (api.store.get('Rollout', 'shop', neighbour) !== undefined)
        tried(world, () => api.remove('Rollout', 'shop', neighbour));
  }
}

/** It renders the file that it shares, from its commit, and marks the object as stepgate does. */
function writeShared(world: Around, api: Api, what: Neighbour): void {
  const { remote } = world;
  const live = api.store.get('ConfigMap', 'shop', 'shared');
  if (live === undefined) return;
  const [parent = remote.tip] = remote.at(remote.tip).parents;
  const known = what === 'neighbour newer' ? remote.tip : parent;
  const commit = what === 'neighbour unknown' ? 'c'.repeat(40) : known;
  const before = commitsOf(live)[neighbour];
  // It goes back in Git as little as anybody else.
  if (typeof before === 'string' && what === 'neighbour older' && before !== commit) return;
  const annotations = marks(neighbour, { ...commitsOf(live), [neighbour]: commit });
  const text = what === 'neighbour unknown' ? 'theirs' : settingsIn(remote.at(known).files, 'shared');
  beThere(world, api);
  const patch = { metadata: { annotations }, data: { text: text ?? '' } };
  tried(world, () => api.patch('ConfigMap', 'shop', 'shared', patch, { type: 'merge', manager: 'stepgate' }));
}

/** Its Rollout, of a workload that is not made yet. */
function beThere(world: Around, api: Api): void {
  if (api.store.get('Rollout', 'shop', neighbour) !== undefined) return;
  tried(world, () =>
    api.create(
      'Rollout',
      {
        apiVersion: 'rollouts.kruise.io/v1beta1',
        kind: 'Rollout',
        metadata: { name: neighbour, namespace: 'shop', annotations: { 'stepgate.dev/delivery': neighbour } },
        spec: {
          workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: neighbour },
          strategy: { canary: { steps: [{ replicas: '100%' }] } },
        },
      },
      { manager: neighbour },
    ),
  );
}

function tried(world: Around, body: () => unknown): void {
  try {
    body();
  } catch (error) {
    world.log.push(`  refused: ${error instanceof Error ? error.message : String(error)}`);
  }
}
