import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withAt } from '../../src/simulator/api/json.ts';
import { parseRecording, type RecordedEvent, type UserEvent } from '../fidelity/recording.ts';
import { scenarioOf } from './draw.ts';
import { drawnTogether } from './keep.ts';
import { playOnModel } from './model.ts';
import { begin, firstRequests, turn } from './requests.ts';
import { type Action, actionWords, type Plan, type Scenario } from './scenario.ts';
import { type Retry, shrunk } from './shrink.ts';
import { differenceOf, statesAtActions } from './states.ts';
import { compared, type Trial } from './trial.ts';

const kept = join(import.meta.dirname, 'kept');

/** What the real engine did in random runs: among them every one in which the model once did something else. */
test.for(readdirSync(kept))('the model does as the real engine did: %s', (file) => {
  const recording = parseRecording(readFileSync(join(kept, file), 'utf8'));
  expect(compared(recording)).toBeNull();
});

const plan: Plan = {
  kind: 'Deployment',
  style: 'partition',
  routed: false,
  replicas: 4,
  steps: [
    { replicas: 1, pause: null },
    { replicas: '100%', pause: null },
  ],
  extras: {},
};

/** The requests of a release that goes to its first step and is taken back. */
function requests(): readonly UserEvent[] {
  const memory = begin(plan, 'ns');
  const actions: readonly Action[] = [
    { do: 'release', image: 'app:v2' },
    { do: 'revert', by: 'replace' },
  ];
  const later = actions.flatMap((action, index) => turn(action, { ...memory, id: index + 1 }, {}).requests);
  return [...firstRequests(memory), ...later].map(({ op, kind, name, detail = null }) => {
    return { t: 0, actor: 'user', op, kind, name, answer: 0, detail };
  });
}

test('a state that is another, an answer that is another and a request that is missing are found where they are', () => {
  const events = playOnModel(requests(), 'ns');
  const states = statesAtActions(events);
  expect(states.map(({ picture }) => picture['Rollout demo'])).toEqual([
    undefined,
    'Initial - -:- id - next -',
    'Healthy - 2:Completed id r1 next -1',
    'Progressing InRolling 1:StepPaused id r2 next 2',
    'Healthy Completed 1:StepPaused id r3 next 2',
  ]);
  expect(differenceOf(events, events)).toBeNull();

  const fewer = changed(events, (event) => {
    if (event.actor !== 'cluster' || event.kind !== 'Pod' || event.fields['ready'] !== true) return event;
    return { ...event, fields: { ...event.fields, ready: false } };
  });
  expect(differenceOf(events, fewer)).toEqual({
    after: 2,
    text: expect.stringMatching(/pods of app:v1: expected 4, 4 ready, got 4, 0 ready$/),
  });
  const denied = changed(events, (event) => {
    if (event.actor !== 'user' || event.op !== 'json patch') return event;
    return { ...event, answer: 422, detail: { object: event.detail, error: { message: 'no' } } };
  });
  expect(differenceOf(events, denied)).toEqual({
    after: 4,
    text: 'action 4 (json patch, Deployment demo): expected 200, got 422 no',
  });
  const shorter = events.slice(
    0,
    events.findLastIndex(({ actor }) => actor === 'user'),
  );
  expect(differenceOf(events, shorter)?.after).toBe(4);
});

function changed(
  events: readonly RecordedEvent[],
  change: (event: RecordedEvent) => RecordedEvent,
): readonly RecordedEvent[] {
  return events.map(change);
}

test('which of Upgrading and Verifying a batch is in, it goes back and forth, is no difference; Ready is', () => {
  const events = playOnModel(requests(), 'ns');
  const stateOfBatch = (state: string) => (event: RecordedEvent) =>
    event.actor === 'cluster' && event.kind === 'BatchRelease' && event.fields['status'] !== undefined
      ? {
          ...event,
          fields: { ...event.fields, ...withAt(event.fields, ['status', 'canaryStatus', 'batchState'], state) },
        }
      : event;
  const [upgrading, verifying, ready] = ['Upgrading', 'Verifying', 'Ready'].map((state) =>
    changed(events, stateOfBatch(state)),
  );
  expect(differenceOf(upgrading ?? [], verifying ?? [])).toBeNull();
  expect(differenceOf(upgrading ?? [], ready ?? [])?.text).toContain('BatchRelease demo');
});

