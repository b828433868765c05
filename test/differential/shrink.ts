import type { Recording } from '../fidelity/recording.ts';
import type { Scenario } from './scenario.ts';
import type { Differing, Trial } from './trial.ts';

/** Runs a scenario again, with more time than the first run had. */
export type Retry = (scenario: Scenario) => Promise<Trial>;

/**
 * The smallest scenario found that still differs, within so many further runs after one that confirms it: without what
 * comes after the difference, then without each action, each step and each extra of the plan in turn. Null where the
 * confirming run finds no difference: it was one of being hurried.
 */
export async function shrunk(first: Differing, retry: Retry, budget: number): Promise<Differing | null> {
  const confirmed = await retry(ended(first).scenario);
  if (confirmed.is !== 'different') return null;
  let best = ended(confirmed);
  let place = 0;
  for (let left = budget; left > 0; left -= 1) {
    const smaller = smallerThan(best.scenario)[place];
    if (smaller === undefined) return best;
    const tried = await retry(smaller);
    // What takes the place of something left out is tried there next.
    if (tried.is === 'different') best = ended(tried);
    else place += 1;
  }
  return best;
}

/** Without what comes after the difference. */
function ended(trial: Differing): Differing {
  const { scenario, recording, difference } = trial;
  let sent = 0;
  let actions = 0;
  for (const [index, event] of recording.events.entries()) {
    if (event.actor === 'user') {
      if (sent >= difference.after) return { ...trial, ...upTo(scenario, actions, recording, index) };
      sent += 1;
    } else if (event.actor === 'observer') actions = Number(/^action (\d+):/.exec(event.what)?.[1] ?? actions);
  }
  return trial;
}

function upTo(scenario: Scenario, actions: number, recording: Recording, events: number) {
  return {
    scenario: { ...scenario, actions: scenario.actions.slice(0, actions) },
    recording: { ...recording, events: recording.events.slice(0, events) },
  };
}

/** One action fewer, one step fewer (where no action names steps), or one extra fewer. */
function smallerThan({ plan, actions }: Scenario): readonly Scenario[] {
  const { steps, extras } = plan;
  const named = actions.some((action) => action.do === 'edit');
  return [
    ...actions.map((_, index) => ({ plan, actions: actions.toSpliced(index, 1) })),
    ...(steps.length === 1 || named ? [] : steps).map((_, index) => {
      return { plan: { ...plan, steps: steps.toSpliced(index, 1) }, actions };
    }),
    ...Object.keys(extras).map((extra) => {
      const left = Object.fromEntries(Object.entries(extras).filter(([key]) => key !== extra));
      return { plan: { ...plan, extras: left }, actions };
    }),
  ];
}
