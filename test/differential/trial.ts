import type { RecordedEvent, Recording, UserEvent } from '../fidelity/recording.ts';
import { ModelRestless, playOnModel } from './model.ts';
import type { Pulse } from './pulse.ts';
import { runReal } from './real.ts';
import type { RealApi } from './real-api.ts';
import { type Scenario, words } from './scenario.ts';
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

const seeds = 300;

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

export function report({ scenario, difference }: Differing): string {
  return `${words(scenario)}\n  differs: ${difference.text}`;
}
