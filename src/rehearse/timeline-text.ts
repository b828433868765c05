import {
  type Canvas,
  cut,
  flow,
  type Line,
  lineColumns,
  pad,
  paint,
  type Span,
  span,
  type TextOptions,
  type Tone,
} from '../views/lines.ts';
import { findingLines } from '../views/problems.ts';
import { harmless } from '../views/text.ts';
import { dayAndTime, roundedDuration } from '../views/times.ts';
import type { Ending, Need, Rehearsal, RehearsedDelivery, Station, TimelineEvent } from './timeline.ts';
import {
  columnsOf,
  endSigns,
  endWords,
  type Phase,
  type PhaseKind,
  phaseKinds,
  phasesOf,
  phaseWords,
  stationTitle,
} from './timeline-phases.ts';

const LABEL = 14;

/** A rehearsal as lines for a terminal or a log: the result, a picture, then the events in order. */
export function renderTimeline(rehearsal: Rehearsal, options: TextOptions): string[] {
  const safe = harmless(rehearsal, options);
  const blocks = [head(safe, options), ...safe.deliveries.map((delivery) => block(safe, delivery, options))];
  return blocks
    .flatMap((lines, index) => (index === 0 ? lines : [[], ...lines]))
    .map((line) => paint(line, options.color));
}

function head({ start, every, answerAfter, readyAfter, scenario, notes }: Rehearsal, options: TextOptions): Line[] {
  const { day, time } = dayAndTime(start, zoneOf(options));
  const people = answerAfter === 0 ? 'at once' : `after ${roundedDuration(answerAfter)}`;
  const settings = [
    `requested ${day} ${time} ${zoneOf(options)}`,
    `tick every ${roundedDuration(every)}`,
    `people approve ${people}`,
    `pods are ready after ${roundedDuration(readyAfter)}`,
  ].join(', ');
  return [
    [span('rehearsal', 'strong'), span(scenario === null ? '' : ` with ${scenario}`, 'wait'), span(`: ${settings}`)],
    ...notes.map((note): Line => [span(`  ${note}`, 'dim')]),
  ].flatMap((line) => flow(line, options.width));
}

function block(rehearsal: Rehearsal, delivery: RehearsedDelivery, options: TextOptions): Line[] {
  const { ending, name, release, people, findings } = delivery;
  const { sign, plain, tone } = endSigns[ending.is];
  const glyph = options.unicode ? sign : plain;
  const title: Line = [
    span(`${glyph} `, tone),
    span(name, 'strong'),
    span(`  ${endWords[ending.is]}`, tone),
    span(whenOf(rehearsal, ending, options)),
    span(release === null ? '' : `   ${release.id}`, 'dim'),
  ];
  const why: Line[] = 'why' in ending ? [[span(`  ${ending.code}  `, tone), span(ending.why)]] : [];
  const todo: Line[] = 'todo' in ending && ending.todo !== null ? [[span('  next  ', 'dim'), span(ending.todo)]] : [];
  return [
    ...[title, ...why, ...todo, ...neededLines(people, options)].flatMap((line) => flow(line, options.width)),
    ...pictureLines(delivery, options),
    [],
    ...eventLines(delivery.events, options),
    ...findingLines(
      findings.filter(({ severity }) => severity !== 'note'),
      options,
    ).map((line): Line => [span('  '), ...line]),
  ];
}

/** Who has to approve, which gate, and from when; one entry for each gate. */
export function neededTogether(people: readonly Need[]) {
  const groups = Map.groupBy(people, ({ station, gate, from }) => JSON.stringify([station, gate, from]));
  return [...groups.values()].flatMap((needs) => {
    const [first] = needs;
    if (first === undefined) return [];
    const { gate, from } = first;
    const who = needs.map((one) => one.who).join(', ');
    return [{ who, gate, from, answered: needs.every((one) => one.answered !== null) }];
  });
}

function neededLines(people: readonly Need[], options: TextOptions): Line[] {
  return neededTogether(people).map(({ who, gate, from, answered }): Line => {
    const { day, time } = dayAndTime(from, zoneOf(options));
    return [
      span(options.unicode ? '  ◆ ' : '  * ', 'wait'),
      span(`waits for ${who}`, 'wait'),
      span(` (${gate}) from ${day} ${time}${answered ? '' : ', without an answer'}`),
    ];
  });
}

/** ` Mon 2026-11-30 09:00 UTC, 2d 17h after the request`. */
function whenOf({ start }: Rehearsal, ending: Ending, options: TextOptions): string {
  if (ending.is === 'never' || ending.is === 'refused') return '';
  const { day, time } = dayAndTime(ending.at, zoneOf(options));
  const took = roundedDuration((Date.parse(ending.at) - Date.parse(start)) / 1000);
  return ` ${day} ${time} ${zoneOf(options)}, ${took} after the request`;
}

