import { formatPlace } from '../release/error.ts';
import type { ForecastStep } from '../release/forecast.ts';
import type { DeliveryReport, Report, StepReport } from '../release/report.ts';
import { gateParts, gatesInOrder } from './detail.ts';
import { metricChart, metricLegend } from './metric-chart.ts';
import { type Pods, podsWords, scale } from './picture.ts';
import { type Bar, type Chart, type ChartRow, chartsSvg, type Legend, type Mark, type Piece } from './svg.ts';
import { gateSigns, isMoving, isUnseen, sharesWords, stateSigns, stepSign, worstFirst } from './words.ts';

export interface ReaderOptions {
  readonly now: Date;
  /** IANA zone of the readers; moments are told in UTC and in this one. */
  readonly zone?: string;
}

export const podsLegend: Legend = {
  marks: [
    { mark: 'old', words: 'old (stable) pod' },
    { mark: 'new', words: 'new pod' },
    { mark: 'newDown', words: 'not ready' },
    { mark: 'share', words: 'traffic to new' },
    { mark: 'rest', words: 'traffic to old' },
  ],
  note: '',
};

/** A report as an SVG document: each delivery with its pods, steps and gates, the worst first. */
export function renderSvg({ command, error, deliveries }: Report, options: ReaderOptions): string {
  const charts = worstFirst(deliveries).flatMap((delivery): Chart[] => [
    { ...releaseChart(delivery), lines: factLines(delivery, options) },
    ...delivery.metrics.map((metric) => {
      const chart = metricChart(metric);
      return { ...chart, title: `${delivery.name}: ${chart.title}`, lines: [metric.why] };
    }),
    ...(delivery.forecast.length === 0 ? [] : [forecastChart(delivery)]),
  ]);
  const failed: readonly Chart[] =
    error === null
      ? []
      : [{ title: `stepgate ${command}: ${error.code}`, rows: [], axis: null, lines: sayError(error) }];
  const names = deliveries.map(({ name }) => name).join(', ');
  return chartsSvg(`${command} of ${names === '' ? 'no deliveries' : names}`, [...failed, ...charts], {
    marks: [...podsLegend.marks, ...metricLegend.marks],
    note: '',
  });
}

/** The state of a delivery in words: `waiting at step 1/3 smoke`. */
export function standing({ state, step }: DeliveryReport): string {
  return `${stateSigns[state].word}${step === null ? '' : ` at step ${step.index}/${step.of} ${step.name}`}`;
}

/**
 * The present pods, then those of each step of the plan in force. A plan of a delivery that is at rest has the steps of its
 * forecast instead.
 */
export function releaseChart(delivery: DeliveryReport): Chart {
  const { name, steps, forecast, state } = delivery;
  const most = mostPods(delivery);
  const hidden = state === 'rolledBack' || (forecast.length > 0 && !isMoving(state));
  const rows = [
    ...(isUnseen(delivery) ? [] : [nowRow(delivery, most)]),
    ...(hidden ? [] : steps.map((step) => stepRow(step, delivery, most))),
  ];
  return { title: `${name}: ${standing(delivery)}`, rows, axis: null, lines: [] };
}

/** The pods of each step of a deploy that was planned. */
export function forecastChart(delivery: DeliveryReport): Chart {
  const { name, forecast } = delivery;
  const most = mostPods(delivery);
  const rows = forecast.map((step, index) => forecastRow(step, index, most));
  return { title: `${name}: forecast of a deploy`, rows, axis: null, lines: [] };
}

function mostPods({ pods, steps, forecast }: DeliveryReport): number {
  const totals = [
    pods.stable.total + pods.canary.total,
    ...steps.map((step) => (step.pods === null ? 0 : step.pods.stable + step.pods.canary)),
    ...forecast.map((step) => step.stablePods + step.canaryPods),
  ];
  return Math.max(...totals);
}

function nowRow({ pods, state }: DeliveryReport, most: number): ChartRow {
  const words = podsWords(pods, isMoving(state), true)
    .map(({ text }) => text)
    .join('');
  return { sign: null, label: 'now', bars: [podsBar(`pods now: ${words}`, pods, most)], note: words };
}

