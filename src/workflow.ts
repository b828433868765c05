import { readFileSync, statSync } from 'node:fs';
import { refusedOn } from './commands/events.ts';
import type { CommandName } from './commands/index.ts';
import { inputError, type StepgateError } from './release/error.ts';

/** What both entries hold to in a workflow's run: a command line in a `run:` step has the rules of the Action. */

type Env = Readonly<Record<string, string | undefined>>;

/** GitHub's payloads end at 25 MB. */
const LARGEST_PAYLOAD = 32 * 1024 * 1024;

/** Whether this process is part of a workflow's run. GitHub's runner sets GITHUB_ACTIONS for each of its processes. */
export function inWorkflow(env: Env): boolean {
  return !['', 'false'].includes((env['GITHUB_ACTIONS'] ?? '').trim().toLowerCase());
}

/** What speaks against a command in the run of this environment; null where nothing does. */
export function refusedHere(name: CommandName, env: Env): StepgateError | null {
  const event = env['GITHUB_EVENT_NAME'];
  // GitHub's runner sets it in every run: where it is not there at all, this is none, whatever else is set.
  if (event === undefined) return null;
  const payload = event === 'workflow_run' ? readPayload(env['GITHUB_EVENT_PATH'] ?? '') : null;
  return refusedOn({ event, repository: env['GITHUB_REPOSITORY'] ?? '', payload }, name);
}

/** The event's payload, parsed; null where there is none, and for what is no JSON. */
function readPayload(file: string): unknown {
  try {
    const found = statSync(file);
    // A FIFO would hang.
    if (!found.isFile() || found.size > LARGEST_PAYLOAD) return null;
    const payload: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return payload;
  } catch {
    // Whatever is wrong with it, the run may then only read, and is told that its payload says nothing.
    return null;
  }
}

/** The refusal of `who` in a workflow's run, where anybody who may start it could write any name. */
export function whoRefused(): StepgateError {
  return inputError('USAGE', 'who is not taken in a workflow: the person is whoever GitHub says started the run', {
    hint: 'leave it out; to approve with another account, start the run with that account',
  });
}
