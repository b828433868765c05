import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildMissing } from '../control-plane/build.ts';
import { bootCluster } from '../control-plane/cluster.ts';
import { type Recording, recordingText } from '../fidelity/recording.ts';
import { scenarioOf } from './draw.ts';
import { startPulse } from './pulse.ts';
import { type RealApi, realApi } from './real-api.ts';
import { type Length, workloadKinds } from './scenario.ts';
import { shrunk } from './shrink.ts';
import { attempt, report, type TrialOptions } from './trial.ts';

/**
 * Random plans and actions on the real engine and on the model. `--runs N`, `--seed S` (printed; run i of seed S has the
 * scenario S + i), `--kinds K,L`: of the scenarios from S on only those with such workloads, `--parallel P`, `--shrink B`: at
 * most so many further runs to make a difference smaller, none that confirms it where 0; `--out FOLDER` for recordings.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    kinds: { type: 'string', default: workloadKinds.join(',') },
    parallel: { type: 'string', default: '4' },
    shrink: { type: 'string', default: '12' },
    out: { type: 'string', default: '' },
  },
});
const [runs, seed, parallel, budget] = [values.runs, values.seed, values.parallel, values.shrink].map(whole);

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new Error(`${text} is no whole number`);
  return number;
}

const kinds = values.kinds.split(',').map((name) => {
  const known = workloadKinds.find((kind) => kind === name);
  if (known === undefined) throw new Error(`"${name}" is none of ${workloadKinds.join(', ')}`);
  return known;
});
const length: Length = { least: 3, most: 8 };

const counts = { runs: 0, requests: 0, states: 0, refused: 0, restless: 0, hurried: 0, differ: 0 };

async function one(api: RealApi, number: number, options: TrialOptions): Promise<void> {
  const scenario = scenarioOf(number, length);
  const trial = await attempt(api, scenario, options);
  counts.runs += 1;
  const sent = trial.recording.events.filter((event) => event.actor === 'user');
  counts.requests += sent.length;
  counts.states += sent.length + 1;
  counts.refused += sent.filter(({ answer }) => answer >= 300).length;
  await keep(`${number}`, trial.recording);
  if (trial.is !== 'different') {
    if (trial.is === 'restless') counts.restless += 1;
    console.log(`seed ${number}: ${trial.is === 'equal' ? '' : 'restless in both, '}equal, ${sent.length} requests`);
    return;
  }
  const small = budget === 0 ? trial : await shrunk(trial, (smaller) => attempt(api, smaller, options, 2), budget ?? 0);
  if (small === null) {
    counts.hurried += 1;
    console.log(`seed ${number}: equal when given more time (was: ${trial.difference.text})`);
    return;
  }
  counts.differ += 1;
  await keep(`${number}-small`, small.recording);
  console.log(`seed ${number}: DIFFERS\n${report(small)}`);
}

async function keep(name: string, recording: Recording): Promise<void> {
  if (values.out === '') return;
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, `${name}.json`), recordingText(recording));
}

console.log(`seed ${seed}, ${runs} runs`);
await buildMissing((line) => console.error(line));
const begun = performance.now();
const over = new AbortController();
await using cluster = await bootCluster({ kruise: true });
const api = realApi(cluster);
const numbers: number[] = [];
for (let number = seed ?? 0; numbers.length < (runs ?? 0); number += 1)
  if (kinds.includes(scenarioOf(number, length).plan.kind)) numbers.push(number);
// The first Ctrl-C lets what is under way come to its end.
process.once('SIGINT', () => {
  numbers.length = 0;
  process.once('SIGINT', () => over.abort(new Error('interrupted')));
});
const pulse = await startPulse(api, 'pulse');
let namespaces = 0;
const namespace = () => {
  namespaces += 1;
  return `differential-${namespaces}`;
};
const options = { namespace, pulse, signal: over.signal };
await Promise.all(
  Array.from({ length: parallel ?? 1 }, async () => {
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) await one(api, number, options);
  }),
);
const took = Math.round((performance.now() - begun) / 1000);
console.log(
  `${counts.runs} runs of seed ${seed} in ${took} s: ${counts.requests} requests (${counts.refused} refused), ` +
    `${counts.states} resting states compared; ${counts.differ} runs differ, ${counts.hurried} only when hurried, ` +
    `${counts.restless} never came to rest in either`,
);
process.exitCode = counts.differ === 0 ? 0 : 1;
