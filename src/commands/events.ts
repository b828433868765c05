import { refusal, type StepgateError } from '../release/error.ts';
import { type CommandName, commands } from './index.ts';

/** Events that run with what a pull request says: nothing is written for them. */
const readOnlyEvents = [
  'pull_request',
  'pull_request_target',
  'pull_request_review',
  'pull_request_review_comment',
  'merge_group',
];

/** What speaks against a command on an event of GitHub; null where nothing does. */
export function refusedOn(event: string, name: CommandName): StepgateError | null {
  if (!commands[name].writes || !readOnlyEvents.includes(event)) return null;
  return refusal(
    'EVENT_REFUSED',
    `${name} writes, and ${event} runs for what is not merged yet`,
    'run it on push, workflow_dispatch or schedule; status and plan may run here',
  );
}
