import type { Api } from '../api/api.ts';
import { canonical, type Json, type JsonMap, listAt, mapAt, mapOf, numberAt, textAt } from '../api/json.ts';
import { stamp } from '../api/marks.ts';
import type { Change } from '../api/store.ts';
import { annotationOf, asMap, keyOf, labelOf, type Thing } from '../api/things.ts';
import type { Controller, Outcome } from '../controllers.ts';
import { oldKind } from '../engine/old-rollouts.ts';
import type { Timeline } from '../time.ts';
import type { Kinds } from '../world.ts';
import { isHealthy } from './components.ts';
import { type Manifest, manifestsOf, ownedByOther, type Parts } from './manifests.ts';
import {
  forgetOld,
  keep,
  liveRevision,
  manager,
  numbered,
  PUBLISH_VERSION,
  publishedBefore,
  relabel,
} from './revisions.ts';
import { checked, collect, isOther, isRollout, putBack, writeAll } from './writes.ts';

/** The addon's engine reviews writes of workloads with this label alone. */
export const GATED_LABEL = 'kruise-rollout.oam.dev/webhook';

/** How long after an apply KubeVela looks at the health of what it has applied, in milliseconds. */
const HEALTH_AFTER = 300;
/** A workflow is looked at again after as long as it has been running, within these bounds; a step that failed, within wider ones. */
const SOONEST = 1_000;
const LATEST = 60_000;
const LATEST_AFTER_FAILURE = 300_000;
/** So long is a step that fails tried again. */
const PATIENCE = 60_000;
/** A workflow that has succeeded is followed by a look at what it has made. */
const KEEP_AFTER = 700;
/** KubeVela puts back what it has made about every five minutes, while no workflow runs. */
export const RE_SYNC = 300_000;

/**
 * KubeVela's controller of Applications, as far as a release needs it (docs/kubevela.md): an Application is rendered when its
 * publishVersion is new, or, without one, when its spec is. Workload and Rollout get the Application's labels and annotations, the
 * pod template does not. Its phase is what was seen at the health check after the apply; it is not looked at again once the workflow
 * has succeeded. From then on KubeVela puts back what somebody else has changed of what it renders, and keeps all else. It has no
 * policies and no workflows of their own.
 */
export function applicationController(
  api: Api<Kinds>,
  rollouts: 'v1alpha1' | 'v1beta1',
  timeline: Pick<Timeline, 'now'>,
): Controller {
  const now = () => timeline.now();
  const parts: Parts = { api, rollouts: rollouts === 'v1alpha1' ? oldKind : 'Rollout', now };
  /** When each Application is looked at again without an event. */
  const due = new Map<string, number>();
  // A look that an event has caused leaves the one that is due as it is.
  const once = (key: string, outcome: Outcome): Outcome => {
    const { again, proceed } = outcome;
    if (proceed !== undefined) return { ...outcome, proceed: () => once(key, proceed()) };
    if (again === undefined) return outcome;
    const [next, known] = [now() + again, due.get(key) ?? Number.NEGATIVE_INFINITY];
    if (known > now() && known <= next) return {};
    due.set(key, next);
    return outcome;
  };
  return {
    name: 'application',
    wakes: (change) => (isEdit(change) ? [keyOf(change.object)] : []),
    look(namespace, name) {
      const app = api.get('Application', namespace, name);
      return app === undefined ? {} : once(`${namespace}/${name}`, lookAt(parts, app));
    },
  };
}

/** Its own writes of the status wake it for nothing. */
function isEdit({ kind, type, object, old }: Change): boolean {
  if (kind !== 'Application' || type === 'DELETED') return false;
  return old === undefined || isOther(object, old);
}

function lookAt(parts: Parts, app: Thing): Outcome {
  if (!isRendered(app)) return render(parts, app);
  relabel(parts.api, app);
  switch (textAt(statusOf(app), 'workflow', 'status')) {
    case 'succeeded':
      return keepState(parts, app);
    case 'failed':
      return {};
    default:
      return isFailing(app) ? retry(parts, app) : health(parts, app);
  }
}

