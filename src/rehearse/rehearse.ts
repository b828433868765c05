import { aFewAtOnce } from '../commands/fleet.ts';
import type { Result } from '../commands/index.ts';
import { formatOf } from '../commands/input.ts';
import type { OptionValues } from '../commands/options.ts';
import { chosen, policyOf, type Run } from '../commands/run.ts';
import type { Context } from '../flow/context.ts';
import { othersInGates } from '../flow/evidence.ts';
import { manifestFindings, manifestProblems } from '../flow/manifest-findings.ts';
import { renderAt } from '../flow/source.ts';
import { needsOf } from '../gates/index.ts';
import { metricQuestions } from '../gates/metric-questions.ts';
import { leftOut, rehearsed } from '../gates/rehearsed.ts';
import { type Delivery, everyCondition } from '../release/delivery.ts';
import { throwProblems } from '../release/error.ts';
import type { Rendered } from '../release/target.ts';
import { isVoteNeed } from '../release/verdict.ts';
import type { TextOptions } from '../views/lines.ts';
import { rehearsedMetrics } from './metrics.ts';
import { goThrough, type Part, putStableIn } from './runs.ts';
import { badFromIn, fateIn, readScenario, startOf } from './scenario.ts';
import { type Rehearsed, refuseTooLarge } from './size.ts';
import type { OpenStage } from './stage.ts';
import { type Rehearsal, rehearsalExit } from './timeline.ts';
import { timelineMermaid, timelineSvg } from './timeline-diagrams.ts';
import { renderRehearsalHtml } from './timeline-html.ts';
import { renderRehearsalJson } from './timeline-json.ts';
import { renderRehearsalMarkdown } from './timeline-markdown.ts';
import { renderTimeline } from './timeline-text.ts';
import { createTrack } from './track.ts';
import { assumptions, createWorld } from './world.ts';

/** Time before the request in which the previous version is delivered, in milliseconds. */
const BEFORE = 3_600_000;
/** The rehearsal in the requested output format. */
export async function showRehearsal(run: Run<'rehearse'>, openStage: OpenStage): Promise<Result> {
  const rehearsal = await rehearse(run, openStage);
  const { picture, 'detailed-exit-code': detailed } = run.input;
  return {
    kind: 'drawn',
    exitCode: rehearsalExit(rehearsal, detailed),
    draw: (options) => draw(rehearsal, picture ?? formatOf(run.input), options),
  };
}

function draw(rehearsal: Rehearsal, as: OptionValues['output'] | 'mermaid', options: TextOptions): string {
  switch (as) {
    case 'text':
      return `${renderTimeline(rehearsal, options).join('\n')}\n`;
    case 'json':
      return `${renderRehearsalJson(rehearsal)}\n`;
    case 'markdown':
      return renderRehearsalMarkdown(rehearsal);
    case 'html':
      return renderRehearsalHtml(rehearsal, options);
    case 'svg':
      return timelineSvg(rehearsal, options.zone);
    case 'mermaid':
      return `${timelineMermaid(rehearsal)}\n`;
  }
}

/**
 * Rehearses the release of a commit: runs the real commands against an embedded cluster on a virtual clock. Writes nothing
 * and reads no real cluster. Throws the errors of reading the config and the source.
 */
