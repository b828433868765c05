import { readFileSync } from 'node:fs';
import { type JsonMap, listAt, mapAt, mapOf, numberAt, textAt } from '../../../src/simulator/api/json.ts';
import { createCluster, type EmbeddedCluster } from '../../../src/simulator/cluster.ts';
import { type VirtualTimeline, virtualTimeline } from '../../../src/simulator/time.ts';
import { parseRecording, type RecordedEvent, type UserEvent } from '../../fidelity/recording.ts';

const manager = 'user';
/** Where the Applications of the recordings are. */
export const SPACE = 'shop';

/** An AppRollout in one line, without its conditions. While pods are counted, how many are ready depends on the moment. */
export function stateLine(rollout: unknown): string {
  if (rollout === undefined || rollout === null) return 'none';
  const status = mapAt(rollout, 'status');
  const rolling = textAt(status, 'rollingState');
  if (rolling === '') return 'unseen';
  const batch = textAt(status, 'batchRollingState');
  const counts = batch === 'batchVerifying' ? '' : ` rdy=${numberAt(status, 'upgradedReadyReplicas')}`;
  const pair = `${textAt(status, 'LastSourceAppRevision')}>${textAt(status, 'lastTargetAppRevision')}`;
  return `${rolling}/${batch} #${numberAt(status, 'currentBatch')} T=${numberAt(status, 'rolloutTargetSize')} up=${numberAt(status, 'upgradedReplicas')}${counts} (${pair})`;
}

/** Of a StatefulSet ready pods of every version count, so that their number depends on the moment in every state. */
function comparable(id: string, state: string): string {
  return id.includes('statefulset') ? state.replace(/ rdy=\d+/, '') : state;
}

/** Its conditions: `type=status`, and the message. Whether a batch that was paused had been looked at depends on the moment. */
export function conditionLines(rollout: unknown): readonly string[] {
  const conditions = listAt(rollout, 'status', 'conditions');
  const isFrozen =
    textAt(rollout, 'status', 'batchRollingState') === 'batchVerifying' &&
    conditions.some((one) => textAt(one, 'type') === 'BatchPaused');
  return conditions
    .filter((one) => !isFrozen || textAt(one, 'type') !== 'BatchVerifying')
    .map((one) => {
      const message = textAt(one, 'message');
      return `${textAt(one, 'type')}=${textAt(one, 'status')}${message === '' ? '' : ` ${message}`}`;
    })
    .sort();
}

/** A workload in one line. Zero values are left out by some servers. */
export function workloadLine(workload: unknown): string {
  const spec = mapAt(workload, 'spec');
  const strategy = mapAt(spec, 'updateStrategy');
  const partition = numberAt(strategy, 'partition') || numberAt(strategy, 'rollingUpdate', 'partition');
  const paused = spec['paused'] === true || strategy['paused'] === true;
  const owners = listAt(workload, 'metadata', 'ownerReferences').some((one) => textAt(one, 'kind') === 'AppRollout');
  const image = textAt(spec, 'template', 'spec', 'containers', 0, 'image');
  const status = mapAt(workload, 'status');
  return `${image} size=${numberAt(spec, 'replicas')} partition=${partition}${paused ? ' paused' : ''}${owners ? ' claimed' : ''} updated=${numberAt(status, 'updatedReplicas')} ready=${numberAt(status, 'readyReplicas')}`;
}

/** Something that people see when a recording or its replay has come to rest. */
export interface Rest {
  readonly after: string;
  readonly state: string;
  readonly conditions: readonly string[];
  readonly workloads: readonly string[];
}

export interface Played {
  /** The distinct states of the AppRollout, in order. */
  readonly states: readonly string[];
  readonly rests: readonly Rest[];
}

const workloadKinds = ['CloneSet', 'Deployment', 'StatefulSet'];

