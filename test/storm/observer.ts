import type { Delivery } from '../../src/release/delivery.ts';
import type { Api } from '../../src/simulator/api/api.ts';
import type { Change } from '../../src/simulator/api/store.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { isOwned, type Written } from './applications.ts';
import type { Counts } from './counts.ts';
import { idOf, isGated, notedIn, type Point, planIn, pointOf, rests } from './facts.ts';
import { factsAround } from './facts-around.ts';
import { type MetricFacts, metricFacts } from './facts-of-metrics.ts';
import { neighbour } from './facts-of-settings.ts';
import { noteServing, podChanged } from './laws-of-pods.ts';
import { noteRecord } from './laws-of-record.ts';
import { noteNeighbour, settingsChanged } from './laws-of-settings.ts';
import { judgeSeen, letGo, notePlan, walked } from './laws-of-steps.ts';
import { judgeShare, noteRouted } from './laws-of-traffic.ts';
import { applicationChanged, workloadChanged } from './laws-of-workload.ts';
import type { Ledger, Run } from './ledger.ts';
import type { Change as MetricChange } from './metric-states.ts';
import type { Stage } from './ports.ts';
import type { Remote } from './repo.ts';
import {
  type Broken,
  createSight,
  isOut,
  type Known,
  knownBy,
  lookAge,
  type Sight,
  soakedSince,
  underAnotherPlan,
  writtenId,
} from './sight.ts';
import { stageNamespace } from './stage.ts';
import type { KindName } from './workloads.ts';

/** How long a write is on its way at most, and the look that it rests on. Milliseconds. */
const longestWrite = 12_000 + lookAge;

export interface Observer {
  readonly broken: Broken[];
  readonly counts: Counts;
  readonly ledger: Ledger;
  /** Versions that somebody else than stepgate has put into the template. */
  readonly strangers: ReadonlySet<string>;
  /** What each metric is like, and since when. */
  readonly metrics: MetricChange[];
  /** Whether the steps in the cluster are neither today's nor those that the release has started with. */
  isUnderAnotherPlan(rollout: Thing, id: string, today: Delivery): boolean;
  /** Whether KubeVela may write nothing that it has made, and no run has written an Application since. */
  isDisowned(): boolean;
  /** Whether somebody has changed a ConfigMap since stepgate wrote it. */
  isEdited(name: string): boolean;
  /** Whether the settings of the release that is asked for may be noted and not written yet: a run of theirs was broken off. */
  isUnwritten(name: string, text: string): boolean;
  /** The id of the object that a release writes. */
  idOf(written: unknown): string;
  /** When somebody edited the record by hand. */
  recordEditedAt(): number;
  /** When the pods of the step that waits were in place and ready. */
  soakedSince(): number | null;
  /** What gates look at beside approvals and soaks, for a release of this commit, now. */
  factsAround(commit: string): ReturnType<typeof factsAround>;
  /** How metrics are now. */
  metricFacts(): MetricFacts;
  /** The place where the release that is asked for stands, `release/step`; null while it moves. */
  here(): string | null;
  /** The plan that a release has started under, in a line. */
  startedUnder(id: string): string;
  begin(run: Run): void;
  breaks(law: string, what: string): void;
  /** For another case to begin with. */
  known(): Known;
}

export function observe(
  api: Api,
  {
    stage,
    ...given
  }: {
    readonly stage: Stage;
    readonly kind: KindName;
    readonly written: Written;
    readonly now: () => number;
    readonly git: Remote;
  },
  before: Known | null,
): Observer {
  const sight = createSight(api, given, before);
  api.store.listen((change) => {
    changed(sight, stage.actor, change);
    notePoints(sight);
  });
  return {
    broken: sight.broken,
    counts: sight.counts,
    ledger: sight.ledger,
    strangers: sight.strangers,
    metrics: sight.metrics,
    isUnderAnotherPlan: (rollout, id, today) => underAnotherPlan(sight, rollout, id, [today]),
    isDisowned: () => !isOwned(sight.rollout()) && sight.disownedAt > sight.carriedAt - longestWrite,
    isEdited: (name) => sight.editedSettings.has(name),
    isUnwritten: (name, text) => sight.takenOnLast && sight.through.get(name) === text,
    idOf: (written) => writtenId(sight, written as Thing | undefined),
    recordEditedAt: () => sight.recordEditedAt,
    soakedSince: () => soakedSince(sight),
    factsAround: (commit) => factsAround(sight, commit, sight.now()),
    metricFacts: () => metricFacts(sight, sight.now()),
    here: () => pointHere(sight),
    startedUnder: (id) => sight.startedUnder.get(id) ?? '',
    begin(run) {
      sight.ledger.runs.set(run.actor, run);
      notePoints(sight);
    },
    breaks: sight.breaks,
    known: () => knownBy(sight),
  };
}

