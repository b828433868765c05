import { expect, it } from 'vitest';
import { textOf } from '../../src/config/encoding.ts';
import { parseManifests } from '../../src/config/manifest.ts';
import { StepgateError } from '../../src/release/error.ts';
import type { Json } from '../../src/release/json.ts';
import { bytesOf, type Row } from './kubectl.ts';
import recorded from './kubectl-manifests.json' with { type: 'json' };

const rows = recorded as readonly Row[];

/** The objects of a file, or null where it is refused. */
function readsOf(row: Row): readonly Json[] | null {
  try {
    const manifests = parseManifests([{ file: 'a.yaml', text: textOf(bytesOf(row)) }]);
    return manifests.map(({ object }) => JSON.parse(JSON.stringify(object)));
  } catch (error) {
    if (error instanceof StepgateError) return null;
    throw error;
  }
}

// Recorded from kubectl v1.34.4, which test/control-plane asks again: see record-kubectl.ts.
it.each(rows.map((row) => [row.about, row] as const))('reads %s as kubectl does', (_, row) => {
  expect(readsOf(row)).toEqual(row.reads);
});
