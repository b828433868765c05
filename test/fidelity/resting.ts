import { at, listAt, mapAt, textAt } from '../../src/simulator/api/json.ts';
import { type Picture, subOf } from './picture.ts';
import type { RecordedEvent, UserEvent } from './recording.ts';
import { Scene } from './scene.ts';

/** A state the cluster stayed in until a person did something, or for good. */
export interface Resting {
  /** User events before it. */
  readonly after: number;
  /** Generated names and hashes are `<1>`, `<2>` ... in the order in which the resting states show them. */
  readonly picture: Picture;
}

/** What a cluster looked like from one change to the next, within one pair of user events. */
export interface Stretch {
  readonly after: number;
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  readonly picture: Picture;
  readonly standing: string;
  /** It begins with a user event, so that the engine may not have answered yet. */
  readonly fresh: boolean;
  /** The engine has nothing to do here unless a person, or a timed pause, lets it. */
  readonly calm: Calm;
}

/** The engine waits to be let go on; waits for a pause's time to pass; is idle; or is at work. */
type Calm = 'waits' | 'timed' | 'idle' | 'moves';

/** How long a state must hold to count as resting, in seconds: longer than what may still come of what was before. */
const enough: Readonly<Record<Calm, number>> = { waits: 0.3, timed: 0.3, idle: 1.5, moves: 8 };
/** The longest that a loaded engine has been seen to take to answer a write is a second. */
const answerTime = 2.5;

/** Every stretch in which the picture stays the same; the last one ends at the last event's time. */
export function stretches(events: readonly RecordedEvent[]): {
  readonly all: readonly Stretch[];
  readonly tokens: ReadonlySet<string>;
} {
  const scene = new Scene();
  const all: Stretch[] = [];
  let after = 0;
  let from = 0;
  let fresh = true;
  let [picture, text, where, calm] = look(scene);
  const close = (to: number) => {
    if (to > from) all.push({ after, from, to, picture, standing: where, calm, fresh });
    from = to;
    fresh = false;
  };
  for (const event of events) {
    if (event.actor === 'user') {
      close(event.t);
      after += 1;
      from = event.t;
      fresh = true;
    } else if (event.actor === 'cluster' && scene.take(event)) {
      const next = look(scene);
      if (next[1] === text) continue;
      close(event.t);
      [picture, text, where, calm] = next;
    }
  }
  close(events.at(-1)?.t ?? 0);
  return { all, tokens: scene.tokens };
}

function look(scene: Scene): [Picture, string, string, Calm] {
  const picture = scene.picture();
  return [picture, JSON.stringify(picture), scene.standing(), calmOf(scene)];
}

