import { deploy } from '../commands/deploy.ts';
import type { CommandName } from '../commands/index.ts';
import { type Given, type InputOf, readInput } from '../commands/input.ts';
import { promote } from '../commands/promote.ts';
import type { Run } from '../commands/run.ts';
import { tick } from '../commands/tick.ts';
import type { Delivery, Resolved } from '../release/delivery.ts';
import type { DeliveryReport, Report } from '../release/report.ts';
import type { Rendered } from '../release/target.ts';
import { approversOf, endingOf, isQuiet, newsIn, nextMark, nowhere, stationOf } from './read.ts';
import type { Stage } from './stage.ts';
import type { Track } from './track.ts';
import { fixedParser, ungated, type World } from './world.ts';

/** Maximum number of runs in a rehearsal. */
const RUNS = 5_000;
/** The name of the actor of scheduled runs. */
const RUNNER = 'the runner';

/** One delivery during a rehearsal. */
export interface Part {
  readonly delivery: Delivery;
  readonly rendered: Rendered;
  readonly track: Track;
  report: DeliveryReport | null;
  findings: DeliveryReport['findings'];
  /** When its report last had news. */
  news: number;
}

/** A person who will approve. */
interface Answer {
  readonly at: number;
  readonly part: Part;
  readonly who: string;
  readonly release: string;
  given(): void;
}

export interface Rehearsing {
  readonly run: Run<'rehearse'>;
  readonly world: World;
  readonly stage: Stage;
  readonly parts: readonly Part[];
  /** The policy with every delivery, because a revert checks the others too. */
  readonly policy: Resolved;
  /** How long the simulated failure lasts, in milliseconds. */
  readonly lasts: number;
}

/** Releases the previous version and skips every gate. An error becomes a note. */
export async function putStableIn({ run, world, stage, parts, policy }: Rehearsing): Promise<readonly string[]> {
  const notes: string[] = [];
  const { file } = run.context.config;
  const config = { parser: fixedParser(policy, ungated), file };
  const context = { ...world.context(RUNNER, () => {}), targets: world.untrapped, config };
  for (const { delivery, rendered } of parts) {
    const cluster = await stage.connect(delivery.cluster);
    const { signal } = context;
    const manager = 'rehearsal';
    for (const object of context.targets.of(delivery).assumedRoutes(delivery, rendered)) {
      await cluster.apply(object, { manager, force: false, dryRun: false, signal });
    }
    const its = { delivery: [delivery.name], at: [world.stable], until: ['done'] };
    const input = readInput('deploy', { ...policyRef(run), ...its });
    const report = await stage.play(() => deploy({ ...run, context, input, startedAt: context.clock.now() }));
    const [told] = report.deliveries;
    if (told?.state !== 'done')
      notes.push(`${delivery.name}: no previous version could be released: ${told?.message ?? ''}`);
    const target = context.targets.of(delivery);
    const { pods, autoscaler } = target.expectedSize(delivery, rendered, { live: null, around: null });
    if (told?.state !== 'done' || autoscaler === null) continue;
    const ref = target.refs(delivery).workload;
    const body = [{ op: 'replace', path: '/spec/replicas', value: pods } as const];
    await cluster.patch(ref, body, { manager, subresource: null, dryRun: false, signal });
    notes.push(
      `${delivery.name}: assumed that ${autoscaler} stays at its minimum, ${pods} ${pods === 1 ? 'pod' : 'pods'}`,
    );
  }
  return notes;
}

/** The `policy-ref` of the rehearsal, which every rehearsed command uses. */
function policyRef({ input }: Run<'rehearse'>): Given {
  return { 'policy-ref': [input['policy-ref'] ?? ''] };
}

/** Runs from the request until every delivery has ended. */
export async function goThrough(rehearsing: Rehearsing): Promise<void> {
  const { run, world, stage, parts, policy, lasts } = rehearsing;
  const { input } = run;
  const every = input.every * 1000;
  const config = { parser: fixedParser(policy, (delivery) => delivery), file: run.context.config.file };
  const answers: Answer[] = [];
  const asked = new Set<string>();
  const now = () => stage.clock.now().getTime();
  const going = () => parts.filter(({ track }) => !track.ended);

  async function play<C extends CommandName>(
    command: (run: Run<C>) => Promise<Report>,
    who: string,
    given: InputOf<C>,
  ): Promise<void> {
    const context = { ...world.context(who, () => {}), config };
    const report = await stage.play(() => command({ ...run, context, input: given, startedAt: context.clock.now() }));
    for (const told of report.deliveries) {
      const part = parts.find(({ delivery }) => delivery.name === told.name);
      if (part !== undefined && !part.track.ended) take(part, told);
    }
  }

  function take(part: Part, report: DeliveryReport): void {
    const { track, delivery } = part;
    if (part.report === null || newsIn(part.report) !== newsIn(report)) part.news = now();
    const asks = part.report === null;
    part.report = report;
    const ending = endingOf(report, part.rendered.release.id, { now: stage.clock.now(), asks });
    if (ending !== null) {
      track.end(ending);
      return;
    }
    for (const { gate, who } of approversOf(delivery, report)) {
      const key = JSON.stringify([delivery.name, stationOf(delivery, report), who]);
      if (asked.has(key)) continue;
      asked.add(key);
      const at = now() + input['answer-after'] * 1000;
      answers.push({ at, part, who, release: report.release?.id ?? '', given: track.needs(gate, who) });
    }
  }

  for (const { rendered, track } of parts) track.begin(rendered.release);
  const ref = policyRef(run);
  const all = parts.map(({ delivery }) => delivery.name);
  const at = parts[0]?.rendered.release.commit ?? '';
  await play(deploy, RUNNER, readInput('deploy', { ...ref, delivery: all, at: [at] }));
  for (const part of parts) if (part.report !== null) part.findings = part.report.findings;
  for (let runs = 0; going().length > 0; runs += 1) {
    run.context.signal.throwIfAborted();
    const next = answers.filter(({ part }) => !part.track.ended).toSorted((left, right) => left.at - right.at)[0];
    const mark = nextMark(going(), { now: now(), every });
    const at = Math.min(next?.at ?? Infinity, mark);
    if (
      at === Infinity ||
      runs >= RUNS ||
      (next === undefined && parts.every((part) => isQuiet(part, { now: now(), every, lasts })))
    ) {
      for (const { delivery, report, track } of going()) {
        if (report === null) throw new Error(`no run has told of ${delivery.name}`);
        track.end(nowhere(report, stage.clock.now()));
      }
      return;
    }
    await stage.play(() => stage.clock.sleep(Math.max(0, at - now()), run.context.signal));
    if (next !== undefined && next.at <= at) {
      answers.splice(answers.indexOf(next), 1);
      next.given();
      const its = { delivery: [next.part.delivery.name], release: [next.release] };
      await play(promote, next.who, readInput('promote', { ...ref, ...its }));
    } else {
      const delivery = going().map((part) => part.delivery.name);
      await play(tick, RUNNER, readInput('tick', { ...ref, delivery }));
    }
  }
}
