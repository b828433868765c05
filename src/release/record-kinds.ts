import type { Kind } from './ports.ts';
import type { Targets } from './target.ts';

/** The kinds of object in which targets keep the record of a delivery, each once: several targets may use one kind. */
export function recordKinds({ all }: Pick<Targets, 'all'>): readonly Kind[] {
  const kinds = all.map(({ kinds: { record } }) => [`${record.apiVersion}/${record.kind}`, record] as const);
  return [...new Map(kinds).values()];
}