function specOf(thing: Thing): JsonMap {
  return mapAt(asMap(thing), 'spec');
}

function statusOf(app: Thing): JsonMap {
  return mapAt(asMap(app), 'status');
}

/** What the revision is told apart by. */
function versionOf(app: Thing): string {
  const published = annotationOf(app, PUBLISH_VERSION);
  return published === '' ? canonical(specOf(app)) : published;
}

function isRendered(app: Thing): boolean {
  return textAt(statusOf(app), 'latestRevision', 'revisionHash') === versionOf(app);
}

function render(parts: Parts, app: Thing): Outcome {
  const { api, now } = parts;
  const before = publishedBefore(api, app);
  if (before !== undefined && !isOver(app)) return refuseVersion(api, app);
  // The copy under a publishVersion of before is the newest one again: the next ones overwrite those after it.
  const last = numberAt(statusOf(app), 'latestRevision', 'revision');
  const revision = before === undefined ? last + 1 : numbered(before);
  const name = `${app.metadata.name}-v${revision}`;
  const latest = { name, revision, revisionHash: versionOf(app) };
  const published = annotationOf(app, PUBLISH_VERSION);
  const workflow = {
    appRevision: published === '' ? name : published,
    status: 'executing',
    startTime: new Date(now()).toISOString(),
    steps: [],
  };
  write(api, app, { status: 'rendering', latestRevision: latest, workflow });
  return {
    proceed: () => {
      const live = api.get('Application', app.metadata.namespace ?? '', app.metadata.name);
      // Another edit came in between, and is rendered by a pass of its own.
      if (live === undefined || versionOf(live) !== latest.revisionHash) return {};
      if (before === undefined) keep(api, live, name);
      return dispatch(parts, live);
    },
  };
}

/** Whether the last workflow has come to its end: until then KubeVela still has what the ones before have made. */
function isOver(app: Thing): boolean {
  return textAt(statusOf(app), 'workflow', 'status') === 'succeeded';
}

function refuseVersion(api: Api<Kinds>, app: Thing): Outcome {
  const message = `failed to create resourceKeeper: current publish version ${annotationOf(app, PUBLISH_VERSION)} is in-use and outdated`;
  const condition = { type: 'Synced', status: 'False', reason: 'ReconcileError', message };
  if (textAt(statusOf(app), 'conditions', 0, 'message') !== message)
    write(api, app, { ...statusOf(app), status: 'starting', conditions: [condition] });
  return {};
}

/** Applies what the components make: everything is checked before anything is written. */
function dispatch(parts: Parts, app: Thing): Outcome {
  const { api } = parts;
  // With a release under way, no earlier health can be mistaken for that of this revision.
  if (!areHealthy(parts, app)) write(api, app, { ...statusOf(app), status: 'runningWorkflow' });
  const made = checked(parts, app);
  if ('refused' in made) return failing(parts, app, made.refused);
  // Workload and trait are written beside each other; the Rollout was the later one wherever it was seen.
  const [first, then] = [false, true].map((later) => made.manifests.filter((one) => isRollout(one) === later));
  writeAll(parts, first ?? []);
  return {
    proceed: () => {
      writeAll(parts, then ?? []);
      return { again: HEALTH_AFTER };
    },
  };
}

/** The step of the workflow failed: it is tried again for a while. */
function failing(parts: Parts, app: Thing, message: string): Outcome {
  const live = parts.api.get('Application', app.metadata.namespace ?? '', app.metadata.name) ?? app;
  const isOver = elapsed(parts, live) > PATIENCE;
  const step = { name: 'apply-component', phase: 'failed', message };
  const workflow = { ...mapAt(statusOf(live), 'workflow'), status: isOver ? 'failed' : 'executing', steps: [step] };
  write(parts.api, live, { ...statusOf(live), status: isOver ? 'workflowFailed' : 'runningWorkflow', workflow });
  return isOver ? {} : { again: backOff(parts, live, LATEST_AFTER_FAILURE) };
}

