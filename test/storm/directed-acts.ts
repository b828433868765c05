import type { Case } from './case.ts';
import { approval, byAda, byBoth, inOffice, soak } from './conditions.ts';
import {
  again,
  away,
  back,
  closed,
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
  whole,
} from './directed-parts.ts';

const [short, long] = [soak(20), soak(600)];
const half = 1_800_000;
const workflow = { via: 'workflow' } as const;
const bot = { who: 'ship-it[bot]' } as const;

/** What acts are bound to, and what stands in Git meanwhile: one guard alone has to matter in each. */
export const directedActs: readonly (readonly [string, Case])[] = [
  // Second rollbacks.
  [
    'a second rollback is said a moment after the first',
    small([], [...whole(2), rollback(), { ...rollback(), who: 'bob' }]),
  ],
  [
    'a second rollback is said while the first is under way',
    small([], [...whole(2), rollback({ fault: killedAfter(2) }), { ...rollback(), who: 'bob' }]),
  ],
  [
    'a rollback that is under way is overtaken by one that says where it goes',
    small([], [...whole(2), rollback({ fault: killedAfter(1) }), { ...rollback({ to: 'oldest' }), who: 'bob' }]),
  ],
  [
    'a rollback whose Git half is open is overtaken by one that says where it goes',
    small([], [...whole(2), closed, rollback(), { ...rollback({ to: 'oldest' }), who: 'bob' }]),
  ],
  [
    'another release than the live one is taken back',
    small([approval], [push, deploy(), rollback({ release: 'unknown' })]),
  ],
  [
    'another release goes live while a rollback is on its way',
    small(
      [approval],
      [
        push,
        deploy(),
        rollback({ fault: slow(1, 20_000) }),
        { ...push, ...meanwhile },
        { ...deploy(), after: false, gap: 0, who: 'bob' },
      ],
    ),
  ],
  [
    'a rollback was a mistake',
    small([approval], [push, deploy(), rollback(), { ...rollback({ undo: true }), gap: 60_000 }, deploy()]),
  ],
  [
    'a rollback was a mistake, and Git still names the version',
    small([approval], [push, deploy(), closed, rollback(), back, rollback({ undo: true }), deploy()]),
  ],
  [
    'a rollback was a mistake, and the delivery is held',
    small([approval], [push, deploy(), rollback(), hold, rollback({ undo: true })]),
  ],
  // Fixes that were merged in between.
  [
    'a fix is merged before Git is reverted',
    small([approval], [push, deploy(), away, rollback(), push, back, { ...tick(), ...soon }, deploy()]),
  ],
  [
    'a line is merged on top of a bad image, and deployed',
    small(
      [approval],
      [pushed('broken'), deploy(), closed, { ...rollback(), ...later }, pushed('line'), { ...deploy(), gap: 60_000 }],
    ),
  ],
  [
    'a person lets through what is on top of a bad release',
    small([approval], [push, deploy(), closed, rollback(), push, resume('rolled back'), { ...deploy(), gap: 60_000 }]),
  ],
  [
    'another version than the bad one is let through',
    small([approval], [push, deploy(), closed, rollback(), push, resume('stable'), { ...deploy(), gap: 60_000 }]),
  ],
  [
    'the branch was fetched before the bad release, and the remote is away',
    small([approval], [{ ...tick(), who: 'cid' }, push, deploy(), away, { ...rollback(), who: 'cid' }]),
  ],
  [
    'what was rolled back is deployed again, and Git is back',
    small([approval], [push, deploy(), rollback(), { ...deploy({ at: 'older' }), gap: 60_000 }]),
  ],
  [
    'something is asked for while a rollback is under way, and the bad release was let through',
    small(
      [approval],
      [push, deploy(), rollback({ fault: killedAfter(1) }), resume('rolled back'), { ...push, ...soon }, deploy()],
    ),
  ],
  // Runs that are started again.
  [
    'a run that held the delivery is started again after the hold was lifted',
    small(
      [approval],
      [push, deploy(), { ...hold, ...workflow }, { ...resume(), who: 'bob' }, { ...again, who: 'bob' }],
    ),
  ],
  [
    'a run that was killed before it recorded its rollback is started again',
    small(
      [approval],
      [push, deploy(), { ...rollback({ fault: { fault: 'kill', write: 1, when: 'before' } }), ...workflow }, again],
    ),
  ],
  [
    'a run that was killed after it recorded its approval is started again',
    small(
      [byBoth],
      [push, deploy(), { ...promote({ names: 'both', fault: killedAfter(1) }), ...workflow }, { ...again, who: 'bob' }],
    ),
  ],
  // Commits that nobody has merged.
  [
    'a commit that nobody has merged is deployed',
    small([approval], [push, deploy(), pushed('aside'), deploy({ at: 'aside' })]),
  ],
  [
    'the record names a commit that nobody has merged',
    small([approval], [pushed('aside'), meddle('record'), { ...tick(), ...soon }]),
  ],
  [
    'a commit is merged and asked for while a deploy is under way that has read the policy before',
    small(
      [approval],
      [
        push,
        deploy(),
        push,
        deploy(),
        { ...pushed('broken'), after: false },
        { ...deploy(), after: false, who: 'bob' },
      ],
    ),
  ],
  // Clocks.
  [
    'a soak is not over by the cluster’s clock',
    small(
      [long],
      [push, deploy(), { ...tick('wait'), ...later, skew: half }, { ...tick('wait'), ...later, skew: -half }],
    ),
  ],
  [
    'a schedule is open by the cluster’s clock alone',
    small([inOffice], [push, deploy(), { ...tick('wait'), ...later, skew: -half }], { hour: 9 }),
  ],
  [
    'a schedule is open by the runner’s clock alone',
    small([inOffice], [push, deploy(), { ...tick('wait'), gap: 2_700_000, skew: half }], { hour: 8 }),
  ],
  [
    'policy has patience by the cluster’s clock',
    small([approval], [pushed('broken'), deploy(), { ...tick('wait'), ...later, skew: half }], {
      rollback: { on: ['stuck'], stuckAfterSeconds: 300, git: 'commit' },
    }),
  ],
  // Policy and people.
  ['a step may go on, and the remote is away', small([short], [push, deploy(), away, { ...tick('wait'), ...later }])],
  [
    'a late deploy arrives between what a rollback has read and its record',
    small(
      [approval],
      [
        push,
        deploy(),
        push,
        deploy({ fault: slow(2, 8_242) }),
        {
          ...rollback({ fault: { fault: 'standstill', call: 3, late: 10_898 } }),
          who: 'bob',
          after: false,
          gap: 3_772,
        },
      ],
    ),
  ],
  [
    'an approval was given for a plan that has changed before the start',
    small(
      [approval],
      [push, deploy(), promote({ fault: killedAfter(1) }), pushed('plan'), { ...tick('wait'), gap: 60_000 }],
      {
        startWhen: [approval],
      },
    ),
  ],
  [
    'somebody forces a step who may not approve it',
    small([byAda], [push, deploy(), { ...promote({ force: true }), who: 'cid' }]),
  ],
  [
    'who has forced a step loses the right to approve it',
    small(
      [byAda, long],
      [
        push,
        deploy(),
        promote({ force: true, fault: killedAfter(1) }),
        pushed('people'),
        { ...promote(), gap: 60_000, who: 'cid' },
      ],
    ),
  ],
  ['a bot approves', small([approval], [push, deploy(), { ...promote(), ...bot }])],
  ['a bot lifts a hold', small([approval], [push, deploy(), hold, { ...resume(), ...bot }])],
  // Holds.
  [
    'a version is held, and has every gate open',
    small([short], [push, deploy(), { do: 'hold', release: 'live', fault: null }, { ...tick(), ...later }]),
  ],
  [
    'a hold comes while another one is lifted',
    small(
      [approval],
      [
        push,
        deploy(),
        hold,
        { ...resume(), ...later, fault: slow(1, 8_000) },
        { ...hold, ...later, after: false, gap: 4_000 },
      ],
    ),
  ],
  [
    'the hold of the delivery is lifted, and that of a version stays',
    small([approval], [push, deploy(), rollback(), hold, { ...resume(), ...soon }]),
  ],
  // Ids.
  [
    'a release that was superseded is asked for again, under an id of its own',
    small(
      [approval],
      [push, deploy(), push, deploy(), closed, rollback(), { ...deploy({ at: 'older' }), gap: 60_000 }],
    ),
  ],
  [
    'somebody restarts the workload as blueGreen goes back over its own stable version',
    small([], [push, deploy({ until: 'done' }), rollback(), { ...meddle('restart'), after: false, gap: 4_000 }], {
      style: 'blueGreen',
      sizes: [67, 100],
    }),
  ],
  // The record.
  [
    'the record has what only a newer version knows',
    small(
      [approval],
      [push, deploy(), hold, meddle('newer record'), { do: 'hold', release: 'live', fault: null }, promote()],
    ),
  ],
  [
    'a template restarted by hand is taken, and the record has what only a newer version knows',
    small([approval], [push, deploy(), meddle('restart'), meddle('newer record'), { ...deploy(), ...later }]),
  ],
  [
    'the record is full',
    small([approval], [push, deploy(), meddle('many holds'), hold, { ...rollback(), ...muchLater }]),
  ],
  [
    'what was delivered is taken back to what came before what is before it',
    small([], [...whole(3), rollback({ to: 'oldest' })], three),
  ],
];
