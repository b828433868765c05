import type { Row } from './row.ts';
import { experiments } from './rows-experiments.ts';
import { kruises } from './rows-kruise.ts';
import { scenarios } from './rows-scenarios.ts';
import { statefulsets } from './rows-statefulsets.ts';

/** Every recording of the engine, exactly once. */
export const rows: readonly Row[] = [...experiments, ...kruises, ...statefulsets, ...scenarios];

/** How many recordings there are of each kind of row. */
export function counts(): Readonly<Record<'follows' | 'refused' | 'instead' | 'notYet', number>> {
  const of = (key: string) => rows.filter((row) => Object.hasOwn(row, key)).length;
  return { follows: of('follows'), refused: of('refused'), instead: of('instead'), notYet: of('notYet') };
}
