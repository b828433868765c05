import {
  argument,
  call,
  caseOf,
  condition,
  element,
  leadsTo,
  operand,
  property,
  returned,
  spreadBeside,
  value,
} from '../guards/anchor.ts';
import type { Guard } from '../guards/locate.ts';

/** Guards of what is decided, written and recorded. */
export const mutationsOfDecisions: readonly Guard[] = [
  // The tests in the patches.
  {
    promise: 'of two writers of the record one fails',
    in: 'recordPatch',
    at: returned(),
    becomes: "($).filter((one) => one.op !== 'test')",
  },
  {
    promise: 'a rollback is of the release that was live when it was decided on',
    in: 'beginRollback',
    at: property('live'),
    becomes: 'live: false',
  },
  {
    promise: 'an approval rests on the record it was decided on',
    in: 'waitingTests',
    at: element('annotationTest'),
  },
  {
    // Release, step, state and message cover each other: each alone may go, together they may not.
    promise: 'an approval is of the step it was decided on',
    in: 'waitingTests',
    at: returned('annotationTest'),
    becomes: "($).filter((one) => one.path.startsWith('/metadata/annotations'))",
  },
  {
    promise: 'an approval is of the plan it was decided on',
    in: 'waitingTests',
    at: element('/metadata/generation'),
  },
  {
    promise: 'a template is replaced only on the version it was decided on',
    in: 'versionTest',
    at: element('/metadata/resourceVersion'),
  },
  // Starting.
  {
    promise: 'the workload is written on the version whose dry-run showed the gate',
    in: 'gated',
    at: call('withVersion'),
    becomes: '$first',
  },
  { promise: 'no template is written ungated', in: 'gatedWrite', at: leadsTo('wouldNotGate') },
  {
    promise: 'no step is let go on a workload that the engine has not seen, or of which it has seen a newer version',
    in: 'atGate',
    at: condition('seen'),
    becomes: 'false',
  },
  {
    promise: 'no template is written where the webhook does not look',
    in: 'wouldGate',
    at: operand('WATCHED_LABEL'),
    becomes: 'true',
  },
  {
    promise: 'what differs outside the template is written over nothing but what it was compared with',
    in: 'over',
    at: call('withVersion'),
    becomes: '$first',
  },
  {
    promise: "blueGreen goes back over the engine's own stable version",
    in: 'replaced',
    at: operand('takesThird'),
    becomes: 'false',
  },
  { promise: 'what starts is what the record asks for', in: 'stillAsked', at: leadsTo('again', { on: ['record'] }) },
  {
    promise: 'what starts, starts under the plan that was looked at',
    in: 'stillAsked',
    at: leadsTo('again', { on: ['spec'] }),
  },
  {
    promise: 'what starts is still what was asked for',
    in: 'gatedWrite',
    at: call('stillAsked'),
    becomes: 'writing([ours(facts, object, why)])',
  },
  { promise: 'a release begins when its gates are open', in: 'startOn', at: leadsTo('START_GATE_SHUT') },
  {
    promise: 'no template is written while the engine closes a release (E3)',
    in: 'startOn',
    at: [caseOf('finishing'), returned('WAITING_FOR_WINDOW')],
    becomes: "{ do: 'start', release, why: 'now' }",
  },
  {
    promise: 'no release begins under another plan',
    in: 'startOn',
    at: [caseOf('waiting'), leadsTo('planDiffers')],
  },
  // Holds.
  {
    promise: 'what is held neither starts nor advances',
    in: 'isHeldBy',
    at: returned('digest'),
    becomes: 'false',
  },
  { promise: 'an approval of what is held is refused', in: 'check', at: leadsTo('HELD') },
  { promise: 'what is held is not asked for', in: 'planRelease', at: leadsTo('HELD') },
  { promise: 'what is rolled back is held', in: 'rollingBack', at: condition('digest'), becomes: '!($)' },
  // Deciding on a step.
  {
    promise: 'an approval is sent only when the engine asks (E4)',
    in: 'inProgress',
    at: value('asks'),
    becomes: 'true',
  },
  { promise: 'nothing is promoted under another plan', in: 'atGate', at: leadsTo('planDiffers') },
  { promise: 'a stranger’s template is not promoted', in: 'decideAlone', at: leadsTo('foreign') },
  { promise: 'pauses that are not the plan’s are put back (E1)', in: 'decideAlone', at: leadsTo('restorePauses') },
  {
    promise: 'only what is whole is called delivered',
    in: 'atRest',
    at: condition('whole', 'onlyStable'),
    becomes: '$left && $right',
  },
  { promise: 'a release is delivered when its last gates are open', in: 'atRest', at: leadsTo('DONE_GATE_SHUT') },
  // Judging gates.
  { promise: 'every new pod is ready', in: 'ready', at: operand('enoughReady'), becomes: 'true' },
  {
    promise: 'enough people approve',
    in: 'count',
    at: value('since'),
    becomes: 'byTime[0]?.at ?? null',
  },
  {
    promise: 'the right people approve',
    in: 'names',
    at: returned('some'),
    becomes: 'true',
  },
  {
    promise: 'one person approves once',
    in: 'onceEach',
    at: returned('filter'),
    becomes: '[...given, ...given]',
  },
  {
    promise: 'a soak takes its time',
    in: 'elapsed',
    at: condition('until', 'now'),
    becomes: '$left >= since',
  },
  { promise: 'a schedule is kept', in: 'judge', at: condition('answer', 'open'), becomes: 'true' },
  { promise: 'an approval is of one step', in: 'approvalsOf', at: operand('step'), becomes: 'true' },
  { promise: 'force is said, not assumed', in: 'judgeStep', at: operand('forced'), becomes: 'true' },
  // Taking back.
  {
    promise: 'a rollback is over when only stable serves',
    in: 'decideRollback',
    at: [caseOf('idle'), condition('whole', 'onlyStable')],
    becomes: '!workload.settled && $right',
  },
  {
    promise: 'a rollback advances only what is ready',
    in: 'decideRollback',
    at: [caseOf('waiting'), leadsTo('walked')],
  },
  { promise: 'nothing rolls back unasked', in: 'policyRollback', at: operand('advance'), becomes: 'false' },
  { promise: 'only policy rolls back what is unready', in: 'atGate', at: operand('unready'), becomes: '!$' },
  { promise: 'a tick finishes the revert in Git', in: 'tickOne', at: value('retryGit'), becomes: 'false' },
  {
    promise: 'stable is taken for back once it is recorded',
    in: 'settle',
    at: call('clusterBack'),
    becomes: '$first',
  },
  { promise: 'no id goes out twice', in: 'nextId', at: argument('max'), becomes: '$left' },
  // Clocks.
  {
    promise: 'times are told by the cluster’s clock',
    in: 'presentEvidence',
    at: value('now'),
    becomes: 'context.clock.now()',
  },
  {
    promise: 'a schedule is open when the runner’s clock says so too',
    in: 'judge',
    at: value('answer'),
    becomes: '$else',
  },
  {
    promise: 'a schedule is open when the cluster’s clock says so too',
    in: 'judge',
    at: value('answer'),
    becomes: '$then',
  },
  { promise: 'a skewed clock is told', in: 'clockFinding', at: operand('CLOCKS_APART'), becomes: 'true' },
  // The record.
  { promise: 'no id that was given out is given out again', in: 'knownIds', at: element('spent') },
  {
    promise: 'the id of what a rolled back release had superseded stays spent',
    in: 'clusterBack',
    at: element('before'),
  },
  {
    promise: 'after a detour a version goes out under another id',
    in: 'replaced',
    at: leadsTo('renamed'),
  },
  { promise: 'the record stays within its bound', in: 'LARGEST', at: value('LARGEST'), becomes: '10 * $' },
  { promise: 'what a newer version noted stays', in: 'parseRecord', at: spreadBeside('version') },
  {
    promise: 'what is restored has the hash that the record kept',
    in: 'keptTemplate',
    at: returned('templateHash'),
    becomes: '!($)',
  },
];
