import { renderAt } from '../flow/load.ts';
import { createTrack, type Track } from '../flow/rehearse-log.ts';
import { approversOf, endingOf, nowhere, restsUntil, stationOf } from '../flow/rehearse-read.ts';
import { fateIn, readScenario, startOf } from '../flow/rehearse-scenario.ts';
import {
  assumedObjects,
  createWorld,
  fixedParser,
  sizeByAutoscaler,
  ungated,
  type World,
} from '../flow/rehearse-world.ts';
import type { OpenStage, Stage } from '../flow/stage.ts';
import type { Delivery } from '../release/delivery.ts';
import { stringAt } from '../release/json.ts';
import type { DeliveryReport, Report } from '../release/report.ts';
import type { Rendered } from '../release/target.ts';
import { type Rehearsal, rehearsalExit } from '../release/timeline.ts';
import type { TextOptions } from '../views/lines.ts';
import { renderTimeline } from '../views/timeline.ts';
import { timelineMermaid, timelineSvg } from '../views/timeline-diagrams.ts';
import { renderRehearsalJson } from '../views/timeline-json.ts';
import { renderRehearsalMarkdown } from '../views/timeline-markdown.ts';
import { deploy } from './deploy.ts';
import type { Result } from './index.ts';
import type { Input } from './options.ts';
import { promote } from './promote.ts';
import { chosen, policyOf, type Run } from './run.ts';
import { tick } from './tick.ts';

/** Before the release is asked for, what was live before has all of this time to be delivered. Milliseconds. */
const BEFORE = 3_600_000;
/** So many runs are rehearsed of a release that comes to no end. */
const RUNS = 5_000;
/** The name under which runners write. */
const RUNNER = 'the runner';

/** One delivery while it is rehearsed. */
interface Part {
  readonly delivery: Delivery;
  readonly rendered: Rendered;
  readonly track: Track;
  report: DeliveryReport | null;
  findings: DeliveryReport['findings'];
  /** When its report last said something new. */
  news: number;
}

/** Somebody who will approve. */
interface Answer {
  readonly at: number;
  readonly part: Part;
  readonly who: string;
  readonly release: string;
  given(): void;
}

/** The rehearsal in the form that was asked for. */
export async function showRehearsal(run: Run, openStage: OpenStage): Promise<Result> {
  const rehearsal = await rehearse(run, openStage);
  const { picture, output, detailedExitCode } = run.input;
  return {
    kind: 'drawn',
    exitCode: rehearsalExit(rehearsal, detailedExitCode),
    draw: (options) => draw(rehearsal, picture ?? output, options),
  };
}

function draw(
  rehearsal: Rehearsal,
  as: 'text' | 'json' | 'markdown' | 'svg' | 'mermaid',
  options: TextOptions,
): string {
  switch (as) {
    case 'text':
      return `${renderTimeline(rehearsal, options).join('\n')}\n`;
    case 'json':
      return `${renderRehearsalJson(rehearsal)}\n`;
    case 'markdown':
      return renderRehearsalMarkdown(rehearsal);
    case 'svg':
      return timelineSvg(rehearsal, options.zone);
    case 'mermaid':
      return `${timelineMermaid(rehearsal)}\n`;
  }
}

/**
 * How the release of a commit would go: the real commands against an embedded cluster, on a clock that jumps. Nothing
 * of the user's is written, and no cluster is asked. Throws what reading the config and the source throws.
 */
