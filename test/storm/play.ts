import { isDeepStrictEqual } from 'node:util';
import type { Given } from '../../src/commands/input.ts';
import { GAVE_UP } from '../../src/flow/patience.ts';
import { Stalled } from '../../src/simulator/conductor.ts';
import { churn, churns, firstDeploy, meddleWith, passTime } from './acts.ts';
import { versionIn as versionWritten, writtenIn } from './applications.ts';
import { begunAt } from './begun.ts';
import type { Case } from './case.ts';
import type { Counts } from './counts.ts';
import { judgeEnding, restingState, watchGit } from './ending.ts';
import { notedIn, wantedVersion } from './facts.ts';
import { mend } from './foreign.ts';
import { beNeighbour } from './foreign-settings.ts';
import { judgeMetrics } from './laws-of-metrics.ts';
import type { Run } from './ledger.ts';
import { answerAgain } from './metric-states.ts';
import { askedBy } from './people.ts';
import { acting } from './ports.ts';
import type { Broken } from './sight.ts';
import { versionIn } from './source.ts';
import { type Asked, createWorld, type Ended, plainly, type World } from './world.ts';

export interface Played {
  readonly broken: readonly Broken[];
  readonly counts: Counts;
  /** What happened, line by line. */
  readonly log: readonly string[];
}

export async function play(of: Case): Promise<Played> {
  return of.kind === 'storm' ? playStorm(of) : playTwins(of);
}

async function playStorm(of: Case): Promise<Played> {
  const before = of.from === null ? null : await begunAt(of.from);
  const world = createWorld(of, before);
  watchGit(world);
  const log = world.log;
  const { observer } = world;
  try {
    await world.conductor.run(async () => {
      if (before === null) await firstDeploy(world, of);
      const running: Promise<void>[] = [];
      for (const action of of.actions) {
        if (action.after) await Promise.all(running.splice(0));
        await passTime(world, action.gap);
        const asked = askedBy(world, action);
        if (asked === null) meddleWith(world, action);
        else running.push(world.run(asked).then((ended) => judgeRun(world, ended)));
      }
      await Promise.all(running);
      if (of.rests) {
        await comeToRest(world);
        judgeEnding(world);
      }
      if (observer.broken.length > 0)
        log.push(
          `rests: ${JSON.stringify(restingState(world))}`,
          `workload: ${JSON.stringify(world.cluster.api.store.get(world.kind, 'shop', 'shop'))}`,
          ...(of.carrier === null
            ? []
            : [`written: ${JSON.stringify(writtenIn(world.cluster.api.store, world.written))}`]),
        );
    });
  } catch (error) {
    if (error instanceof Stalled) observer.breaks('every run ends', error.message);
    else throw error;
  } finally {
    world.close();
  }
  return { broken: observer.broken, counts: observer.counts, log };
}

/** Milliseconds past its time limit in which a run finishes what it has begun: a single call may take twelve seconds here. */
const GRACE = 15_000;

/** What has been bad for so long has failed, whatever the metric. Milliseconds. */
const longBad = 150_000;

/** So far may clocks be from each other without a word, in milliseconds. */
const CLOCKS_APART = 31_000;

/** What a run may not have done, whatever happened to it. */
function judgeRun(world: World, { run, told, killed, late, fault, log }: Ended): void {
  if (killed) return;
  const { observer } = world;
  if (late > GRACE)
    observer.breaks('a run ends when its time runs out', `${run.command} went on for ${Math.round(late / 1000)} s`);
  const { error } = told;
  // Nobody here writes so often: what a run takes for somebody else is its own doing.
  if (error?.code === 'CLUSTER_CONFLICT' && error.message.includes(GAVE_UP))
    observer.breaks('no run gives up on a world that lets it', `${run.command}: ${error.message}`);
  if (error?.family === 'bug')
    observer.breaks('no run ends with a defect', `${run.command}: ${error.message} ${log.at(-2) ?? ''}`);
  // Whoever edits the record under a run makes it ask for something else than it has begun with.
  const isEdited = observer.recordEditedAt() >= run.began;
  if (told.exit === 4 && !isEdited && (run.wrote.has('template') || run.wrote.has('status')))
    observer.breaks(
      'nothing is written after a refusal',
      `${run.command} ended with ${error?.code ?? ''} and wrote ${[...run.wrote].join(', ')}`,
    );
  if (run.command === 'status' && run.wrote.size > 0)
    observer.breaks('reading writes nothing', [...run.wrote].join(', '));
  const isTold = told.delivery?.findings.some(({ code }) => code === 'CLOCKS_DIFFER');
  const asksCluster = run.command !== 'freeze' && run.command !== 'thaw';
  if (asksCluster && Math.abs(run.skew) > CLOCKS_APART && told.delivery !== null && error === null && isTold !== true)
    observer.breaks('a skewed clock is told', `${run.command}, ${run.skew / 1_000} s`);
  if (run.command === 'tick' && error === null && fault === null) judgeLeft(world, run);
  const isRepeated = run.name !== null && run.name.attempt > 1;
  const taken = run.command === 'promote' && told.exit === 0 && !isRepeated;
  if (taken && run.means !== null && run.gave.length === 0 && run.means.to === null)
    if (!observer.ledger.givers.has(run.who))
      observer.breaks('no approval is lost', `${run.who}'s promotion was taken, and nothing was recorded`);
}

