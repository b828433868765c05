import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type JsonMap, withAt } from '../../src/simulator/api/json.ts';
import { type ClusterEvent, parseRecording, type RecordedEvent, recordingText } from '../fidelity/recording.ts';
import { workloadKinds } from './scenario.ts';
import { statesAtActions } from './states.ts';

/** What no state of an object is compared by: read by nobody, and most of a recording. */
const unread: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(workloadKinds.map((kind) => [kind, ['status', 'generation', 'finalizers', 'ownerReferences']])),
  Service: ['status', 'ownerReferences'],
  Ingress: ['status', 'generation', 'ownerReferences'],
  BatchRelease: ['spec', 'annotations', 'generation', 'finalizers', 'ownerReferences'],
  Rollout: ['spec', 'annotations', 'generation', 'finalizers'],
};

/** The events with those of the cluster drawn together: of each object one between two user events, telling its last state. */
export function drawnTogether(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const known = new Map<string, JsonMap>();
  const result: RecordedEvent[] = [];
  let open = new Map<string, ClusterEvent>();
  const close = () => {
    result.push(...open.values());
    open = new Map();
  };
  for (const event of events) {
    if (event.actor === 'user') {
      close();
      result.push(event);
    } else if (event.actor === 'cluster' && event.kind !== 'ReplicaSet') {
      const key = `${event.kind}/${event.name}`;
      const fields = read(event.kind, { ...known.get(key), ...event.fields });
      for (const gone of event.removed) delete fields[gone];
      known.set(key, fields);
      const removed = [...new Set([...(open.get(key)?.removed ?? []), ...event.removed])];
      open.set(key, {
        ...event,
        fields: event.op === 'deleted' ? {} : fields,
        removed: removed.filter((field) => fields[field] === undefined),
      });
    }
  }
  close();
  if (!isDeepStrictEqual(statesAtActions(result), statesAtActions(events)))
    throw new Error('something that is compared was lost');
  return result;
}

function read(kind: string, fields: JsonMap): Record<string, JsonMap[string]> {
  const kept = (unread[kind] ?? []).reduce<JsonMap>((left, field) => withAt(left, [field], undefined), fields);
  return { ...kept };
}

/** `node test/differential/keep.ts FILE...`: takes recordings of `--out` among those that `npm test` holds the model to. */
if (import.meta.main) {
  for (const file of process.argv.slice(2)) {
    const recording = parseRecording(await readFile(file, 'utf8'));
    const lean = { ...recording, events: drawnTogether(recording.events) };
    await writeFile(join(import.meta.dirname, 'kept', basename(file)), recordingText(lean));
  }
}
