import { type JsonMap, mapAt, textAt } from '../../src/simulator/api/json.ts';
import { batchOf, linesOf, type Picture, placeOf, podLines, type Seen } from './picture.ts';
import type { ClusterEvent } from './recording.ts';

const hashLabels = ['pod-template-hash', 'controller-revision-hash', 'rollouts.kruise.io/stable-revision'];
const revisions = ['stableRevision', 'canaryRevision', 'updatedRevision', 'podTemplateHash'];

/** The state of a cluster, kept from its watch events. */
export class Scene {
  readonly #objects = new Map<string, Seen>();
  /** What was told last of every object there ever was, its part of the picture, and that in one text. */
  readonly #told = new Map<string, JsonMap>();
  readonly #lines = new Map<string, Picture>();
  readonly #marks = new Map<string, string>();
  /** Batches in the order their first pod came. */
  readonly #batches = new Map<string, number>();
  /** Generated names and hashes met so far: they differ between clusters, and are compared by consistent renaming. */
  readonly tokens = new Set<string>();

  /** Whether the event changed the picture. */
  take(event: ClusterEvent): boolean {
    const { kind, name } = event;
    const key = `${kind}/${name}`;
    if (event.op === 'deleted') {
      this.#lines.delete(key);
      this.#marks.delete(key);
      return this.#objects.delete(key);
    }
    // An object that is made again is told by what is new since its namesake's last event, too.
    const fields = { ...this.#told.get(key), ...event.fields };
    for (const gone of event.removed) delete fields[gone];
    const seen = { kind, name, fields };
    const lines = kind === 'Pod' ? {} : linesOf(seen);
    if (lines === null) return false;
    this.#told.set(key, fields);
    this.#objects.set(key, seen);
    this.#learn(event);
    const mark = JSON.stringify(
      kind === 'Pod' ? [fields['images'], fields['ready'], fields['deleting'], batchOf(fields)] : lines,
    );
    if (mark === this.#marks.get(key)) return false;
    this.#marks.set(key, mark);
    this.#lines.set(key, lines);
    return true;
  }

  of(kind: string): readonly Seen[] {
    return [...this.#objects.values()].filter((one) => one.kind === kind);
  }

  #learn({ kind, name, fields }: ClusterEvent): void {
    const add = (token: string) => {
      if (token.length > 4) this.tokens.add(token);
    };
    for (const key of hashLabels) add(textAt(fields, 'labels', key));
    if (kind === 'Rollout') {
      for (const sub of ['canaryStatus', 'blueGreenStatus'])
        for (const field of revisions) add(textAt(fields, 'status', sub, field));
    }
    if (textAt(fields, 'labels', 'rollouts.kruise.io/canary-deployment') !== '') add(name);
    if (kind === 'Pod') {
      const batch = batchOf(fields);
      if (batch !== '' && !this.#batches.has(batch)) this.#batches.set(batch, this.#batches.size);
    }
  }

  picture(): Picture {
    return Object.assign({}, ...this.#lines.values(), podLines(this.of('Pod'), this.#batches));
  }

  /** Where the engine stands with every Rollout; '' where there is none. */
  standing(): string {
    return this.of('Rollout')
      .map(({ name, fields }) => `${name} ${placeOf(mapAt(fields, 'status'))}`)
      .join('; ');
  }
}