/** What a metric has said to be bad since before a run that acts, is taken back by it. */
function judgeLeft(world: World, { began }: Run): void {
  const { cluster, kind, written, remote, now } = world;
  const noted = notedIn(cluster.api.store.get('Rollout', 'shop', 'shop'));
  const live = cluster.api.store.get(kind, 'shop', 'shop');
  const { release } = noted;
  const version = release === null ? null : versionIn(remote.at(release.commit).files);
  const isOurs = wantedVersion(live) === version && versionWritten(writtenIn(cluster.api.store, written)) === version;
  if (isOurs && noted.rollback === null) judgeMetrics(world, noted, now() - began + longBad);
}

const stuck = 'stuck POD_NOT_STARTING';

/** Whether the policy asks for metrics: nobody says when they get good or bad, so it takes a while until that is seen. */
function isMeasured(world: World): boolean {
  const { steps, doneWhen } = world.policy();
  return [...steps.flatMap(({ leaveWhen }) => leaveWhen), ...doneWhen].some(({ kind }) => kind === 'metric');
}

/** Everything is healthy again, and ticks come by until nothing moves any more. */
async function comeToRest(world: World): Promise<void> {
  const { cluster, observer, remote, stage } = world;
  observer.ledger.forge.away = false;
  remote.away = false;
  remote.refusals = 0;
  remote.closed = false;
  answerAgain(observer.metrics, world.now());
  beNeighbour(world, 'neighbour leaves');
  const rollout = cluster.api.store.get('Rollout', 'shop', 'shop');
  if (rollout !== undefined)
    acting(stage, 'mender', () =>
      cluster.api.patch(
        'Rollout',
        'shop',
        'shop',
        { spec: { strategy: { paused: null } } },
        { type: 'merge', manager: 'kubectl' },
      ),
    );
  let quiet = 0;
  let before = '';
  let followed = '';
  for (let round = 0; round < 12 && quiet < 2; round += 1) {
    mend(world);
    const ended = await world.run({ ...plainly, command: 'tick', who: 'ada', given: { timeout: ['2m'] } });
    judgeRun(world, ended);
    followed = await followTodo(world, ended, followed);
    const next = ended.told.delivery?.next ?? null;
    const wait =
      next === null ? (isMeasured(world) ? 150_000 : 20_000) : Math.max(0, Date.parse(next) - world.now()) + 3_000;
    const moves = world.moves();
    await passTime(world, Math.min(wait, 86_400_000));
    // An engine that waits for pods in vain never stops writing: what is said of it tells whether anything still moves.
    const said = `${ended.told.delivery?.state} ${ended.told.delivery?.reason}`;
    const unmoved = world.moves() === moves || (churns(world) && said === before && said === stuck);
    quiet = ended.writes === 0 && next === null && unmoved ? quiet + 1 : 0;
    before = said;
  }
  // Nothing moves any more: a person who reads that it is about to go on waits for ever.
  if (quiet >= 2 && before.endsWith(' STARTING'))
    observer.breaks('what has come to rest is not called starting', before);
}

