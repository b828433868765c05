import { refusal, type StepgateError } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import { type CommandName, commands } from './index.ts';

/** What started a workflow's run, as its environment says. */
export interface Trigger {
  /** GITHUB_EVENT_NAME, as it is spelled there; empty where it is missing. */
  readonly event: string;
  /** GITHUB_REPOSITORY. */
  readonly repository: string;
  /** The parsed payload of the event; null when there is none that can be read. Anything may be in it. */
  readonly payload: unknown;
}

/**
 * Events whose runs may write: GitHub takes the text of their workflow from a branch of the repository itself, and not
 * from a pull request. A run of any other event only reads. That includes events that GitHub adds later.
 */
const writingEvents: readonly string[] = [
  'push',
  'schedule',
  'workflow_dispatch',
  'repository_dispatch',
  'issue_comment',
];

/** Why a command may not run in a workflow's run; null when it may. */
export function refusedOn(trigger: Trigger, name: CommandName): StepgateError | null {
  if (!commands[name].writes) return null;
  const wrong = whyReadOnly(trigger) ?? whyNotAfterRun(trigger, name);
  if (wrong === null) return null;
  return refusal(
    'EVENT_REFUSED',
    `${name} writes, and ${wrong}`,
    `run it on ${writingEvents.join(', ')}${afterRuns(name) ? ', or workflow_run after a run of the default branch' : ''}; status and plan may run on any event`,
  );
}

/** Whether a command that writes may run after another run of the default branch. */
function afterRuns(name: CommandName): boolean {
  // What comments ask for is done in the run that a comment, a person or the clock started: one event less to trust.
  return name !== 'answer';
}

function whyNotAfterRun({ event }: Trigger, name: CommandName): string | null {
  return event === 'workflow_run' && !afterRuns(name) ? 'a run that follows another run answers no comments' : null;
}

/** Why a run may only read; null when it may write. */
function whyReadOnly({ event, repository, payload }: Trigger): string | null {
  if (writingEvents.includes(event)) return null;
  if (event === '') return 'nothing says which event started this run (GITHUB_EVENT_NAME)';
  if (event === 'workflow_run') return whyForeign(repository, payload);
  return `a run that ${shown(event)} started only reads`;
}

/**
 * Why the run that this workflow_run follows is not one of this repository's default branch; null when it is. A run that
 * another workflow_run started is refused too: its payload does not say what started the first one, which may be a pull
 * request.
 */
function whyForeign(repository: string, payload: unknown): string | null {
  const of = (...path: readonly string[]) => stringAt(payload, ...path);
  const own = of('repository', 'full_name');
  const head = of('workflow_run', 'head_repository', 'full_name');
  const main = of('repository', 'default_branch');
  const branch = of('workflow_run', 'head_branch');
  const cause = of('workflow_run', 'event');
  const before = 'the run that this workflow_run follows';
  if (!own || !head || !main || !branch || !cause) {
    return 'the payload of this workflow_run (GITHUB_EVENT_PATH) does not say which run it follows';
  }
  if (own !== repository) return `the payload of this workflow_run is of ${shown(own)}, not of ${shown(repository)}`;
  if (head !== own) return `${before} is of ${shown(head)}, not of ${shown(own)}`;
  if (branch !== main) return `${before} is of the branch ${shown(branch)}, not of ${shown(main)}`;
  if (!writingEvents.includes(cause)) return `${before} was started by ${shown(cause)}`;
  return null;
}

function shown(text: string): string {
  return `'${text.length > 100 ? `${text.slice(0, 100)}...` : text}'`;
}
