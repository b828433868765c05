import { parseDuration } from '../config/time.ts';
import { inputError } from '../release/error.ts';
import { readKubeconfigPath } from './kubeconfig-path.ts';

/**
 * Every option, once: the command line, the Action's inputs, `action.yml` and the table in docs/commands.md are made from it.
 * `value` takes one, `list` may be given again (a line each in the Action), `flag` is true or false.
 */
export const options = {
  config: { takes: 'value', default: 'stepgate.yaml', what: 'path of the config in the repository' },
  'policy-ref': {
    takes: 'value',
    default: '',
    what: "ref that the policy is read from; default the remote's default branch",
  },
  delivery: { takes: 'list', default: '', what: 'delivery to work on; all of them where that is safe' },
  at: { takes: 'value', default: 'HEAD', what: 'ref of the commit to release' },
  kubeconfig: {
    takes: 'value',
    default: '',
    what: 'path of the kubeconfig; default KUBECONFIG, ~/.kube/config, or the pod’s own account',
  },
  context: {
    takes: 'value',
    default: '',
    what: "context of the kubeconfig; default the delivery's cluster, or the current one",
  },
  timeout: { takes: 'value', default: '30m', what: 'how long to follow the release; after that TIMEOUT' },
  until: {
    takes: 'value',
    default: 'wait',
    what: 'wait: stop at the first wait; done: pass open gates, to the end of the release',
  },
  'take-over': {
    takes: 'list',
    default: '',
    what: 'field manager whose fields stepgate may take over, to adopt a workload',
  },
  live: { takes: 'value', default: '', what: 'ref of the commit that is live, where stepgate did not release it' },
  release: {
    takes: 'value',
    default: '',
    what: 'id of the release that is meant, or live; refused when another release is there; in a workflow, promote requires it',
  },
  namespace: {
    takes: 'value',
    default: '',
    what: 'namespace of the Rollout, where no policy can be read and Rollouts may not be listed in every namespace',
  },
  step: {
    takes: 'value',
    default: '',
    what: 'number or name of the step to approve, start or end; refused when the release is at another step',
  },
  to: { takes: 'value', default: '', what: 'promote: step to jump to; rollback: id of the release to go back to' },
  method: { takes: 'value', default: 'status', what: 'how an approval is written: status or plan' },
  force: {
    takes: 'flag',
    default: 'false',
    what: 'skip readiness and every gate but approvals, never a hold; the record says so',
  },
  reason: { takes: 'value', default: '', what: 'why, for the record and the revert commit' },
  undo: { takes: 'flag', default: 'false', what: 'lift a mistaken rollback: Git names the version again' },
  also: { takes: 'flag', default: 'false', what: 'push the revert even if it changes other deliveries' },
  'dry-run': { takes: 'flag', default: 'false', what: 'show what would be done, write nothing' },
  offline: { takes: 'flag', default: 'false', what: 'use the source alone, without a cluster' },
  watch: { takes: 'flag', default: 'false', what: 'keep following and print every change' },
  with: {
    takes: 'value',
    default: '',
    what: 'what goes wrong: broken-pods, late-schedule, node-shortage, or node-shortage:30m for one that passes',
  },
  start: { takes: 'value', default: '', what: 'when the release is asked for, such as 2026-11-27T15:50Z; default now' },
  every: { takes: 'value', default: '10m', what: 'time between two runs of tick, as in the schedule of the workflow' },
  'answer-after': { takes: 'value', default: '0s', what: 'how long a person takes to approve once asked' },
  'ready-after': { takes: 'value', default: '10s', what: 'how long a pod takes to get ready once it is scheduled' },
  picture: { takes: 'value', default: '', what: 'print only the picture: svg or mermaid' },
  who: { takes: 'value', default: '', what: 'name for the record; default the GitHub actor, or the user' },
  output: { takes: 'value', default: 'text', what: 'text, json or markdown' },
  json: { takes: 'flag', default: 'false', what: 'short for --output json' },
  'detailed-exit-code': { takes: 'flag', default: 'false', what: 'exit 10 for waiting, 11 for rolled back or held' },
} as const satisfies Record<string, { takes: 'value' | 'list' | 'flag'; default: string; what: string }>;

export type OptionName = keyof typeof options;
export const optionNames = Object.keys(options) as readonly OptionName[];

/** Those that every command takes. */
export const common: readonly OptionName[] = [
  'config',
  'policy-ref',
  'delivery',
  'who',
  'output',
  'json',
  'detailed-exit-code',
];
export const clustered: readonly OptionName[] = ['kubeconfig', 'context'];

/** What was given, as strings; the typed reading is below. */
export type Given = Readonly<Partial<Record<OptionName, readonly string[]>>>;