export function events(id: string): readonly RecordedEvent[] {
  const file = new URL(`../../targets/approllout/recordings/${id}.json`, import.meta.url);
  return parseRecording(readFileSync(file, 'utf8')).events;
}

/** The objects of a recording, by `Kind/name`. */
export interface Objects {
  readonly live: ReadonlyMap<string, JsonMap>;
  take(event: RecordedEvent): void;
}

/** A recording says of each object what is other than before, even when it was deleted in between. */
export function objectsOf(): Objects {
  const known = new Map<string, JsonMap>();
  const live = new Map<string, JsonMap>();
  return {
    live,
    take(event) {
      if (event.actor !== 'cluster') return;
      const key = `${event.kind}/${event.name}`;
      if (event.op === 'deleted') {
        live.delete(key);
        return;
      }
      const kept = Object.entries(known.get(key) ?? {}).filter(([field]) => !event.removed.includes(field));
      const fields = { ...Object.fromEntries(kept), ...event.fields };
      known.set(key, fields);
      live.set(key, fields);
    },
  };
}

function objectsUntil(all: readonly RecordedEvent[], before: number): ReadonlyMap<string, JsonMap> {
  const objects = objectsOf();
  for (const event of all) if (event.t < before) objects.take(event);
  return objects.live;
}

/** An object of a recording in the form in which a server stores it. */
export function shaped(key: string, fields: JsonMap | undefined): JsonMap | undefined {
  if (fields === undefined) return undefined;
  const { labels = {}, annotations = {}, generation = 1, deletionTimestamp, spec = {}, status = {} } = fields;
  const slash = key.indexOf('/');
  const [kind, name] = [key.slice(0, slash), key.slice(slash + 1)];
  const ownerReferences = listAt(fields, 'ownerReferences').map((one) => ownerOf(String(one)));
  const gone = deletionTimestamp === undefined ? {} : { deletionTimestamp };
  return { kind, metadata: { name, labels, annotations, generation, ownerReferences, ...gone }, spec, status };
}

/** A recording names an owner as `Kind/name`. Of those, KubeVela makes the AppRollout the controller. */
function ownerOf(text: string): JsonMap {
  const slash = text.indexOf('/');
  const kind = text.slice(0, slash);
  return { kind, name: text.slice(slash + 1), controller: kind === 'AppRollout' };
}

function restOf(after: string, objects: ReadonlyMap<string, unknown>): Rest {
  const rollout = objects.get('AppRollout/demo');
  const workloads = [...objects]
    .filter(([key]) => workloadKinds.some((kind) => key.startsWith(`${kind}/`)))
    .map(([key, workload]) => `${key} ${workloadLine(workload)}`)
    .sort();
  return { after, state: stateLine(rollout), conditions: conditionLines(rollout), workloads };
}

/** What was recorded. The state before each write of a person is a rest when nothing had changed for some seconds. */
export function recorded(id: string): Played {
  const all = events(id);
  const states: string[] = [];
  const rests: Rest[] = [];
  const writes = all.filter((event) => event.actor === 'user');
  const { live, take } = objectsOf();
  for (const event of all) {
    take(event);
    if (event.actor !== 'cluster' || event.kind !== 'AppRollout') continue;
    const next = comparable(id, stateLine(shaped('AppRollout/demo', live.get('AppRollout/demo'))));
    if (states.at(-1) !== next) states.push(next);
  }
  for (const [index, write] of writes.entries()) {
    const until = before(all, writes[index + 1]);
    if (!isQuiet(all, until)) continue;
    const objects = objectsUntil(all, until);
    const rest = restOf(titleOf(write), new Map([...objects].map(([key, fields]) => [key, shaped(key, fields)])));
    rests.push({ ...rest, state: comparable(id, rest.state) });
  }
  return { states, rests };
}

