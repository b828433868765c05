import { mermaidText, oneLine, xmlText } from '../views/neutral.ts';
import { dayAndTime } from '../views/times.ts';
import type { Rehearsal, RehearsedDelivery } from './timeline.ts';
import { columnsOf, endWords, type PhaseKind, phasesOf, phaseWords, stationTitle } from './timeline-phases.ts';

/** The mermaid tag for each kind of phase; a gantt chart has only these tags. */
const marks = {
  moves: 'active, ',
  time: 'done, ',
  person: 'crit, ',
  runner: 'done, ',
  back: 'crit, ',
} satisfies Record<PhaseKind, string>;

/** A rehearsal as one mermaid gantt chart (without a fence), times in UTC. Names are entity-coded. */
export function timelineMermaid({ deliveries }: Rehearsal): string {
  const several = deliveries.length > 1;
  const lines = deliveries.flatMap((delivery) => {
    const phases = phasesOf(delivery);
    return delivery.stations.flatMap((station) => {
      const its = phases.filter((phase) => phase.station === station);
      const title = `${several ? `${delivery.name} ` : ''}${stationTitle(station)}`;
      const tasks = its.map(
        ({ kind, from, to }) => `    ${phaseWords[kind]} :${marks[kind]}${second(from)}, ${second(to)}`,
      );
      return its.length === 0 ? [] : [`  section ${mermaidText(title)}`, ...tasks];
    });
  });
  return ['gantt', '  dateFormat YYYY-MM-DDTHH:mm:ss', '  axisFormat %a %H:%M', ...lines].join('\n');
}

function second(time: number): string {
  return new Date(time).toISOString().slice(0, 19);
}

const WIDTH = 960;
const LABEL = 150;
const ROW = 26;
/** The number of columns that phases share; every phase has at least one. */
const GRID = 160;

const fills = {
  moves: '#0969da',
  time: '#8c959f',
  person: '#bf8700',
  runner: '#d0d7de',
  back: '#cf222e',
} satisfies Record<PhaseKind, string>;

/** A rehearsal as an SVG document with one row for each station. It follows the reader's light or dark scheme. */
export function timelineSvg(rehearsal: Rehearsal, zone = 'UTC'): string {
  let y = 8;
  const body: string[] = [];
  for (const delivery of rehearsal.deliveries) {
    const drawn = blockSvg(delivery, y, zone);
    body.push(...drawn.lines);
    y = drawn.bottom;
  }
  const legend = Object.entries(phaseWords).flatMap(([kind, words], index) => {
    const x = LABEL + index * 160;
    return [
      `  <rect class="${kind}" x="${x}" y="${y}" width="14" height="14" rx="2"/>`,
      `  <text x="${x + 20}" y="${y + 12}">${words}</text>`,
    ];
  });
  legend.push(`  <text x="8" y="${y + 12}">not to scale</text>`);
  const height = y + 28;
  const names = rehearsal.deliveries.map(({ name }) => name).join(', ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `  <title>${xmlText(`rehearsal of ${names}`)}</title>`,
    '  <style>',
    '    text { font: 12px system-ui, sans-serif; fill: #57606a; }',
    '    .name { font-weight: 600; fill: #1f2328; }',
    '    .end { text-anchor: end; }',
    ...Object.entries(fills).map(([kind, fill]) => `    .${kind} { fill: ${fill}; }`),
    '    @media (prefers-color-scheme: dark) { text { fill: #9198a1; } .name { fill: #f0f6fc; } }',
    '  </style>',
    ...body,
    ...legend,
    '</svg>',
    '',
  ].join('\n');
}

function blockSvg(delivery: RehearsedDelivery, top: number, zone: string) {
  const phases = phasesOf(delivery);
  const columns = columnsOf(phases, GRID);
  const unit =
    (WIDTH - LABEL - 10) /
    Math.max(
      1,
      columns.reduce((sum, one) => sum + one, 0),
    );
  const lines = [
    `  <text class="name" x="8" y="${top + 14}">${xmlText(short(`${delivery.name}: ${words(delivery)}`, 120))}</text>`,
  ];
  let y = top + 24;
  for (const station of delivery.stations) {
    const its = phases.flatMap((phase, index) => (phase.station === station ? [{ phase, index }] : []));
    if (its.length === 0) continue;
    lines.push(`  <text x="8" y="${y + 14}">${xmlText(short(stationTitle(station), 20))}</text>`);
    for (const { phase, index } of its) {
      const before = columns.slice(0, index).reduce((sum, one) => sum + one, 0);
      const x = (LABEL + before * unit).toFixed(1);
      const width = ((columns[index] ?? 1) * unit).toFixed(1);
      const tip = `${phaseWords[phase.kind]}: ${clock(phase.from, zone)} to ${clock(phase.to, zone)}`;
      lines.push(
        `  <rect class="${phase.kind}" x="${x}" y="${y}" width="${width}" height="18" rx="2"><title>${xmlText(tip)}</title></rect>`,
      );
    }
    y += ROW;
  }
  const [from, to] = [delivery.stations[0]?.from ?? delivery.ending.at, delivery.ending.at];
  lines.push(
    `  <text x="${LABEL}" y="${y + 12}">${xmlText(clock(Date.parse(from), zone))}</text>`,
    `  <text class="end" x="${WIDTH - 10}" y="${y + 12}">${xmlText(clock(Date.parse(to), zone))}</text>`,
  );
  return { lines, bottom: y + 30 };
}

function words({ ending }: RehearsedDelivery): string {
  const why = ending.is === 'refused' || ending.is === 'never' ? `: ${ending.why}` : '';
  return `${endWords[ending.is]}${why}`;
}

function clock(time: number, zone: string): string {
  const { day, time: hour } = dayAndTime(new Date(time).toISOString(), zone);
  return `${day} ${hour} ${zone}`;
}

function short(text: string, most: number): string {
  const signs = [...oneLine(text)];
  return signs.length > most ? `${signs.slice(0, most - 1).join('')}…` : signs.join('');
}
