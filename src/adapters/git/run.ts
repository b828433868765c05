import {
  GitConstructError,
  GitError,
  GitPluginError,
  type SimpleGit,
  type SimpleGitOptions,
  simpleGit,
} from 'simple-git';
import { environmentError, inputError, type StepgateError } from '../../release/error.ts';
import { type Env, named, type Programs, programsFor } from '../programs.ts';
import type { GitProgram } from './object-process.ts';
import type { Ran } from './ran.ts';
import type { Trusted } from './trust.ts';

export type { Env } from '../programs.ts';

export interface RunOptions {
  readonly input?: string | Buffer;
  /** Further environment variables: the temporary index, the committer. */
  readonly set?: Readonly<Record<string, string>>;
  /** A request with a short answer; it has a shorter timeout. */
  readonly quick?: boolean;
  /** Settings (`key=value`) with the signing programs, which replace those of the configuration. */
  readonly signers?: readonly string[];
}

/**
 * Runs git in one folder. Arguments are a list, never a command line, and every caller keeps foreign text behind `--`,
 * behind `--end-of-options`, or on standard input.
 */
export type Run = (args: readonly string[], options?: RunOptions) => Promise<Ran>;

/**
 * The environment variables that git gets: for its programs, the person's config and keys, and the network. All others are
 * left out, above all GIT_DIR, GIT_INDEX_FILE, GIT_CONFIG_*, GIT_EXTERNAL_DIFF and GIT_SSH_COMMAND, which an earlier step
 * of a job can set. The config files of the repository and of the person are read, because actions/checkout stores its
 * credentials (http.extraheader, includeIf) and its ssh command (core.sshCommand) there: trust.ts says which of it counts.
 */
const passedOn = [
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'GH_TOKEN',
  'GITHUB_TOKEN',
  'GH_CONFIG_DIR',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
];

/** Variables for every git command. LC_ALL because stepgate reads and shows messages in one language. */
const always = {
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GCM_INTERACTIVE: 'never',
  // refs/replace could show another commit under the same id.
  GIT_NO_REPLACE_OBJECTS: '1',
  // Paths are names, not patterns: `:(exclude)x` and `*` are files of that name.
  GIT_LITERAL_PATHSPECS: '1',
};

/** Config that runs programs or changes what a command answers. `-c` wins over every file. */
const config = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.askPass=',
  'core.splitIndex=false',
  'core.untrackedCache=false',
  'core.sparseCheckout=false',
  'index.sparse=false',
  'protocol.ext.allow=never',
  // A folder of the checkout that looks like a bare repository would use its own config.
  'safe.bareRepository=explicit',
  'i18n.commitEncoding=UTF-8',
  'i18n.logOutputEncoding=UTF-8',
  'color.ui=false',
  'log.showSignature=false',
  'log.follow=false',
  'log.mailmap=false',
  'push.followTags=false',
  'push.gpgSign=false',
  'submodule.recurse=false',
  'gc.auto=0',
  'maintenance.auto=false',
  // A server that accepts a connection and then sends nothing must not block a run. A working server reports every 5 s.
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=30',
];

const quickConfig = ['http.lowSpeedTime=15'];

const silenceLimit = 300_000;
const quickLimit = 60_000;
/** For all of a command: a server may send progress, names or a pack without end. */
const wholeLimit = 1_800_000;
const quickWholeLimit = 120_000;
const outputLimit = 256 * 1024 * 1024;

function instance(options: Partial<SimpleGitOptions> & { readonly baseDir: string }): SimpleGit {
  try {
    return simpleGit(options);
  } catch (thrown) {
    if (!(thrown instanceof GitConstructError)) throw thrown;
    throw inputError('GIT_FAILED', `there is no folder ${options.baseDir}`, {
      hint: "in a workflow, run actions/checkout before it; the Action's path is the path that actions/checkout was given",
    });
  }
}

class Exit extends GitError {
  readonly ran: Ran;

  constructor(ran: Ran) {
    super(undefined, ran.err);
    this.ran = ran;
  }
}

/** The programs to run git with, and what replaces settings of the repository. */
export interface GitOptions {
  readonly programs?: Programs;
  readonly trusted?: Trusted;
  /** For tests: how long a command may take, in milliseconds. */
  readonly wholeMs?: number;
}

/**
 * The program, arguments and environment with which `gitIn` starts git, for a caller that keeps one process running and sends it
 * many requests. Throws TOOL_MISSING.
 */
export function programOf(env: Env, programs: Programs, trusted: Trusted): () => Promise<GitProgram> {
  return async () => {
    const file = await programs.find('git');
    if (file === null) throw gitMissing();
    return {
      file,
      args: config.flatMap((setting) => ['-c', setting]),
      env: { ...environmentOf(env, trusted), PATH: await programs.path() },
    };
  };
}

function environmentOf(env: Env, trusted: Trusted | undefined): Readonly<Record<string, string>> {
  return { ...named(env, passedOn), ...always, ...settingsIn(trusted) };
}

