import type { Picture } from '../fidelity/picture.ts';
import type { RecordedEvent } from '../fidelity/recording.ts';
import { firstAnswerDifference, firstDifference, type Resting, renaming } from '../fidelity/resting.ts';
import { Scene } from '../fidelity/scene.ts';

/**
 * A batch whose pods do not get ready goes from Upgrading to Verifying and back every two seconds for ever: which of the
 * two it is says nothing, and a cluster in which nothing else changes is at rest.
 */
function calmed(text: string): string {
  return text.replace(/\b(Upgrading|Verifying)\b/, 'at work');
}

/** What a scene looks like when it is asked whether anything has changed. */
export function calmPicture(scene: Scene): Picture {
  return Object.fromEntries(Object.entries(scene.picture()).map(([key, text]) => [key, calmed(text)]));
}

/** The states in which the user did something, and the one at the end. Every action of a differential run is at rest. */
export function statesAtActions(events: readonly RecordedEvent[]): readonly Resting[] {
  const scene = new Scene();
  const pictures: Picture[] = [];
  for (const event of events) {
    if (event.actor === 'user') pictures.push(calmPicture(scene));
    else if (event.actor === 'cluster') scene.take(event);
  }
  pictures.push(calmPicture(scene));
  const rename = renaming(scene.tokens);
  return pictures.map((picture, after) => {
    const entries = Object.entries(picture).sort(([a], [b]) => (a < b ? -1 : 1));
    return { after, picture: Object.fromEntries(entries.map(([key, text]) => [rename(key), rename(text)])) };
  });
}

export interface Difference {
  /** User requests up to it: the last of them set it off. */
  readonly after: number;
  readonly text: string;
}

/** The first state or answer in which two runs of the same requests differ; null where they are equal. */
export function differenceOf(expected: readonly RecordedEvent[], got: readonly RecordedEvent[]): Difference | null {
  const [one, two] = [statesAtActions(expected), statesAtActions(got)];
  for (const after of one.keys()) {
    const text =
      firstAnswerDifference(requests(expected, after), requests(got, after)) ??
      firstDifference(one.slice(0, after + 1), two.slice(0, after + 1));
    if (text !== null) return { after, text };
  }
  return null;
}

/** The first so many user events. */
function requests(events: readonly RecordedEvent[], count: number): readonly RecordedEvent[] {
  return events.filter(({ actor }) => actor === 'user').slice(0, count);
}