export async function rehearse(run: Run, openStage: OpenStage): Promise<Rehearsal> {
  const { input, context: real } = run;
  const scenario = readScenario(input.with);
  const [policy, commit] = await Promise.all([policyOf(run), real.repo.resolve(input.at)]);
  const deliveries = withThoseBefore(policy.deliveries, chosen(policy, input, false));
  const rendered: Rendered[] = [];
  for (const delivery of deliveries) rendered.push(await renderAt(real, delivery, commit, 1));
  const start = startOf(scenario, input.start ?? wholeSecond(real.clock.now()), deliveries);

  const parts: Part[] = [];
  using stage = await openStage({
    start: new Date(start.getTime() - BEFORE),
    fate: fateIn(scenario, input.readyAfterSeconds * 1000),
    changed(change) {
      for (const { track } of parts) track.changed(change);
    },
  });
  for (const [index, delivery] of deliveries.entries()) {
    const its = rendered[index];
    if (its === undefined) continue;
    const track = createTrack(delivery, real.target, () => stage.clock.now());
    parts.push({ delivery, rendered: its, track, report: null, findings: [], news: start.getTime() });
  }
  const notes = assumptions(stage, parts, real.target);
  const world = createWorld({
    real,
    stage,
    commit,
    decided: (situation, decision) =>
      parts.find(({ delivery }) => delivery.name === situation.delivery.name)?.track.decided(situation, decision),
    pushed: (made, branch) => {
      const going = parts.find(({ track }) => track.rollingBack);
      going?.track.tell('git', `revert ${made.slice(0, 10)} is pushed to ${branch}`);
    },
  });
  const rehearsal = { run, world, stage, parts, all: policy.deliveries };
  notes.push(...(await putStableIn(rehearsal)));
  await stage.play(() => stage.clock.sleep(start.getTime() - stage.clock.now().getTime(), real.signal));
  await goThrough(rehearsal);
  return {
    version: 1,
    command: 'rehearse',
    scenario: input.with,
    commit,
    start: start.toISOString(),
    every: input.everySeconds,
    answerAfter: input.answerAfterSeconds,
    readyAfter: input.readyAfterSeconds,
    notes,
    deliveries: parts.map(({ track, findings }) => track.result(findings)),
  };
}

interface Rehearsing {
  readonly run: Run;
  readonly world: World;
  readonly stage: Stage;
  readonly parts: readonly Part[];
  /** Every delivery of the policy: a revert looks at others too. */
  readonly all: readonly Delivery[];
}

/** The deliveries and those that they wait for, in the order of the policy. */
function withThoseBefore(all: readonly Delivery[], wanted: readonly Delivery[]): readonly Delivery[] {
  const names = new Set<string>();
  const open = wanted.map(({ name }) => name);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (names.has(name)) continue;
    names.add(name);
    const delivery = all.find((one) => one.name === name);
    if (delivery === undefined) continue;
    const conditions = [
      ...delivery.startWhen,
      ...delivery.steps.flatMap((step) => step.leaveWhen),
      ...delivery.doneWhen,
    ];
    open.push(...conditions.flatMap((one) => (one.kind === 'after' ? [one.delivery] : [])));
  }
  return all.filter(({ name }) => names.has(name));
}

function wholeSecond(moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / 1000) * 1000);
}

/** What is taken to be so because the repository does not say it. */
function assumptions(stage: Stage, parts: readonly Part[], target: Run['context']['target']): string[] {
  return parts.flatMap(({ delivery, rendered }) => {
    const title = (object: Parameters<typeof stage.serves>[0]) =>
      `${stringAt(object, 'kind')} ${stringAt(object, 'metadata', 'name')}`;
    const unknown = [...rendered.before, ...rendered.idleOnly].filter((object) => !stage.serves(object)).map(title);
    const assumed = assumedObjects(delivery, rendered, target).map(title);
    return [
      ...(unknown.length === 0 ? [] : [`${delivery.name}: left out, its kind is not rehearsed: ${unknown.join(', ')}`]),
      ...(assumed.length === 0 ? [] : [`${delivery.name}: taken to be there already: ${assumed.join(', ')}`]),
    ];
  });
}

/** Releases the version before, past every gate; what is in its way is told. */
async function putStableIn({ run, world, stage, parts, all }: Rehearsing): Promise<readonly string[]> {
  const notes: string[] = [];
  const context = { ...world.context(RUNNER, () => {}), target: world.untrapped };
  for (const { delivery, rendered } of parts) {
    const cluster = await stage.connect(delivery.cluster);
    const { signal } = context;
    const manager = 'rehearsal';
    for (const object of assumedObjects(delivery, rendered, context.target)) {
      await cluster.apply(object, { manager, force: false, dryRun: false, signal });
    }
    const input: Input = { ...run.input, deliveries: [delivery.name], at: world.stable, until: 'done' };
    const report = await stage.play(() => deploy({ ...run, context, parser: fixedParser(all, ungated), input }));
    const [told] = report.deliveries;
    if (told?.state !== 'done')
      notes.push(`${delivery.name}: no version could be put in before: ${told?.message ?? ''}`);
    const size = sizeByAutoscaler(rendered);
    if (told?.state !== 'done' || size === null) continue;
    const ref = context.target.refs(delivery).workload;
    const body = [{ op: 'replace', path: '/spec/replicas', value: size } as const];
    await cluster.patch(ref, body, { manager, subresource: null, dryRun: false, signal });
    notes.push(`${delivery.name}: its autoscaler is taken to stay at its least, ${size} pods`);
  }
  return notes;
}