/** The moment just before a write: the answer to it is noted after the first changes that it made, and its cause before. */
function before(all: readonly RecordedEvent[], write: UserEvent | undefined): number {
  if (write === undefined) return Number.POSITIVE_INFINITY;
  const cause = all.findLast((event) => event.actor === 'observer' && event.t <= write.t);
  return Math.max(write.t - 0.03, cause?.t ?? 0);
}

function titleOf({ op, kind, detail }: UserEvent): string {
  return `${op} ${kind} ${textAt(detail, 'spec', 'targetAppRevisionName') || textAt(detail, 'spec', 'components', 0, 'properties', 'image')}`.trim();
}

/** Whether neither an AppRollout nor a workload changed in the two seconds before. */
function isQuiet(all: readonly RecordedEvent[], before: number): boolean {
  if (before === Number.POSITIVE_INFINITY) return true;
  return !all.some(
    (event) =>
      event.actor === 'cluster' &&
      ['AppRollout', ...workloadKinds].includes(event.kind) &&
      event.t > before - 0.9 &&
      event.t < before - 0.01,
  );
}

export interface Opened {
  readonly cluster: EmbeddedCluster;
  readonly timeline: VirtualTimeline;
  readonly states: readonly string[];
  send(write: Pick<UserEvent, 'op' | 'kind' | 'name' | 'detail'>): void;
  state(): string;
  /** The state with its conditions. */
  whole(): string;
  rest(after?: string): Rest;
}

/** The embedded cluster with KubeVela of a version. */
export function opened(version: 'v1.1.0' | 'v1.1.13', seed = 1): Opened {
  const timeline = virtualTimeline(Date.parse('2026-11-21T01:00:00Z'));
  const cluster = createCluster({ timeline, seed, approllout: version });
  const { api } = cluster;
  const states: string[] = [];
  cluster.world.api.store.listen((change) => {
    if (change.kind !== 'AppRollout') return;
    const next = stateLine(change.type === 'DELETED' ? null : change.object);
    if (states.at(-1) !== next) states.push(next);
  });
  const rollout = () => api.get('AppRollout', SPACE, 'demo');
  return {
    cluster,
    timeline,
    states,
    state: () => stateLine(rollout()),
    whole: () => [stateLine(rollout()), ...conditionLines(rollout())].join('; '),
    send({ op, kind, name, detail }) {
      if (op === 'delete') api.remove(kind, SPACE, name);
      else api.apply(kind, SPACE, name, mapOf(detail), { manager, force: true });
    },
    rest(after = '') {
      const objects = new Map<string, unknown>([['AppRollout/demo', rollout()]]);
      for (const kind of workloadKinds) {
        for (const one of api.list(kind, SPACE)) objects.set(`${kind}/${one.metadata.name}`, one);
      }
      return restOf(after, objects);
    },
  };
}

/** What the model does with the writes of a recording, each sent in the state in which it was sent there. */
export function played(id: string, version: 'v1.1.0' | 'v1.1.13', seed = 1): Played {
  const all = events(id);
  const writes = all.filter((event) => event.actor === 'user');
  const model = opened(version, seed);
  const rests: Rest[] = [];
  for (const [index, write] of writes.entries()) {
    model.send(write);
    const until = before(all, writes[index + 1]);
    const live = shaped('AppRollout/demo', objectsUntil(all, until).get('AppRollout/demo'));
    const wanted = comparable(id, [stateLine(live), ...conditionLines(live)].join('; '));
    if (!model.timeline.until(() => comparable(id, model.whole()) === wanted, 60_000)) {
      throw new Error(`${id}: after ${titleOf(write)} the model is at ${model.whole()}, not at ${wanted}`);
    }
    if (!isQuiet(all, until)) continue;
    model.timeline.advance(20_000);
    const rest = model.rest(titleOf(write));
    rests.push({ ...rest, state: comparable(id, rest.state) });
  }
  const states = model.states.map((state) => comparable(id, state));
  return { states: states.filter((state, index) => state !== states[index - 1]), rests };
}
