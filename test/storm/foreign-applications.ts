import type { Api } from '../../src/simulator/api/api.ts';
import { type Json, listAt, mapAt, textAt } from '../../src/simulator/api/json.ts';
import { applicationName, byHand, publishedAs, traitIn } from './applications.ts';
import type { InApplication } from './case.ts';
import { parseManifests, workloadIn } from './source.ts';
import type { World } from './world.ts';

/** What somebody does to the Application of a release, or to whose its Rollout is. */
export function meddleWithApplication(
  world: Pick<World, 'now' | 'log' | 'remote'>,
  api: Api,
  what: InApplication,
): void {
  const live = api.store.get('Application', 'shop', applicationName);
  if (live === undefined) return;
  const time = Math.floor(world.now());
  const edit = (patch: object, kind = 'Application', name = applicationName) => {
    try {
      api.patch(kind, 'shop', name, patch as Json, { type: 'merge', manager: 'kubectl' });
    } catch (error) {
      world.log.push(`  refused: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const published = (name: string) => ({ metadata: { annotations: { 'app.oam.dev/publishVersion': name } } });
  switch (what) {
    case 'application':
      edit({ spec: { components: [withImage(live, `app/by-hand-${time % 1000}:ok`)] } });
      return;
    case 'application published':
      // Without the steps KubeVela removes the Rollout, and with it everything that is known of releases.
      if (traitIn(live) === undefined) return;
      edit({
        ...published(`${byHand}${time}`),
        spec: { components: [withImage(live, `app/by-hand-${time % 1000}:ok`)] },
      });
      return;
    case 'application id':
      edit({ metadata: { labels: { 'rollouts.kruise.io/rollout-id': `${byHand}${time % 1000}` } } });
      return;
    case 'application touched':
      edit({ metadata: { annotations: { 'example.com/touched': String(time) } } });
      return;
    case 'application again': {
      const { remote } = world;
      const manifests = parseManifests([{ text: workloadIn(remote.at(remote.tip).files) }]);
      const source = manifests.find((one) => textAt(one, 'kind') === 'Application');
      edit({ spec: { components: listAt(source, 'spec', 'components') } });
      return;
    }
    case 'application before': {
      const kept = api.store
        .list('ApplicationRevision', 'shop')
        .filter((one) => publishedAs(one) !== publishedAs(live))
        .at(-1);
      if (kept === undefined) return;
      const { labels, annotations } = mapAt(kept, 'spec', 'application', 'metadata');
      const components = listAt(kept, 'spec', 'application', 'spec', 'components');
      edit({ metadata: { labels: labels ?? {}, annotations: annotations ?? {} }, spec: { components } });
      return;
    }
    case 'unowned':
      edit({ metadata: { labels: { 'app.oam.dev/name': null } } }, 'Rollout', 'shop');
  }
}

/** The component with another image. */
function withImage(application: unknown, image: string): Json {
  const component = mapAt(application, 'spec', 'components', 0);
  const properties = mapAt(component, 'properties');
  const [own] = listAt(properties, 'objects');
  if (own === undefined) return { ...component, properties: { ...properties, image } };
  const [container] = listAt(own, 'spec', 'template', 'spec', 'containers');
  const containers = [{ ...mapAt({ container }, 'container'), image }];
  const template = { ...mapAt(own, 'spec', 'template'), spec: { containers } };
  const object = { ...mapAt({ own }, 'own'), spec: { ...mapAt(own, 'spec'), template } };
  return { ...component, properties: { ...properties, objects: [object] } };
}