/** The typed input of one command. Absent values have their default; an empty string means not given. */
export interface Input {
  readonly config: string;
  readonly policyRef: string | null;
  readonly deliveries: readonly string[];
  readonly at: string;
  readonly kubeconfig: string | null;
  readonly context: string | null;
  readonly timeoutSeconds: number;
  readonly until: 'wait' | 'done';
  readonly takeOver: readonly string[];
  readonly live: string | null;
  readonly release: string | null;
  readonly namespace: string | null;
  readonly step: string | null;
  readonly to: string | null;
  readonly method: 'status' | 'plan';
  readonly force: boolean;
  readonly reason: string;
  readonly undo: boolean;
  readonly also: boolean;
  readonly dryRun: boolean;
  readonly offline: boolean;
  readonly watch: boolean;
  readonly with: string | null;
  readonly start: Date | null;
  readonly everySeconds: number;
  readonly answerAfterSeconds: number;
  readonly readyAfterSeconds: number;
  readonly picture: 'svg' | 'mermaid' | null;
  readonly who: string | null;
  readonly output: 'text' | 'json' | 'markdown';
  readonly detailedExitCode: boolean;
}

/** Reads what was given. Throws USAGE with what was found and what would do. */
export function readInput(given: Given): Input {
  const text = (name: OptionName) => given[name]?.at(-1) ?? options[name].default;
  const orNull = (name: OptionName) => (text(name) === '' ? null : text(name));
  const flag = (name: OptionName) => readFlag(name, text(name));
  const list = (name: OptionName) =>
    (given[name] ?? []).flatMap((one) => one.split('\n').map((line) => line.trim())).filter((one) => one !== '');
  return {
    config: text('config'),
    policyRef: orNull('policy-ref'),
    deliveries: list('delivery'),
    at: text('at'),
    kubeconfig: readKubeconfigPath(orNull('kubeconfig')),
    context: orNull('context'),
    timeoutSeconds: readDuration('timeout', text('timeout')),
    until: oneOf('until', text('until'), ['wait', 'done']),
    takeOver: list('take-over'),
    live: orNull('live'),
    release: orNull('release'),
    namespace: orNull('namespace'),
    step: orNull('step'),
    to: orNull('to'),
    method: oneOf('method', text('method'), ['status', 'plan']),
    force: flag('force'),
    reason: text('reason'),
    undo: flag('undo'),
    also: flag('also'),
    dryRun: flag('dry-run'),
    offline: flag('offline'),
    watch: flag('watch'),
    with: orNull('with'),
    start: readMoment('start', orNull('start')),
    everySeconds: atLeast('every', readDuration('every', text('every')), 60),
    answerAfterSeconds: readDuration('answer-after', text('answer-after')),
    readyAfterSeconds: readDuration('ready-after', text('ready-after')),
    picture: orNull('picture') === null ? null : oneOf('picture', text('picture'), ['svg', 'mermaid']),
    who: orNull('who'),
    output: flag('json') ? 'json' : oneOf('output', text('output'), ['text', 'json', 'markdown']),
    detailedExitCode: flag('detailed-exit-code'),
  };
}

function readFlag(name: string, text: string): boolean {
  if (['true', 'True', 'TRUE'].includes(text)) return true;
  if (['false', 'False', 'FALSE', ''].includes(text)) return false;
  throw inputError('USAGE', `${name} is '${text}'`, { hint: 'write true or false' });
}

function oneOf<const T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text);
  if (found !== undefined) return found;
  throw inputError('USAGE', `${name} is '${text}'`, { hint: `write ${allowed.join(' or ')}` });
}

function readDuration(name: string, text: string): number {
  const parsed = parseDuration(text);
  if ('value' in parsed) return parsed.value;
  throw inputError('USAGE', `${name} is '${text}': ${parsed.wrong}`, { hint: parsed.hint });
}

function atLeast(name: string, seconds: number, least: number): number {
  if (seconds >= least) return seconds;
  throw inputError('USAGE', `${name} is ${seconds} s`, { hint: `write ${least} s or more` });
}

/** A moment with its zone; whole seconds, as the engine's clock has them. */
function readMoment(name: string, text: string | null): Date | null {
  if (text === null) return null;
  const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const moment = new Date(text);
  // JavaScript takes February the 30th for a day in March.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  const real = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
  if (iso && real && !Number.isNaN(moment.getTime())) return moment;
  throw inputError('USAGE', `${name} is '${text}'`, {
    hint: 'write a date, a time and a zone, such as 2026-11-27T15:50Z or 2026-11-27T16:50+01:00',
  });
}