test('a seed is a scenario, always the same one, and the seeds have every action and style between them', () => {
  const all = Array.from({ length: 300 }, (_, seed) => scenarioOf(seed, { least: 3, most: 8 }));
  expect(scenarioOf(7, { least: 3, most: 8 })).toEqual(all[7]);
  const words = new Set(
    all.flatMap(({ actions }) => actions.map((action) => actionWords(action).replace(/\d.*| to .*/, ''))),
  );
  expect([...words].sort()).toEqual([
    'approve by guarded',
    'approve by merge',
    'approve by plan',
    'bring workload',
    'create',
    'delete',
    'disable',
    'drop pod ',
    'drop workload',
    'edit',
    'enable',
    'jump',
    'pause',
    'relabel',
    'release app:broken',
    'release app:v',
    'restart',
    'resume',
    'revert by apply',
    'revert by replace',
    'scale',
    'undo',
    'unpause',
  ]);
  const kinds = new Set(
    all.map(({ plan: { kind, style, routed } }) => `${kind} ${style} ${routed ? 'routed' : 'bare'}`),
  );
  expect([...kinds].sort()).toEqual([
    'AdvancedDaemonSet partition bare',
    'AdvancedDaemonSet partition routed',
    'AdvancedStatefulSet partition bare',
    'AdvancedStatefulSet partition routed',
    'CloneSet blueGreen bare',
    'CloneSet blueGreen routed',
    'CloneSet canary bare',
    'CloneSet canary routed',
    'CloneSet partition bare',
    'CloneSet partition routed',
    'Deployment blueGreen bare',
    'Deployment blueGreen routed',
    'Deployment canary bare',
    'Deployment canary routed',
    'Deployment partition bare',
    'Deployment partition routed',
    'StatefulSet partition bare',
    'StatefulSet partition routed',
  ]);
});

test('the plans that are made are let through', () => {
  for (let seed = 0; seed < 25; seed += 1) {
    const { plan: made } = scenarioOf(seed, { least: 1, most: 1 });
    const memory = begin(made, 'ns');
    const first = firstRequests(memory).map(({ op, kind, name, detail = null }): UserEvent => {
      return { t: 0, actor: 'user', op, kind, name, answer: 0, detail };
    });
    const answers = playOnModel(first, 'ns').flatMap((event) => (event.actor === 'user' ? [event.answer] : []));
    expect(Math.max(...answers), JSON.stringify(made.steps)).toBeLessThan(300);
    expect(answers.length).toBe(first.length);
  }
});

test('a kept recording is drawn together without losing what is compared', () => {
  const events = playOnModel(requests(), 'ns');
  const lean = drawnTogether(events);
  expect(lean.length).toBeLessThan(events.length / 3);
  expect(statesAtActions(lean)).toEqual(statesAtActions(events));
});

/** Pretends that runs differ where a restart follows a scale: at the request of the restart. */
async function pretended({ plan: made, actions }: Scenario): Promise<Trial> {
  const words = [
    'Rollout applied',
    'Deployment applied',
    ...actions.map((each, index) => `action ${index + 1}: ${each.do}`),
  ];
  const events = words.flatMap((what): readonly RecordedEvent[] => [
    { t: 0, actor: 'user', op: 'merge patch', kind: 'Deployment', name: 'demo', answer: 200, detail: {} },
    { t: 0, actor: 'observer', op: 'resting', what },
  ]);
  const scenario = { plan: made, actions };
  const recording = { id: 'pretended', title: '', engine: '', expect: [], events };
  const scaled = actions.findIndex((each) => each.do === 'scale');
  const at = actions.findIndex((each, index) => each.do === 'restart' && scaled >= 0 && index > scaled);
  if (at < 0) return { is: 'equal', scenario, recording };
  return { is: 'different', scenario, recording, difference: { after: at + 3, text: 'differs' } };
}

test('what differs is made as small as it gets, within the runs that are allowed', async () => {
  const actions: readonly Action[] = [
    { do: 'release', image: 'app:v2' },
    { do: 'scale', to: 3 },
    { do: 'pause' },
    { do: 'restart' },
    { do: 'resume' },
  ];
  const first = await pretended({ plan: { ...plan, extras: { threshold: '20%' } }, actions });
  if (first.is !== 'different') throw new Error('the first run has to differ');
  let runs = 0;
  const retry: Retry = (scenario) => {
    runs += 1;
    return pretended(scenario);
  };
  const small = await shrunk(first, retry, 20);
  expect(small?.scenario.actions).toEqual([{ do: 'scale', to: 3 }, { do: 'restart' }]);
  expect(small?.scenario.plan).toMatchObject({ steps: [expect.anything()], extras: {} });
  expect(small?.recording.events.length).toBe(2 * 4);
  expect(runs).toBeLessThanOrEqual(12);
  runs = 0;
  const hurried = await shrunk(first, retry, 1);
  expect([runs, hurried?.scenario.actions.map((each) => each.do)]).toEqual([2, ['scale', 'pause', 'restart']]);
  expect(await shrunk(first, async ({ plan: made }) => pretended({ plan: made, actions: [] }), 20)).toBeNull();
});
