import type { ForecastStep } from '../release/forecast.ts';
import type { DeliveryReport, GateReport, State, StepReport } from '../release/report.ts';
import type { Way } from '../release/vote.ts';
import type { Tone } from './lines.ts';

/** How a state is shown: a word, a sign and its ASCII form, a tone, and an emoji for Markdown. */
export interface Sign {
  readonly word: string;
  readonly sign: string;
  readonly plain: string;
  readonly tone: Tone;
}

export const stateSigns = {
  absent: { word: 'absent', sign: '○', plain: '[ ]', tone: 'dim' },
  idle: { word: 'idle', sign: '○', plain: '[ ]', tone: 'dim' },
  rolling: { word: 'rolling', sign: '◐', plain: '[>]', tone: 'busy' },
  waiting: { word: 'waiting', sign: '◆', plain: '[*]', tone: 'wait' },
  finishing: { word: 'finishing', sign: '◐', plain: '[>]', tone: 'busy' },
  done: { word: 'done', sign: '✔', plain: '[x]', tone: 'good' },
  reverting: { word: 'rolling back', sign: '↶', plain: '[<]', tone: 'wait' },
  rolledBack: { word: 'rolled back', sign: '↶', plain: '[<]', tone: 'wait' },
  held: { word: 'held', sign: '■', plain: '[=]', tone: 'wait' },
  stuck: { word: 'STUCK', sign: '✖', plain: '[!]', tone: 'bad' },
  failed: { word: 'FAILED', sign: '✖', plain: '[!]', tone: 'bad' },
  superseded: { word: 'superseded', sign: '»', plain: '[-]', tone: 'dim' },
  ungated: { word: 'UNGATED', sign: '✖', plain: '[!]', tone: 'bad' },
} satisfies Record<State, Sign>;

/** What a person does with a promotion pull request to approve: `review or merge`, where no way does for every gate. */
export function promotionWays(ways: readonly Way[]): string {
  const found = ways.filter((way) => way === 'review' || way === 'merge');
  return found.length === 0 ? 'review or merge' : found.join(' or ');
}

/** Whether what a person should do next is a command to run; else it is something to do at the forge or in Git. */
export function isCommand(todo: string): boolean {
  return todo.startsWith('stepgate ');
}

/** The dots in Markdown, one colour for each tone. */
export const stateDots = {
  absent: '⚪',
  idle: '⚪',
  rolling: '🔵',
  waiting: '🟡',
  finishing: '🔵',
  done: '🟢',
  reverting: '🟠',
  rolledBack: '🟠',
  held: '🟠',
  stuck: '🔴',
  failed: '🔴',
  superseded: '⚪',
  ungated: '🔴',
} satisfies Record<State, string>;

export const stepSigns = {
  done: { word: 'done', sign: '●', plain: '[x]', tone: 'good' },
  moving: { word: 'moving', sign: '◐', plain: '[>]', tone: 'busy' },
  waiting: { word: 'waiting', sign: '◆', plain: '[*]', tone: 'wait' },
  ahead: { word: 'ahead', sign: '○', plain: '[ ]', tone: 'dim' },
} satisfies Record<StepReport['is'], Sign>;

export const gateSigns = {
  open: { word: 'open', sign: '✔', plain: '[x]', tone: 'good' },
  shut: { word: 'shut', sign: '◆', plain: '[*]', tone: 'wait' },
  failed: { word: 'failed', sign: '✖', plain: '[!]', tone: 'bad' },
  skipped: { word: 'skipped', sign: '»', plain: '[-]', tone: 'dim' },
} satisfies Record<GateReport['is'], Sign>;

/** The sign of the current step; it also shows trouble of the delivery. */
export function stepSign(step: StepReport['is'], state: State): Sign {
  const here = step === 'moving' || step === 'waiting';
  if (!here) return stepSigns[step];
  const sign = stateSigns[state];
  return sign.tone === 'bad' || state === 'held' || state === 'reverting'
    ? { ...sign, word: sign.word.toLowerCase() }
    : stepSigns[step];
}

/** The states, worst first. */
const stateOrder: readonly State[] = [
  'ungated',
  'failed',
  'stuck',
  'reverting',
  'held',
  'rolledBack',
  'waiting',
  'rolling',
  'finishing',
  'superseded',
  'done',
  'absent',
  'idle',
];

/** The deliveries, worst first; deliveries of equal state keep their order. */
export function worstFirst(deliveries: readonly DeliveryReport[]): DeliveryReport[] {
  return deliveries.toSorted((left, right) => rank(left) - rank(right));
}

function rank(delivery: DeliveryReport): number {
  return delivery.error === null ? stateOrder.indexOf(delivery.state) : -1;
}

/** A commit as seven hexadecimal digits, as forges show it. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

/** Whether the delivery was not read: the run failed before that, or the command asks no cluster. Its pods are unknown then. */
export function isUnseen({ release, steps, pods }: DeliveryReport): boolean {
  return release === null && steps.length === 0 && pods.stable.total + pods.canary.total === 0;
}

/** Whether a release is under way, so that pods are old or new. */
export function isMoving(state: State): boolean {
  switch (state) {
    case 'rolling':
    case 'waiting':
    case 'finishing':
    case 'reverting':
    case 'held':
    case 'stuck':
    case 'ungated':
      return true;
    case 'absent':
    case 'idle':
    case 'done':
    case 'rolledBack':
    case 'failed':
    case 'superseded':
      return false;
  }
}

/** The requests that go to the new version in a step; null when pods share the traffic. */
export function sharesWords({ traffic, requests }: Pick<ForecastStep, 'traffic' | 'requests'>): string | null {
  if (traffic === null) return null;
  const all = requests.join(' or ');
  if (all === '' || traffic === 100) return `${traffic}%`;
  return traffic === 0 ? all : `${traffic}% and ${all}`;
}

/** What a forecast says about the release as a whole: the room that it takes, and what its times are. */
export function forecastNotes(forecast: readonly ForecastStep[]): string[] {
  const most = forecast.reduce<ForecastStep | null>(
    (found, step) => (found !== null && found.mostPods >= step.mostPods ? found : step),
    null,
  );
  if (most === null) return [];
  const { pods, cpu, memory } = most.extra;
  const requests = [...(cpu === null ? [] : [`cpu ${cpu}`]), ...(memory === null ? [] : [`memory ${memory}`])];
  const asks = requests.length === 0 ? '' : `, with requests of ${requests.join(' and ')}`;
  return [
    pods === 0
      ? `never more than ${most.mostPods} pods, the size of the workload`
      : `up to ${most.mostPods} pods at step ${most.name}: ${pods} more than the size${asks}`,
    "'not before' is an estimate for a release that starts now: soaks, schedules and the engine's own waits",
  ];
}
