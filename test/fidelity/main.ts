import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compare } from './compare.ts';
import { isOfTheEngine, parseRecording } from './recording.ts';

/** Holds the model to every recording in a folder, by default the committed ones: a line each, a total, exit 1 where one differs. */
const committed = fileURLToPath(new URL('./recordings/', import.meta.url));
const folder = process.argv[2] ?? committed;
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort();
const tally = { equal: 0, raced: 0, differing: 0, aside: 0 };
for (const file of files) {
  const text = readFileSync(`${folder}/${file}`, 'utf8');
  if (!isOfTheEngine(text)) {
    tally.aside += 1;
    continue;
  }
  const result = compare(parseRecording(text));
  if (result.is === 'equal') {
    tally.equal += 1;
    if (result.plays > 1) tally.raced += 1;
    console.log(`equal    ${file}${result.plays > 1 ? ` (play ${result.plays})` : ''}`);
  } else {
    tally.differing += 1;
    console.log(`DIFFERS  ${file}: ${result.first}`);
  }
}
const total = tally.equal + tally.differing;
console.log(
  `${tally.equal} of ${total} equal (${tally.raced} of them where chance had to go another way than in the first play), ${tally.differing} differ; ${tally.aside} of another engine left aside`,
);
process.exitCode = tally.differing > 0 || total === 0 ? 1 : 0;
