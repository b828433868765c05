import type { PodTrouble } from '../release/observation.ts';
import type { ChangeReport, DeliveryReport, ReleaseReport, Report } from '../release/report.ts';
import { batchWords } from './batches.ts';
import { gateParts, gatesInOrder } from './detail.ts';
import { logTitle, often } from './diagnosis.ts';
import { type Markup, markup, nothing, prose, verbatim } from './markup.ts';
import { metricChart, metricLegend } from './metric-chart.ts';
import { metricSigns } from './metric-words.ts';
import {
  chartOf,
  commandOf,
  deliveriesPage,
  errorOf,
  findingsOf,
  listOf,
  sectionOf,
  signOf,
  timeLineOf,
} from './page.ts';
import { podsWords } from './picture.ts';
import { changeSigns, diffTone } from './plan-text.ts';
import { groupTrouble } from './problems.ts';
import { forecastChart, podsBar, podsLegend, type ReaderOptions, releaseChart, standing } from './release-chart.ts';
import { momentsOf } from './release-moments.ts';
import { barSvg } from './svg.ts';
import { needsAttention } from './text.ts';
import { formatMoment, fromNow, roundedDuration } from './times.ts';
import { gateSigns, isMoving, isUnseen, type Sign, shortCommit, stateSigns, worstFirst } from './words.ts';

/**
 * A report as one self-contained HTML page. Several deliveries begin with a list of their states, the worst first, then each
 * follows in detail. The page has no script and loads nothing; every foreign text is escaped.
 */
export function renderHtml(report: Report, options: ReaderOptions): string {
  const { command, error } = report;
  const deliveries = worstFirst(report.deliveries);
  const looking = deliveries.filter(needsAttention).length;
  const several = `${deliveries.length} deliveries${looking === 0 ? ', all quiet' : `, ${looking} to look at`}`;
  const none = `stepgate ${command}${error === null ? ': nothing to say about a delivery' : ' failed'}`;
  const blocks = deliveries.map((delivery) => ({
    name: delivery.name,
    sign: signFor(delivery),
    standing: standing(delivery),
    glance: glanceOf(delivery),
    detail: detailOf(delivery, options),
  }));
  return deliveriesPage(blocks, {
    title: deliveries.length === 0 ? none : several,
    about: `stepgate ${command}, ${formatMoment(options.now.toISOString(), options.now, options.zone)}`,
    top: error === null ? nothing : errorOf(error),
    bottom: nothing,
  });
}

/** The sign of a delivery's state. An error of this run is shown as an error, whatever the state is. */
function signFor({ state, error }: DeliveryReport): Sign {
  return error === null ? stateSigns[state] : { ...stateSigns[state], sign: '✖', tone: 'bad' };
}

/** The pods that the bar of a delivery in the list has room for. */
const GLANCE = 20;

function glanceOf(delivery: DeliveryReport): Markup {
  const { name, pods, gates, error } = delivery;
  const words = podsText(delivery);
  const shut = gates.filter(({ is }) => is === 'shut' || is === 'failed').map((gate) => gate.name);
  const facts = [
    ...(error === null ? [] : [error.code]),
    ...(isUnseen(delivery) ? [] : [words]),
    ...(shut.length === 0 ? [] : [`waits for ${shut.join(', ')}`]),
  ].join(' · ');
  const bar = isUnseen(delivery) ? nothing : barSvg(podsBar(`pods of ${name}: ${words}`, pods, GLANCE));
  return markup`${bar}<p class="note">${facts}</p>`;
}

function podsText({ pods, state }: DeliveryReport): string {
  return podsWords(pods, isMoving(state), true)
    .map(({ text }) => text)
    .join('');
}

function detailOf(delivery: DeliveryReport, options: ReaderOptions): Markup {
  const { message, reason, error, hold, todo, trouble, findings, changes, diagnosis } = delivery;
  const chart = chartOf(releaseChart(delivery), podsLegend);
  const forecast = chartOf(forecastChart(delivery), podsLegend);
  const said =
    error?.message === message ? nothing : markup`<p>${prose(message)} <code class="dim">${reason}</code></p>\n`;
  return markup`${said}${error === null ? nothing : errorOf(error)}${hold === null ? nothing : holdOf(hold, options)}${todo === null ? nothing : commandOf(todo)}${sectionOf('Pods and steps', [chart])}${sectionOf('Batches', [batchesOf(delivery)])}${sectionOf('Forecast of a deploy', [forecast])}${sectionOf('Gates', [gatesOf(delivery, options)])}${sectionOf('Metrics', [metricsOf(delivery)])}${sectionOf('Pods that are not ready', troubleOf(trouble, options.now))}${diagnosisOf(diagnosis, options.now)}${sectionOf('Findings', findingsOf(findings))}${sectionOf(changesHeading(changes), [changesOf(changes)])}${timeOf(delivery, options)}${releasesOf(delivery)}`;
}

function holdOf({ by, at, reason }: NonNullable<DeliveryReport['hold']>, { now, zone }: ReaderOptions): Markup {
  return markup`<div class="box wait"><p>${signOf(stateSigns.held)} <b>held</b> by ${by}, ${formatMoment(at, now, zone)}</p><p>${prose(reason)}</p></div>\n`;
}

