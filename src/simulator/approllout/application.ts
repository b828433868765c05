import { createHash } from 'node:crypto';
import type { Api } from '../api/api.ts';
import { canonical, type JsonMap, listAt, mapAt, numberAt, same, textAt } from '../api/json.ts';
import { kindFor } from '../api/kinds.ts';
import { annotationOf, asMap, controllerRef, keyOf, labelOf, namespaceOf, type Thing } from '../api/things.ts';
import type { Controller, Outcome } from '../controllers.ts';
import type { Kinds } from '../world.ts';
import {
  APP_LABEL,
  COMPONENT_LABEL,
  componentIn,
  componentRevisionIn,
  componentsIn,
  copiedAnnotations,
  REVISION_LABEL,
  TEMPLATE_ANNOTATION,
  workloadOf,
} from './manifest.ts';
import { manager, movables, trackerOf } from './owners.ts';
import { API_VERSION } from './types.ts';

export const HASH_LABEL = 'app.oam.dev/app-revision-hash';
const VERSION_ANNOTATION = 'oam.dev/kubevela-version';

/**
 * KubeVela v1.1's controller of Applications, as far as a rollout needs it: it makes revisions, and applies the workloads of an
 * Application only without the annotation `app.oam.dev/rollout-template`. A revision has the next number after the one in the
 * status, whatever others there are; an older content gets its old revision back. Definitions, policies and scopes are left out.
 */
export function revisionController(api: Api<Kinds>, version: string): Controller {
  return {
    name: 'application-revisions',
    wakes: ({ kind, object }) => (kind === 'Application' ? [keyOf(object)] : []),
    look(namespace, name) {
      const app = api.get('Application', namespace, name);
      if (app === undefined) return forget(api, namespace, name);
      if (annotationOf(app, VERSION_ANNOTATION) !== version) return stamp(api, app, version);
      const hash = hashOf(app);
      const latest = mapAt(asMap(app), 'status', 'latestRevision');
      const isKnown = textAt(latest, 'revisionHash') === hash;
      const revision = isKnown ? null : revise(api, app, hash);
      if (revision !== null) write(api, app, 'rendering', revision);
      return { finish: () => settle(api, app, hash) };
    },
  };
}

/** With an Application go its workloads at once, and its revisions. An AppRollout stays. */
function forget(api: Api<Kinds>, namespace: string, name: string): Outcome {
  for (const kind of movables) {
    for (const one of api.list(kind, namespace)) {
      if (labelOf(one, APP_LABEL) === name) api.remove(kind, namespace, one.metadata.name);
    }
  }
  return {};
}

function stamp(api: Api<Kinds>, app: Thing, version: string): Outcome {
  const annotations = { [VERSION_ANNOTATION]: version };
  const body = { metadata: { annotations } };
  api.patch('Application', namespaceOf(app), app.metadata.name, body, { manager, type: 'merge' });
  return {};
}

function hashOf(app: Thing): string {
  return createHash('sha256')
    .update(canonical(mapAt(asMap(app), 'spec')))
    .digest('hex')
    .slice(0, 16);
}

/** The revision of the present content: an existing one with this hash, or the next one, which may overwrite another. */
function revise(api: Api<Kinds>, app: Thing, hash: string): JsonMap {
  const namespace = namespaceOf(app);
  const own = api.list('ApplicationRevision', namespace).filter((one) => labelOf(one, APP_LABEL) === app.metadata.name);
  const known = own.find((one) => labelOf(one, HASH_LABEL) === hash);
  const next = numberAt(asMap(app), 'status', 'latestRevision', 'revision') + 1;
  const name = known?.metadata.name ?? `${app.metadata.name}-v${next}`;
  const object = {
    metadata: {
      name,
      namespace,
      labels: { ...app.metadata.labels, [APP_LABEL]: app.metadata.name, [HASH_LABEL]: hash },
      annotations: { ...app.metadata.annotations },
      ownerReferences: [controllerRef(app)],
    },
    spec: {
      application: {
        apiVersion: API_VERSION,
        kind: 'Application',
        metadata: { name: app.metadata.name },
        spec: mapAt(asMap(app), 'spec'),
      },
      componentRevisions: componentRevisions(app, own),
    },
  };
  const live = api.get('ApplicationRevision', namespace, name);
  if (live === undefined) api.create('ApplicationRevision', object, { manager });
  else
    api.update(
      'ApplicationRevision',
      { ...live, ...object, metadata: { ...live.metadata, ...object.metadata } },
      { manager },
    );
  return { name, revision: Number(name.slice(name.lastIndexOf('-v') + 2)), revisionHash: hash };
}

/** The name of the revision of each component. Their numbers count on by themselves. */
function componentRevisions(app: Thing, revisions: readonly Thing[]): JsonMap {
  const names = listAt(asMap(app), 'spec', 'components').map((component) => {
    const name = textAt(component, 'name');
    const mine = revisions.flatMap((revision) => {
      const known = componentIn(revision, name);
      return known === null ? [] : [{ known, named: componentRevisionIn(revision, name) }];
    });
    const found = mine.find(({ known }) => same(known, component));
    const numbers = mine.map(({ named }) => Number(named.slice(name.length + 2)));
    return [name, found?.named ?? `${name}-v${Math.max(0, ...numbers) + 1}`] as const;
  });
  return Object.fromEntries(names);
}

/** The phase `running` says nothing about pods. */
function settle(api: Api<Kinds>, seen: Thing, hash: string): void {
  const app = api.get('Application', namespaceOf(seen), seen.metadata.name);
  if (app === undefined || hashOf(app) !== hash) return;
  const latest = mapAt(asMap(app), 'status', 'latestRevision');
  const revision = api.get('ApplicationRevision', namespaceOf(app), textAt(latest, 'name'));
  if (revision !== undefined && annotationOf(app, TEMPLATE_ANNOTATION) === '') deploy(api, revision);
  write(api, app, 'running', latest);
}

/** Applies every workload with its whole template at once, as KubeVela does without the annotation. */
function deploy(api: Api<Kinds>, revision: Thing): void {
  for (const component of componentsIn(revision)) {
    const workload = workloadOf(component);
    const info = kindFor(textAt(workload, 'apiVersion'), textAt(workload, 'kind'));
    const name = textAt(component, 'name');
    if (info === undefined) continue;
    const labels = {
      ...revision.metadata.labels,
      [COMPONENT_LABEL]: name,
      [REVISION_LABEL]: revision.metadata.name,
    };
    const { controller, ...tracker } = trackerOf(revision, true);
    const metadata = {
      ...mapAt(workload, 'metadata'),
      labels,
      annotations: copiedAnnotations(revision),
      ownerReferences: [{ ...tracker, controller: controller === true }],
    };
    api.apply(info.id, namespaceOf(revision), name, { ...workload, metadata }, { manager, force: true });
  }
}

function write(api: Api<Kinds>, app: Thing, phase: string, latestRevision: JsonMap): void {
  const condition = (type: string) => ({ type, status: 'True', reason: 'Available' });
  const conditions = ['Parsed', 'Revision', 'Render'].map(condition);
  const observedGeneration = app.metadata.generation ?? 1;
  const status = { status: phase, observedGeneration, latestRevision, conditions };
  const metadata = { ...app.metadata, resourceVersion: '' };
  api.update('Application', { ...asMap(app), metadata, status }, { manager, subresource: 'status' });
}
