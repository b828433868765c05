import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { withOlderVersions } from '../../src/adapters/older-versions.ts';
import type { Given } from '../../src/commands/input.ts';
import { parseDuration } from '../../src/config/time.ts';
import type { Delivery } from '../../src/release/delivery.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import type { Api } from '../../src/simulator/api/api.ts';
import { at, isMap, textAt } from '../../src/simulator/api/json.ts';
import { kinds } from '../../src/simulator/api/kinds.ts';
import { isGoing, type Thing } from '../../src/simulator/api/things.ts';
import { type ClusterOptions, createCluster, type EmbeddedCluster } from '../../src/simulator/cluster.ts';
import { type Conductor, conduct } from '../../src/simulator/conductor.ts';
import { withOldRollouts } from '../../src/simulator/engine/old-rollouts.ts';
import { seeded } from '../../src/simulator/random.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { targets } from '../../src/targets/index.ts';
import type { MemoryForge } from '../support/forge.ts';
import { applicationName, editOf, inNewVersion, type Written, writtenIn } from './applications.ts';
import { forgeOf } from './at-forge.ts';
import type { Case, Fault, Who } from './case.ts';
import { type CommandName, execute, type Told } from './commands.ts';
import { type Noted, notedIn, pointOf, pointWords } from './facts.ts';
import { faultyForge } from './faulty-forge.ts';
import { faultyMetrics } from './faulty-metrics.ts';
import { foreign } from './foreign.ts';
import { judgeQuestion } from './laws-of-metrics.ts';
import type { Lifting, Meaning, Rolling, Run, RunName, Shown } from './ledger.ts';
import { metricsOf } from './metrics-world.ts';
import { type Observer, observe } from './observer.ts';
import { authored, faultyCluster, faultyRepo, type Stage, shallowRepo, type Way } from './ports.ts';
import { createRemote, type Remote } from './repo.ts';
import { folded } from './seeds.ts';
import type { Known } from './sight.ts';
import { filesOf, policyIn } from './source.ts';
import { type KindName, kindNamed } from './workloads.ts';

export interface Asked {
  readonly command: CommandName;
  readonly who: Who;
  readonly given: Given;
  /** It is about every delivery, where there are several. */
  readonly all: boolean;
  readonly means: Meaning | null;
  readonly wants: Rolling | Lifting | null;
  readonly skew: number;
  /** `workflow`: a new run. A name: an attempt of one that was there before. */
  readonly via: 'shell' | 'workflow' | RunName;
  /** The commit that is checked out, where it is not the newest. */
  readonly head: string | null;
  /** The clone has the newest commit alone. */
  readonly shallow: boolean;
  readonly fault: Fault | null;
}

/** What is asked for from a shell, on a machine whose clock is right. */
export const plainly = {
  all: false,
  means: null,
  wants: null,
  skew: 0,
  via: 'shell',
  head: null,
  shallow: false,
  fault: null,
} as const;

/** A run of a workflow, which can be started again. */
export type Rerunnable = Omit<Asked, 'via'> & { readonly via: RunName };

export interface Ended {
  readonly run: Run;
  readonly told: Told;
  readonly killed: boolean;
  /** What happened to it on its way. */
  readonly fault: Fault | null;
  /** What can be started again; null where it came from a shell. */
  readonly again: Rerunnable | null;
  readonly writes: number;
  /** Milliseconds that it went on after its time had run out; below zero where it ended before. */
  readonly late: number;
  readonly log: readonly string[];
}

/** A world at rest, for many cases to begin with: what lives on is what outlives every process, the engine's own too. */
export interface Begun {
  readonly at: number;
  readonly things: readonly (readonly [kind: string, thing: Thing])[];
  readonly remote: Remote;
  readonly forge: MemoryForge | null;
  readonly known: Known;
  /** What each person's checkout has. */
  readonly checkouts: ReadonlyMap<Who, string>;
  readonly runs: number;
  readonly last: Rerunnable | null;
  readonly log: readonly string[];
}

