import type { RecordedEvent, Recording, UserEvent } from '../fidelity/recording.ts';
import { ModelRestless, playOnModel } from './model.ts';
import type { Pulse } from './pulse.ts';
import { runReal } from './real.ts';
import type { RealApi } from './real-api.ts';
import { type Action, type Scenario, words } from './scenario.ts';
import { type Difference, differenceOf } from './states.ts';

/** A scenario that was run on both. */
export type Trial =
  | {
      /** `restless`: the last request is one that neither of them ever came to rest after. */
      readonly is: 'equal' | 'restless';
      readonly scenario: Scenario;
      readonly recording: Recording;
    }
  | Differing;

export interface Differing {
  readonly is: 'different';
  readonly scenario: Scenario;
  readonly recording: Recording;
  readonly difference: Difference;
}

export interface TrialOptions {
  /** A name that no namespace has had yet. */
  readonly namespace: () => string;
  readonly pulse: Pulse;
  readonly signal: AbortSignal;
}

/** One scenario on the real engine and on the model. `patience`: how many times as long as usual rest is waited for. */
export async function attempt(api: RealApi, scenario: Scenario, options: TrialOptions, patience = 1): Promise<Trial> {
  const id = options.namespace();
  const { recording, restless } = await runReal(api, scenario, { ...options, namespace: id, id, patience });
  const difference = restless ? comparedRestless(recording) : compared(recording);
  if (difference !== null) return { is: 'different', scenario, recording, difference };
  return { is: restless ? 'restless' : 'equal', scenario, recording };
}

const seeds = 8;

/**
 * Plays the requests of a recording on the model and tells where it does something else than was recorded. Controllers
 * race each other, in the cluster as in the model, where chance comes from a seed: it is enough that the model does the
 * same for one of some seeds. The difference is that of the play that came furthest.
 */
export function compared({ id, events }: Recording): Difference | null {
  const requests = requestsOf(events);
  let furthest: Difference | null = null;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const difference = against(events, () => playOnModel(requests, id, seed));
    if (difference === null) return null;
    if (furthest === null || difference.after > furthest.after) furthest = difference;
  }
  return furthest;
}

/** The same where nothing came to rest after the last request: nor may the model. */
function comparedRestless(recording: Recording): Difference | null {
  const { id, events } = recording;
  const last = events.findLastIndex(({ actor }) => actor === 'user');
  const before = compared({ ...recording, events: events.slice(0, last) });
  if (before !== null) return before;
  const requests = requestsOf(events);
  try {
    playOnModel(requests, id);
  } catch (error) {
    if (error instanceof ModelRestless && error.after === requests.length) return null;
    throw error;
  }
  return { after: requests.length, text: 'the real engine never comes to rest, and the model does' };
}

function requestsOf(events: readonly RecordedEvent[]): readonly UserEvent[] {
  return events.filter((event): event is UserEvent => event.actor === 'user');
}

function against(events: readonly RecordedEvent[], play: () => readonly RecordedEvent[]): Difference | null {
  try {
    return differenceOf(events, play());
  } catch (error) {
    if (error instanceof ModelRestless) return { after: error.after, text: error.message };
    throw error;
  }
}

/**
 * The smallest scenario found that still differs, within so many further runs: without what comes after the difference,
 * then without each action and each step in turn. Every run waits longer for rest, so that what differed by being hurried
 * does not count: null where the first of them finds no difference.
 */
export async function shrunk(
  api: RealApi,
  { scenario, recording, difference }: Differing,
  options: TrialOptions,
  budget: number,
): Promise<Differing | null> {
  const patience = 2;
  const retried = await attempt(api, cut(scenario, recording, difference), options, patience);
  if (retried.is !== 'different') return null;
  let best = retried;
  let place = 0;
  for (let left = budget; left > 0; left -= 1) {
    const smaller = smallerThan(best.scenario)[place];
    if (smaller === undefined) return best;
    const tried = await attempt(api, smaller, options, patience);
    if (tried.is === 'different') best = { ...tried, scenario: cut(tried.scenario, tried.recording, tried.difference) };
    else place += 1;
  }
  return best;
}

/** Without the actions after the difference. */
function cut(scenario: Scenario, recording: Recording, { after }: Difference): Scenario {
  let sent = 0;
  for (const event of recording.events) {
    if (event.actor === 'user') sent += 1;
    if (sent < after || event.actor !== 'observer') continue;
    const action = /^action (\d+):/.exec(event.what)?.[1];
    return { ...scenario, actions: scenario.actions.slice(0, Number(action ?? 0)) };
  }
  return scenario;
}

/** One action fewer (from the first on: the last is the one that differs), or one step fewer. */
function smallerThan({ plan, actions }: Scenario): readonly Scenario[] {
  const fewer = actions.map((_, index) => ({ plan, actions: actions.toSpliced(index, 1) }));
  const edits = actions.some(isEdit);
  const shorter = plan.steps.map((_, index) => ({ plan: { ...plan, steps: plan.steps.toSpliced(index, 1) }, actions }));
  return [...(actions.length > 1 ? fewer : []), ...(plan.steps.length > 1 && !edits ? shorter : [])];
}

function isEdit(action: Action): boolean {
  return action.do === 'edit';
}

export function report({ scenario, difference }: Differing): string {
  return `${words(scenario)}\n  differs: ${difference.text}`;
}
