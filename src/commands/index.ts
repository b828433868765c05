import type { ExitCode, Report } from '../release/report.ts';
import type { TextOptions } from '../views/lines.ts';
import { clustered, common, type OptionName, optionNames, printing, selecting } from './options.ts';

export type Result =
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'text'; readonly text: string }
  /** Drawn by the entry, which knows the terminal's width, colours and time zone. */
  | { readonly kind: 'drawn'; readonly exitCode: ExitCode; draw(options: TextOptions): string };

export interface Command {
  readonly what: string;
  readonly writes: boolean;
  /** `cli`: a command of the command line only, not of the Action. */
  readonly entries: 'both' | 'cli';
  readonly options: readonly OptionName[];
  /** The option that a word after the command gives, as in `gate try errors`; several words where it is a list. */
  readonly argument?: OptionName;
  /** Whether there is a picture of what it answers with: `--output html` and `svg`. */
  readonly pictures?: true;
}

/** Every command: the two entries, `action.yml` and docs/commands.md are made from this table. wire.ts loads what runs them. */
export const commands = {
  init: {
    what: 'write a first stepgate.yaml from the manifests of the repository, and say what was chosen and why',
    writes: false,
    entries: 'cli',
    options: ['config', ...printing, 'namespace', 'force', 'dry-run'],
  },
  doctor: {
    what: 'look at everything that a release needs, in Git, the cluster and at GitHub, and say what to do',
    writes: false,
    entries: 'cli',
    options: [...selecting, 'who', ...printing, ...clustered, 'fix'],
  },
  config: {
    what: 'print the resolved config',
    writes: false,
    entries: 'both',
    options: common,
  },
  import: {
    what: 'print a stepgate.yaml for a Rollout that is there already, and name what it does not say',
    writes: false,
    entries: 'cli',
    options: ['config', ...printing, ...clustered, 'namespace', 'rollout', 'from'],
  },
  render: {
    what: 'print the Rollout and the lean workload as YAML',
    writes: false,
    entries: 'both',
    options: [...common, 'at'],
  },
  permissions: {
    what: 'print the roles that each duty takes in the cluster, and what lets nobody else move a release, as YAML for kubectl apply',
    writes: false,
    entries: 'cli',
    options: [...selecting, ...printing, 'context', 'at', 'identity', 'duty', 'controller'],
  },
  plan: {
    what: 'show what a deploy would change, the problems it would hit, and a forecast of its steps',
    writes: false,
    entries: 'both',
    options: [...common, ...clustered, 'at', 'live', 'take-over', 'offline'],
    pictures: true,
  },
  deploy: {
    what: 'write what the commit wants and follow it to its first wait',
    writes: true,
    entries: 'both',
    options: [...common, ...clustered, 'at', 'until', 'timeout', 'take-over', 'live', 'urgent', 'reason'],
  },
  status: {
    what: 'show where every delivery stands and why',
    writes: false,
    entries: 'both',
    options: [...common, ...clustered, 'watch', 'logs'],
    pictures: true,
  },
  promote: {
    what: 'approve the step that waits',
    writes: true,
    entries: 'both',
    options: [...common, ...clustered, 'release', 'step', 'to', 'method', 'force', 'timeout'],
  },
  tick: {
    what: 'do what is due: start, advance, finish or roll back',
    writes: true,
    entries: 'both',
    options: [...common, ...clustered, 'deploy', 'until', 'method', 'timeout'],
  },
  rollback: {
    what: 'roll the release back, in the cluster and in Git, and hold it',
    writes: true,
    entries: 'both',
    options: [
      ...common,
      ...clustered,
      'release',
      'to',
      'undo',
      'reason',
      'git',
      'also',
      'past',
      'namespace',
      'dry-run',
      'timeout',
    ],
  },
  hold: {
    what: 'stop a delivery, or one version: nothing starts or advances until resume',
    writes: true,
    entries: 'both',
    options: [...common, ...clustered, 'release', 'reason', 'namespace'],
  },
  resume: {
    what: 'lift the holds of a delivery, or of one version',
    writes: true,
    entries: 'both',
    options: [...common, ...clustered, 'release', 'namespace'],
  },
  adopt: {
    what: 'take over what another delivery has, after that delivery was renamed or gave it up',
    writes: true,
    entries: 'both',
    options: [...common, ...clustered, 'owner', 'at'],
  },
  retire: {
    what: 'give up a delivery that the policy no longer has: its workload stays, its Rollout is deleted',
    writes: true,
    entries: 'both',
    options: [...common, ...clustered, 'reason', 'namespace'],
  },
  answer: {
    what: 'do what comments on a pull request ask for, each once, and answer them',
    writes: true,
    entries: 'both',
    options: [...common, ...clustered, 'pull-request', 'method', 'timeout'],
  },
  freeze: {
    what: 'stop every start and every step of deliveries for some time, by a file on the policy branch; rollbacks pass',
    writes: true,
    entries: 'both',
    options: [...common, 'environment', 'name', 'reason', 'start', 'end'],
  },
  thaw: {
    what: 'lift a freeze: remove its file from the policy branch',
    writes: true,
    entries: 'both',
    options: [...common, 'name'],
  },
  'set-image': {
    what: 'write a new image into the source, as a commit on the policy branch',
    writes: true,
    entries: 'both',
    options: ['config', 'policy-ref', 'image', 'also', 'dry-run', 'reason', 'who', 'github-token', 'path', ...printing],
    argument: 'image',
  },
  'gate try': {
    what: 'judge one gate of a delivery now, and show what was measured',
    writes: false,
    entries: 'both',
    options: [...common, ...clustered, 'gate', 'step'],
    argument: 'gate',
  },
  rehearse: {
    what: 'play a release on a virtual clock, without a cluster, and show its timeline',
    writes: false,
    entries: 'cli',
    // Without `who`: the people of a rehearsal are made up.
    options: [...selecting, ...printing, 'at', 'with', 'start', 'every', 'answer-after', 'ready-after', 'picture'],
    pictures: true,
  },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof commands;

/** The commands of the Action. */
export const actionCommands: readonly CommandName[] = Object.entries<Command>(commands).flatMap(
  ([name, { entries }]) => (isCommand(name) && entries === 'both' ? [name] : []),
);

/** The inputs of the Action: the options of its commands, except `who`. There the person is the account that started the run. */
export const actionOptions: readonly OptionName[] = optionNames.filter(
  (option) => option !== 'who' && actionCommands.some((name) => takes(name, option)),
);

/** Whether a command takes an option. */
export function takes(name: CommandName, option: OptionName): boolean {
  const taken: readonly OptionName[] = commands[name].options;
  return taken.includes(option);
}

/** Plays in a repository and a cluster of its own, so it takes no option and has no Run. */
const demo = {
  what: 'play three releases, the last one rolled back, in a temporary repository and cluster',
  writes: false,
  entries: 'cli',
  options: [],
} as const satisfies Command;

/** Every command of the command line, for `help` and docs/commands.md. */
export const listed: ReadonlyMap<string, Command> = new Map(Object.entries({ ...commands, demo }));

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}
