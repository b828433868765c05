import { revertWays } from '../release/delivery.ts';
import { dutyNames } from '../release/right.ts';
import { bounds, dutiesIn, subjects } from './identities.ts';
import {
  kubeconfigPath,
  lines,
  moment,
  oneOf,
  orNull,
  positive,
  type Reader,
  seconds,
  secondsFrom,
  someText,
  text,
  trueOrFalse,
  when,
} from './option-readers.ts';

/**
 * Every option, once: the command line, the Action's inputs, `action.yml`, the table in docs/commands.md and the type of each
 * command's input are made from it.
 */
export const options = {
  config: value('path of the config in the repository', someText, 'stepgate.yaml'),
  'policy-ref': value("ref that the policy is read from; default the remote's default branch", orNull(text)),
  delivery: list('delivery to work on; all of them where that is safe'),
  at: value('ref of the commit to release', someText, 'HEAD'),
  kubeconfig: value(
    'path of the kubeconfig; default KUBECONFIG, ~/.kube/config, or the pod’s own account',
    orNull(kubeconfigPath),
  ),
  'github-token': inputOnly(
    value(
      'token for the API of GitHub; without it nothing is read or written there. On the command line it is GITHUB_TOKEN of the environment',
      orNull(text),
    ),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of a workflow
    '${{ github.token }}',
  ),
  path: inputOnly(
    value('folder of the checkout in the workspace, as the path of actions/checkout; default the workspace', text),
    '',
  ),
  context: value("context of the kubeconfig; default the delivery's cluster, or the current one", orNull(text)),
  timeout: value('how long the run may wait for releases, one after another; after that TIMEOUT', seconds, '30m'),
  until: value(
    'wait: stop at the first wait; done: pass open gates, to the end of the release',
    oneOf('wait', 'done'),
    'wait',
  ),
  'take-over': list('field manager whose fields stepgate may take over, to adopt a workload'),
  live: value('ref of the commit that is live, where stepgate did not release it', orNull(text)),
  release: value(
    'id of the release that is meant, or live; refused when another release is there; in a workflow, promote requires it',
    orNull(text),
  ),
  namespace: value(
    'namespace of the Rollout, where no policy says it and Rollouts may not be listed in every namespace, or where the policy has moved the delivery to another one; init, import: of manifests that name none',
    orNull(text),
  ),
  owner: value('adopt: name of the delivery whose mark is there now', orNull(text)),
  step: value(
    'promote: number or name of the step to approve, start or end; refused when the release is at another step; gate try: the place of the gate',
    orNull(text),
  ),
  to: value('promote: step to jump to; rollback: id of the release to go back to', orNull(text)),
  method: value('how an approval is written: status or plan', oneOf('status', 'plan'), 'status'),
  force: flag(
    'skip readiness, soak, noRestarts, schedule, metric and http of the step, and nothing else; the record says so; init: write over the file that is there',
  ),
  'pull-request': value(
    'number of the pull request whose comments are answered; default that of the comment that started the run',
    orNull(positive),
  ),
  reason: value('why, for the record, and for the commit of a revert or a freeze', text),
  deploy: flag('tick: also release what the policy branch wants and nobody has released'),
  urgent: flag(
    'let the start pass its schedules and freezes, and nothing else; takes the right to approve the start, and a reason',
  ),
  undo: flag('lift a mistaken rollback: Git names the version again'),
  git: value(
    'how the revert reaches Git: auto, commit or pull-request; default as the policy says',
    orNull(oneOf(...revertWays)),
  ),
  also: flag('push the revert, or the new image, even if it changes other deliveries'),
  past: flag('rollback: also past a commit with the trailer Stepgate-No-Rollback-Past'),
  'dry-run': flag('show what would be done, write nothing'),
  fix: flag('make the fixes that doctor lists: each is safe, and named'),
  offline: flag('use the source alone, without a cluster'),
  watch: flag('keep following: on a terminal in one picture, else print every change'),
  logs: flag('fetch the last log lines and events of new pods that are not ready or have restarted'),
  with: value(
    'what goes wrong: broken-pods, late-schedule, node-shortage (node-shortage:30m for one that passes), or bad-metric (bad-metric:STEP)',
    orNull(text),
  ),
  start: value(
    'rehearse: when the release is asked for; freeze: when it begins; such as 2026-11-27T15:50Z; default now',
    orNull(moment),
  ),
  end: value(
    'when the freeze ends by itself: a duration, such as 60h, or such as 2026-11-30T06:00Z; default when it is lifted',
    orNull(when),
  ),
  environment: list('environment to freeze, * is any text; all of them by default'),
  name: list('name of the freeze; freeze makes one by default'),
  every: value('time between two runs of tick, as in the schedule of the workflow', secondsFrom(60), '10m'),
  'answer-after': value('how long a person takes to approve once asked', seconds, '0s'),
  'ready-after': value('how long a pod takes to get ready once it is scheduled', seconds, '10s'),
  picture: value('print only the picture: svg or mermaid', orNull(oneOf('svg', 'mermaid'))),
  gate: value('name of the gate', text),
  image: list(
    'image to write into the source: DELIVERY=IMAGE@sha256:..., or DELIVERY/CONTAINER=IMAGE@sha256:... for the container of that name',
  ),
  rollout: list('Rollout to import; the only one by default'),
  from: list(
    'file or pattern with manifests of Rollouts, or folder of a kustomization, at HEAD; the cluster by default',
  ),
  identity: listOf(
    'identity that gets the roles: system:serviceaccount:NAMESPACE:NAME, group:NAME, or the name of a user; DUTY,DUTY=IDENTITY for these duties alone',
    bounds,
  ),
  duty: listOf(`duty whose roles are printed: ${dutyNames.join(', ')}; all by default`, dutiesIn),
  controller: listOf(
    'identity of a controller that writes the Rollout; by default the service accounts of the charts of Kruise Rollouts and KubeVela',
    subjects,
  ),
  who: value('name for the record; default the GitHub actor, or the user', orNull(text)),
  output: value(
    'text, json or markdown; status, plan and rehearse: html or svg too',
    oneOf('text', 'json', 'markdown', 'html', 'svg'),
    'text',
  ),
  json: flag('short for --output json'),
  'detailed-exit-code': flag('exit 10 for waiting, 11 for rolled back or held'),
} satisfies Record<string, Option<unknown>>;

