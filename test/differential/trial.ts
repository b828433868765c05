import type { RecordedEvent, Recording, UserEvent } from '../fidelity/recording.ts';
import { ModelRestless, playOnModel } from './model.ts';
import type { Pulse } from './pulse.ts';
import { Restless, runReal } from './real.ts';
import type { RealApi } from './real-api.ts';
import { type Action, type Scenario, words } from './scenario.ts';
import { type Difference, differenceOf } from './states.ts';

/** A scenario that was run on both. */
export type Trial =
  | { readonly is: 'equal'; readonly scenario: Scenario; readonly recording: Recording }
  | Differing
  /** The real engine never came to rest: nothing to compare. */
  | { readonly is: 'restless'; readonly scenario: Scenario; readonly why: string };

export interface Differing {
  readonly is: 'different';
  readonly scenario: Scenario;
  readonly recording: Recording;
  readonly difference: Difference;
}

export interface TrialOptions {
  /** Before the namespaces' names; with the numbers after it, nobody else's. */
  readonly prefix: string;
  readonly pulse: Pulse;
  readonly signal: AbortSignal;
}

let runs = 0;

/** One scenario on the real engine and on the model. `patience`: how many times as long as usual rest is waited for. */
export async function attempt(api: RealApi, scenario: Scenario, options: TrialOptions, patience = 1): Promise<Trial> {
  runs += 1;
  const id = `${options.prefix}-${runs}`;
  try {
    const recording = await runReal(api, scenario, { ...options, namespace: id, id, patience });
    const difference = compared(recording);
    if (difference === null) return { is: 'equal', scenario, recording };
    return { is: 'different', scenario, recording, difference };
  } catch (error) {
    if (error instanceof Restless) return { is: 'restless', scenario, why: error.message };
    throw error;
  }
}

const seeds = 8;

/**
 * Plays the requests of a recording on the model and tells where it does something else than was recorded. Controllers
 * race each other, in the cluster as in the model, where chance comes from a seed: it is enough that the model does the same for one of
 * some seeds. The difference is that of the play that came furthest.
 */
export function compared({ id, events }: Recording): Difference | null {
  const requests = events.filter((event): event is UserEvent => event.actor === 'user');
  let furthest: Difference | null = null;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const difference = against(events, () => playOnModel(requests, id, seed));
    if (difference === null) return null;
    if (furthest === null || difference.after > furthest.after) furthest = difference;
  }
  return furthest;
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
