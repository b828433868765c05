import type { Case } from './case.ts';
import { approval, byAda, byBoth, inOffice, soak } from './conditions.ts';
import { directedActs } from './directed-acts.ts';
import { directedBreadth } from './directed-breadth.ts';
import { directedCarried } from './directed-carried.ts';
import { directedForge } from './directed-forge.ts';
import { directedMetrics } from './directed-metrics.ts';
import {
  away,
  back,
  byPlan,
  deploy,
  hold,
  killedAfter,
  later,
  meanwhile,
  meddle,
  muchLater,
  promote,
  push,
  pushed,
  resume,
  rollback,
  slow,
  small,
  soon,
  three,
  tick,
} from './directed-parts.ts';
import { directedSettings } from './directed-settings.ts';

const [short, long] = [soak(20), soak(600)];
/** The calls of a deploy between which it looks at the Rollout, asks for the dry-run and writes the workload. */
const callsOfAStart = [13, 14, 15, 16, 17, 18, 19, 20];

/**
 * Cases that every storm begins with: what it has found, in the smallest form that was left of it; and what has to meet for
 * one guard alone to matter, where chance brings it together too seldom.
 */
export const directed: readonly (readonly [string, Case])[] = [
  // Found by the storm.
  [
    'a rollback comes to its end though somebody has scaled the workload by hand',
    small([approval], [push, deploy(), meddle('scale'), rollback()]),
  ],
  [
    'a scale by hand gives the new version its share, more than the step allows: no promise of ours is broken',
    small([approval], [push, deploy(), meddle('scale')], { replicas: 1 }),
  ],
  ['a step that waits for nobody is let go by plan, once', small([], [push, deploy(), byPlan])],
  [
    'an approved step is let go by plan, once',
    small([approval], [push, deploy(), promote({ names: 'step', method: 'plan' })]),
  ],
  ['a restart by hand is taken on by the next deploy', small([], [meddle('restart'), deploy()])],
  [
    'who approved before a kill has not lost it when the killed run is repeated',
    small(
      [approval],
      [push, deploy(), promote(), { ...promote({ fault: killedAfter(1) }), ...muchLater }, { ...promote(), ...soon }],
    ),
  ],
  [
    'a start is approved by a run that dies as it begins, and the run is repeated',
    small([approval], [push, deploy(), promote({ fault: killedAfter(2) }), promote()], {
      startWhen: [approval],
      doneWhen: [approval],
    }),
  ],
  [
    'a Rollout is paused as the next version is written, and somebody approves what waits',
    small(
      [approval],
      [push, deploy(), push, deploy({ fault: { fault: 'meddle', call: 9, what: 'pause' } }), promote()],
    ),
  ],
  [
    'somebody changes the image while what cannot start is taken back',
    small(
      [byBoth],
      [
        { do: 'push', what: 'broken' },
        deploy(),
        { ...rollback(), ...later },
        { ...meddle('image'), after: false, gap: 1_478 },
      ],
    ),
  ],
  [
    'somebody changes the image as a deploy writes what differs outside the template',
    small([], [meddle('scale'), deploy({ takeOver: true, fault: { fault: 'meddle', call: 12, what: 'image' } })]),
  ],
  [
    'one approves a step as another jumps back to it',
    small(
      [byBoth],
      [
        push,
        deploy(),
        promote({ names: 'both', jump: 1, fault: { fault: 'touch', write: 1 } }),
        { ...promote({ names: 'step', force: true, jump: -1 }), after: false, who: 'bob' },
      ],
    ),
  ],
  [
    'a jump back comes late, when the engine has gone on to the next step',
    small(
      [approval],
      [push, deploy(), promote({ names: 'step' }), { ...promote({ jump: 0, fault: slow(1, 5_361) }), after: false }],
      { style: 'blueGreen', sizes: [34, 100] },
    ),
  ],
  [
    'somebody sets an image while a promotion stands still, and the engine has come to the same step with it',
    small(
      [approval],
      [
        push,
        deploy(),
        promote({ method: 'plan', force: true, fault: { fault: 'standstill', call: 3, late: 11_557 } }),
        { ...meddle('image'), after: false, gap: 2_015 },
      ],
    ),
  ],
  [
    'the label by which the engine watches is taken off as a release is superseded',
    small(
      [],
      [
        { do: 'push', what: 'broken' },
        deploy(),
        { do: 'push', what: 'broken' },
        deploy({ takeOver: true, fault: { fault: 'meddle', call: 8, what: 'unlabel' } }),
      ],
    ),
  ],
  [
    'that label is taken off as a release is superseded whose workload somebody has scaled',
    small(
      [approval],
      [
        push,
        deploy(),
        meddle('scale'),
        push,
        deploy({ takeOver: true, fault: { fault: 'meddle', call: 10, what: 'unlabel' } }),
      ],
    ),
  ],
  [
    'what was delivered is taken back in blueGreen, where somebody has begun a third version',
    small([], [push, deploy({ until: 'done' }), meddle('image'), rollback()], { style: 'blueGreen', sizes: [100] }),
  ],
  [
    'what does not start is taken back past a version that was never approved as whole, in blueGreen',
    small(
      [],
      [push, deploy({ until: 'done' }), { do: 'push', what: 'broken' }, deploy(), { ...rollback(), ...later }],
      { style: 'blueGreen', doneWhen: [approval] },
    ),
  ],
  ...(['partition', 'canary', 'blueGreen'] as const).map((style): readonly [string, Case] => [
    `somebody restarts the workload as a rollback puts stable back, and somebody approves (${style})`,
    small(
      [approval],
      [
        push,
        deploy(),
        rollback(),
        { ...meddle('restart'), after: false, gap: 27 },
        { ...promote({ names: 'both' }), who: 'bob' },
      ],
      { style },
    ),
  ]),
  // Writes that arrive late.
  [
    'two people approve at once',
    small([byBoth], [push, deploy(), promote({ fault: slow(1, 5_000) }), { ...promote(), ...meanwhile, who: 'bob' }]),
  ],
  [
    'a hold comes while an approval is on its way',
    small([approval], [push, deploy(), promote({ fault: slow(2, 8_000) }), { ...hold, ...meanwhile, who: 'bob' }]),
  ],
  ...(['status', 'plan'] as const).map((method): readonly [string, Case] => [
    `somebody edits the plan while an approval is on its way (by ${method})`,
    small(
      [approval],
      [push, deploy(), promote({ method, fault: slow(2, 8_000) }), { ...meddle('later step'), ...meanwhile }],
      three,
    ),
  ]),
  [
    'an approval arrives when the engine waits at the next step',
    small(
      [approval],
      [push, deploy(), promote({ fault: slow(2, 20_000) }), { ...meddle('approve'), ...meanwhile }],
      three,
    ),
  ],
  [
    'somebody scales while the template that goes back is on its way',
    small([approval], [push, deploy(), rollback({ fault: slow(2, 5_000) }), { ...meddle('scale'), ...meanwhile }]),
  ],
  [
    'somebody touches the workload between its dry-run and its write',
    small([approval], [push, deploy({ fault: { fault: 'touch', write: 2 } })]),
  ],
  [
    'two versions are asked for at once',
    small(
      [approval],
      [push, deploy({ fault: slow(1, 3_000) }), { ...push, ...meanwhile }, { ...deploy(), after: false, who: 'bob' }],
    ),
  ],
  [
    'an older commit is asked for by a run that stood still while a newer one was',
    small(
      [approval],
      [
        push,
        deploy(),
        meddle('pod down'),
        push,
        deploy({ fault: { fault: 'standstill', call: 6, late: 7_000 } }),
        { ...push, after: false, gap: 4_700 },
        { ...deploy(), after: false, who: 'bob' },
      ],
    ),
  ],
  // Starting.
  ['a start waits for its gate', small([], [push, deploy()], { startWhen: [approval] })],
  ...[1, 2, 4, 6, 8, 10, 12].map((seconds): readonly [string, Case] => [
    `the next version is asked for ${seconds} s after the last step was let go`,
    small([approval], [push, deploy(), promote(), { ...push, gap: seconds * 1_000 }, deploy()]),
  ]),
  [
    'the next version is asked for while another plan is in the cluster',
    small([approval], [push, deploy(), meddle('later step'), { ...push, ...soon }, deploy()]),
  ],
  [
    'a pause is left open before a release',
    small([approval], [meddle('zero pause'), { ...push, ...soon }, deploy(), tick()]),
  ],
  [
    'a pause is opened while a step waits',
    small([approval], [push, deploy(), meddle('zero pause'), { ...tick(), ...soon }], three),
  ],
  [
    'the plan is edited by hand before what was asked for may start',
    small(
      [approval],
      [push, deploy(), promote(), { ...push, ...later }, deploy(), meddle('later step'), { ...promote(), ...soon }],
      { startWhen: [approval], sizes: [25, 50, 100] },
    ),
  ],
  [
    'a jump is asked for before the start, while another plan is in the cluster',
    small(
      [approval],
      [
        push,
        deploy(),
        promote(),
        { ...push, ...later },
        deploy(),
        meddle('later step'),
        { ...promote({ jump: 2 }), ...later },
      ],
      { startWhen: [approval], sizes: [25, 50, 100] },
    ),
  ],
  ...callsOfAStart.flatMap((call): readonly (readonly [string, Case])[] => [
    [
      `another version is asked for, and not begun, while a start stands still before its call ${call}`,
      small(
        [approval],
        [
          push,
          deploy({ fault: { fault: 'standstill', call, late: 6_000 } }),
          { ...push, ...meanwhile },
          { ...deploy({ fault: killedAfter(1) }), after: false, who: 'bob' },
        ],
      ),
    ],
    [
      `the engine no longer watches the workload, right before call ${call} of a start`,
      small([approval], [push, deploy({ fault: { fault: 'meddle', call, what: 'unlabel' } })]),
    ],
  ]),
  ...(['later step', 'zero pause'] as const).flatMap((what) =>
    callsOfAStart.map((call): readonly [string, Case] => [
      `somebody edits the plan (${what}) while a start stands still before its call ${call}`,
      small(
        [approval],
        [push, deploy({ fault: { fault: 'standstill', call, late: 6_000 } }), { ...meddle(what), ...meanwhile }],
        { sizes: [25, 50, 100] },
      ),
    ]),
  ),
  [
    'somebody opens a pause while the template is on its way: no promise of ours is broken, and it is put back',
    small([approval], [push, deploy({ fault: slow(2, 7_000) }), { ...meddle('zero pause'), ...meanwhile }], three),
  ],
  // Holds.
  ['what is held is promoted', small([approval], [push, deploy(), hold, { ...promote(), ...soon }])],
  ['what is held has every gate open', small([short], [push, deploy(), hold, { ...tick(), ...later }])],
  [
    'what was rolled back is deployed again',
    small([approval], [push, deploy(), away, rollback(), { ...deploy(), gap: 60_000 }]),
  ],
  // A step's gates.
  [
    'an approval comes while the engine moves',
    small([approval], [push, deploy(), promote(), { ...promote({ names: 'next' }), gap: 300 }], three),
  ],
  ...[1, 2].map((write): readonly [string, Case] => [
    `a deploy that takes another plan on is killed after write ${write}, and its release deployed again`,
    small([], [push, deploy(), pushed('plan'), deploy({ fault: killedAfter(write) }), { ...tick(), ...later }], three),
  ]),
  ['a soak ends under another plan', small([short], [push, deploy(), meddle('later step'), { ...tick(), ...later }])],
  [
    'a soak ends over a stranger’s template',
    small([short], [push, deploy(), meddle('image'), { ...tick(), gap: 60_000 }]),
  ],
  [
    'a pod is down when somebody approves',
    small([approval], [push, deploy(), meddle('pod down'), { ...promote(), ...soon }]),
  ],
  ['one of two approves', small([byBoth], [push, deploy(), promote(), { ...tick(), ...later }])],
  [
    'somebody approves who may not',
    small([byAda], [push, deploy(), { ...promote(), who: 'cid' }, { ...tick(), ...later }]),
  ],
  ['a soak is not over', small([long], [push, deploy(), { ...tick(), ...later }])],
  [
    'an approval comes before the soak is over',
    small([approval, long], [push, deploy(), promote(), { ...tick(), ...later }]),
  ],
  ['nobody is in the office', small([inOffice], [push, deploy(), { ...tick('wait'), ...later }], { hour: 20 })],
  [
    'the first of two steps is approved',
    small([approval], [push, deploy(), promote(), { ...tick('wait'), ...later }], three),
  ],
  // Promoting.
  [
    'a step is approved that is over',
    small([approval], [push, deploy(), promote(), { ...promote({ names: 'wrong step' }), ...later }], three),
  ],
  ['another release is approved', small([approval], [push, deploy(), promote({ names: 'wrong release' })])],
  [
    'a second click comes between two steps',
    small([approval], [push, deploy(), promote(), { ...promote(), gap: 300 }], three),
  ],
  [
    'an approval is given under another plan',
    small([approval], [push, deploy(), meddle('later step'), { ...promote(), ...soon }]),
  ],
  [
    'an approval is given to a stranger’s template',
    small([approval], [push, deploy(), meddle('image'), { ...promote(), ...later }]),
  ],
  [
    'an approval is given while a rollback is under way',
    small([approval], [push, deploy(), rollback({ fault: killedAfter(1) }), { ...promote(), ...soon }]),
  ],
  [
    'a jump passes a step that nobody has seen',
    small([approval], [push, deploy(), { ...promote({ jump: 2 }), ...later }], {
      sizes: [20, 40, 60, 100],
      second: [short],
    }),
  ],
  [
    'a jump passes a step that needs two people',
    small([approval], [push, deploy(), promote({ jump: 2 })], { sizes: [20, 40, 60, 100], second: [byBoth] }),
  ],
  [
    'a jump goes back over an approval',
    small(
      [byBoth],
      [
        push,
        deploy(),
        promote(),
        { ...promote(), who: 'bob' },
        { ...promote(), ...later },
        { ...promote({ jump: -1 }), ...soon },
      ],
      three,
    ),
  ],
  [
    'an approval is given while a rollback is under way, and its hold is lifted',
    small(
      [approval],
      [push, deploy(), rollback({ fault: killedAfter(1) }), resume('rolled back'), { ...promote(), ...soon }],
    ),
  ],
  // Asking.
  [
    'an older commit is deployed',
    small([approval], [push, deploy(), promote(), { ...deploy({ at: 'older' }), gap: 60_000 }]),
  ],
  [
    'something is asked for while a rollback is under way',
    small([approval], [push, deploy(), rollback({ fault: killedAfter(1) }), { ...push, ...soon }, deploy()]),
  ],
  [
    'a restart by hand takes an approval with it',
    small([byBoth], [push, deploy(), promote(), meddle('restart'), { ...deploy(), ...later }]),
  ],
  // The end.
  [
    'a pod is down when all else is done',
    small([approval], [push, deploy(), promote(), { ...meddle('pod down'), ...later }, { ...tick('wait'), ...soon }]),
  ],
  [
    'the end waits for its gate',
    small([approval], [push, deploy(), promote(), { ...tick(), ...later }], { doneWhen: [approval] }),
  ],
  // Taking back.
  [
    'a rollback is killed, and a pod goes down',
    small(
      [approval],
      [
        push,
        deploy(),
        rollback({ fault: killedAfter(2) }),
        { ...meddle('pod down'), ...later },
        { ...tick(), ...soon },
      ],
    ),
  ],
  [
    'what was delivered is taken back, and a pod goes down on the way',
    small(
      [approval],
      [
        push,
        deploy(),
        promote(),
        { ...tick(), ...later },
        { ...rollback({ fault: killedAfter(2) }), ...soon },
        { ...meddle('pod down'), ...later },
        { ...tick(), ...soon },
      ],
    ),
  ],
  [
    'a release is stuck where somebody only looks',
    small([approval], [{ do: 'push', what: 'broken' }, deploy(), { ...deploy(), ...muchLater }], {
      rollback: { on: ['stuck'], stuckAfterSeconds: 30, git: 'commit' },
    }),
  ],
  [
    'a pod is down for long, and no policy takes it back',
    small([approval], [push, deploy(), meddle('pod down'), { ...tick('wait'), ...muchLater }], {
      rollback: { on: [], stuckAfterSeconds: 20, git: 'commit' },
    }),
  ],
  [
    'the remote is away while a release is rolled back',
    small([approval], [push, deploy(), away, rollback(), { ...back, ...soon }, { ...tick(), ...soon }]),
  ],
  [
    'the same release is rolled back to twice',
    small([approval], [push, deploy(), rollback(), { ...push, gap: 60_000 }, deploy(), rollback()]),
  ],
  ...directedActs,
  ...directedBreadth,
  ...directedForge,
  ...directedMetrics,
  ...directedCarried,
  ...directedSettings,
];