/** A cluster, a repository with a remote, and people, on virtual time. */
export interface World {
  readonly cluster: EmbeddedCluster;
  /** Kind of the workload. */
  readonly kind: KindName;
  /** The object that a release writes. */
  readonly written: Written;
  readonly conductor: Conductor;
  readonly remote: Remote;
  /** Null in cases without one. */
  readonly forge: MemoryForge | null;
  readonly observer: Observer;
  readonly stage: Stage;
  readonly log: string[];
  readonly now: () => number;
  /** Seconds since the case began, for the log. */
  readonly clock: () => string;
  /** How often anything was written. What KubeVela notes of its waiting in an Application counts for nothing. */
  moves(): number;
  sleep(milliseconds: number): Promise<void>;
  /** The plan as the policy ref has it now. */
  policy(): Delivery;
  run(asked: Asked): Promise<Ended>;
  /** The last run of a workflow; null before the first. */
  last(): Rerunnable | null;
  /** For other cases to begin here; null while anything is under way. */
  begun(): Begun | null;
  close(): void;
}

const never = new AbortController().signal;

export function createWorld(of: Case, before: Begun | null): World {
  const { seed, delivery, start, latency } = of;
  const kind = kindNamed(delivery.workload.kind);
  const written: Written =
    of.carrier === null ? { kind, name: 'shop' } : { kind: 'Application', name: applicationName };
  const timeline = virtualTimeline(before?.at ?? start);
  const served = createCluster({ timeline, seed: folded(seed), ...withKubeVela(of) });
  for (const [kind, thing] of before?.things ?? []) served.api.store.put(kind, thing);
  const cluster = of.carrier?.rollouts === 'v1alpha1' ? withNewRollouts(served) : served;
  const conductor = conduct(timeline);
  const stage: Stage = { actor: 'engine' };
  const now = () => timeline.now();
  const files = filesOf({ ...of, delivery: { ...delivery, startWhen: [], doneWhen: [] } });
  const remote = before?.remote.fork(now) ?? createRemote(files, now);
  const observer = observe(cluster.api, { stage, kind, written, now, git: remote }, before?.known ?? null);
  let moves = 0;
  cluster.api.store.listen((change) => {
    if (change.kind !== 'Application') moves += 1;
  });
  const date = () => new Date(now());
  const forge = of.forge ? forgeOf(observer.ledger.forge, { before: before?.forge ?? null, date, remote }) : null;
  const metrics = metricsOf({
    changes: observer.metrics,
    counts: observer.counts,
    now,
    pods: () => cluster.api.store.list('Pod', 'shop'),
    workload: () => cluster.api.store.get(kind, 'shop', 'shop'),
  });
  const notedAt = () => notedIn(cluster.api.store.get('Rollout', 'shop', 'shop'));
  const random = seeded(folded(seed) + 1);
  const known = new Map(before?.checkouts);
  const log = [...(before?.log ?? [])];
  let runs = before?.runs ?? 0;
  let last = before?.last ?? null;

  const policyAt = (commit: string) => policyIn(remote.at(commit).files);
  const clock = () => ((now() - start) / 1000).toFixed(3).padStart(9);
  const sleep = (milliseconds: number) => conductor.clock.sleep(milliseconds, never);

  async function run(asked: Asked): Promise<Ended> {
    const { command, who, means, wants, skew, via, head, shallow, fault } = asked;
    // With several deliveries in the config, a command says which one it means.
    const isNamed = delivery.environment !== null && !asked.all;
    const given = isNamed ? { delivery: [delivery.name], ...asked.given } : asked.given;
    runs += 1;
    const actor = `run ${runs}`;
    const life = new AbortController();
    const checkout = remote.checkout(known.get(who) ?? null, head);
    const name: RunName | null =
      via === 'shell' ? null : via === 'workflow' ? { id: String(1_000 + runs), attempt: 1 } : via;
    const again = name === null ? null : { ...asked, via: name, head: checkout.head };
    last = again ?? last;
    const way: Way = {
      fault,
      delay: () => (latency === 0 ? 0 : Math.floor(random() * latency)),
      sleep: (milliseconds) => conductor.clock.sleep(milliseconds, life.signal),
      die() {
        way.dead = true;
        life.abort(new Error('killed'));
      },
      touch(kind, name) {
        const api = authored(cluster.api, stage, 'touch');
        const note = { metadata: { annotations: { 'example.com/touched': actor } } };
        if (api.get(kind, 'shop', name) !== undefined)
          api.patch(kind, 'shop', name, note, { type: 'merge', manager: 'kubectl' });
      },
      meddle: (what) => foreign({ cluster, kind, stage, now, clock, log, remote }, what),
      begins(kind) {
        entry.sent = kind === 'ConfigMap' ? (entry.prepares ?? now()) : now();
        entry.prepares = null;
        entry.asked = idsAskedFor(notedAt());
        entry.approved = observer.ledger.approvals;
      },
      reads(kind) {
        if (kind === 'Rollout') entry.prepares = null;
        else if (kind === 'ConfigMap') entry.prepares ??= now();
      },
      saw(object) {
        const isFirst = entry.saw.versions.size === 0;
        show(object, entry.saw, written);
        if (isFirst && entry.saw.versions.size > 0) entry.liveThen = observer.idOf(object);
      },
      met(one) {
        if (one.fault === 'forge') observer.counts.forgeFaults += 1;
        if (one.fault === 'metric') observer.counts.metricFaults += 1;
        const isKill = (one.fault === 'forge' || one.fault === 'metric') && ['before', 'after'].includes(one.when);
        if (one.fault === 'kill' || isKill) observer.counts.kills += 1;
        if (one.fault === 'touch' || (one.fault === 'answer' && one.status === 409)) observer.counts.conflicts += 1;
      },
      dead: false,
      calls: 0,
      requests: 0,
      queries: 0,
      writes: 0,
    };
    const entry: Run = {
      actor,
      command,
      who,
      began: now(),
      policy: policyAt(checkout.known),
      means,
      wants,
      name,
      liveThen: observer.idOf(writtenIn(cluster.api.store, written)),
      skew,
      urgent: given['urgent'] !== undefined,
      takesOver: given['take-over'] !== undefined,
      meets: fault?.fault ?? null,
      names: given['release'] !== undefined && given['release'][0] !== 'live',
      acts: [],
      looks: command === 'status' || (command === 'deploy' && given['until']?.[0] === 'wait'),
      points: new Set(),
      gave: [],
      asked: [],
      approved: [],
      sent: now(),
      prepares: null,
      saw: { versions: new Set(), records: new Set(), points: new Set() },
      wrote: new Set(),
      ended: false,
    };
    observer.begin(entry);
    const lines: string[] = [];
    const say = (line: string) => {
      lines.push(line);
      log.push(`${clock()} ${actor} ${line}`);
    };
    const more = [
      ...(name === null ? [] : [`workflow run ${name.id}, attempt ${name.attempt}`]),
      ...(skew === 0 ? [] : [`clock ${skew > 0 ? '+' : ''}${skew / 1000} s`]),
      ...(shallow ? ['a shallow clone'] : []),
      ...(fault === null ? [] : [JSON.stringify(fault)]),
    ];
    if (skew !== 0) observer.counts.skewed += 1;
    if (name !== null && name.attempt > 1) observer.counts.reruns += 1;
    if (command === 'rollback' && notedAt().rollback !== null) observer.counts.secondRollbacks += 1;
    if (remote.aside !== null && given['at']?.[0] === remote.aside) observer.counts.foreignCommits += 1;
    say(`$ stepgate ${command} ${words(given)} (${[who, ...more].join(', ')})`);
    const plainCluster = embeddedCluster({
      api: authored(served.api as Api, stage, actor),
      timeline,
      user: who,
      noticed: conductor.touch,
    });
    const inner = of.carrier === null ? plainCluster : withOlderVersions(plainCluster, targets.usual.olderVersions);
    const told = await execute(command, given, {
      repo: faultyRepo(shallow ? shallowRepo(checkout) : checkout.repo, way),
      cluster: faultyCluster(inner, way),
      forge: forge === null ? null : faultyForge(forge.as(), way),
      metrics: faultyMetrics(metrics, way, () => judgeQuestion(observer, entry, notedAt())),
      clock: { now: () => new Date(conductor.clock.now().getTime() + skew), sleep: conductor.clock.sleep },
      who,
      name,
      signal: life.signal,
      log: say,
    });
    entry.ended = true;
    if (command === 'freeze' && told.exit === 0) observer.counts.freezes += 1;
    known.set(who, checkout.known);
    const { delivery: report, error } = told;
    say(
      way.dead
        ? '= killed'
        : `= ${told.exit} ${report?.state ?? ''} ${report?.reason ?? ''}: ${error?.message ?? report?.message ?? ''}`,
    );
    const limit = parseDuration(given['timeout']?.[0] ?? '');
    const late = 'value' in limit ? now() - entry.began - limit.value * 1000 : 0;
    return { run: entry, told, killed: way.dead, fault, again, writes: way.writes, late, log: lines };
  }

  return {
    cluster,
    kind,
    written,
    conductor,
    remote,
    forge,
    observer,
    stage,
    log,
    now,
    clock,
    moves: () => moves,
    sleep,
    policy: () => policyAt(remote.tip),
    run,
    last: () => last,
    begun() {
      const { store } = served.api;
      const things = kinds.flatMap(({ id }) => store.list(id, null).map((thing) => [id, thing] as const));
      if (!cluster.idle || things.some(([, thing]) => isGoing(thing))) return null;
      return {
        at: now(),
        things,
        remote: remote.fork(now),
        forge: forge?.fork(date, null) ?? null,
        known: observer.known(),
        checkouts: new Map(known),
        runs,
        last,
        log: [...log],
      };
    },
    close: () => cluster.stop(),
  };
}

