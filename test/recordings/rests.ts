import type { Picture } from '../fidelity/picture.ts';
import type { RecordedEvent } from '../fidelity/recording.ts';
import { restingStates } from '../fidelity/resting.ts';
import { Scene } from '../fidelity/scene.ts';

/**
 * What is compared at a point where the cluster rests, a line for each thing: where the engine stands with the Rollout, the
 * pods of each version, and where requests go. Ids are left out: stepgate gives its own.
 */
export type Rest = Readonly<Record<string, string>>;

const compared = /^(Rollout [^ ]+|pods of .*|(Ingress|HTTPRoute|TrafficRouting|HorizontalPodAutoscaler) .*)$/;

export function restOf(picture: Picture): Rest {
  const lines = Object.entries(picture).filter(([key]) => compared.test(key));
  return Object.fromEntries(
    lines
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, line]) => [key, key.startsWith('Rollout') ? line.replace(/ id [^ ]+/, '') : line]),
  );
}

/**
 * The rests after each of the recorded user's actions, in order. A recording may end as soon as its last one is reached, so
 * its last picture counts where the engine waits or is done.
 */
export function restsOf(events: readonly RecordedEvent[]): ReadonlyMap<number, readonly Rest[]> {
  const rests = restingStates(events).map(({ after, picture }) => ({ after, rest: restOf(picture) }));
  const actions = events.filter(({ actor }) => actor === 'user').length;
  const scene = new Scene();
  for (const event of events) if (event.actor === 'cluster') scene.take(event);
  const end = restOf(scene.picture());
  if (rests.at(-1)?.after !== actions && isAtRest(end)) rests.push({ after: actions, rest: end });
  const grouped = Map.groupBy(rests, ({ after }) => after);
  return new Map([...grouped].map(([after, all]) => [after, all.map(({ rest }) => rest)]));
}

function isAtRest(rest: Rest): boolean {
  return Object.entries(rest).every(([key, line]) => {
    if (key.startsWith('Rollout ')) return /^Healthy |:StepPaused /.test(line);
    const [total, ready] = key.startsWith('pods of ') ? (line.match(/\d+/g) ?? []) : [];
    return total === ready;
  });
}

export function restText(rest: Rest | undefined): string {
  return rest === undefined ? 'nothing' : JSON.stringify(rest);
}

/** Where the states that were passed do not have the rests in their order, or end in another one; null where they do. */
export function difference(rests: readonly Rest[], states: readonly Rest[], settled: boolean): string | null {
  const texts = states.map(restText);
  let from = 0;
  for (const [index, rest] of rests.entries()) {
    const wanted = restText(rest);
    const isLast = settled && index === rests.length - 1;
    const found = isLast ? (texts.at(-1) === wanted ? texts.length - 1 : -1) : texts.indexOf(wanted, from);
    if (found < from) return `expected ${wanted}, got ${isLast ? texts.at(-1) : texts.join(' -> ')}`;
    from = found;
  }
  return null;
}

/** A rest in one line: where the Rollout stands, and the pods. `Healthy Completed 3:Completed next -1 | app:v2 5`. */
export function restWords(rest: Rest | undefined): string {
  const entries = Object.entries(rest ?? {});
  const standing = entries.filter(([key]) => key.startsWith('Rollout ')).map(([, line]) => line);
  const pods = entries
    .filter(([key]) => key.startsWith('pods of '))
    .map(([key, line]) => {
      const [total = '', ready = ''] = line.match(/\d+/g) ?? [];
      return `${key.slice('pods of '.length)} ${total}${ready === total ? '' : ` (${ready} ready)`}`;
    });
  return [...standing, pods.join(', ')].join(' | ');
}
