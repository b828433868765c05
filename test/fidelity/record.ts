import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildMissing } from '../control-plane/build.ts';
import { bootCluster } from '../control-plane/cluster.ts';
import { startPulse } from '../differential/pulse.ts';
import { type RealOptions, runReal } from '../differential/real.ts';
import { type RealApi, realApi } from '../differential/real-api.ts';
import { lasting } from './actions.ts';
import { kruiseScenes } from './kruise-scenes.ts';
import { lean } from './lean.ts';
import type { RecordedScene } from './moments.ts';
import { parseRecording, type Recording, recordingText } from './recording.ts';
import { firstDifference, restingStates } from './resting.ts';
import { statefulSetScenes } from './statefulset-scenes.ts';

/**
 * `node test/fidelity/record.ts FOLDER [ID...]` plays the scenes on the real engine, and writes what it did as recordings:
 * whole ones in FOLDER/whole, and what the comparison reads of them in FOLDER.
 */
const parallel = 4;

type Playing = Pick<RealOptions, 'pulse' | 'signal'>;

async function record(api: RealApi, scene: RecordedScene, playing: Playing): Promise<Recording> {
  const pairs = scene.script.map((one) => ('do' in one ? ([one, null] as const) : one));
  const { recording } = await runReal(
    api,
    { plan: scene.plan, actions: pairs.map(([action]) => action) },
    {
      ...playing,
      namespace: scene.id.toLowerCase(),
      id: scene.id.split('-')[0] ?? scene.id,
      patience: 1,
      moments: pairs.map(([, moment]) => moment),
    },
  );
  return { ...recording, title: scene.title };
}

/** As small as it gets without losing what is compared. */
function leanText(whole: Recording): string {
  const resting = ({ events }: Recording) => restingStates(lasting(events));
  const texts = [false, true].map((every) => recordingText(lean(whole, every)));
  const found = texts.find((text) => firstDifference(resting(whole), resting(parseRecording(text))) === null);
  if (found === undefined) throw new Error(`${whole.id}: the lean form has lost something`);
  return found;
}

const [folder, ...ids] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder for the recordings');
await mkdir(join(folder, 'whole'), { recursive: true });
await buildMissing((line) => console.error(line));
await using cluster = await bootCluster({ kruise: true });
const api = realApi(cluster);
const playing = { pulse: await startPulse(api, 'pulse'), signal: new AbortController().signal };
const scenes = [...statefulSetScenes, ...kruiseScenes].filter(
  ({ id }) => ids.length === 0 || ids.some((one) => id.startsWith(`${one}-`)),
);
await Promise.all(
  Array.from({ length: parallel }, async () => {
    for (let scene = scenes.shift(); scene !== undefined; scene = scenes.shift()) {
      try {
        const whole = await record(api, scene, playing);
        await writeFile(join(folder, 'whole', `${scene.id}.json`), recordingText(whole));
        await writeFile(join(folder, `${scene.id}.json`), leanText(whole));
        console.log(`${scene.id}: recorded`);
      } catch (error) {
        console.log(`${scene.id}: ${error instanceof Error ? error.stack : String(error)}`);
        process.exitCode = 1;
      }
    }
  }),
);
