import type { Actor } from '../release/actor.ts';
import { refusal, type StepgateError } from '../release/error.ts';
import { atLeast, type Right } from '../release/forge.ts';
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

/**
 * Events that anybody may cause who can see the repository: the account of their run is no sign of any right. What such a run
 * does, it does for what it finds at the forge and in the cluster, never for that account.
 */
const anybodysEvents: readonly string[] = ['issue_comment'];
const forNobody: readonly CommandName[] = ['tick', 'answer'];

/** Commands that take a person: everything that lets a release go on. Bots and schedules may stop and take back. */
const personal: readonly CommandName[] = ['promote', 'resume', 'thaw', 'adopt', 'retire'];

/** Who asks for an act, as the forge knows them. */
export interface Asker {
  readonly is: Actor['is'];
  readonly right: Right;
}

/**
 * Why a command may not run in a workflow's run; null when it may. `asker`: who asks for it where that is not the account of the
 * run, such as the author of a comment; null for the run itself, whose account is judged where the act is made.
 */
export function refusedOn(trigger: Trigger, name: CommandName, asker: Asker | null = null): StepgateError | null {
  if (!commands[name].writes) return null;
  const wrong = whyReadOnly(trigger) ?? whyNotAfterRun(trigger, name) ?? whyNotFor(trigger, name, asker);
  if (wrong !== null) {
    return refusal(
      'EVENT_REFUSED',
      `${name} writes, and ${wrong}`,
      `run it on ${eventsFor(name).join(', ')}${afterRuns(name) ? ', or workflow_run after a run of the default branch' : ''}; status and plan may run on any event`,
    );
  }
  if (asker === null) return null;
  if (!atLeast(asker.right, 'write'))
    return refusal('PERSON_REFUSED', `who asks for ${name} may not write in the repository`);
  if (asker.is !== 'person' && personal.includes(name))
    return refusal('PERSON_REFUSED', `who asks for ${name} is no person, and only a person lets a release go on`);
  return null;
}

/** The events on which the run itself may do this. */
function eventsFor(name: CommandName): readonly string[] {
  return writingEvents.filter((event) => forNobody.includes(name) || !anybodysEvents.includes(event));
}

/** Whether a command that writes may run after another run of the default branch. */
function afterRuns(name: CommandName): boolean {
  // What comments ask for is done in the run that a comment, a person or the clock started: one event less to trust.
  return name !== 'answer';
}

function whyNotAfterRun({ event }: Trigger, name: CommandName): string | null {
  return event === 'workflow_run' && !afterRuns(name) ? 'a run that follows another run answers no comments' : null;
}

/** Why the account of a run is nobody who may ask for this. */
function whyNotFor({ event, payload }: Trigger, name: CommandName, asker: Asker | null): string | null {
  const cause = event === 'workflow_run' ? (stringAt(payload, 'workflow_run', 'event') ?? '') : event;
  if (asker !== null || forNobody.includes(name) || !anybodysEvents.includes(cause)) return null;
  return `anybody may start a run by ${shown(cause)}: stepgate answer does what comments ask for, after it has checked who wrote them`;
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
