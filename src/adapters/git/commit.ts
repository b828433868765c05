import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBelow } from '../../config/repository-path.ts';
import { inputError } from '../../release/error.ts';
import type { CommitRequest } from '../../release/ports.ts';
import type { Programs } from '../programs.ts';
import { repositoryPath } from './names.ts';
import type { Entry } from './objects.ts';
import { done, text } from './ran.ts';
import type { Env, Run, RunOptions } from './run.ts';
import { signing } from './sign.ts';

/** The parts of a clone that a new commit needs. */
export interface Place {
  readonly run: Run;
  readonly programs: Programs;
  readonly env: Env;
  /** Every file of a commit, by path. */
  entries(commit: string): Promise<ReadonlyMap<string, Entry>>;
}

/** The input line of `git update-index --index-info` that adds a file to the index, or replaces it there. */
export function change(path: string, { mode, id }: Entry): string {
  return `${mode} ${id}\t${path}\0`;
}

/** The input line of `git update-index --index-info` that removes a file from the index. */
export function removal(path: string): string {
  return `0 ${'0'.repeat(40)}\t${path}\0`;
}

/**
 * Makes a commit on top of `onto` that writes these files, and returns its id. Null when the files have this content already. A new
 * file is not executable.
 */
export async function commitFiles(
  place: Place,
  { onto, files, message, isTrial = false }: CommitRequest,
): Promise<string | null> {
  const here = await place.entries(onto);
  const [removals, changes]: [string[], string[]] = [[], []];
  for (const [written, content] of files) {
    const path = repositoryPath(written);
    const old = here.get(path);
    if (content === null) {
      if (old !== undefined) removals.push(removal(path));
      continue;
    }
    refuseInTheWay(here, path);
    // Without a path, so that no filter changes the content.
    const stored = await place.run(['hash-object', '-w', '--stdin'], { input: content });
    const id = text(stored, `store ${path}`).trim();
    const mode = old?.mode === '100755' ? old.mode : '100644';
    if (old?.id !== id || old.mode !== mode) changes.push(change(path, { mode, id }));
  }
  const what = `write ${[...files.keys()].join(', ')}`;
  return commitChanges(place, { onto, changes: [...removals, ...changes], message, what, isTrial });
}

/** Throws SOURCE_INVALID where git would remove a file to make room for the folder of a path, or a folder for the file. */
function refuseInTheWay(here: ReadonlyMap<string, Entry>, path: string): void {
  const found = [...here.keys()].find((each) => isBelow(path, each) || isBelow(each, path));
  if (found === undefined) return;
  throw inputError('SOURCE_INVALID', `${path} can't be written: ${found} is in its place`, {
    hint: `remove ${found} from the branch first`,
    at: { file: found, line: null, column: null },
  });
}

/**
 * Makes a commit on top of `onto` and returns its id; null when there are no changes. `changes` are input lines of
 * `git update-index --index-info`. The removals have to come first, so that a file can replace a folder. `what` describes the
 * changes in an error. The commit is made in a temporary index: the work tree, the index and the branches of the clone stay as
 * they are, and no hook or filter runs. The commit is signed when git's configuration says so, but for a trial. Throws GIT_FAILED or TOOL_MISSING
 * when signing fails.
 */
export async function commitChanges(
  { run, programs, env }: Place,
  {
    onto,
    changes,
    message,
    what,
    isTrial = false,
  }: Pick<CommitRequest, 'onto' | 'message'> & {
    readonly changes: readonly string[];
    readonly what: string;
    readonly isTrial?: boolean;
  },
): Promise<string | null> {
  if (changes.length === 0) return null;
  const settings = await readSettings(run);
  const signed = isTrial ? null : await signing({ run, settings, env, programs });

  const folder = await mkdtemp(join(tmpdir(), 'stepgate-index-'));
  try {
    const index: RunOptions = { set: { GIT_INDEX_FILE: join(folder, 'index') } };
    done(await run(['read-tree', onto], index), `read the tree of ${onto}`);
    done(await run(['update-index', '-z', '--index-info'], { ...index, input: changes.join('') }), what);
    const tree = text(await run(['write-tree'], index), 'write the tree of the new commit').trim();
    const made = await run(['commit-tree', ...(signed?.args ?? []), '-p', onto, '-F', '-', tree], {
      ...signed?.options,
      input: message,
      set: { ...identity(settings), ...signed?.options.set },
    });
    if (made.exit !== 0 && signed !== null) throw signed.failed(made);
    return text(made, 'make the commit').trim();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The settings of git's configuration about the committer and signing; the last value wins. Names are in lower case. */
async function readSettings(run: Run): Promise<ReadonlyMap<string, string>> {
  const ran = await run([
    ...['config', '-z', '--get-regexp'],
    '^(user\\.(name|email|signingkey)|commit\\.gpgsign|gpg\\.format)$',
  ]);
  // Exit code 1 means that there is no such setting.
  const records = ran.exit === 1 ? [] : text(ran, "read git's configuration").split('\0');
  return new Map(
    records
      .filter((record) => record !== '')
      .map((record) => {
        const [key = '', ...lines] = record.split('\n');
        return [key, lines.join('\n')] as const;
      }),
  );
}

/** The committer: the identity in git's config, or stepgate when there is none (in a runner or a container). */
function identity(settings: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const isSet = (key: string) => (settings.get(key) ?? '').trim() !== '';
  if (isSet('user.name') && isSet('user.email')) return {};
  const name = 'stepgate';
  const email = 'stepgate@users.noreply.github.com';
  return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
}