/** From the moment the release is asked for until every delivery has come to an end. */
async function goThrough(rehearsing: Rehearsing): Promise<void> {
  const { run, world, stage, parts, all } = rehearsing;
  const { input } = run;
  const every = input.everySeconds * 1000;
  const parser = fixedParser(all, (delivery) => delivery);
  const answers: Answer[] = [];
  const asked = new Set<string>();
  const now = () => stage.clock.now().getTime();
  const going = () => parts.filter(({ track }) => !track.ended);

  const play = async (command: (run: Run) => Promise<Report>, who: string, more: Partial<Input>): Promise<void> => {
    const context = world.context(who, () => {});
    const report = await stage.play(() => command({ ...run, context, parser, input: { ...input, ...more } }));
    for (const told of report.deliveries) {
      const part = parts.find(({ delivery }) => delivery.name === told.name);
      if (part !== undefined) take(part, told);
    }
  };

  function take(part: Part, report: DeliveryReport): void {
    const { track, delivery } = part;
    if (part.report === null || said(part.report) !== said(report)) part.news = now();
    part.report = report;
    const ending = endingOf(report, part.rendered.release.id, stage.clock.now());
    if (ending !== null) {
      track.end(ending);
      return;
    }
    for (const { gate, who } of approversOf(delivery, report)) {
      const key = JSON.stringify([delivery.name, stationOf(delivery, report), who]);
      if (asked.has(key)) continue;
      asked.add(key);
      const at = now() + input.answerAfterSeconds * 1000;
      answers.push({ at, part, who, release: report.release?.id ?? '', given: track.needs(gate, who) });
    }
  }

  for (const { rendered, track } of parts) track.begin(rendered.release);
  await play(deploy, RUNNER, {
    deliveries: parts.map(({ delivery }) => delivery.name),
    at: parts[0]?.rendered.release.commit ?? '',
  });
  for (const part of parts) if (part.report !== null) part.findings = part.report.findings;
  for (let runs = 0; going().length > 0; runs += 1) {
    run.context.signal.throwIfAborted();
    const next = answers.toSorted((left, right) => left.at - right.at)[0];
    const mark = nextMark(going(), now(), every);
    const at = Math.min(next?.at ?? Infinity, mark);
    if (at === Infinity || runs >= RUNS || (next === undefined && quiet(going(), now(), every, lasts(run)))) {
      for (const { delivery, report, track } of going()) {
        if (report === null) throw new Error(`no run has told of ${delivery.name}`);
        track.end(nowhere({ delivery, report }, stage.clock.now()));
      }
      return;
    }
    await stage.play(() => stage.clock.sleep(Math.max(0, at - now()), run.context.signal));
    if (next !== undefined && next.at <= at) {
      answers.splice(answers.indexOf(next), 1);
      next.given();
      await play(promote, next.who, { deliveries: [next.part.delivery.name], release: next.release });
    } else {
      await play(tick, RUNNER, { deliveries: going().map(({ delivery }) => delivery.name) });
    }
  }
}

/** What a report says, as far as it is news. */
function said({ state, reason, message, step, pods, gates }: DeliveryReport): string {
  const shut = gates.map(({ name, is, until }) => [name, is, until]);
  return JSON.stringify([state, reason, state === 'stuck' ? '' : message, step, pods, shut]);
}

/**
 * When the runner next finds anything to do. A release that only waits for a time needs none before: in a rehearsal
 * nothing else moves it. Runners come by at whole multiples of their interval, as a schedule in a workflow has them.
 */
function nextMark(parts: readonly Part[], now: number, every: number): number {
  const after = (time: number) => Math.ceil(time / every) * every;
  const coming = after(now + 1);
  return Math.min(
    ...parts.map(({ report }) => {
      const until = report === null ? null : restsUntil(report);
      return until === null ? coming : Math.max(coming, after(until));
    }),
  );
}

/** Long enough without news that no policy and no scenario can bring any. */
function quiet(parts: readonly Part[], now: number, every: number, scenario: number): boolean {
  return parts.every(({ delivery, news, report }) => {
    const waits = report?.next === null || report === null ? news : Math.max(news, Date.parse(report.next));
    const { on, stuckAfterSeconds } = delivery.rollback;
    const policy = on.length === 0 ? 0 : stuckAfterSeconds * 1000;
    return now - waits > policy + scenario + 2 * every;
  });
}

function lasts({ input }: Run): number {
  const scenario = readScenario(input.with);
  return scenario?.is === 'node-shortage' ? (scenario.lasts ?? 0) * 1000 : 0;
}