/** Of several Rollouts the busiest counts. */
function calmOf(scene: Scene): Calm {
  const all = scene.of('Rollout').map(({ fields }): Calm => {
    if (at(fields, 'deletionTimestamp') !== undefined) return 'moves';
    const status = mapAt(fields, 'status');
    switch (textAt(status, 'phase')) {
      case 'Healthy':
      case 'Disabled':
      case 'Initial':
        return 'idle';
      default: {
        const progressing = listAt(status, 'conditions').find((one) => textAt(one, 'type') === 'Progressing');
        const reason = textAt(progressing, 'reason');
        if (reason === 'Paused') return 'idle';
        const sub = subOf(status);
        if (reason !== 'InRolling' || textAt(sub, 'currentStepState') !== 'StepPaused') return 'moves';
        const message = textAt(status, 'message');
        if (message.includes('manually confirm')) return 'waits';
        return /wait duration\([1-9]/.test(message) ? 'timed' : 'moves';
      }
    }
  });
  return (['moves', 'idle', 'timed', 'waits'] as const).find((one) => all.includes(one)) ?? 'idle';
}

export function isResting({ from, to, calm, fresh }: Stretch): boolean {
  return to - from >= Math.max(enough[calm], fresh ? answerTime : 0);
}

/**
 * The resting states, oldest first: what is there right before each user event and at the end, and in timed pauses; the
 * engine leaves no other state that it rests in by itself.
 */
export function restingStates(events: readonly RecordedEvent[]): readonly Resting[] {
  const { all, tokens } = stretches(events);
  const kept = all.filter((one, index) => {
    const next = all[index + 1];
    const last =
      next === undefined || next.after !== one.after || (one.calm === 'timed' && next.standing !== one.standing);
    return last && isResting(one);
  });
  const rename = renaming(tokens);
  return kept.map(({ after, picture }) => {
    const entries = Object.entries(picture).sort(([a], [b]) => (a < b ? -1 : 1));
    return { after, picture: Object.fromEntries(entries.map(([key, value]) => [rename(key), rename(value)])) };
  });
}

/** Generated names and hashes by the order in which they are met. */
export function renaming(tokens: ReadonlySet<string>): (text: string) => string {
  if (tokens.size === 0) return (text) => text;
  const names = new Map<string, string>();
  const longestFirst = [...tokens].sort((a, b) => b.length - a.length);
  const any = new RegExp(longestFirst.map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
  return (text) =>
    text.replace(any, (token) => {
      const name = names.get(token) ?? `<${names.size + 1}>`;
      names.set(token, name);
      return name;
    });
}

/** Where two lists of resting states first differ, as expected and got; null where they are equal. */
export function firstDifference(expected: readonly Resting[], got: readonly Resting[]): string | null {
  for (let index = 0; index < Math.max(expected.length, got.length); index += 1) {
    const [one, two] = [expected[index], got[index]];
    if (one === undefined) return `resting state ${index + 1}: expected no more, got ${inShort(two)}`;
    if (two === undefined) return `resting state ${index + 1}: expected ${inShort(one)}, got no more`;
    if (one.after !== two.after || standingOf(one) !== standingOf(two))
      return `resting state ${index + 1}: expected ${inShort(one)}, got ${inShort(two)}`;
    for (const key of new Set([...Object.keys(one.picture), ...Object.keys(two.picture)])) {
      const [left, right] = [one.picture[key], two.picture[key]];
      if (left !== right)
        return `resting state ${index + 1} (${inShort(one)}): ${key}: expected ${left ?? 'none'}, got ${right ?? 'none'}`;
    }
  }
  return null;
}

function standingOf({ picture }: Resting): string {
  return Object.entries(picture)
    .filter(([key]) => /^Rollout [^ ]+$/.test(key))
    .map(([, value]) => value)
    .join('; ');
}

function inShort(state: Resting | undefined): string {
  return state === undefined ? 'none' : `"${standingOf(state) || 'no Rollout'}" after ${state.after} actions`;
}

/** Where the answers to the user's actions first differ, in HTTP status or text; null where they are equal. */
export function firstAnswerDifference(
  expected: readonly RecordedEvent[],
  got: readonly RecordedEvent[],
): string | null {
  const [wanted, given] = [expected.filter(isUser), got.filter(isUser)];
  for (const [index, one] of wanted.entries()) {
    const two = given[index];
    if (answerOf(one) !== answerOf(two))
      return `action ${index + 1} (${one.op}, ${one.kind} ${one.name}): expected ${answerOf(one)}, got ${answerOf(two)}`;
  }
  return wanted.length === given.length ? null : `expected ${wanted.length} actions, got ${given.length}`;
}

function isUser(event: RecordedEvent): event is UserEvent {
  return event.actor === 'user';
}

/** HTTP status and text; addresses in the engine's memory, as its texts show them, are of no matter. */
function answerOf(event: UserEvent | undefined): string {
  if (event === undefined) return 'nothing';
  const text = textAt(event.detail, 'error', 'message').replace(/\(0x[0-9a-f]+\)/g, '(0x)');
  return text === '' ? `${event.answer}` : `${event.answer} ${text}`;
}
