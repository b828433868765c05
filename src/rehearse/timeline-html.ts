import { type Markup, markup, nothing, prose } from '../views/markup.ts';
import {
  chartOf,
  commandOf,
  deliveriesPage,
  findingsOf,
  listOf,
  type Moment,
  sectionOf,
  signOf,
  timeLineOf,
} from '../views/page.ts';
import { podsBar, podsLegend, type ReaderOptions, trafficBar } from '../views/release-chart.ts';
import type { Chart } from '../views/svg.ts';
import { dayAndTime, roundedDuration } from '../views/times.ts';
import { gateSigns } from '../views/words.ts';
import type { Rehearsal, RehearsedDelivery } from './timeline.ts';
import { timelineChart, timelineLegend } from './timeline-diagrams.ts';
import { endSigns, endWords, stationTitle } from './timeline-phases.ts';
import { localText, neededTogether } from './timeline-text.ts';
import { podWords } from './words.ts';

/** A rehearsal as one HTML page that needs nothing beside itself: of several deliveries first where each would end. */
export function renderRehearsalHtml(rehearsal: Rehearsal, { zone = 'UTC' }: Pick<ReaderOptions, 'zone'>): string {
  const { start, scenario, every, answerAfter, readyAfter, notes, deliveries } = rehearsal;
  const about = [
    `stepgate rehearse${scenario === null ? '' : ` with ${scenario}`}: requested ${moment(start, zone)}`,
    `tick every ${roundedDuration(every)}`,
    `people approve ${answerAfter === 0 ? 'at once' : `after ${roundedDuration(answerAfter)}`}`,
    `pods are ready after ${roundedDuration(readyAfter)}`,
  ].join(', ');
  const blocks = deliveries.map((delivery) => ({
    name: delivery.name,
    sign: endSigns[delivery.ending.is],
    standing: endWords[delivery.ending.is],
    glance: markup`<p class="note">${endOf(delivery, rehearsal, zone)}</p>`,
    detail: detailOf(delivery, rehearsal, zone),
  }));
  const title = `rehearsal of ${deliveries.length} deliveries`;
  const bottom = sectionOf('Assumed', [listOf(notes.map((note) => markup`${note}`))]);
  return deliveriesPage(blocks, { title, about, top: nothing, bottom });
}

/** When it would be over, or why it would not. */
function endOf({ ending }: RehearsedDelivery, { start }: Rehearsal, zone: string): string {
  if (ending.is === 'refused' || ending.is === 'never') return ending.why;
  const took = roundedDuration((Date.parse(ending.at) - Date.parse(start)) / 1000);
  return `${moment(ending.at, zone)}, ${took} after the request`;
}

function detailOf(delivery: RehearsedDelivery, rehearsal: Rehearsal, zone: string): Markup {
  const { release, ending, people, findings } = delivery;
  const code = 'why' in ending ? markup` <code class="dim">${ending.code}</code>` : nothing;
  const why = ending.is === 'rolledBack' ? markup`<p>${prose(ending.why)}</p>\n` : nothing;
  const todo = 'todo' in ending && ending.todo !== null ? commandOf(ending.todo) : nothing;
  const needed = neededTogether(people).map(
    ({ who, gate, from, answered }) =>
      markup`${signOf(gateSigns.shut)} waits for <b>${who}</b> (${gate}) from ${moment(from, zone)}${answered ? '' : ', without an answer'}`,
  );
  const chart = chartOf(timelineChart(delivery, zone), timelineLegend);
  const pods = chartOf(podsChart(delivery), podsLegend);
  const told = findings.filter(({ severity }) => severity !== 'note');
  return markup`<p>${prose(endOf(delivery, rehearsal, zone))}${code}</p>
${why}${todo}${sectionOf('People', [listOf(needed)])}${sectionOf('Where the time goes', [chart])}${sectionOf('Pods', [pods])}${sectionOf('Gates', [gatesOf(delivery, zone)])}${sectionOf('Findings', findingsOf(told))}${sectionOf(`Time line (${zone})`, [timeLineOf(momentsOf(delivery, zone), zone)])}${release === null ? nothing : markup`<dl><dt>release</dt><dd><code>${release.id}</code></dd></dl>\n`}`;
}

/** The pods of each place as the release came to wait there, and the traffic. */
function podsChart({ name, stations }: RehearsedDelivery): Chart {
  const most = Math.max(0, ...stations.map(({ pods }) => pods.stable.total + pods.canary.total));
  const rows = stations.map((station) => {
    const { replicas, traffic, pods } = station;
    const words = podWords(pods);
    const note = [
      ...(replicas === null ? [] : [`replicas ${replicas}`]),
      words,
      ...(traffic === null ? [] : [`traffic ${traffic}%`]),
    ].join(' · ');
    const bars = [podsBar(`pods: ${words}`, pods, most), ...trafficBar(traffic)];
    return { sign: null, label: stationTitle(station), bars, note };
  });
  return { title: name, rows, axis: null, lines: [] };
}

/** Every gate that was shut: where, when it opens, and why. */
function gatesOf({ stations }: RehearsedDelivery, zone: string): Markup {
  const items = stations.flatMap((station) =>
    station.gates
      .filter(({ shut }) => shut !== null)
      .map(({ name, opened, why }) => {
        const sign = opened === null ? gateSigns.shut : gateSigns.open;
        const when = opened === null ? 'stays shut' : `opens ${moment(opened, zone)}`;
        return markup`${signOf(sign)} <b>${name}</b> at ${stationTitle(station)} <span class="${sign.tone}">${when}</span><p>${prose(why)}</p>`;
      }),
  );
  return listOf(items);
}

function momentsOf({ events }: RehearsedDelivery, zone: string): readonly Moment[] {
  return events.map(({ at, what, text }) => ({
    at,
    is: what === 'end' ? 'end' : 'ahead',
    text: localText(text, zone),
  }));
}

function moment(iso: string, zone: string): string {
  const { day, time } = dayAndTime(iso, zone);
  return `${day} ${time} ${zone}`;
}
