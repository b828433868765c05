import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { addPath, type Effects, isBlockedVariable, setCaseless } from './effects.ts';
import type { Masks } from './masks.ts';
import type { StepLog } from './step-log.ts';

/** In the order in which the runner reads them after a step, whatever its end (Runner.Worker/FileCommandManager). */
const kinds = ['path', 'env', 'step_summary', 'state', 'output'] as const;
type Kind = (typeof kinds)[number];

/** 1 MiB, the bytes of the file as it was written (github.md 1.4). */
const LARGEST_SUMMARY = 1024 * 1024;

/** The files a step writes its commands to, under RUNNER_TEMP, each step its own. */
export interface FileCommands {
  readonly files: Readonly<Record<Kind, string>>;
  /** What came of them. The step fails where one can't be read; what stood before the fault in it counts. */
  process(around: { readonly effects: Effects; readonly log: StepLog; readonly masks: Masks }): Promise<{
    readonly failed: boolean;
    readonly summary: Summary;
    readonly written: Readonly<Record<Kind, string>>;
  }>;
}

/** `text` is what is shown: masked a line at a time, so of a secret with several lines only the lines are found. */
export type Summary =
  | { readonly kind: 'none' }
  | { readonly kind: 'shown'; readonly text: string }
  | { readonly kind: 'dropped'; readonly bytes: number };

export async function createFileCommands(temp: string, id: string): Promise<FileCommands> {
  const folder = path.join(temp, '_runner_file_commands');
  await mkdir(folder, { recursive: true });
  const file = (kind: Kind) => path.join(folder, `${kind}_${id}`);
  const files = {
    path: file('path'),
    env: file('env'),
    step_summary: file('step_summary'),
    state: file('state'),
    output: file('output'),
  } satisfies Record<Kind, string>;
  for (const kind of kinds) await writeFile(files[kind], '');
  return {
    files,
    async process({ effects, log, masks }) {
      const bytes: Record<Kind, Buffer> = { path: none, env: none, step_summary: none, state: none, output: none };
      for (const kind of kinds) bytes[kind] = await content(files[kind]);
      for (const kind of kinds) await rm(files[kind], { force: true });
      const text = (kind: Kind) => bytes[kind].toString('utf8').replace(/^\ufeff/u, '');
      let failed = false;
      const each = (kind: Kind, set: (name: string, value: string) => void) => {
        const { pairs, fault } = readPairs(text(kind));
        try {
          for (const [name, value] of pairs) set(name, value);
          if (fault !== null) throw new Error(fault);
        } catch (thrown) {
          failed = true;
          log.annotate('error', `Unable to process file command '${kind}' successfully.`);
          log.annotate('error', thrown instanceof Error ? thrown.message : String(thrown));
        }
      };

      for (const entry of text('path').split(/\r\n|[\r\n]/u)) if (entry !== '') addPath(effects.path, entry);
      each('env', (name, value) => {
        if (isBlockedVariable(name)) return log.annotate('error', `Can't store ${name} using '$GITHUB_ENV' command.`);
        effects.env.set(needed(name), value);
        log.debug(`${name}='${value}'`);
      });
      const summary = readSummary(bytes.step_summary, masks);
      if (summary.kind === 'dropped') {
        log.annotate(
          'error',
          `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${LARGEST_SUMMARY / 1024}k, got ${Math.floor(summary.bytes / 1024)}k.`,
        );
      }
      each('state', (name, value) => {
        setCaseless(effects.state, name, value);
        log.debug(`Save intra-action state ${name} = ${value}`);
      });
      each('output', (name, value) => {
        setCaseless(effects.outputs, needed(name), value);
        log.debug(`Set output ${name} = ${value}`);
      });
      return {
        failed,
        summary,
        written: {
          path: text('path'),
          env: text('env'),
          step_summary: text('step_summary'),
          state: text('state'),
          output: text('output'),
        },
      };
    },
  };
}

const none = Buffer.alloc(0);

/** A file that the step took away is as good as empty. */
async function content(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return none;
    throw thrown;
  }
}

function needed(name: string): string {
  if (name === '') throw new Error('Value cannot be null. (Parameter name)');
  return name;
}

/**
 * `name=value` lines and `name<<DELIMITER` blocks; whichever sign comes first in a line says which it is. A block ends at a
 * line that is the delimiter and nothing else, and its last line break is not part of the value. Reading ends at a fault.
 */
export function readPairs(text: string): {
  readonly pairs: readonly (readonly [string, string])[];
  readonly fault: string | null;
} {
  const pairs: (readonly [string, string])[] = [];
  const lines = text.split('\n');
  const complete = lines.at(-1) === '';
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const block = line.indexOf('<<');
    if (equals < 0 && block < 0) return { pairs, fault: `Invalid format '${line}'` };
    if (block < 0 || (equals >= 0 && equals < block)) {
      pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
      continue;
    }
    const name = line.slice(0, block);
    const delimiter = line.slice(block + 2);
    if (name === '' || delimiter === '') {
      return { pairs, fault: `Invalid format '${line}'. Name must not be empty and delimiter must not be empty` };
    }
    const end = lines.indexOf(delimiter, at + 1);
    if (end < 0) {
      const fault =
        complete || at === lines.length - 1
          ? `Invalid value. Matching delimiter not found '${delimiter}'`
          : 'Invalid value. EOF marker missing new line.';
      return { pairs, fault };
    }
    pairs.push([name, lines.slice(at + 1, end).join('\n')]);
    at = end;
  }
  return { pairs, fault: null };
}

export function readSummary(bytes: Buffer, masks: Pick<Masks, 'hide'>): Summary {
  if (bytes.length === 0) return { kind: 'none' };
  if (bytes.length > LARGEST_SUMMARY) return { kind: 'dropped', bytes: bytes.length };
  const lines = bytes
    .toString('utf8')
    .replace(/^\ufeff/u, '')
    .split(/\r\n|[\r\n]/u);
  if (lines.at(-1) === '') lines.pop();
  return { kind: 'shown', text: lines.map((line) => `${masks.hide(line)}\n`).join('') };
}
