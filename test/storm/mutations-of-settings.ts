import { call, caseOf, condition, element, operand, returned, statement, value } from '../guards/anchor.ts';
import type { Guard } from '../guards/locate.ts';

/** Guards of settings beside the workload, of their copies, and of whose objects are. */
export const mutationsOfSettings: readonly Guard[] = [
  // What lets them through.
  {
    promise: 'nobody is taken over by a rollback',
    in: 'send',
    at: value('others'),
    becomes: 'takeOver',
  },
  {
    promise: 'settings that differ from what was let through wait for the start',
    in: 'judgeSettings',
    at: condition('isOtherContent'),
    becomes: 'true',
  },
  {
    promise: 'a release under way takes settings on only where the start is open',
    in: 'judgeSettings',
    at: condition('shut'),
    becomes: 'true',
  },
  {
    promise: 'what a release takes on is in the record',
    in: 'releaseCommit',
    at: condition('taken on'),
    becomes: 'false',
  },
  { promise: 'no settings of an older commit are asked for', in: 'judgeSettings', at: statement('refuseGoingBack') },
  {
    promise: 'the settings of a release that has not started stay back',
    in: 'releaseCommit',
    at: value('serves'),
    becomes: "asked.is === 'adopt' || asked.is === 'same'",
  },
  { promise: 'urgency takes the right to approve the start', in: 'urgencyOf', at: condition('mayForce') },
  // What comes late.
  {
    promise: 'a rollback moves the fence before it restores',
    in: 'fenced',
    at: call('writing'),
    becomes: 'next()',
  },
  { promise: 'a hold stops the writes that are left', in: 'oneByOne', at: condition('isRead') },
  // What takes them back.
  {
    promise: 'a rollback goes back to other content, with the same pods or not',
    in: 'earlier',
    at: call('sameContent'),
    becomes: '(one.digest === from.digest)',
  },
  {
    promise: 'settings that are taken back are held',
    in: 'rollingBack',
    at: returned('sameContent'),
    becomes: 'noted',
  },
  {
    promise: 'the branch stands for stable only with its whole content',
    in: 'stableOrTip',
    at: operand('sameContent'),
    becomes: 'atTip.release.digest !== to.digest',
  },
  // Copies.
  { promise: 'settings are copied before they are written over', in: 'keeping', at: element('writes') },
  { promise: 'copies that no rollback needs are removed', in: 'keeping', at: element('gone') },
  {
    promise: 'a copy is noted anew when something else is written over it',
    in: 'keeping',
    at: condition('replacedBy'),
    becomes: 'copy !== null',
  },
  {
    promise: 'a copy has the content of stable until there is one',
    in: 'copyBefore',
    at: value('content'),
    becomes: 'contentKey(serving)',
  },
  { promise: 'the copies of the last two contents stay', in: 'outdated', at: value('needed'), becomes: '[content]' },
  {
    promise: 'no copy is put back over what somebody has changed since',
    in: 'fromCopies',
    at: condition('known'),
  },
  {
    promise: 'no copy is put back over what another delivery renders too',
    in: 'fromCopies',
    at: condition('other'),
  },
  // Whose they are.
  {
    promise: 'an older commit leaves what a newer one of another delivery has written',
    in: 'judgeShared',
    at: caseOf('older'),
    becomes: "case 'older': continue;",
  },
  {
    promise: 'what a delivery of nowhere has written from an unknown commit is not written over',
    in: 'judgeShared',
    at: condition('inPolicy'),
  },
  {
    promise: 'a workload with the mark of another delivery is not released',
    in: 'foreignWorkload',
    at: condition('mark', 'name'),
    becomes: 'true',
  },
  {
    promise: 'a workload that another delivery has taken is not started',
    in: 'mayWrite',
    at: value('own'),
    becomes: '[]',
  },
];
