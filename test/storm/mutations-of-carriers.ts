import { argument, call, condition, element, leadsTo, operand, value } from '../guards/anchor.ts';
import type { Guard } from '../guards/locate.ts';

/** Guards of releases by a carrier, of which a controller makes the workload. */
export const mutationsOfCarriers: readonly Guard[] = [
  {
    promise: 'what somebody has changed of what a controller made is not promoted',
    in: 'isAsWritten',
    at: operand('isRemade'),
    becomes: 'true',
  },
  {
    promise: 'another image is not noted as what a controller made',
    in: 'isRemade',
    at: operand('remade'),
    becomes: 'false',
  },
  {
    promise: 'what the webhook has paused and nobody opens is set free',
    in: 'isPausedByEngine',
    at: operand('isKnown'),
    becomes: 'false',
  },
  {
    promise: 'what is set free is judged by what its pods get, whatever somebody has edited in its carrier',
    in: 'hasTemplateOf',
    at: condition('noted'),
    becomes: 'false',
  },
  {
    promise: 'a release is judged by its pods only once they are made of it',
    in: 'untilMade',
    at: condition('isRendered'),
    becomes: 'false',
  },
  {
    promise: 'a rollback waits until its workload is made',
    in: 'decideRollback',
    at: condition('isRendered'),
    becomes: 'false',
  },
  {
    promise: 'what somebody edits while it goes back is written once more',
    in: 'decideRollback',
    at: operand('isTarget'),
    becomes: 'true',
  },
  {
    promise: 'what somebody changes of what a controller made is put back',
    in: 'isTarget',
    at: operand('remade'),
    becomes: 'true',
  },
  {
    promise: 'what goes back is rendered though it went back before',
    in: 'revertPatch',
    at: [call('publishVersion'), argument('live')],
    becomes: 'null',
  },
  {
    promise: 'no publishVersion is used twice, also where somebody has put an earlier one back',
    in: 'gated',
    at: call('named'),
    becomes: '$first',
  },
  {
    promise: 'a release that goes back keeps its steps',
    in: 'revertPatch',
    at: value('gate'),
    becomes: 'kept',
  },
  {
    promise: 'an Application goes back only as it was decided on',
    in: 'revertPatch',
    at: element('idOf'),
  },
  {
    promise: 'a release whose Rollout goes at the end goes no further',
    in: 'untilMade',
    at: condition('keepsRollout'),
    becomes: 'false',
  },
  {
    promise: 'an id that somebody has edited before KubeVela saw it is told',
    in: 'renamedTo',
    at: condition('publishedAs'),
    becomes: 'true',
  },
  {
    promise: 'an id that was edited comes to the workload with another publishVersion',
    in: 'versionFor',
    at: operand('idOf'),
    becomes: 'false',
  },
  {
    promise: 'the Rollout says whose it is',
    in: 'labelled',
    at: leadsTo('next'),
    becomes: 'true',
  },
];
