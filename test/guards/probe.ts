import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/**
 * Copied into src/ of a copy of the code (instrument.ts), where FOLDER is the folder of the copy, with two files: `off` has the number
 * of the refusal that is left out, `current` the test file that runs. Every process reads them for itself, whatever its
 * environment: commands are tested as processes of the built dist/ too.
 */
const folder = 'FOLDER';
const off = Number(textOf('off'));
const noted = new Set<string>();

function textOf(name: string): string {
  return existsSync(`${folder}/${name}`) ? readFileSync(`${folder}/${name}`, 'utf8') : '';
}

/** Whether a refusal is made. Notes that it was reached, and by which test file. */
export function refusalIsMade(number: number): boolean {
  if (off > 0) return number !== off;
  const line = `${number} ${textOf('current')}\n`;
  if (!noted.has(line)) appendFileSync(`${folder}/reached`, line);
  noted.add(line);
  return true;
}
