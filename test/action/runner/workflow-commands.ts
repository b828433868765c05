import { type Level, placeIn } from './annotations.ts';
import { type Command, commandIn, commandNames } from './command.ts';
import { addPath, type Effects, isBlockedVariable, setCaseless } from './effects.ts';
import type { Masks } from './masks.ts';
import type { StepLog } from './step-log.ts';

/** The output of a step's process, both streams: each line is carried out or logged (Runner.Worker/ActionCommandManager). */
export interface CommandReader {
  read(line: string): void;
  /** Every command that was carried out, or tried. */
  readonly commands: readonly Command[];
  /** A command could not be carried out: the step fails, whatever its exit code. */
  readonly failed: boolean;
  /** What a command asked for that this runner has no model of; null if nothing. */
  readonly unknown: string | null;
}

interface Around {
  readonly log: StepLog;
  readonly masks: Masks;
  readonly effects: Effects;
  readonly workspace: string;
  /** Whether commands are echoed from the start: with step debugging. */
  readonly echo: boolean;
  /** The environment the workflow gives the step: `ACTIONS_ALLOW_UNSECURE_COMMANDS` is looked for. */
  readonly env: Readonly<Record<string, string>>;
}

/** These speak for themselves, or must not be repeated. */
const neverEchoed: ReadonlySet<string> = new Set(['add-mask', 'debug', 'error', 'notice', 'warning']);

export function createCommandReader(around: Around): CommandReader {
  const { log, masks, effects } = around;
  const commands: Command[] = [];
  let { echo } = around;
  let stopped: string | null = null;
  let failed = false;
  let broken = false;
  let unknown: string | null = null;

  const annotate = (level: Level) => (command: Command) =>
    log.annotate(level, command.data, { by: 'action', place: placeIn(command.properties, around.workspace) });
  const notModelled = ({ name }: Command) => {
    unknown ??= `${name}: problem matchers`;
  };
  const named = ({ name, properties }: Command) => {
    if (properties['name'] === undefined) throw new Error(`Required field 'name' is missing in ##[${name}] command.`);
    return properties['name'];
  };
  const deprecated = ({ name }: Command) => log.annotate('warning', `The \`${name}\` command is deprecated.`);
  const allowed = ({ name }: Command) => {
    if (around.env['ACTIONS_ALLOW_UNSECURE_COMMANDS']?.toLowerCase() === 'true') return;
    throw new Error(`The \`${name}\` command is disabled.`);
  };

  const carryOut: Readonly<Record<string, (command: Command, line: string) => void>> = {
    'add-mask'({ data }) {
      if (data.trim() === '') return log.annotate('warning', 'add-mask was given nothing to mask');
      if (echo) log.write('::add-mask::***');
      masks.add(data);
    },
    'add-matcher': notModelled,
    'remove-matcher': notModelled,
    'add-path'(command) {
      allowed(command);
      if (command.data === '') throw new Error('add-path was given no path');
      addPath(effects.path, command.data);
    },
    'set-env'(command) {
      allowed(command);
      const name = named(command);
      if (isBlockedVariable(name)) return log.annotate('error', `Can't update ${name} using ::set-env:: command.`);
      effects.env.set(name, command.data);
    },
    'set-output'(command) {
      deprecated(command);
      setCaseless(effects.outputs, named(command), command.data);
    },
    'save-state'(command) {
      deprecated(command);
      setCaseless(effects.state, named(command), command.data);
    },
    debug: ({ data }) => log.debug(data),
    echo({ data }) {
      const word = data.trim().toLowerCase();
      if (word !== 'on' && word !== 'off') throw new Error(`Invalid echo command value: '${data}'.`);
      echo = word === 'on';
    },
    // Groups are lines with a mark; nothing counts or closes them.
    group: ({ data }) => log.write(`##[group]${data}`),
    endgroup: () => log.write('##[endgroup]'),
    error: annotate('error'),
    warning: annotate('warning'),
    notice: annotate('notice'),
    'stop-commands'({ data }, line) {
      const token = data.toLowerCase();
      if (token === '' || token === 'pause-logging' || commandNames.has(token)) {
        // The runner stops reading the step's output at that, and the step fails.
        broken = true;
        throw new Error(`'${data}' cannot end a stop of commands`);
      }
      stopped = token;
      if (data.length > 6) masks.add(data);
      log.write(line);
    },
  };

  const print = (line: string) => log.write(line.replace(/##\[(?=(?:start|end)-action)/gu, '##[\\'));

  return {
    commands,
    get failed() {
      return failed;
    },
    get unknown() {
      return unknown;
    },
    read(line) {
      if (broken) return;
      const command = commandIn(line, stopped === null ? commandNames : new Set([...commandNames, stopped]));
      if (command === null) return print(line);
      if (stopped !== null) {
        if (command.name === stopped) stopped = null;
        return print(line);
      }
      commands.push(command);
      const quiet = neverEchoed.has(command.name);
      // stop-commands is shown in any case, after its token has become a secret.
      if (echo && !quiet && command.name !== 'stop-commands') log.write(line);
      try {
        carryOut[command.name]?.(command, line);
      } catch (thrown) {
        failed = true;
        log.annotate('error', `Unable to process command '${quiet ? command.name : line}' successfully.`);
        log.annotate('error', thrown instanceof Error ? thrown.message : String(thrown));
      }
    },
  };
}
