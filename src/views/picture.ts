import type { PodCount } from '../release/observation.ts';
import type { State, StepReport } from '../release/report.ts';
import { type Canvas, columns, cut, type Line, pad, type Span, span } from './lines.ts';
import { type Sign, stepSign } from './words.ts';

/** One column of the picture: a step, or several steps far from the current one. */
export interface Stop {
  readonly name: string;
  readonly replicas: string;
  readonly traffic: string;
  readonly is: StepReport['is'];
}

/** The rows of the picture; each gets a label. `mark` describes the current step. */
export interface StepRows {
  readonly track: Line;
  readonly names: Line;
  readonly replicas: Line;
  /** Null when no step routes traffic. */
  readonly traffic: Line | null;
  /** Null when the release is at no step. */
  readonly mark: Line | null;
}

const NARROWEST = 6;
const ROOMY = 12;
const BAR = 20;

/** The steps side by side in at most `canvas.width` columns. If they don't fit, steps far from the current one are folded. */
export function stepRows(steps: readonly StepReport[], state: State, canvas: Canvas): StepRows {
  const { unicode, width } = canvas;
  const stops = fold(steps, Math.max(3, Math.floor(width / NARROWEST)));
  const cells = cellWidths(stops, width);
  const signs = stops.map((stop) => stepSign(stop.is, state));
  const here = stops.findIndex((stop) => stop.is === 'moving' || stop.is === 'waiting');

  const row = (text: (stop: Stop) => string, tone: (index: number) => Span['tone']): Line =>
    stops.map((stop, index) => {
      const room = cells[index] ?? NARROWEST;
      const last = index === stops.length - 1;
      return span(pad(cut(text(stop), last ? room : room - 1, unicode), room), tone(index));
    });

  return {
    track: stops.flatMap((stop, index) =>
      trackCell(signs[index], stop, index === stops.length - 1 ? null : cells[index], unicode),
    ),
    names: row(
      (stop) => stop.name,
      (index) => (index === here ? 'strong' : 'plain'),
    ),
    replicas: row(
      (stop) => stop.replicas,
      () => 'dim',
    ),
    traffic: stops.every((stop) => stop.traffic === '')
      ? null
      : row(
          (stop) => stop.traffic,
          () => 'dim',
        ),
    mark: here < 0 ? null : mark(sum(cells.slice(0, here)), signs[here], canvas),
  };
}

function trackCell(sign: Sign | undefined, stop: Stop, room: number | null | undefined, unicode: boolean): Span[] {
  if (sign === undefined) return [];
  const glyph = unicode ? sign.sign : sign.plain;
  const head = span(glyph, sign.tone);
  if (room === null || room === undefined) return [head];
  const passed = stop.is === 'done';
  const rail = unicode ? (passed ? '━' : '┄') : passed ? '-' : '.';
  return [head, span(rail.repeat(Math.max(0, room - columns(glyph))), passed ? sign.tone : 'dim')];
}

/** The word under the current step: right of its arrow, or left when the right has no room. */
function mark(offset: number, sign: Sign | undefined, { unicode, width }: Canvas): Line {
  const arrow = unicode ? '▲' : '^';
  const word = sign?.word ?? '';
  const tone = sign?.tone ?? 'plain';
  const right = `${arrow} ${word}`;
  if (offset + columns(right) <= width) return [span(' '.repeat(offset)), span(right, tone)];
  const left = `${word} ${arrow}`;
  return [span(' '.repeat(Math.max(0, offset + 1 - columns(left)))), span(left, tone)];
}

/** Column widths: all equal if there is room, else as wide as each needs, else equal shares. */
function cellWidths(stops: readonly Stop[], width: number): number[] {
  const natural = stops.map((stop) =>
    Math.max(NARROWEST, columns(stop.name) + 2, columns(stop.replicas) + 2, columns(stop.traffic) + 2),
  );
  const widest = Math.max(NARROWEST, ...natural);
  const share = Math.floor(width / stops.length);
  if (widest <= share) return stops.map(() => Math.max(widest, Math.min(ROOMY, share)));
  if (sum(natural) <= width) return natural;
  return stops.map(() => Math.max(NARROWEST, share));
}