export type OptionName = keyof typeof options;
/** The typed value of each option. Durations are in seconds. */
export type OptionValues = { readonly [O in OptionName]: ReturnType<(typeof options)[O]['read']> };

export const optionNames: readonly OptionName[] = Object.keys(options).filter((name) => isOption(name));

/** Options that say how a result is printed. The entries read them for every command. */
export const printing = ['output', 'json', 'detailed-exit-code'] as const;
/** Options that say which policy is read, and which of its deliveries are meant. */
export const selecting = ['config', 'policy-ref', 'delivery'] as const;
/** Those that every command takes that works on real deliveries. */
export const common = [...selecting, 'who', 'github-token', 'path', ...printing] as const;
/** Those that every command takes that connects to a cluster. */
export const clustered = ['kubeconfig', 'context'] as const;

/**
 * Whether an option is one of the command line. One with a credential is not, because arguments can be read by others; nor is the folder
 * of the checkout, which there is the current folder.
 */
export function isArgument(name: OptionName): boolean {
  const { inputDefault }: Option<unknown> = options[name];
  return inputDefault === undefined;
}

/** `value` takes one, `list` may be given again (a line each in the Action), `flag` is true or false. */
interface Option<T> {
  readonly takes: 'value' | 'list' | 'flag';
  /** As it would be written. Empty: not given. */
  readonly default: string;
  /** Makes it an input of the Action only: the default there, as a workflow writes it. */
  readonly inputDefault?: string;
  readonly what: string;
  /** The typed value of everything that was given. Throws USAGE with what was found and what would do. */
  read(given: readonly string[], name: string): T;
}

/** Of an option that is given several times, the last one counts. */
function value<T>(what: string, read: Reader<T>, standard = ''): Option<T> {
  return { takes: 'value', default: standard, what, read: (given, name) => read(given.at(-1) ?? standard, name) };
}

/** An input of the Action that is no option of the command line. */
function inputOnly<T>(option: Option<T>, inputDefault: string): Option<T> {
  return { ...option, inputDefault };
}

function flag(what: string): Option<boolean> {
  return { ...value(what, trueOrFalse, 'false'), takes: 'flag' };
}

function list(what: string): Option<readonly string[]> {
  return listOf(what, lines);
}

/** `read` throws USAGE with what would do. */
function listOf<T>(what: string, read: Option<readonly T[]>['read']): Option<readonly T[]> {
  return { takes: 'list', default: '', what, read };
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}
