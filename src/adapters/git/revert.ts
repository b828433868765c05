import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RevertRequest } from '../../release/ports.ts';
import { repositoryPath } from './names.ts';
import { type Entry, isBelow } from './objects.ts';
import { done, type Env, type Run, type RunOptions, text } from './run.ts';
import { signing } from './sign.ts';

/** The parts of a clone that a revert needs. */
export interface Place {
  readonly run: Run;
  readonly root: string;
  readonly env: Env;
  /** Every file of a commit, by path. */
  entries(commit: string): Promise<ReadonlyMap<string, Entry>>;
}

/**
 * Makes a commit on top of `onto` in which the paths have their content at `from`; null when nothing changes. It uses a
 * temporary index: the work tree, the index and the branches of the clone do not change, and no hook or filter runs. The
 * commit is signed when git is configured to. Throws GIT_FAILED or TOOL_MISSING when it can't be signed.
 */
export async function revert(
  { run, root, env, entries }: Place,
  { onto, paths, from, message }: RevertRequest,
): Promise<string | null> {
  const wanted = paths.map(repositoryPath);
  const isWanted = (path: string) => wanted.some((each) => path === each || isBelow(path, each));
  const [now, then] = await Promise.all([entries(onto), entries(from)]);
  const changes = changesBetween(now, then, isWanted);
  if (changes.length === 0) return null;
  const settings = await readSettings(run);
  const signed = await signing({ run, settings, env, root });

  const folder = await mkdtemp(join(tmpdir(), 'stepgate-index-'));
  try {
    const index: RunOptions = { set: { GIT_INDEX_FILE: join(folder, 'index') } };
    done(await run(['read-tree', onto], index), `read the tree of ${onto}`);
    done(
      await run(['update-index', '-z', '--index-info'], { ...index, input: changes.join('') }),
      `put back ${paths.join(', ')}`,
    );
    const tree = text(await run(['write-tree'], index), 'write the reverted tree').trim();
    const made = await run(['commit-tree', ...(signed?.args ?? []), '-p', onto, '-F', '-', tree], {
      ...signed?.options,
      input: message,
      set: { ...identity(settings), ...signed?.options.set },
    });
    if (made.exit !== 0 && signed !== null) throw signed.failed(made);
    return text(made, 'make the revert commit').trim();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lines for `update-index --index-info`: removals first, so that a file can replace a folder. */
function changesBetween(
  now: ReadonlyMap<string, Entry>,
  then: ReadonlyMap<string, Entry>,
  isWanted: (path: string) => boolean,
): readonly string[] {
  const removed = [...now.keys()].filter((path) => isWanted(path) && !then.has(path));
  const restored = [...then].filter(([path, { mode, id }]) => {
    const here = now.get(path);
    return isWanted(path) && (here?.id !== id || here.mode !== mode);
  });
  return [
    ...removed.map((path) => `0 ${'0'.repeat(40)}\t${path}\0`),
    ...restored.map(([path, { mode, id }]) => `${mode} ${id}\t${path}\0`),
  ];
}

/** Whether the paths have the same content at two commits. */
export async function sameAt(
  { entries }: Pick<Place, 'entries'>,
  { left, right, paths }: { readonly left: string; readonly right: string; readonly paths: readonly string[] },
): Promise<boolean> {
  const wanted = paths.map(repositoryPath);
  // A link, file or submodule in place of a folder of the path also decides about its content.
  const isWanted = (path: string) =>
    wanted.some((each) => path === each || isBelow(path, each) || (each !== '' && isBelow(each, path)));
  const [before, after] = await Promise.all([entries(left), entries(right)]);
  return changesBetween(before, after, isWanted).length === 0;
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