/** At most `most` stops: steps far from the current one are joined into one stop with their number. */
export function fold(steps: readonly StepReport[], most: number): Stop[] {
  if (steps.length <= most) return steps.map(toStop);
  const found = steps.findIndex((step) => step.is !== 'done');
  const here = found < 0 ? steps.length - 1 : found;
  const shown = Math.max(1, most - 2);
  const first = Math.min(Math.max(0, here - Math.floor(shown / 3)), steps.length - shown);
  const before = steps.slice(0, first);
  const after = steps.slice(first + shown);
  return [
    ...(before.length === 0 ? [] : [folded(before)]),
    ...steps.slice(first, first + shown).map(toStop),
    ...(after.length === 0 ? [] : [folded(after)]),
  ];
}

function folded(steps: readonly StepReport[]): Stop {
  const is = steps.every((step) => step.is === 'done') ? 'done' : 'ahead';
  return { name: `+${steps.length}`, replicas: '', traffic: '', is };
}

function toStop(step: StepReport): Stop {
  const traffic = step.traffic === null ? '' : `${step.traffic}%`;
  return { name: step.name, replicas: step.replicas, traffic, is: step.is };
}

/**
 * Old and new pods as a bar and as text: `████████▓░  8 old · 2 new (1 ready)`; one sign for each pod, up to twenty.
 * `moving`: a release is under way; otherwise old and new are not distinguished.
 */
export function podsBar(pods: Pods, moving: boolean, unicode: boolean): Line {
  const { stable, canary } = pods;
  const total = stable.total + canary.total;
  if (total === 0) return [span('none', 'dim')];
  const parts = [stable.ready, stable.total - stable.ready, canary.ready, canary.total - canary.ready];
  const [old = 0, oldDown = 0, fresh = 0, freshDown = 0] = scale(parts, Math.min(BAR, total));
  return [
    span((unicode ? '█' : '=').repeat(old), 'plain'),
    span((unicode ? '░' : '.').repeat(oldDown), 'bad'),
    span((unicode ? '▓' : '+').repeat(fresh), 'good'),
    span((unicode ? '░' : '.').repeat(freshDown), 'bad'),
    span('  '),
    ...podsWords(pods, moving, unicode),
  ];
}

/** `8 old · 2 new (1 ready)`, or `10 ready` when no release is under way. */
export function podsWords({ stable, canary }: Pods, moving: boolean, unicode: boolean): Line {
  if (!moving && canary.total === 0) {
    if (stable.ready >= stable.total) return [span(stable.total === 0 ? 'none' : `${stable.total} ready`)];
    return [span(`${stable.ready} of ${stable.total} ready`, 'bad')];
  }
  return [...countSpans(stable, 'old'), span(unicode ? ' · ' : ', ', 'dim'), ...countSpans(canary, 'new')];
}

/** The short form for a table: `8 old · 1/2 new`. */
export function podsShort({ stable, canary }: Pods, moving: boolean, unicode: boolean): string {
  const count = ({ ready, total }: PodCount) => (ready >= total ? String(total) : `${ready}/${total}`);
  if (!moving && canary.total === 0) return stable.total === 0 ? 'none' : `${count(stable)} ready`;
  return `${count(stable)} old${unicode ? ' · ' : ', '}${count(canary)} new`;
}

export interface Pods {
  readonly stable: PodCount;
  readonly canary: PodCount;
}

function countSpans({ ready, total }: PodCount, word: string): Span[] {
  const count = span(`${total} ${word}`);
  return ready >= total ? [count] : [count, span(` (${ready} ready)`, 'bad')];
}

/** Proportional shares of `size`, at least one for every count above 0; the largest share takes the rounding difference. */
export function scale(parts: readonly number[], size: number): number[] {
  const total = sum(parts);
  const shares = parts.map((part) => (part <= 0 ? 0 : Math.max(1, Math.round((part / total) * size))));
  const largest = shares.indexOf(Math.max(...shares));
  return shares.map((share, index) => (index === largest ? share + size - sum(shares) : share));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
