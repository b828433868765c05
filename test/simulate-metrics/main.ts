import { parseArgs } from 'node:util';
import { seeded } from '../../src/simulator/random.ts';
import { bound } from './draws.ts';
import { forOneLook, type Judge, type Tally, tally, wrong } from './play.ts';
import { dependent, independent, type Named, sizes } from './rows.ts';

/**
 * `npm run simulate:metrics -- [--seed S] [--releases N]`: plays releases with a comparison of canary and stable, a look a
 * minute, and prints how often the answers are wrong beside what is promised. Ends with exit 1 when a row of independent
 * requests is wrong more often than chance explains. It asserts nothing about the others.
 */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, releases: { type: 'string', default: '1000' } },
});
const seed = whole('seed', values.seed);
const releases = Math.max(1, whole('releases', values.releases));

/** So rarely does a row that keeps its promise fail: with all rows, about once in 3,000 seeds. */
const chance = 1e-5;

console.log(`seed ${seed}, ${releases} releases a row, a look a minute; worse: 1%, atLeast: 200, falseAlarms: 1%`);
console.log('unless a row says otherwise, 20 requests a second, of which the canary gets 20%, for 60 minutes\n');

const broken: string[] = [];
console.log('independent requests: what is promised holds');
heading();
for (const [index, row] of independent.entries()) {
  const tallied = told(row, index);
  const most = bound(releases, row.demand.alpha, chance);
  const found = wrong(row, tallied);
  if (found > most) broken.push(`${row.name}: ${found} wrong answers, ${most} at most`);
}

console.log('\nrequests that depend on each other: nothing is promised, and bursts of one version do break it');
heading();
for (const [index, row] of dependent.entries()) told(row, 1000 + index);

console.log('\na test that is made for one look, for comparison: the same rows, and the same 1%');
heading();
const hardest = independent.filter(({ name }) => /^(at the limit|just worse).*promised 1%/.test(name));
for (const row of hardest) told(row, independent.indexOf(row), forOneLook);

console.log(`\nthe canary's requests at the first answer: median of ${Math.ceil(releases / 4)} releases; atLeast: 1`);
for (const [index, row] of sizes.entries()) {
  const { requests, worse, notWorse } = tally(row, Math.ceil(releases / 4), seeded(seed * 10_000 + 2000 + index));
  console.log(
    `${row.name.padEnd(46)}${cell(requests)}  ${row.effect === 0 ? 'not worse' : 'worse'}${rest(worse, notWorse)}`,
  );
}

for (const line of broken) console.log(`BROKEN: ${line}`);
process.exitCode = broken.length > 0 ? 1 : 0;

/** Ends the program where an option is no whole number. */
function whole(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  console.error(`--${name} is '${text}': write a whole number`);
  process.exit(2);
}

function heading(): void {
  const names = ['promised', 'false', 'missed', 'undecided', 'min. until', 'min. until'];
  const second = ['at most', 'alarms', '', '', 'worse', 'not worse'];
  for (const line of [names, second]) console.log(`${''.padEnd(58)}${line.map((name) => name.padStart(11)).join('')}`);
}

function told(row: Named, index: number, judge?: Judge): Tally {
  const tallied = tally(row, releases, seeded(seed * 10_000 + index), judge);
  const isWorse = row.effect > row.demand.worse;
  const cells = [
    `${row.demand.alpha * 100}%`,
    isWorse ? '-' : part(tallied.worse),
    isWorse ? part(tallied.notWorse) : '-',
    part(tallied.undecided),
  ];
  const after = [tallied.untilWorse, tallied.untilNotWorse].map(cell);
  console.log(`${row.name.padEnd(58)}${[...cells, ...after].map((text) => text.padStart(11)).join('')}`);
  return tallied;
}

function part(count: number): string {
  return `${((100 * count) / releases).toFixed(1)}%`;
}

function cell(value: number | null): string {
  return (value === null ? '-' : String(value)).padStart(11);
}

function rest(worse: number, notWorse: number): string {
  return worse > 0 && notWorse > 0 ? ` (called worse: ${worse}, not worse: ${notWorse})` : '';
}