/** Runs the deploy that a tick at PLAN_DIFFERS prints as its todo, once for each such line. Returns the line that was run last. */
async function followTodo(world: World, { told }: Ended, followed: string): Promise<string> {
  const todo = told.delivery?.reason === 'PLAN_DIFFERS' ? (told.delivery.todo ?? '') : '';
  const commit = /^stepgate deploy .*--at (\w+)$/.exec(todo)?.[1];
  if (commit === undefined || todo === followed) return followed;
  const given = { until: ['wait'], timeout: ['2m'], at: [commit] };
  judgeRun(world, await world.run({ ...plainly, command: 'deploy', who: 'ada', given }));
  return todo;
}

/** The same actions twice, once with a run killed and started again: both end in the same state. */
async function playTwins(of: Case): Promise<Played> {
  const whole = await playAlone(of, false);
  const killed = await playAlone(of, true);
  const broken = [...whole.broken, ...killed.broken];
  if (broken.length === 0 && !isDeepStrictEqual(whole.state, killed.state)) {
    const what = `without: ${JSON.stringify(whole.state)}\n    killed:  ${JSON.stringify(killed.state)}`;
    broken.push({ law: 'a run after a kill ends where the run without one does', what, at: 0 });
  }
  const counts = { ...killed.counts };
  for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += whole.counts[key];
  return { broken, counts, log: ['without the kill:', ...whole.log, 'with the kill:', ...killed.log] };
}

const hour = 3_600_000;

/** Actions at set times, so that what a kill costs in time does not change what the next one meets. */
async function playAlone(of: Case, withKill: boolean): Promise<Played & { readonly state: unknown }> {
  const world = createWorld({ ...of, latency: 0 }, null);
  watchGit(world);
  const { observer } = world;
  let state: unknown = null;
  try {
    await world.conductor.run(async () => {
      await firstDeploy(world, of);
      let due = of.start;
      for (const action of of.actions) {
        due += action.gap;
        if (due > world.now()) await world.sleep(due - world.now());
        const asked = askedBy(world, action);
        if (asked === null) meddleWith(world, action);
        else await runTwice(world, withKill ? asked : { ...asked, fault: null });
      }
      for (let round = 1; round <= 4; round += 1) {
        // Past any soak first, then into the schedule's next window; where no pod gets ready, past any patience.
        due += churns(world) ? churn : round < 3 ? 700_000 : 16 * hour;
        await world.sleep(due - world.now());
        await world.run({ ...plainly, command: 'tick', who: 'ada', given: { timeout: ['2m'] } });
      }
      await comeToRest(world);
      state = restingState(world);
      judgeEnding(world);
    });
  } catch (error) {
    if (error instanceof Stalled) observer.breaks('every run ends', error.message);
    else throw error;
  } finally {
    world.close();
  }
  return { broken: observer.broken, counts: observer.counts, log: world.log, state };
}

/**
 * A run that was killed is started again: the same attempt anew where it recorded nothing, as the next one where it did; or a
 * tick comes by where it had begun to take a release back by policy.
 */
async function runTwice(world: World, asked: Asked): Promise<void> {
  const before = notedIn(world.cluster.api.store.get('Rollout', 'shop', 'shop')).text;
  const began = world.now();
  const first = await world.run(asked);
  judgeRun(world, first);
  if (!first.killed) return;
  const after = notedIn(world.cluster.api.store.get('Rollout', 'shop', 'shop'));
  const recorded = after.text !== before;
  const { again: last } = first;
  const next = recorded && last !== null ? { ...last, via: { ...last.via, attempt: last.via.attempt + 1 } } : asked;
  const byPolicy = recorded && asked.command !== 'rollback' && after.rollback?.cluster === 'todo';
  const again: Asked = byPolicy
    ? { ...plainly, command: 'tick', who: asked.who, given: { timeout: ['2m'] } }
    : { ...next, given: withTimeLeft(next.given, world.now() - began), fault: null };
  judgeRun(world, await world.run(again));
}

/** The same words, with what is left of the timeout of a run that was killed: it would have ended then too. */
function withTimeLeft(given: Given, gone: number): Given {
  const minutes = Number(/^(\d+)m$/.exec(given['timeout']?.[0] ?? '')?.[1] ?? Number.NaN);
  return Number.isNaN(minutes)
    ? given
    : { ...given, timeout: [`${Math.max(1, Math.ceil(minutes * 60 - gone / 1_000))}s`] };
}
