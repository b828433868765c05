import { features } from './features.ts';
import type { Row } from './row.ts';
import { counts, rows } from './table.ts';

/** The cells of the tables on docs/engine-features.md. */

/** A line for each feature. */
export function featureCells(): string[][] {
  return Object.entries(features).map(([name, { what, config, tests }]) => [
    what,
    config,
    rows
      .filter(({ feature }) => feature === name)
      .map(recordingWords)
      .join(', '),
    ['test/recordings', ...tests].map((path) => `\`${path}\``).join(', '),
  ]);
}

export function countCells(): string[][] {
  const { follows, refused, instead, notYet } = counts();
  return [
    [String(follows), 'the same rests and the same end'],
    [String(refused), 'a refusal before the write'],
    [String(instead), 'another end, because stepgate acts in another way'],
    [String(notYet), 'not looked at yet'],
  ];
}

/** A line for each recording that is not followed to its end. */
export function apartCells(): string[][] {
  return rows.flatMap((row) => {
    if ('refused' in row) return [[row.recording, codesOf(row.refused), row.why]];
    if ('instead' in row) return [[row.recording, `${codesOf([row.instead])} *(another end)*`, row.why]];
    return 'notYet' in row ? [[row.recording, '', `not yet: ${row.notYet}`]] : [];
  });
}

/** A line for each way in which a recording is followed with other rests in between. */
export function differCells(): string[][] {
  return rows.flatMap(({ recording, differs = [] }) =>
    [...new Set(differs.map(({ why }) => why))].map((why) => [recording, why]),
  );
}

/** `T01`; with the codes where stepgate refuses it or does it in another way. */
function recordingWords(row: Row): string {
  const [id = ''] = row.recording.split('-');
  if ('refused' in row) return `${id} (${codesOf(row.refused)})`;
  if ('instead' in row) return `${id} (${codesOf([row.instead])} *)`;
  return 'notYet' in row ? `${id} (not yet)` : id;
}

function codesOf(refused: readonly { readonly code: string }[]): string {
  return [...new Set(refused.map(({ code }) => `\`${code}\``))].join(', ');
}
