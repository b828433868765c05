import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../release/ports.ts';
import type { ExitCode } from '../release/report.ts';
import type { Screen, Terminal } from '../terminal.ts';
import { flow, type Line, paint, span, table } from '../views/lines.ts';
import { logLines } from '../views/neutral.ts';
import { type Git, openPlace } from './place.ts';
import { type Act, files, story } from './story.ts';

/** Seconds of the cluster in one real second. */
const SPEED = 60;

/** The parts of the demo. */
export interface Parts {
  /** Executes a command line, with the code of the CLI. */
  execute(argv: readonly string[], terminal: Terminal): Promise<ExitCode>;
  /** Opens a cluster in memory on a loopback port, in which `speed` seconds pass in one, and its clock. */
  startCluster(speed: number): Promise<FastCluster>;
  git: Git;
}

export interface FastCluster extends AsyncDisposable {
  /** The content of the kubeconfig. */
  readonly kubeconfig: string;
  readonly clock: Clock;
}

/**
 * Plays the story in its own folder and cluster, and removes both. Returns 130 when the signal aborts. Throws when a
 * command ends with an unexpected exit code.
 */
export async function demo(terminal: Terminal, parts: Parts): Promise<ExitCode> {
  try {
    return await play(terminal, parts);
  } catch (error) {
    // Ctrl-C also ends the git processes of the terminal; their errors are not shown.
    if (terminal.signal.aborted) return 130;
    throw error;
  }
}

async function play(terminal: Terminal, parts: Parts): Promise<ExitCode> {
  const { signal, clock, isPersons } = terminal;
  const began = clock.now();
  await using cluster = await parts.startCluster(SPEED);
  await using place = await openPlace({ ...terminal, git: parts.git, kubeconfig: cluster.kubeconfig, files });
  const [out, err] = [until(signal, terminal.out), until(signal, terminal.err)];
  const { folder, env } = place;
  const inside: Terminal = { folder, env, signal, clock: cluster.clock, out, err, isPersons };

  introduce(out, place.folder);
  for (const act of story) {
    const ended = signal.aborted ? 130 : await perform(act);
    if (ended === 130) return 130;
  }
  const seconds = Math.round((clock.now().getTime() - began.getTime()) / 1000);
  tell(out, `Done in ${seconds} s; every file is removed. The README shows the steps for your own cluster.`);
  return 0;

  async function perform(act: Act): Promise<ExitCode> {
    switch (act.is) {
      case 'told':
        tell(out, act.text);
        return 0;
      case 'shown':
        type(out, ['cat', act.file]);
        out.write(await readFile(join(place.folder, act.file), 'utf8'));
        return 0;
      case 'written':
        await place.write(act);
        return 0;
      case 'passed':
        await cluster.clock.sleep(act.seconds * 1000, signal);
        return 0;
      case 'git':
        type(out, ...act.commands.map((args) => ['git', ...args]));
        for (const args of act.commands) print(out, await place.git(args));
        return 0;
      case 'stepgate': {
        type(out, ['stepgate', ...act.args]);
        const code = await parts.execute(act.args, inside);
        if (code === act.exit || code === 130) return code;
        throw new Error(`stepgate ${act.args.join(' ')} ended with exit code ${code}, not ${act.exit}`);
      }
    }
  }
}

/** Writes to the screen until the signal aborts. */
function until(signal: AbortSignal, screen: Screen): Screen {
  return {
    ...screen,
    write(text) {
      if (!signal.aborted) screen.write(text);
    },
  };
}

function introduce(out: Screen, folder: string): void {
  const { color, width } = out.canvas();
  const rows = [
    ['cluster', 'in this process, with a model of Kruise Rollouts'],
    ['repository', folder],
    ['time', `${SPEED} times as fast: a minute takes a second`],
    ['commands', 'executed as shown, by the code of the CLI'],
  ];
  const lines: readonly Line[] = [
    [span('stepgate demo', 'strong'), span(': three releases of a shop; your files and clusters are not used')],
    ...table(rows.map(([name = '', text = '']) => [span(`  ${name}`, 'dim'), span(text)])),
  ];
  for (const line of lines.flatMap((one) => flow(one, width, 14))) out.write(`${paint(line, color)}\n`);
}

function tell(out: Screen, text: string): void {
  const { width, color, unicode } = out.canvas();
  const lines = flow([span(unicode ? '── ' : '-- ', 'busy'), span(text, 'strong')], width, 3);
  out.write(`\n${lines.map((line) => `${paint(line, color)}\n`).join('')}`);
}

function type(out: Screen, ...commands: readonly (readonly string[])[]): void {
  const text = commands.map((words) => words.map(quoted).join(' ')).join(' && ');
  out.write(`${paint([span('$ ', 'dim'), span(text, 'busy')], out.canvas().color)}\n`);
}

/** Quotes a text as one word of a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function print(out: Screen, text: string): void {
  if (text !== '') out.write(`${logLines(text.trimEnd()).join('\n')}\n`);
}