const phaseSigns = {
  moves: { sign: '▓', plain: '+', tone: 'busy' },
  time: { sign: '░', plain: '.', tone: 'dim' },
  person: { sign: '◆', plain: '*', tone: 'wait' },
  runner: { sign: '·', plain: '-', tone: 'dim' },
  back: { sign: '◀', plain: '<', tone: 'bad' },
} satisfies Record<PhaseKind, { readonly sign: string; readonly plain: string; readonly tone: Tone }>;

/** One row for each station, time to the right. Long times are drawn shorter than they are. */
export function pictureLines(delivery: RehearsedDelivery, options: TextOptions): Line[] {
  const phases = phasesOf(delivery);
  if (phases.length === 0) return [];
  const columns = columnsOf(phases, Math.max(10, options.width - LABEL - 4));
  const rows = delivery.stations.flatMap((station) => row(station, phases, columns, options));
  return [[], ...rows, axis(delivery, columns, options), ...legendLines(phases, options)];
}

/** The legend of the picture. A sign and its words stay on one line. */
function legendLines(phases: readonly Phase[], { unicode, width }: Canvas): Line[] {
  const used = phaseKinds.filter((kind) => phases.some((phase) => phase.kind === kind));
  const entries = used.map((kind): Span[] => {
    const { sign, plain, tone } = phaseSigns[kind];
    return [span(unicode ? sign : plain, tone), span(` ${phaseWords[kind]}  `, 'dim')];
  });
  if (phases.length > 1) entries.push([span('(not to scale)', 'dim')]);
  const lines: Span[][] = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    if (last !== undefined && lineColumns([...last, ...entry]) <= width) last.push(...entry);
    else lines.push([span(' '.repeat(LABEL + 2)), ...entry]);
  }
  return lines;
}

function row(station: Station, phases: readonly Phase[], columns: readonly number[], { unicode }: Canvas): Line[] {
  const first = phases.findIndex((phase) => phase.station === station);
  if (first < 0) return [];
  const before = columns.slice(0, first).reduce((sum, one) => sum + one, 0);
  const bars = phases.flatMap((phase, index): Span[] => {
    if (phase.station !== station) return [];
    const { sign, plain, tone } = phaseSigns[phase.kind];
    return [span((unicode ? sign : plain).repeat(columns[index] ?? 1), tone)];
  });
  const label = pad(cut(stationTitle(station), LABEL - 1, unicode), LABEL);
  return [[span(`  ${label}`), span(' '.repeat(before)), ...bars]];
}

/** The begin and the end of the picture. */
function axis({ stations, ending }: RehearsedDelivery, columns: readonly number[], options: TextOptions): Line {
  const words = (iso: string) => {
    const { day, time } = dayAndTime(iso, zoneOf(options));
    return `${day.slice(0, 3)} ${time.slice(0, 5)}`;
  };
  const [left, right] = [words(stations[0]?.from ?? ending.at), words(ending.at)];
  const width = columns.reduce((sum, one) => sum + one, 0);
  return [
    span(
      `${' '.repeat(LABEL + 2)}${left}${' '.repeat(Math.max(1, width - left.length - right.length))}${right}`,
      'dim',
    ),
  ];
}

const eventSigns = {
  run: { sign: '▸', plain: '>', tone: 'plain' },
  engine: { sign: '●', plain: 'o', tone: 'busy' },
  ready: { sign: '○', plain: 'o', tone: 'busy' },
  pods: { sign: '✖', plain: '!', tone: 'bad' },
  shut: { sign: '◇', plain: '#', tone: 'wait' },
  open: { sign: '✔', plain: 'x', tone: 'good' },
  needed: { sign: '◆', plain: '*', tone: 'wait' },
  person: { sign: '✔', plain: 'x', tone: 'good' },
  git: { sign: '↶', plain: '<', tone: 'wait' },
  end: { sign: '■', plain: '=', tone: 'strong' },
} satisfies Record<TimelineEvent['what'], { readonly sign: string; readonly plain: string; readonly tone: Tone }>;

/** One line for each event, after its time. The date is printed once a day. */
function eventLines(events: readonly TimelineEvent[], options: TextOptions): Line[] {
  let today = '';
  return events.flatMap(({ at, what, text }) => {
    const { day, time } = dayAndTime(at, zoneOf(options));
    const { sign, plain, tone } = eventSigns[what];
    const line: Line = [
      span(`  ${time}  `, 'dim'),
      span(`${options.unicode ? sign : plain} `, tone),
      span(localText(text, zoneOf(options))),
    ];
    const fresh: Line[] = day === today ? [] : [[span(`  ${day}`, 'strong')]];
    today = day;
    return [...fresh, ...flow(line, options.width, 14)];
  });
}

/** Replaces ISO times in a text by times in the reader's zone. */
export function localText(text: string, zone: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z/gu, (iso) => {
    const { day, time } = dayAndTime(iso, zone);
    return `${day} ${time}`;
  });
}

function zoneOf({ zone }: TextOptions): string {
  return zone ?? 'UTC';
}
