import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toYaml } from '../../src/targets/kruise/render.ts';
import { built } from '../control-plane/build.ts';
import { kubectlReads, type Row } from './kubectl.ts';
import { tricky } from './tricky-strings.ts';

// node test/config/record-kubectl.ts [KUBECTL]: asks a kubectl about every row, and writes down what it reads. A new row needs its text
// alone; that of the printed strings is printed again. Without a name, it is the kubectl that the cluster suite builds.
const [, , kubectl = built('kubectl')] = process.argv;
const file = join(import.meta.dirname, 'kubectl-manifests.json');
const rows: readonly Omit<Row, 'reads'>[] = JSON.parse(await readFile(file, 'utf8'));
const printed: Omit<Row, 'reads'> = { about: 'strings as they are printed', text: toYaml(tricky) };
const asked: Row[] = [];
for (const { about, text, encoding } of [...rows.filter((row) => row.about !== printed.about), printed]) {
  const row = { about, text, ...(encoding === undefined ? {} : { encoding }) };
  asked.push({ ...row, reads: await kubectlReads(kubectl, row) });
}
await writeFile(file, `${JSON.stringify(asked, null, 2)}\n`);
console.log(`${asked.length} rows`);