function isFailing(app: Thing): boolean {
  return listAt(statusOf(app), 'workflow', 'steps').some((step) => textAt(step, 'phase') === 'failed');
}

function retry(parts: Parts, app: Thing): Outcome {
  const workflow = { ...mapAt(statusOf(app), 'workflow'), steps: [] };
  const made = checked(parts, app);
  if ('refused' in made) return failing(parts, app, made.refused);
  write(parts.api, app, { ...statusOf(app), workflow });
  return dispatch(parts, parts.api.get('Application', app.metadata.namespace ?? '', app.metadata.name) ?? app);
}

function elapsed({ now }: Parts, app: Thing): number {
  return now() - Date.parse(textAt(statusOf(app), 'workflow', 'startTime'));
}

function backOff(parts: Parts, app: Thing, latest: number): number {
  return Math.min(latest, Math.max(SOONEST, elapsed(parts, app)));
}

/** Whether no Rollout of the Application is other than healthy. */
function areHealthy({ api, rollouts }: Parts, app: Thing): boolean {
  return api
    .list(rollouts, app.metadata.namespace ?? '')
    .filter((one) => labelOf(one, 'app.oam.dev/name') === app.metadata.name)
    .every((one) => textAt(asMap(one), 'status', 'phase') === 'Healthy');
}

/** Whether the workloads are healthy whose types say when they are. */
function areWhole({ api }: Parts, app: Thing): boolean {
  const namespace = app.metadata.namespace ?? '';
  return listAt(specOf(app), 'components').every((component) =>
    isHealthy(mapOf(component), api.get('Deployment', namespace, textAt(component, 'name'))),
  );
}

/** Looks at what was made while the workflow waits for it. With a Rollout that is still healthy from before, it succeeds at once. */
function health(parts: Parts, app: Thing): Outcome {
  const { api, now } = parts;
  const status = statusOf(app);
  const [healthy, whole] = [areHealthy(parts, app), areWhole(parts, app)];
  const isUpdate = numberAt(status, 'latestRevision', 'revision') > 1;
  // The trait was judged by what the Rollout said before, and the Application by what it says now.
  if (whole && !healthy && isUpdate && textAt(status, 'status') === 'rendering')
    return settled(parts, app, 'unhealthy');
  if (whole && healthy) return settled(parts, app, 'running');
  const step = { name: 'apply-component', phase: 'running', reason: 'Wait', lastExecuteTime: stamp(now()) };
  const workflow = { ...mapAt(status, 'workflow'), steps: [step] };
  write(api, app, { ...status, status: 'runningWorkflow', workflow });
  return { again: backOff(parts, app, LATEST) };
}

function settled(parts: Parts, app: Thing, phase: string): Outcome {
  const { api } = parts;
  const status = statusOf(app);
  const workflow = { ...mapAt(status, 'workflow'), status: 'succeeded', steps: [] };
  write(api, app, { ...status, status: phase, workflow });
  forgetOld(api, app);
  collect(parts, app);
  return { again: KEEP_AFTER };
}

/** Puts back what somebody else has changed of what KubeVela has made. What it does not render stays. */
function keepState(parts: Parts, app: Thing): Outcome {
  const next: Outcome = { again: RE_SYNC };
  const mine = manifestsOf(parts, app, liveRevision(app)).filter((one) => ownedByOther(parts, app, one) === null);
  const put = (manifests: readonly Manifest[]) => {
    for (const one of manifests) putBack(parts, one);
  };
  const [first, then] = [false, true].map((later) => mine.filter((one) => isRollout(one) === later));
  put(first ?? []);
  return {
    proceed: () => {
      put(then ?? []);
      return next;
    },
  };
}

function write(api: Api<Kinds>, app: Thing, status: { readonly [key: string]: Json }): void {
  const observedGeneration = app.metadata.generation ?? 1;
  api.update(
    'Application',
    { ...asMap(app), metadata: { ...app.metadata, resourceVersion: '' }, status: { ...status, observedGeneration } },
    {
      manager,
      subresource: 'status',
    },
  );
}
