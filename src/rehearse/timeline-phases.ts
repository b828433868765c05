import type { Tone } from '../views/lines.ts';
import { waitsOn } from './gates.ts';
import type { Ending, RehearsedDelivery, Station } from './timeline.ts';

/** How a period of time is spent. `runner`: every gate is open, and the next tick has not run yet. */
export type PhaseKind = (typeof phaseKinds)[number];
export const phaseKinds = ['moves', 'time', 'person', 'runner', 'back'] as const;

export interface Phase {
  readonly station: Station;
  readonly kind: PhaseKind;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

export const phaseWords = {
  moves: 'pods move',
  time: 'waits for a time',
  person: 'waits for a person',
  runner: 'waits for a tick',
  back: 'rolls back',
} satisfies Record<PhaseKind, string>;

export const endSigns = {
  delivered: { sign: '✔', plain: '[x]', tone: 'good' },
  rolledBack: { sign: '↶', plain: '[<]', tone: 'wait' },
  refused: { sign: '✖', plain: '[!]', tone: 'bad' },
  never: { sign: '✖', plain: '[!]', tone: 'bad' },
} satisfies Record<Ending['is'], { readonly sign: string; readonly plain: string; readonly tone: Tone }>;

export const endWords = {
  delivered: 'would be delivered',
  rolledBack: 'would be rolled back',
  refused: 'would be refused',
  never: 'would never finish',
} satisfies Record<Ending['is'], string>;

/** The time of a delivery from the request to its end, in phases. Phases shorter than a second are left out. */
export function phasesOf({ stations, ending }: RehearsedDelivery): readonly Phase[] {
  return stations.flatMap((station) => ofStation(station, Date.parse(ending.at)));
}

function ofStation(station: Station, end: number): readonly Phase[] {
  const from = Date.parse(station.from);
  const left = station.left === null ? Math.max(from, end) : Date.parse(station.left);
  const waits = station.waits === null ? left : Math.min(left, Math.max(from, Date.parse(station.waits)));
  const of = (what: 'person' | 'time') => station.gates.filter(({ kind }) => waitsOn(kind) === what);
  const person = of('person').flatMap(({ shut, opened }) =>
    shut === null ? [] : [{ from: Date.parse(shut), to: opened === null ? left : Date.parse(opened) }],
  );
  const time = of('time').flatMap(({ shut, opened }) =>
    shut === null ? [] : [{ from: waits, to: opened === null ? left : Date.parse(opened) }],
  );
  const kindAt = (moment: number): PhaseKind => {
    const during = (one: { readonly from: number; readonly to: number }) => one.from <= moment && moment < one.to;
    if (person.some(during)) return 'person';
    return time.some(during) ? 'time' : 'runner';
  };
  const cuts = [...person, ...time].flatMap((one) => [one.from, one.to]).filter((one) => waits < one && one < left);
  const moments = [waits, ...new Set(cuts.sort((one, two) => one - two)), left];
  const pieces: Phase[] = [{ station, kind: station.kind === 'rollback' ? 'back' : 'moves', from, to: waits }];
  for (const [index, begin] of moments.entries()) {
    const to = moments[index + 1];
    const last = pieces.at(-1);
    if (to === undefined || last === undefined) continue;
    const kind = kindAt(begin);
    if (last.kind === kind) pieces[pieces.length - 1] = { ...last, to };
    else pieces.push({ station, kind, from: begin, to });
  }
  return pieces.filter((piece) => piece.to - piece.from >= 1000);
}

/**
 * The columns of each phase: at least one each, `width` in total if that is enough. The rest is shared by the logarithm of
 * the lengths. Otherwise a weekend before a release would leave no room for the release.
 */
export function columnsOf(phases: readonly Phase[], width: number): readonly number[] {
  const lengths = phases.map(({ from, to }) => Math.log2(1 + (to - from) / 30_000));
  const total = lengths.reduce((sum, one) => sum + one, 0);
  const spare = Math.max(0, width - phases.length);
  const exact = lengths.map((length) => (total === 0 ? 0 : (length / total) * spare));
  const columns = exact.map((one) => 1 + Math.floor(one));
  const byRest = exact
    .map((one, index) => ({ index, rest: one - Math.floor(one) }))
    .sort((left, right) => right.rest - left.rest || left.index - right.index);
  let open = spare - exact.reduce((sum, one) => sum + Math.floor(one), 0);
  for (const { index } of byRest) {
    if (open <= 0) break;
    columns[index] = (columns[index] ?? 0) + 1;
    open -= 1;
  }
  return columns;
}

/** `1 one`, `start`. */
export function stationTitle({ kind, number, name }: Station): string {
  return kind === 'step' ? `${number} ${name}` : name;
}
