import type { Case, Deed } from './case.ts';
import { approval, byComment, byEither, byMerge, byOther, byReview, byTeam, soak } from './conditions.ts';
import {
  deploy,
  later,
  meanwhile,
  meddle,
  muchLater,
  promote,
  push,
  pushed,
  resume,
  rollback,
  type Setting,
  small,
  soon,
  tick,
} from './directed-parts.ts';

const forge: Setting = { forge: true };
const [bob, cid, bot] = [{ who: 'bob' }, { who: 'cid' }, { who: 'ship-it[bot]' }] as const;
const say = (what: (Deed & { do: 'say' })['what'] = 'promote'): Deed => ({ do: 'say', what });
const unsay = (how: 'edit' | 'delete'): Deed => ({ do: 'unsay', how });
const promotion = (what: (Deed & { do: 'promotion' })['what']): Deed => ({ do: 'promotion', what });
const leave = (what: 'team' | 'repository'): Deed => ({ do: 'leave', what });
const freeze: Deed = { do: 'freeze', minutes: null, fault: null };
const thaw: Deed = { do: 'thaw', fault: null };
const answer: Deed = { do: 'answer', on: 'release', fault: null };
/** An answer that is killed as it writes its reply: the act is done by then. */
const cutShort: Deed = { do: 'answer', on: 'release', fault: { fault: 'forge', call: 8, when: 'before' } };
/** A tick that comes when nothing is fresh any more. */
const look = { ...tick(), ...later };

