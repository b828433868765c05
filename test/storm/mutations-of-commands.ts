import {
  branch,
  call,
  condition,
  element,
  leadsTo,
  operand,
  property,
  returned,
  statement,
  value,
} from '../guards/anchor.ts';
import type { Guard } from '../guards/locate.ts';

/** Guards of what somebody asks for by a command. */
export const mutationsOfCommands: readonly Guard[] = [
  // Promoting.
  {
    promise: 'the step that is named is the one approved',
    in: 'check',
    at: operand('placeMeant'),
    becomes: '$left < 0',
  },
  { promise: 'the release that is named is the one approved', in: 'check', at: leadsTo('RELEASE_CHANGED') },
  {
    promise: 'between two steps an approval names its step',
    in: 'check',
    at: operand('moving'),
    becomes: 'false',
  },
  {
    promise: 'a plan that was noted and not written is written by the next deploy',
    in: 'takesPlan',
    at: operand('isMidway'),
    becomes: 'false',
  },
  { promise: 'an approval under another plan is refused', in: 'check', at: leadsTo('PLAN_DIFFERS') },
  { promise: 'an approval of a stranger’s template is refused', in: 'check', at: leadsTo('FOREIGN_RELEASE') },
  {
    promise: 'no approval is taken while a rollback is under way',
    in: 'check',
    at: statement('refuseDuringRollback'),
  },
  {
    promise: 'what was delivered has no step to approve',
    in: 'isOnItsWay',
    at: operand('stable', 'id', 'workload'),
    becomes: 'true',
  },
  { promise: 'a jump needs the gates of the steps it passes', in: 'jump', at: leadsTo('GATE_NOT_FORCEABLE') },
  {
    promise: 'a jump needs the approvals of the steps it passes',
    in: 'judgePassed',
    at: returned('flatMap'),
    becomes: '[]',
  },
  {
    promise: 'no end is approved before the beginning',
    in: 'isOnItsWay',
    at: condition('workload', 'id'),
    becomes: 'true',
  },
  { promise: 'a jump is not taken before the start', in: 'jump', at: leadsTo('STEP_CHANGED', { on: ['from'] }) },
  {
    promise: 'a jump back takes later approvals away',
    in: 'jump',
    at: returned('step', 'to'),
    becomes: 'true',
  },
  { promise: 'an approval is recorded', in: 'promoteOne', at: statement('writeRecord', 'approve') },
  {
    promise: 'what the engine never takes up is told once it was delivered',
    in: 'atRest',
    at: leadsTo('STARTING', { on: ['changedAt'] }),
    becomes: 'stableOf(record)?.id === release.id || $',
  },
  // Asking.
  { promise: 'no deploy goes back in Git', in: 'refuseGoingBack', at: leadsTo('WOULD_GO_BACK') },
  {
    promise: 'what is asked for was judged by the record it is asked on',
    in: 'requestRelease',
    at: statement('checkRecord'),
  },
  {
    promise: 'nothing is asked for while a rollback is under way',
    in: 'planRelease',
    at: statement('refuseDuringRollback'),
  },
  { promise: 'an approval is of one template', in: 'takeAsLive', at: property('approvals') },
  // Second rollbacks.
  { promise: 'a second rollback changes nothing', in: 'requestedRollback', at: value('before'), becomes: '$left' },
  {
    promise: 'a rollback that says where it goes overtakes the one before',
    in: 'requestedRollback',
    at: [branch('isOf'), property('to')],
    // With an id of its own, and no template that the pods have, or nothing would begin that a law could look at.
    becomes: 'to: { ...to, ...before.to, id: to.id, template: null }',
  },
  {
    promise: 'a rollback is of the release that was meant',
    in: 'requestedRollback',
    at: leadsTo('RELEASE_CHANGED'),
  },
  { promise: 'undo frees what its rollback held', in: 'lifted', at: returned('isHeldBy'), becomes: 'true' },
  {
    promise: 'undo lifts no other hold',
    in: 'lifted',
    at: returned('isHeldBy'),
    becomes: '$ && one.digest !== null',
  },
  {
    promise: 'undo lets Git name the version again',
    in: 'undoWanted',
    at: leadsTo('null', { on: ['reverted'] }),
    becomes: "$left !== 'bad'",
  },
  { promise: 'the ids of a lifted rollback stay spent', in: 'closed', at: call('spend'), becomes: '$first' },
  // What stands in Git meanwhile.
  {
    promise: 'a revert undoes nothing newer than the bad release (GIT_AHEAD)',
    in: 'makeRevert',
    at: [branch('ahead'), statement('ahead')],
    becomes: 'Object.assign(state, { undone: [] });',
  },
  { promise: 'Git is called back only by what the remote has told', in: 'revertWanted', at: leadsTo('stale') },
  {
    promise: 'a push that is refused leaves the Git half open',
    in: 'noteTrouble',
    at: property('troubleCode'),
    becomes: "$, git: 'done' as const",
  },
  {
    promise: 'nothing on top of a bad release is asked for (BAD_RELEASE_INSIDE)',
    in: 'planRelease',
    at: statement('refuseBadInside'),
  },
  {
    promise: 'only that version is let through whose release is named',
    in: 'letThrough',
    at: operand('sameContent'),
    becomes: 'true',
  },
  {
    promise: 'what nobody has merged is not asked for (COMMIT_NOT_ALLOWED)',
    in: 'releaseCommit',
    at: statement('checkCommit'),
  },
  {
    promise: 'what nobody has merged does not start, whoever named it',
    in: 'fetched',
    at: statement('checkCommit'),
  },
  // People, and what they approve.
  { promise: 'an approval is of one plan', in: 'approvalsOf', at: operand('plan'), becomes: 'true' },
  { promise: 'force takes the right to approve', in: 'tellUncounted', at: condition('mayForce'), becomes: 'true' },
  {
    promise: 'who has lost the right to approve has forced nothing',
    in: 'judgeStep',
    at: operand('mayForce'),
    becomes: 'true',
  },
  {
    promise: 'bots approve and resume nothing',
    in: 'refuseNobody',
    at: condition('person'),
    becomes: "actor.name !== ''",
  },
  // Holds.
  {
    promise: 'a hold of the delivery holds every version',
    in: 'deliveryHold',
    at: returned('digest'),
    becomes: 'false',
  },
  { promise: 'a later hold survives resume', in: 'later', at: returned('began'), becomes: 'false' },
  { promise: 'resume lifts what it names', in: 'resumed', at: operand('digest'), becomes: 'false' },
  // Runs.
  { promise: 'a re-run adds no act', in: 'isSameAct', at: operand('isRerun'), becomes: '!$' },
  { promise: 'the runs that acted are kept', in: 'noted', at: element('entry') },
  {
    promise: 'a re-run whose run recorded nothing says what it means',
    in: 'refuseBlindRerun',
    at: condition('isRerun'),
    becomes: 'true',
  },
  // The policy.
  { promise: 'the policy is read again before anything goes on', in: 'drive', at: condition('renewed') },
];
