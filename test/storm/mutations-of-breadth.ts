import { condition, operand, value } from '../guards/anchor.ts';
import type { Guard } from '../guards/locate.ts';

/** Guards of other kinds of workloads, gates, routes and settings than the plainest. */
export const mutationsOfBreadth: readonly Guard[] = [
  {
    promise: 'no step is left while containers restart',
    in: 'runningOf',
    at: value('since'),
    becomes: 'new Date(0)',
  },
  {
    promise: 'a release comes after the environment before',
    in: 'judge',
    at: condition('found', 'has'),
    becomes: 'found !== undefined',
  },
  {
    promise: 'no other version reaches the pods of a later step',
    in: 'keepsToFirstStep',
    at: operand('staysShut'),
    becomes: 'true',
  },
  {
    promise: 'a rollback ends a step that the engine would time',
    in: 'decideRollback',
    at: operand('timed'),
    becomes: 'true',
  },
];
