import { branch, call, caseOf, condition, element, leadsTo, operand, returned, value } from '../guards/anchor.ts';
import type { Guard } from '../guards/locate.ts';

/** Guards of metrics. */
export const mutationsOfMetrics: readonly Guard[] = [
  // What is good.
  {
    promise: 'what a server does not say opens nothing',
    in: 'judge',
    at: branch('answered', 'unknown'),
    becomes: "return { ...base, is: 'open', why: answered.why };",
  },
  {
    // What is no number now is not good either way.
    promise: 'what was no number for a while has not been good',
    in: 'judgeThreshold',
    at: operand('points', 'isFinite'),
    becomes: 'false',
  },
  {
    promise: 'a metric has to be good for as long as it says',
    in: 'judgeThreshold',
    at: leadsTo('good', { on: ['forSeconds'] }),
    becomes: 'true',
  },
  {
    promise: 'counts that leave a doubt open nothing',
    in: 'judgeComparison',
    at: [caseOf('undecided'), returned()],
    becomes: "{ is: 'good', why: seen, numbers }",
  },
  {
    promise: 'too few counts open nothing',
    in: 'judgeComparison',
    at: [caseOf('tooFew'), returned()],
    becomes: "{ is: 'good', why: seen, numbers }",
  },
  {
    promise: 'counts of a step that has just begun say nothing',
    in: 'askComparison',
    at: condition('seconds', 'SHORTEST_COUNT'),
    becomes: 'seconds === null',
  },
  {
    // Each alone leaves an answer of ten seconds ago: together they leave one that may be older than any write may rest on.
    promise: 'a step is left by metrics that were asked for anew',
    in: 'isUsable',
    at: returned('isAnew'),
    becomes: 'true',
  },
  // What has failed.
  {
    promise: 'what a server does not say takes nothing back',
    in: 'judge',
    at: branch('answered', 'unknown'),
    // At a step: a first deploy has none, and no storm begins without one.
    becomes: "return { ...closed, is: observation.engine.at === 'waiting' ? 'failed' : 'shut', why: answered.why };",
  },
  {
    promise: 'what was before the step does not count',
    in: 'judgeThreshold',
    at: value('inStep'),
    becomes: '(_seconds: number) => true',
  },
  {
    promise: 'a metric is bad only for as long as that takes',
    in: 'isOutFor',
    at: returned('reaches'),
    becomes: 'isOut(asks, recent.at(-1)?.value ?? Number.NaN)',
  },
  {
    promise: 'what was bad before the release says nothing about it',
    in: 'judge',
    at: operand('wasBad'),
    becomes: 'true',
  },
  {
    promise: 'pods that are changed where they are do not tell when the release began',
    in: 'changedSince',
    at: operand('newSince', 'begun'),
    becomes: 'false',
  },
  {
    promise: 'pods that were replaced do not tell when the release began',
    in: 'changedSince',
    at: operand('areReplaced'),
    becomes: 'false',
  },
  {
    promise: 'counts that leave a doubt take nothing back',
    in: 'judgeComparison',
    at: [caseOf('undecided'), returned()],
    becomes: "{ is: 'bad', why: seen, numbers }",
  },
  {
    promise: 'a metric takes back only where the policy says so',
    in: 'conditionsWatched',
    at: operand('includes', 'trigger'),
    becomes: 'true',
  },
  // Of whom it is asked.
  {
    promise: 'a metric of the new pods is asked of them',
    in: 'valuesOf',
    at: value('canary'),
    becomes: 'podsPattern(versions.old)',
  },
  {
    promise: 'a comparison asks for both versions',
    in: 'askComparison',
    at: element('versions', 'new'),
    becomes: 'versions.old',
  },
  {
    promise: 'a metric takes back no release that the engine has not come to',
    in: 'conditionsWatched',
    at: operand('id', 'engine', 'release'),
    becomes: 'true',
  },
  // What becomes of it.
  { promise: 'what a metric says is bad is taken back', in: 'goOn', at: call('failing'), becomes: 'null' },
  {
    promise: 'a metric is watched in every step',
    in: 'conditionsWatched',
    at: element('leaveWhen'),
  },
  {
    promise: 'a metric is watched to the end',
    in: 'conditionsWatched',
    at: operand('isAtEnd'),
    becomes: 'true',
  },
  {
    promise: 'a metric is watched while the Rollout is paused',
    in: 'stepSince',
    at: operand('frozen'),
    becomes: 'false',
  },
  {
    promise: 'a rollback waits for no metric',
    in: 'gather',
    at: condition('rollbackUnderWay'),
    becomes: 'false',
  },
];
