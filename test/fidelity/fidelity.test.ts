import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { lasting } from './actions.ts';
import { compare } from './compare.ts';
import { kruiseScenes } from './kruise-scenes.ts';
import { play } from './play.ts';
import { type ClusterEvent, parseRecording, type RecordedEvent, type Recording, type UserEvent } from './recording.ts';
import { firstAnswerDifference, firstDifference, type Resting, restingStates } from './resting.ts';

const folder = fileURLToPath(new URL('./recordings/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

function recording(id: string): Recording {
  const file = files.find((name) => name.startsWith(`${id}-`));
  if (file === undefined) throw new Error(`no recording ${id}`);
  return parseRecording(readFileSync(`${folder}${file}`, 'utf8'));
}

/** A recording with some of its events changed. */
function changed(whole: Recording, change: (event: RecordedEvent) => RecordedEvent): readonly RecordedEvent[] {
  return whole.events.map(change);
}

function difference(whole: Recording, other: readonly RecordedEvent[]): string | null {
  return firstDifference(restingStates(lasting(whole.events)), restingStates(lasting(other)));
}

test('every recording of the engine is committed', () => {
  expect(files).toHaveLength(141);
});

/** One of each style, kind of workload and kind of end; `npm run fidelity` takes all of them. */
const slice = [
  'T01',
  'T03',
  'T06',
  'T10',
  'T15',
  'T16',
  'T19',
  'T20',
  'T21',
  'T23b',
  'T25',
  'T27b',
  'T28',
  'T28b',
  'T31',
];
const more = [
  'K04',
  'K08',
  'K14',
  'K22',
  'S05',
  'S06',
  'S13',
  'S18',
  'S20',
  'T36',
  'T40',
  'T43',
  'T44',
  'T46',
  'T51',
  'E2dp',
  'E6k',
  'E7p2',
  'E11c',
];

describe('the model does what the engine did', () => {
  test.for([...slice, ...more])('%s', { timeout: 60_000 }, (id) => {
    expect(compare(recording(id))).toMatchObject({ is: 'equal' });
  });
});

/** A CloneSet's `paused: false`, which its webhook drops where it fills in a template (K04). */
function withoutPaused({ after, picture }: Resting): Resting {
  const texts = Object.entries(picture).map(([key, text]) => [key, text.replace('"paused":false,', '')]);
  return { after, picture: Object.fromEntries(texts) };
}

/** The same actions with OpenKruise v1.8.0 and with v1.8.4, which had all feature gates on (docs/engine-kinds.md). */
test.for(kruiseScenes.flatMap(({ id, newer }) => (newer === undefined ? [] : [[id, newer] as const])))(
  '%s rests as %s did',
  ([id, newer]) => {
    const [older, other] = [id, newer].map((name) => lasting(recording(name.split('-')[0] ?? '').events));
    const states = restingStates(other ?? []);
    // The newer ones went on sooner, and so rested less often.
    const same = restingStates(older ?? []).filter(({ after }) => states.some((state) => state.after === after));
    expect(firstDifference(states, same) === null).toBe(id !== 'K04-cloneset-in-batches');
    expect(firstDifference(states.map(withoutPaused), same.map(withoutPaused))).toBeNull();
    expect(firstAnswerDifference(other ?? [], older ?? [])).toBeNull();
  },
);

describe('a difference is found', () => {
  const rollback = recording('T18');
  const isStatus = (event: RecordedEvent): event is ClusterEvent =>
    event.actor === 'cluster' && event.kind === 'Rollout' && event.fields['status'] !== undefined;
  const replaced = (event: RecordedEvent, from: string, to: string): RecordedEvent =>
    isStatus(event) ? { ...event, fields: JSON.parse(JSON.stringify(event.fields).replaceAll(from, to)) } : event;

  test('of none', () => {
    expect(difference(rollback, rollback.events)).toBeNull();
  });

  test('in the number of pods', () => {
    const pod = rollback.events.findLast(
      (event) => event.actor === 'cluster' && event.kind === 'Pod' && event.op === 'added',
    );
    const fewer = rollback.events.filter(
      (event) =>
        !(event.actor === 'cluster' && 'name' in event && event.name === (pod?.actor === 'cluster' ? pod.name : '')),
    );
    expect(difference(rollback, fewer)).toContain('pods of app:v1: expected 5, 5 ready, got 4, 4 ready');
  });

  test('in what a pod says of its batch', () => {
    const other = changed(rollback, (event) =>
      event.actor === 'cluster' && event.kind === 'Pod'
        ? {
            ...event,
            fields: JSON.parse(
              JSON.stringify(event.fields).replaceAll(
                '"rollouts.kruise.io/rollout-batch-id":"2"',
                '"rollouts.kruise.io/rollout-batch-id":"1"',
              ),
            ),
          }
        : event,
    );
    expect(difference(rollback, other)).toContain('batches of app:v2: expected r2/1: 1, r2/2: 2, got r2/1: 3');
  });

  test.each([
    ['the message', 'in step(2/3), and you need', 'in step(2/3), and they need', 'message'],
    ['a condition', '"reason":"InRolling"', '"reason":"Rolling"', 'InRolling'],
    ['the step', '"currentStepIndex":2', '"currentStepIndex":3', '3:StepPaused'],
    ['the next step', '"nextStepIndex":3', '"nextStepIndex":1', 'next 1'],
    ['the counts', '"canaryReplicas":3', '"canaryReplicas":2', 'pods: expected 3 updated'],
    ['the finalising step', '"finalisingStep":"END"', '"finalisingStep":"ResumeWorkload"', 'finalising step'],
    ['the cancel message', 'has been cancelled', 'has been canceled', 'cancelled'],
  ])('in %s', (_what, from, to, told) => {
    expect(
      difference(
        rollback,
        changed(rollback, (event) => replaced(event, from, to)),
      ),
    ).toContain(told);
  });

  test('in the order of states', () => {
    const at = (index: number) => (text: string) =>
      text.includes(`"currentStepIndex":${index},"currentStepState":"StepPaused"`);
    const swapped = changed(rollback, (event) => {
      const text = isStatus(event) ? JSON.stringify(event.fields) : '';
      return at(1)(text) ? replaced(event, '"currentStepIndex":1', '"currentStepIndex":2') : event;
    });
    expect(difference(rollback, swapped)).toContain('resting state 2');
  });

  test('in the workload’s gate', () => {
    const open = changed(rollback, (event) =>
      event.actor === 'cluster' && event.kind === 'Deployment'
        ? { ...event, fields: JSON.parse(JSON.stringify(event.fields).replaceAll('"paused":true', '"paused":false')) }
        : event,
    );
    expect(difference(rollback, open)).toContain('Deployment demo gate');
  });

  test('in traffic', () => {
    const weights = recording('T01');
    const other = changed(weights, (event) =>
      event.actor === 'cluster' && event.kind === 'Ingress'
        ? { ...event, fields: JSON.parse(JSON.stringify(event.fields).replaceAll('"20"', '"21"')) }
        : event,
    );
    expect(difference(weights, other)).toContain('Ingress demo-canary');
  });

  test('in what is answered', () => {
    const denied = recording('T20');
    const isDenied = (event: RecordedEvent): event is UserEvent => event.actor === 'user' && event.answer === 422;
    expect(denied.events.filter(isDenied)).toHaveLength(5);
    const text = changed(denied, (event) =>
      isDenied(event)
        ? { ...event, detail: JSON.parse(JSON.stringify(event.detail).replaceAll('immutable', 'fixed')) }
        : event,
    );
    expect(firstAnswerDifference(denied.events, text)).toContain('are immutable, got 422');
    const status = changed(denied, (event) => (isDenied(event) ? { ...event, answer: 403 } : event));
    expect(firstAnswerDifference(denied.events, status)).toContain('expected 422');
  });

  test('where revisions are mixed up, but not where they have other names', () => {
    const renamed = changed(rollback, (event) =>
      event.actor === 'cluster'
        ? { ...event, fields: JSON.parse(JSON.stringify(event.fields).replaceAll('6b9cd59f4d', 'aaaaaaaaaa')) }
        : event,
    );
    expect(difference(rollback, renamed)).toBeNull();
    const mixed = changed(rollback, (event) =>
      replaced(event, '"canaryRevision":"6b9cd59f4d"', '"canaryRevision":"6f8f4b59cb"'),
    );
    expect(difference(rollback, mixed)).toContain('revisions');
  });
});

describe('actions', () => {
  test('an approval that the engine overwrote is left out (E4)', () => {
    const lost = recording('T47');
    const approvals = (events: readonly RecordedEvent[]) =>
      events.filter((event) => event.actor === 'user' && event.op.endsWith('of status')).length;
    expect([approvals(lost.events), approvals(lasting(lost.events))]).toEqual([3, 2]);
  });

  test('what only the watch shows is put in: the official client’s approvals, pauses and undo (E18)', () => {
    const { events } = recording('E18');
    const kinds = lasting(events).flatMap((event) =>
      event.actor === 'user' && event.answer === 0 ? [`${event.op} ${event.kind}`] : [],
    );
    expect(kinds).toContain('merge patch of status Rollout');
    expect(kinds).toContain('merge patch Rollout');
    expect(kinds).toContain('merge patch Deployment');
  });

  test('the same seed plays the same', () => {
    const events = lasting(recording('T18').events);
    expect(play(events, { seed: 3 })).toEqual(play(events, { seed: 3 }));
  });
});