/** Runs git in a folder with a clean environment. Throws TOOL_MISSING without git; every other outcome is a `Ran`. */
export function gitIn(
  folder: string,
  env: Env,
  { programs = programsFor({ env, folder }), trusted, wholeMs }: GitOptions = {},
): Run {
  const inherited = environmentOf(env, trusted);

  return async (args, options = {}) => {
    const binary = await programs.find('git');
    if (binary === null) throw gitMissing();
    const environment: Record<string, string> = { ...inherited, PATH: await programs.path(), ...options.set };
    const tooMuch = new AbortController();
    const most = wholeMs ?? (options.quick === true ? quickWholeLimit : wholeLimit);
    const whole = setTimeout(() => tooMuch.abort(), most);
    const limit = options.quick === true ? quickLimit : silenceLimit;
    // One instance for each command: a failed task of simple-git also fails the queued tasks, and env() is kept.
    const git = instance({
      baseDir: folder,
      binary,
      config: [...config, ...(options.quick === true ? quickConfig : []), ...(options.signers ?? [])],
      abort: tooMuch.signal,
      allowEnvironment: Object.keys(environment).filter((name) => name.startsWith('GIT_')),
      // simple-git refuses these settings by default. All of them are set here or checked by trust.ts, none comes from an argument.
      unsafe: {
        allowUnsafeCustomBinary: true,
        allowUnsafeConfigEnvCount: true,
        allowUnsafeCredentialHelper: true,
        allowUnsafeSshCommand: true,
        allowUnsafePack: true,
        allowUnsafeGitProxy: true,
        allowUnsafeHooksPath: true,
        allowUnsafeFsMonitor: true,
        allowUnsafeAskPass: true,
        allowUnsafeProtocolOverride: true,
        allowUnsafeGpgProgram: options.signers !== undefined,
      },
      // By default simple-git stops reading 50 ms after the exit, which truncates the output on a busy machine.
      completion: { onClose: true, onExit: 2_000 },
      timeout: { block: limit },
      // By default an exit code without text on stderr counts as success.
      errors: (error, { exitCode, stdOut, stdErr }) => {
        if (error instanceof GitPluginError || exitCode === 0) return error;
        return new Exit({ exit: exitCode, out: Buffer.concat(stdOut), err: Buffer.concat(stdErr).toString() });
      },
      ...(options.input === undefined ? {} : { input: () => options.input }),
    });
    git.env(environment);
    let size = 0;
    git.outputHandler((_command, stdout) => {
      stdout.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > outputLimit) tooMuch.abort();
      });
    });
    try {
      const out: unknown = args[0] === 'cat-file' ? await git.binaryCatFile(args.slice(1)) : await git.raw([...args]);
      return { exit: 0, out: Buffer.isBuffer(out) ? out : Buffer.from(String(out)), err: '' };
    } catch (thrown) {
      if (thrown instanceof Exit) return answerOf(thrown.ran, trusted?.ignored ?? []);
      if (!(thrown instanceof GitPluginError)) throw thrown;
      throw environmentError('GIT_FAILED', `git ${args[0]} was stopped: ${stopped(thrown, { limit, most, size })}`, {
        cause: thrown,
      });
    } finally {
      clearTimeout(whole);
    }
  };
}

/** Settings in variables, which win over every file as `-c` does, and may have any character in their key. */
function settingsIn(trusted: Trusted | undefined): Readonly<Record<string, string>> {
  if (trusted === undefined || trusted.settings.length === 0) return { ...trusted?.set };
  const pairs = trusted.settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key] as const,
    [`GIT_CONFIG_VALUE_${index}`, value] as const,
  ]);
  return { ...trusted.set, GIT_CONFIG_COUNT: String(trusted.settings.length), ...Object.fromEntries(pairs) };
}

function stopped(
  thrown: GitPluginError,
  { limit, most, size }: { readonly limit: number; readonly most: number; readonly size: number },
): string {
  if (thrown.plugin === 'timeout') return `it printed nothing for ${limit / 1_000} seconds`;
  if (thrown.plugin !== 'abort') return thrown.message;
  return size > outputLimit
    ? `its output is over ${outputLimit / 1024 / 1024} MiB`
    : `it did not end within ${most / 1_000} seconds`;
}

function gitMissing(): StepgateError {
  return environmentError('TOOL_MISSING', 'git is not installed, or not on PATH', {
    hint: 'install git 2.30 or newer into an absolute folder of PATH outside of the repository',
  });
}

/** The answer of a command that failed, with the settings that it may have missed. */
function answerOf(ran: Ran, ignored: readonly string[]): Ran {
  if (/^Error: spawn .* ENOENT/.test(ran.err)) throw gitMissing();
  if (ignored.length === 0 || !/Authentication failed|could not read Username|Permission denied/i.test(ran.err))
    return ran;
  const what = `stepgate starts no program that .git/config names (${ignored.join(', ')}): set it in your own with git config --global`;
  return { ...ran, err: `${ran.err}\n${what}` };
}
