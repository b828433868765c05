import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { refusedOn } from './commands/events.ts';
import type { CommandName } from './commands/index.ts';
import { inputError, type StepgateError } from './release/error.ts';
import { numberAt, stringAt } from './release/json.ts';

/** The rules of a workflow's run, for both entries: a command line in a `run:` step follows the rules of the Action. */

type Env = Readonly<Record<string, string | undefined>>;

/** GitHub's limit for a payload is 25 MB. */
const LARGEST_PAYLOAD = 32 * 1024 * 1024;

/** Whether this process is part of a workflow's run. GitHub's runner sets GITHUB_ACTIONS for each of its processes. */
export function inWorkflow(env: Env): boolean {
  return !['', 'false'].includes((env['GITHUB_ACTIONS'] ?? '').trim().toLowerCase());
}

/** Whether others may read what is printed: the log of a workflow or another CI, also of one that gives its programs a terminal. */
export function isPublished(env: Env): boolean {
  return inWorkflow(env) || !['', 'false', '0'].includes((env['CI'] ?? '').trim().toLowerCase());
}

/** The refusal of a command in this environment; null when it may run. */
export function refusedHere(name: CommandName, env: Env): StepgateError | null {
  const event = env['GITHUB_EVENT_NAME'];
  // GitHub's runner sets it in every run. Without it, this is not a run of a workflow.
  if (event === undefined) return null;
  const payload = event === 'workflow_run' ? readPayload(env['GITHUB_EVENT_PATH'] ?? '') : null;
  return refusedOn({ event, repository: env['GITHUB_REPOSITORY'] ?? '', payload }, name);
}

/** The pull request whose event started this run, and its newest commit then; null for any other event. */
export function pullRequestHere(env: Env): { readonly number: number; readonly head: string } | null {
  if (!(env['GITHUB_EVENT_NAME'] ?? '').startsWith('pull_request')) return null;
  const payload = readPayload(env['GITHUB_EVENT_PATH'] ?? '');
  const number = numberAt(payload, 'pull_request', 'number');
  const head = stringAt(payload, 'pull_request', 'head', 'sha');
  return number === null || head === null || !Number.isSafeInteger(number) || number < 1 ? null : { number, head };
}

/** The page of this run; null when this is no run of a workflow. */
export function pageHere(env: Env): string | null {
  const [repository, id] = [env['GITHUB_REPOSITORY'] ?? '', env['GITHUB_RUN_ID'] ?? ''];
  if (repository === '' || id === '') return null;
  return `${env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${repository}/actions/runs/${id}`;
}

/**
 * The folder of the checkout, by its path in the workspace. A folder that is missing is returned too: some commands work without one.
 * Throws USAGE for a folder outside of the workspace, also behind a symbolic link, which anybody may commit.
 */
export function checkoutIn(workspace: string, given: string): string {
  const folder = path.resolve(workspace, given);
  if (isInside(workspace, folder) && isInside(realFolder(workspace), realFolder(folder))) return folder;
  throw inputError('USAGE', `path is '${given}', which is outside of the workspace ${workspace}`, {
    hint: 'write the folder that actions/checkout was given as path',
  });
}

function isInside(top: string, folder: string): boolean {
  const way = path.relative(top, folder);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

/** A folder with its symbolic links resolved, up to the part of it that is there. */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    const above = path.dirname(folder);
    return above === folder ? folder : path.join(realFolder(above), path.basename(folder));
  }
}

/** The parsed payload of the event; null when there is none, or when it is not JSON. */
function readPayload(file: string): unknown {
  try {
    const found = statSync(file);
    // Reading a FIFO would hang.
    if (!found.isFile() || found.size > LARGEST_PAYLOAD) return null;
    const payload: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return payload;
  } catch {
    // Without a payload the run may only read; the refusal says that the payload is missing.
    return null;
  }
}

/** The refusal of `who` in a workflow's run, because anybody who may start the run could give any name. */
export function whoRefused(): StepgateError {
  return inputError('USAGE', 'who is not allowed in a workflow: the person is the account that started the run', {
    hint: 'remove who; to approve with another account, start the run with that account',
  });
}
