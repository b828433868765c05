import { mermaidText } from '../views/neutral.ts';
import { type Chart, chartsSvg, type Legend } from '../views/svg.ts';
import { dayAndTime } from '../views/times.ts';
import type { Rehearsal, RehearsedDelivery } from './timeline.ts';
import {
  columnsOf,
  endWords,
  type Phase,
  type PhaseKind,
  phaseKinds,
  phasesOf,
  phaseWords,
  stationTitle,
} from './timeline-phases.ts';

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

/** The number of columns that phases share; every phase has at least one. */
const GRID = 160;

export const timelineLegend: Legend = {
  marks: phaseKinds.map((mark) => ({ mark, words: phaseWords[mark] })),
  note: 'not to scale',
};

/** A rehearsal as an SVG document with one row for each station. It follows the reader's light or dark scheme. */
export function timelineSvg({ deliveries }: Rehearsal, zone = 'UTC'): string {
  const names = deliveries.map(({ name }) => name).join(', ');
  const charts = deliveries.map((delivery) => timelineChart(delivery, zone));
  return chartsSvg(`rehearsal of ${names}`, charts, timelineLegend);
}

/** A delivery's time as a chart: a row a station, a piece of its bar for each stretch of time. */
export function timelineChart(delivery: RehearsedDelivery, zone: string): Chart {
  const { name, stations, ending } = delivery;
  const phases = phasesOf(delivery);
  const columns = columnsOf(phases, GRID);
  const total = Math.max(
    1,
    columns.reduce((sum, one) => sum + one, 0),
  );
  const placed = phases.map((phase, index) => {
    const before = columns.slice(0, index).reduce((sum, one) => sum + one, 0);
    const tip = phaseSentence(phase, zone);
    const piece = { mark: phase.kind, from: before / total, to: (before + (columns[index] ?? 1)) / total, tip };
    return { station: phase.station, piece };
  });
  const rows = stations.flatMap((station) => {
    const pieces = placed.flatMap((one) => (one.station === station ? [one.piece] : []));
    if (pieces.length === 0) return [];
    const title = pieces.map(({ tip }) => tip).join('; ');
    return [{ sign: null, label: stationTitle(station), bars: [{ title, pieces }], note: '' }];
  });
  const from = clock(Date.parse(stations[0]?.from ?? ending.at), zone);
  const axis = { from, to: clock(Date.parse(ending.at), zone) };
  return { title: `${name}: ${endSentence(delivery)}`, rows, axis, lines: [] };
}

function phaseSentence({ kind, from, to }: Phase, zone: string): string {
  return `${phaseWords[kind]}: ${clock(from, zone)} to ${clock(to, zone)}`;
}

function endSentence({ ending }: RehearsedDelivery): string {
  const why = ending.is === 'refused' || ending.is === 'never' ? `: ${ending.why}` : '';
  return `${endWords[ending.is]}${why}`;
}

function clock(time: number, zone: string): string {
  const { day, time: hour } = dayAndTime(new Date(time).toISOString(), zone);
  return `${day} ${hour} ${zone}`;
}
