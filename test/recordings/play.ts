import { openShop } from '../acts/shop.ts';
import type { RecordedEvent } from '../fidelity/recording.ts';
import { actsOf } from './acts.ts';
import { restsOf } from './rests.ts';
import { type Made, type Outcome, openStage, PATIENCE, type PlayOptions, standing } from './stage.ts';

/** Seconds between two recorded actions from which on the first one was waited for. */
const SOON = 8;
/** Seconds between two recorded actions in which nobody can have seen a rest. */
const GLANCE = 2.5;
/** Seconds by which the model may be later than the engine was. */
const LATE = 5;

export interface Played {
  readonly outcomes: readonly Outcome[];
  readonly configs: readonly Made[];
}

/** Plays what the recorded user did through stepgate, on the embedded cluster. */
export async function playThrough(events: readonly RecordedEvent[], options: PlayOptions = {}): Promise<Played> {
  const all = actsOf(events);
  const acts = all.slice(0, options.until);
  const rests = restsOf(events);
  using shop = openShop();
  const stage = openStage(shop, all, options);
  for (const [index, acted] of acts.entries()) {
    const next = all[index + 1];
    const gap = (next?.event.t ?? Number.POSITIVE_INFINITY) - acted.event.t;
    const isTimed = stage.isTimed && next !== undefined && standing(next.before).includes('StepPaused');
    const rested = (rests.has(acted.number) && gap > GLANCE) || gap > SOON || next?.act.act === 'promote';
    const isRested = rested && !isTimed;
    await stage.perform(acted, isRested);
    if (next !== undefined && !isRested) await stage.reach(next.before, isTimed ? PATIENCE : (gap + LATE) * 1000);
  }
  return { outcomes: await Promise.all(stage.outcomes.map((outcome) => outcome())), configs: stage.configs };
}
