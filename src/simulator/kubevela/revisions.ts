import type { Api } from '../api/api.ts';
import { type JsonMap, mapAt, textAt } from '../api/json.ts';
import { annotationOf, asMap, labelOf, type Thing } from '../api/things.ts';
import type { Kinds } from '../world.ts';

/** The field manager of KubeVela in this model. */
export const manager = 'kubevela';

export const PUBLISH_VERSION = 'app.oam.dev/publishVersion';

/** How many copies of an Application stay beside the one of the revision that is live. */
const KEPT = 10;

/** Keeps a copy of the Application as it is rendered. */
export function keep(api: Api<Kinds>, app: Thing, name: string): void {
  const namespace = app.metadata.namespace ?? '';
  const { labels = {}, annotations = {} } = app.metadata;
  const revision: JsonMap = {
    apiVersion: 'core.oam.dev/v1beta1',
    kind: 'ApplicationRevision',
    metadata: { name, namespace, labels: { ...labels, 'app.oam.dev/name': app.metadata.name }, annotations },
    spec: {
      application: {
        ...asMap(app),
        metadata: { name: app.metadata.name, namespace, labels, annotations },
      },
    },
  };
  if (api.get('ApplicationRevision', namespace, name) !== undefined) api.remove('ApplicationRevision', namespace, name);
  api.create('ApplicationRevision', revision, { manager });
}

/** Removes the oldest copies. */
export function forgetOld(api: Api<Kinds>, app: Thing): void {
  const old = revisionsOf(api, app).filter((one) => one.metadata.name !== liveRevision(app));
  for (const one of old.slice(0, -KEPT))
    api.remove('ApplicationRevision', one.metadata.namespace ?? '', one.metadata.name);
}

/** Labels and annotations alone reach the copy at once, and nothing that is made of it. */
export function relabel(api: Api<Kinds>, app: Thing): void {
  const namespace = app.metadata.namespace ?? '';
  const found = api.get('ApplicationRevision', namespace, liveRevision(app));
  if (found === undefined) return;
  const { labels = {}, annotations = {} } = app.metadata;
  const metadata = {
    ...found.metadata,
    labels: { ...labels, 'app.oam.dev/name': app.metadata.name },
    annotations,
    resourceVersion: '',
  };
  api.update('ApplicationRevision', { ...asMap(found), metadata }, { manager });
}

/** The copies of an Application, the oldest first. */
export function revisionsOf(api: Api<Kinds>, app: Thing): readonly Thing[] {
  return api
    .list('ApplicationRevision', app.metadata.namespace ?? '')
    .filter((one) => labelOf(one, 'app.oam.dev/name') === app.metadata.name)
    .sort((left, right) => numbered(left) - numbered(right));
}

/** The copy under a publishVersion; undefined for none. */
export function publishedBefore(api: Api<Kinds>, app: Thing): Thing | undefined {
  const published = annotationOf(app, PUBLISH_VERSION);
  if (published === '') return undefined;
  return revisionsOf(api, app).find((one) => annotationOf(one, PUBLISH_VERSION) === published);
}

export function numbered({ metadata: { name } }: Thing): number {
  return Number(/-v(\d+)$/.exec(name)?.[1] ?? 0);
}

/** The name of the copy that is live. */
export function liveRevision(app: Thing): string {
  return textAt(asMap(app), 'status', 'latestRevision', 'name');
}

/** An Application as it was rendered. */
export function keptAs(api: Api<Kinds>, app: Thing, revision: string): JsonMap {
  const found = api.get('ApplicationRevision', app.metadata.namespace ?? '', revision);
  return found === undefined ? asMap(app) : mapAt(asMap(found), 'spec', 'application');
}