/** What people do at the forge, and freezes: one guard alone has to matter in each. */
export const directedForge: readonly (readonly [string, Case])[] = [
  // Comments.
  [
    'two comments approve a release that goes back, and it waits longer than a run for its last pod',
    small([byComment], [pushed('broken'), deploy(), meddle('pod down'), say(), say(), { ...answer, gap: 20_000 }], {
      ...forge,
      sizes: [67, 100],
      replicas: 5,
      workload: { kind: 'StatefulSet', name: 'shop' },
      rollback: { on: ['stuck'], stuckAfterSeconds: 45, git: 'commit' },
    }),
  ],
  ['a comment approves a step', small([byComment], [push, deploy(), { ...say(), ...bob }, tick()], forge)],
  ['an outsider approves', small([byComment], [push, deploy(), { ...say(), who: 'mallory' }, look], forge)],
  ['a bot approves', small([byComment], [push, deploy(), { ...say(), ...bot }, look], forge)],
  [
    'who has approved by a comment loses the right to write',
    small([byComment], [push, deploy(), { ...say(), ...cid }, { ...leave('repository'), ...cid }, look], forge),
  ],
  [
    'a comment that approved is edited',
    small([byComment], [push, deploy(), say(), { ...unsay('edit'), ...soon }, look], forge),
  ],
  [
    'a comment that approved is deleted',
    small([byComment], [push, deploy(), say(), { ...unsay('delete'), ...soon }, look], forge),
  ],
  [
    'a comment approves the release before',
    small(
      [byComment],
      [push, deploy({ until: 'done' }), say(), tick('done'), push, deploy(), say('promote old'), look],
      forge,
    ),
  ],
  [
    'a comment approves the next step',
    small([byComment], [push, deploy(), say('promote next'), look], { ...forge, sizes: [25, 50, 100] }),
  ],
  [
    'a comment is on another pull request',
    small([byComment], [push, deploy(), push, deploy(), say('promote elsewhere'), look], forge),
  ],
  [
    'the plan changes after a comment has approved',
    small([byComment], [push, deploy(), say(), { ...pushed('plan'), ...later }, deploy(), look], forge),
  ],
  [
    'one comments twice where two are asked for',
    small([byEither], [push, deploy(), say(), { ...say(), ...soon }, look], forge),
  ],
  [
    'one comments and another runs promote where two are asked for',
    small([byEither], [push, deploy(), say(), { ...promote(), ...bob, ...soon }], forge),
  ],
  [
    'one who ran promote leaves the team that approves',
    small([byTeam], [push, deploy(), { ...promote(), ...bob }, { ...leave('team'), ...bob }, say(), look], forge),
  ],
  ['an author approves what others have to', small([byOther], [push, deploy(), say(), look], forge)],
  [
    'the forge is away while a comment approves',
    small(
      [byComment],
      [push, deploy(), say(), { do: 'forge', is: 'away' }, tick(), { do: 'forge', is: 'back' }],
      forge,
    ),
  ],
  // Commands in comments.
  [
    'a comment holds, and another one lifts it',
    small([byComment], [push, deploy(), say('hold'), answer, { ...say('resume'), ...soon }, answer], forge),
  ],
  [
    'the run that holds for a comment is killed, and the hold is lifted before the next one',
    small(
      [byComment],
      [push, deploy(), say('hold'), cutShort, { ...resume(), ...bob, ...soon }, { ...answer, ...soon }],
      forge,
    ),
  ],
  [
    'a comment that holds is edited before it is read',
    small([byComment], [push, deploy(), say('hold'), { ...unsay('edit'), ...soon }, { ...answer, ...later }], forge),
  ],
  [
    'an outsider holds by a comment',
    small([byComment], [push, deploy(), { ...say('hold'), who: 'mallory' }, { ...answer, ...soon }], forge),
  ],
  // Promotion pull requests.
  ['a merge approves a step', small([byMerge], [push, deploy(), tick(), promotion('merge'), tick()], forge)],
  [
    'a review approves a step',
    small([byReview], [push, deploy(), tick(), { ...promotion('review'), ...bob }, tick()], forge),
  ],
  [
    'a bot merges a promotion',
    small([byMerge], [push, deploy(), tick(), { ...promotion('merge'), ...bot }, look], forge),
  ],
  [
    'the file of a promotion is changed, and it is merged',
    small([byMerge], [push, deploy(), tick(), promotion('spoil'), promotion('merge'), look], forge),
  ],
  [
    'another file is added to a promotion, and it is merged',
    small([byMerge], [push, deploy(), tick(), promotion('widen'), promotion('merge'), look], forge),
  ],
  [
    'a promotion that was changed before its merge is followed by another one',
    small(
      [byMerge],
      [push, deploy(), promotion('spoil'), promotion('merge'), tick(), promotion('merge'), tick()],
      forge,
    ),
  ],
  [
    'a promotion is reviewed by one who leaves the team',
    small([byReview], [push, deploy(), tick(), promotion('review'), leave('team'), look], forge),
  ],
  ['a promotion is closed', small([byMerge], [push, deploy(), tick(), promotion('close'), look], forge)],
  [
    'a promotion is closed by one who may not promote',
    small([byReview], [push, deploy(), tick(), { ...promotion('close'), ...cid }, look], forge),
  ],
  [
    'a promotion is closed, and the hold is lifted',
    small(
      [byMerge],
      [
        push,
        deploy(),
        tick(),
        promotion('close'),
        look,
        resume('asked'),
        { ...tick(), ...soon },
        promotion('merge'),
        look,
      ],
      forge,
    ),
  ],
  [
    'another release takes the place of one whose promotion is open',
    small([byMerge], [push, deploy(), tick(), push, deploy(), tick(), rollback()], forge),
  ],
  // Freezes.
  [
    'a delivery is frozen while a step waits',
    small([approval], [push, deploy(), freeze, { ...promote(), ...later }, { ...thaw, ...later }], forge),
  ],
  [
    'a delivery is frozen before a release starts',
    small([], [freeze, push, { ...deploy(), ...later }, { ...thaw, ...muchLater }], forge),
  ],
  [
    'a delivery is frozen while a run waits for a soak',
    small([soak(90)], [push, deploy(), tick('done'), { ...freeze, ...meanwhile, ...bob }], forge),
  ],
];