function withKubeVela({ carrier }: Case): Pick<ClusterOptions, 'kubevela' | 'rollouts'> {
  return carrier === null ? {} : { kubevela: true, rollouts: carrier.rollouts };
}

/** A cluster with Rollouts of the old version alone, as people and laws look at it. */
function withNewRollouts(served: EmbeddedCluster): EmbeddedCluster {
  const api = { ...withOldRollouts(served.api), store: inNewVersion(served.api.store) };
  return Object.create(served, { api: { value: api } });
}

/** What a run learns from an object. */
function show(object: KubeObject, { versions, records, points }: Shown, written: Written): void {
  if (at(object, 'metadata', 'namespace') !== 'shop') return;
  if (written.kind === 'Application' && at(object, 'kind') === 'Application') versions.add(editOf(object));
  if (at(object, 'metadata', 'name') !== 'shop') return;
  if (isMap(at(object, 'spec', 'workloadRef'))) {
    records.add(textAt(object, 'metadata', 'annotations', 'stepgate.dev/record'));
    points.add(pointWords(pointOf(object)));
  } else if (written.kind !== 'Application' && isMap(at(object, 'spec', 'template'))) {
    versions.add(textAt(object, 'metadata', 'resourceVersion'));
  }
}

function words(given: Given): string {
  return Object.entries(given)
    .map(([name, values]) => `--${name} ${values?.join(' ')}`)
    .join(' ');
}

/**
 * The ids that a run may write while the record is this one: the requested release, the live release that a settings change belongs to, and
 * the target of a rollback under way.
 */
function idsAskedFor({ release, rollback }: Noted): readonly string[] {
  const back = rollback?.cluster === 'todo' ? [rollback.to.id] : [];
  if (release === null) return back;
  return [release.id, ...(release.over === undefined ? [] : [release.over]), ...back];
}
