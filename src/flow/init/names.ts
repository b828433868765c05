import { folderOf, nameOf } from '../../config/repository-path.ts';
import type { Delivery } from '../../release/delivery.ts';

interface Nameable {
  readonly delivery: Delivery;
  /** Where its workload lies. */
  readonly path: string;
}

/** Gives every delivery a name of its own: that of its workload, with the place where several have it. */
export function withNames<D extends Nameable>(drafts: readonly D[]): readonly D[] {
  const names = new Set<string>();
  const count = (name: string) => drafts.filter(({ delivery }) => delivery.name === name).length;
  return drafts.map((draft) => {
    const { name, namespace } = draft.delivery;
    const folder = draft.delivery.source.kind === 'files' ? folderOf(draft.path) : draft.path;
    const places =
      count(name) === 1 ? [''] : [`-${nameOf(folder)}`, `-${namespace}`, `-${folder.replaceAll('/', '-')}`];
    const wanted = places.map((place) => labelFrom(`${name}${place}`)).find((one) => !names.has(one));
    let made = wanted ?? name;
    for (let number = 2; names.has(made); number += 1) made = labelFrom(`${name.slice(0, 58)}-${number}`);
    names.add(made);
    return { ...draft, delivery: { ...draft.delivery, name: made } };
  });
}

/** A text as a name of a delivery: small letters, digits and dashes, at most 63. */
export function labelFrom(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-');
  return plain.slice(0, 63).replace(/^-+|-+$/g, '');
}