export async function rehearse(asked: Run<'rehearse'>, openStage: OpenStage): Promise<Rehearsal> {
  const { input } = asked;
  const real = withoutForge(asked.context);
  const run = { ...asked, context: real };
  const scenario = readScenario(input.with);
  const [{ current: policy }, commit] = await Promise.all([policyOf(run), real.repo.resolve(input.at)]);
  const deliveries = withThoseBefore(policy.deliveries, chosen(policy, input, false));
  const badFrom = badFromIn(scenario, deliveries);
  const checked = await aFewAtOnce(deliveries, async (delivery) => {
    const findings = await manifestFindings(real, delivery, commit, 'nobody');
    return manifestProblems(delivery, findings);
  });
  throwProblems(checked.flat());
  const rendered: Rendered[] = [];
  const sized: Rehearsed[] = [];
  for (const delivery of deliveries) {
    const its = await renderAt(real, delivery, commit, 1);
    rendered.push(its);
    sized.push({ delivery, rendered: its, target: real.targets.of(delivery) });
  }
  refuseTooLarge(sized);
  const start = startOf(scenario, input.start ?? wholeSecond(real.clock.now()), deliveries);

  const parts: Part[] = [];
  using stage = await openStage({
    start: new Date(start.getTime() - BEFORE),
    carriers: deliveries.some((delivery) => real.targets.of(delivery).carrier !== null),
    fate: fateIn(scenario, input['ready-after'] * 1000),
    changed(change) {
      for (const { track } of parts) track.changed(change);
    },
  });
  for (const [index, delivery] of deliveries.entries()) {
    const its = rendered[index];
    if (its === undefined) continue;
    const track = createTrack(delivery, real.targets.of(delivery), () => stage.clock.now());
    parts.push({ delivery, rendered: its, track, report: null, findings: [], news: start.getTime() });
  }
  const notes = parts.flatMap((part) => assumptions(part, stage, real.targets.of(part.delivery)));
  notes.push(...(await assumedApprovals(asked, deliveries)));
  notes.push(...(await assumedMetrics(asked, deliveries)));
  const metrics = rehearsedMetrics(stage.clock, badFrom);
  const world = createWorld({
    real,
    stage,
    commit,
    metrics: metrics.server,
    decided(situation, decision) {
      metrics.decided(situation);
      parts.find(({ delivery }) => delivery.name === situation.delivery.name)?.track.decided(situation, decision);
    },
    pushed: (made, branch) => {
      const going = parts.find(({ track }) => track.rollingBack);
      going?.track.tell('git', `revert ${made.slice(0, 10)} is pushed to ${branch}`);
    },
  });
  const lasts = scenario?.is === 'node-shortage' && scenario.lasts !== null ? scenario.lasts * 1000 : 0;
  const rehearsal = { run, world, stage, parts, policy, lasts };
  notes.push(...(await putStableIn(rehearsal)));
  await stage.play(() => stage.clock.sleep(start.getTime() - stage.clock.now().getTime(), real.signal));
  await goThrough(rehearsal);
  return {
    version: 1,
    command: 'rehearse',
    scenario: input.with,
    commit,
    start: start.toISOString(),
    every: input.every,
    answerAfter: input['answer-after'],
    readyAfter: input['ready-after'],
    notes,
    deliveries: parts.map(({ track, findings }) => track.result(findings)),
  };
}

/** A rehearsal asks no forge and no server of metrics, so all its approvals are commands, and its metrics are made. */
function withoutForge(context: Context): Context {
  const { parser, file } = context.config;
  const resolve: typeof parser.resolve = (root, included) => rehearsed(parser.resolve(root, included));
  return { ...context, config: { parser: { ...parser, resolve }, file } };
}

/** The deliveries of the config as it is, which the rehearsal changes. */
async function asWritten(asked: Run<'rehearse'>, deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
  const { current } = await policyOf(asked);
  const names = deliveries.map(({ name }) => name);
  return current.deliveries.filter(({ name }) => names.includes(name));
}

/** The approvals that are given in another way than the config says, as text. */
async function assumedApprovals(asked: Run<'rehearse'>, deliveries: readonly Delivery[]): Promise<readonly string[]> {
  return (await asWritten(asked, deliveries))
    .filter((delivery) => needsOf(everyCondition(delivery)).some(isVoteNeed))
    .map(({ name }) => `${name}: every approval is given by command, and the members of teams are made up`);
}

/** What the metrics would ask, as text: the rehearsal asks no server, and answers itself. */
async function assumedMetrics(asked: Run<'rehearse'>, deliveries: readonly Delivery[]): Promise<readonly string[]> {
  return (await asWritten(asked, deliveries)).flatMap((delivery) => {
    const out = leftOut(delivery);
    return [
      ...metricQuestions(delivery).map((question) => `${delivery.name}: made up, no server is asked: ${question}`),
      ...(out.length === 0 ? [] : [`${delivery.name}: taken to be good: ${out.join(', ')}`]),
    ];
  });
}

/** The deliveries, and those that they wait for, in the order of the policy. */
function withThoseBefore(all: readonly Delivery[], wanted: readonly Delivery[]): readonly Delivery[] {
  const names = new Set<string>();
  const open = wanted.map(({ name }) => name);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (names.has(name)) continue;
    names.add(name);
    const delivery = all.find((one) => one.name === name);
    if (delivery === undefined) continue;
    open.push(...othersInGates(delivery));
  }
  return all.filter(({ name }) => names.has(name));
}

function wholeSecond(moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / 1000) * 1000);
}