function stepRow(step: StepReport, { state }: DeliveryReport, most: number): ChartRow {
  const sign = stepSign(step.is, state);
  const planned = step.pods === null ? null : plannedPods(step.pods.stable, step.pods.canary);
  return {
    sign,
    label: `${step.index} ${step.name}`,
    bars: [
      ...(planned === null ? [] : [podsBar(`pods: ${planned.words}`, planned.pods, most)]),
      ...trafficBar(step.traffic),
    ],
    note: [
      `replicas ${step.replicas}`,
      ...(planned === null ? [] : [planned.words]),
      ...(step.traffic === null ? [] : [`traffic ${step.traffic}%`]),
      ...(step.waitsFor.length === 0 ? [] : [`waits for ${step.waitsFor.join(', ')}`]),
    ].join(' · '),
  };
}

function forecastRow(step: ForecastStep, index: number, most: number): ChartRow {
  const { pods, words } = plannedPods(step.stablePods, step.canaryPods);
  const shares = sharesWords(step);
  return {
    sign: null,
    label: `${index + 1} ${step.name}`,
    bars: [podsBar(`pods: ${words}`, pods, most), ...trafficBar(step.traffic)],
    note: [
      words,
      ...(shares === null ? [] : [`traffic ${shares}`]),
      `then ${step.waitsFor.length === 0 ? 'ready pods' : step.waitsFor.join(', ')}`,
    ].join(' · '),
  };
}

function plannedPods(stable: number, canary: number): { readonly pods: Pods; readonly words: string } {
  return {
    pods: { stable: { ready: stable, total: stable }, canary: { ready: canary, total: canary } },
    words: `${stable} old, ${canary} new`,
  };
}

/** The pods that a bar has room for. With more, a piece stands for several; with few, a piece is no wider than this allows. */
const SLOTS = { least: 10, most: 40 } as const;

/** A piece for each pod; all bars of a chart have the same room for one, so that they can be compared. */
export function podsBar(title: string, { stable, canary }: Pods, most: number): Bar {
  const slots = Math.min(SLOTS.most, Math.max(SLOTS.least, most));
  const counts: readonly (readonly [Mark, number])[] = [
    ['old', stable.ready],
    ['oldDown', stable.total - stable.ready],
    ['new', canary.ready],
    ['newDown', canary.total - canary.ready],
  ];
  const total = stable.total + canary.total;
  const kinds = counts.filter(([, count]) => count > 0).length;
  const wanted = most <= slots ? total : Math.round((total / most) * slots);
  const room = Math.max(kinds, Math.min(slots, wanted));
  const shares =
    total === 0
      ? []
      : scale(
          counts.map(([, count]) => count),
          room,
        );
  const marks = counts.flatMap(([mark], index) => Array.from({ length: shares[index] ?? 0 }, () => mark));
  const pieces = marks.map((mark, at): Piece => ({ mark, from: at / slots, to: (at + 0.82) / slots }));
  return { title, pieces };
}

/** The traffic split; no bar where the plan routes no traffic. */
export function trafficBar(share: number | null): Bar[] {
  if (share === null) return [];
  const at = Math.min(1, Math.max(0, share / 100));
  const pieces: Piece[] = [
    ...(at > 0 ? [{ mark: 'share' as const, from: 0, to: at }] : []),
    ...(at < 1 ? [{ mark: 'rest' as const, from: at, to: 1 }] : []),
  ];
  return [{ title: `traffic: ${share}% to new, ${100 - share}% to old`, pieces }];
}

/** The lines below a picture: message, error, hold, gates, findings and the next command. */
function factLines(delivery: DeliveryReport, { now, zone }: ReaderOptions): string[] {
  const { message, reason, error, hold, gates, findings, todo } = delivery;
  return [
    ...(error?.message === message ? [] : [`${message} (${reason})`]),
    ...(error === null ? [] : sayError(error)),
    ...(hold === null ? [] : [`held by ${hold.by}: ${hold.reason}`]),
    ...gatesInOrder(gates).map(
      (gate) => `${gateSigns[gate.is].sign} ${gate.name} ${gate.is}: ${gateParts(gate, now, zone).join('; ')}`,
    ),
    ...findings.map(({ severity, code, message: says }) => `${severity} ${code}: ${says}`),
    ...(todo === null ? [] : [`next: ${todo}`]),
  ];
}

function sayError({ code, message, hint, at }: NonNullable<Report['error']>): string[] {
  const place = at === null ? '' : ` ${formatPlace(at)}`;
  return [`error ${code}${place}: ${message}`, ...(hint === null ? [] : [`→ ${hint}`])];
}
