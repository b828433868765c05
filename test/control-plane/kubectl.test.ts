import { expect, test } from 'vitest';
import { kubectlReads, type Row } from '../config/kubectl.ts';
import recorded from '../config/kubectl-manifests.json' with { type: 'json' };
import { built } from './build.ts';

const rows = recorded as readonly Row[];

test('the kubectl of this cluster reads every recorded row as it is recorded', async () => {
  const read: Row[] = [];
  for (const row of rows) read.push({ ...row, reads: await kubectlReads(built('kubectl'), row) });
  expect(read).toEqual(rows);
});