function gatesOf({ gates }: DeliveryReport, { now, zone }: ReaderOptions): Markup {
  const items = gatesInOrder(gates).map((gate) => {
    const sign = gateSigns[gate.is];
    const kind = gate.name === gate.kind ? nothing : markup` <span class="dim">(${gate.kind})</span>`;
    const parts = gateParts(gate, now, zone).map((part) => markup`<p>${prose(part)}</p>`);
    return markup`${signOf(sign)} <b>${gate.name}</b>${kind} <span class="${sign.tone}">${sign.word}</span>${parts}`;
  });
  return listOf(items);
}

function metricsOf({ metrics }: DeliveryReport): Markup {
  const items = metrics.map((metric) => {
    const sign = metricSigns[metric.is];
    const chart = chartOf(metricChart(metric), metricLegend);
    return markup`${signOf(sign)} <b>${metric.name}</b> <span class="${sign.tone}">${sign.word}</span><p>${prose(metric.why)}</p>${chart}`;
  });
  return listOf(items);
}

/** The number of pods of a reason that are named; the others are counted. */
const NAMED = 3;

function troubleOf(trouble: readonly PodTrouble[], now: Date): Markup[] {
  return groupTrouble(trouble).map(({ first, pods, since }) => {
    const { reason, message, hopeless, version } = first;
    const tone = hopeless ? 'bad' : 'wait';
    const age = since === null ? '' : ` for ${roundedDuration((now.getTime() - since.getTime()) / 1000)}`;
    const which = `${pods.length} ${version === 'canary' ? 'new' : 'old'} pod${pods.length === 1 ? '' : 's'}${age}`;
    const more = pods.length > NAMED ? `and ${pods.length - NAMED} more` : '';
    const help = hopeless ? markup`, <b class="bad">waiting will not help</b>` : nothing;
    return markup`<div class="box ${tone}"><p><b>${reason}</b>: ${which}${help}</p>
<p class="note">${pods.slice(0, NAMED).join(', ')} ${more}</p><p>${prose(message)}</p></div>\n`;
  });
}

/** The pods of each step; nothing when there is one step and its pods are all ready, which the counts say too. */
function batchesOf(delivery: DeliveryReport): Markup {
  const batches = isMoving(delivery.state) ? batchWords(delivery) : [];
  if (batches.length < 2 && batches.every(({ whole }) => whole)) return nothing;
  return listOf(
    batches.map(({ name, count, whole, pods }) => {
      const sign = whole ? gateSigns.open : gateSigns.failed;
      return markup`${signOf(sign)} <b>${name}</b> <span class="${sign.tone}">${count}</span> <span class="note">${pods}</span>`;
    }),
  );
}

/** What `--logs` fetched: logs to fold out, events, and what could not be read. */
function diagnosisOf(diagnosis: DeliveryReport['diagnosis'], now: Date): Markup {
  if (diagnosis === null) return nothing;
  const logs = diagnosis.logs.map((log) => {
    const lines = log.lines.map((line) => markup`<span>${verbatim(line)}</span>\n`);
    return markup`<details><summary>${logTitle(log)}</summary><pre>${lines.length === 0 ? [markup`nothing was logged`] : lines}</pre></details>`;
  });
  const events = diagnosis.events.map((event) => {
    const tone = event.type === 'Warning' ? 'wait' : 'plain';
    const last = event.at === null ? '' : `, ${fromNow(event.at, now)}`;
    return markup`<b class="${tone}">${event.reason}</b> <span class="note">${event.object}${often(event)}${last}</span><p>${prose(event.message)}</p>`;
  });
  const missing = diagnosis.missing.map((what) => markup`${prose(what)}`);
  return markup`${sectionOf('Logs', [listOf(logs)])}${sectionOf('Events of the cluster', [listOf(events)])}${sectionOf('Not read', [listOf(missing)])}`;
}

function changesHeading(changes: readonly ChangeReport[]): string {
  const written = changes.filter(({ what }) => what !== 'none' && what !== 'leave').length;
  return `Changes: ${written} of ${changes.length} objects`;
}

function changesOf(changes: readonly ChangeReport[]): Markup {
  const items = changes.map(({ object, what, why, diff }) => {
    const lines = (diff ?? []).map((line) => markup`<span class="${diffTone(line)}">${verbatim(line)}</span>\n`);
    const folded =
      lines.length === 0
        ? nothing
        : markup`<details><summary>difference of ${object}</summary><pre>${lines}</pre></details>`;
    return markup`<code class="${changeSigns[what].tone}">${changeSigns[what].sign} ${what}</code> <b>${object}</b>: ${prose(why)}${folded}`;
  });
  return listOf(items);
}

function timeOf(delivery: DeliveryReport, options: ReaderOptions): Markup {
  const { now, zone = 'UTC' } = options;
  const moments = momentsOf(delivery, now);
  return sectionOf(`Time line (${zone})`, moments.length < 2 ? [] : [timeLineOf(moments, zone)]);
}

function releasesOf({ release, stable }: DeliveryReport): Markup {
  const row = (what: string, { id, commit }: ReleaseReport) =>
    markup`<dt>${what}</dt><dd><code>${id}</code> of commit <code>${shortCommit(commit)}</code></dd>\n`;
  const rows = [
    ...(release === null ? [] : [row('release', release)]),
    ...(stable === null ? [] : [row('stable', stable)]),
  ];
  return rows.length === 0 ? nothing : markup`<dl>\n${rows}</dl>\n`;
}