function changed(sight: Sight, actor: string, change: Change): void {
  if (change.object.metadata.namespace === stageNamespace) {
    if (change.kind === 'Rollout') noteStage(sight, change);
    return;
  }
  if (change.kind === 'Rollout' && change.object.metadata.name === neighbour) {
    noteNeighbour(sight, change);
    return;
  }
  switch (change.kind) {
    case 'ConfigMap':
      settingsChanged(sight, actor, change);
      break;
    case 'Rollout':
      if (change.type !== 'DELETED') rolloutChanged(sight, actor, change.object, change.old);
      else if (sight.takenOut?.wentOn === true || !isOut(sight.takenOut, sight.now() - lookAge))
        sight.breaks('the Rollout stays, and its record with it', `removed by ${actor}`);
      break;
    case sight.kind:
      if (change.object.metadata.name === 'shop' && change.type !== 'DELETED')
        workloadChanged(sight, actor, change.object, change.type === 'ADDED' ? undefined : change.old);
      break;
    case 'Application':
      if (change.type !== 'DELETED')
        applicationChanged(sight, actor, change.object, change.type === 'ADDED' ? undefined : change.old);
      break;
    case 'Pod':
      podChanged(sight, actor, change);
      break;
    case 'Service':
    case 'Ingress':
    case 'HTTPRoute':
      sight.runOf(actor)?.wrote.add('other');
      judgeShare(sight);
      break;
    default:
      sight.runOf(actor)?.wrote.add('other');
  }
}

function rolloutChanged(sight: Sight, actor: string, object: Thing, old: Thing | undefined): void {
  const [is, was] = [pointOf(object), pointOf(old)];
  const run = sight.runOf(actor);
  if (actor === 'person' && isOwned(old) && !isOwned(object)) sight.disownedAt = sight.now();
  if (actor === 'person') {
    sight.meddled = true;
    sight.meddledAt = sight.now();
  }
  if (run !== undefined && old !== undefined) judgeSeen(sight, run, object, old);
  noteRecord(sight, run, object, old);
  notePlan(sight, actor, object, old);
  if (run !== undefined && was.state === 'StepPaused' && was.step > 0) {
    if (is.state === 'StepReady') letGo(sight, run, object, was, was.step + 1);
    else if (is.next !== was.next) letGo(sight, run, object, was, is.next);
  }
  if (actor === 'person' && was.state === 'StepPaused' && (is.state === 'StepReady' || is.next !== was.next))
    sight.letGo.set(`${was.id}/${was.step}`, 'person');
  if (run === undefined && actor !== 'person') walked(sight, is, was, object);
  // An approval that is lost takes the step back to its pause, also from the next step, and begins no soak anew.
  const lost = ['StepPaused', 'StepReady'].includes(was.state) || (is.id === was.id && is.step < was.step);
  if (is.state === 'StepPaused' && !lost) sight.pausedAt = sight.now();
  if (is !== was) {
    noteRouted(sight, is, was);
    judgeShare(sight);
  }
  // A deploy right after a change by hand, or KubeVela, may give pods another id and change nothing else. The engine stays at its step.
  const isRenamed = is.id !== was.id && rests(is) && rests(was) && is.step === was.step;
  if (!isRenamed && (is.id !== was.id || is.step !== was.step || is.reason !== was.reason))
    sight.stepSince = sight.now();
  if (is.id !== was.id) {
    sight.takenUpSince = sight.now();
    sight.firstOf.clear();
  }
  if (is.phase !== was.phase) noteServing(sight);
  if (is.id !== was.id && is.phase === 'Progressing')
    sight.meddled = actor === 'person' || sight.now() - sight.meddledAt < lookAge;
}

/** What the environment before has delivered. */
function noteStage(sight: Sight, { type, object }: Change): void {
  const [first] = type === 'DELETED' ? [] : notedIn(object).history;
  const commit = first?.commit ?? null;
  if (sight.staged.at(-1)?.commit !== commit) sight.staged.push({ commit, at: sight.now() });
}

/** What an open promotion that names nothing may mean. */
function notePoints(sight: Sight): void {
  const here = pointHere(sight);
  if (here === null) return;
  for (const run of sight.ledger.runs.values()) if (!run.ended && run.means !== null) run.points.add(here);
}

function pointHere(sight: Sight): string | null {
  const noted = notedIn(sight.rollout());
  if (noted.release === null) return null;
  const { id } = noted.release;
  if (writtenId(sight, sight.written()) !== id) return `${id}/0`;
  // The Application is written, and nothing is made of it yet.
  if (idOf(sight.workload()) !== id) return null;
  const point = pointOf(sight.rollout());
  if (point.phase === 'Progressing') return stands(point) && point.id === id ? `${id}/${point.step}` : null;
  // The template is written, and the engine still shows the release before: nothing waits.
  if (isGated(sight.workload()) || (point.id !== '' && point.id !== id)) return null;
  return `${id}/${planIn(sight.rollout()).length + 1}`;
}

/** Whether the engine stands at a step: it waits, or somebody has paused the Rollout. */
function stands(point: Point): boolean {
  return rests(point) || point.reason === 'Paused';
}
