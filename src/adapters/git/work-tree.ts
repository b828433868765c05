import { lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isKustomization, nameOf } from '../../config/repository-path.ts';
import { environmentError, inputError } from '../../release/error.ts';
import type { WorkTree } from '../../release/ports.ts';
import type { Clone } from './clone.ts';
import { change } from './commit.ts';
import { repositoryPath } from './names.ts';
import type { Entry } from './objects.ts';
import { done, text } from './ran.ts';
import type { Run, RunOptions } from './run.ts';

/** In bytes. A larger file is left out: the parser refuses manifests of that size. */
const sizeLimit = 8 * 1024 * 1024;
/** How many files are looked at at once. */
const atOnce = 64;

/** Nobody made this commit, and the same files give the same one. */
const nobody = {
  GIT_AUTHOR_NAME: 'stepgate',
  GIT_AUTHOR_EMAIL: 'stepgate@users.noreply.github.com',
  GIT_AUTHOR_DATE: '1970-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'stepgate',
  GIT_COMMITTER_EMAIL: 'stepgate@users.noreply.github.com',
  GIT_COMMITTER_DATE: '1970-01-01T00:00:00Z',
};

/** The work tree of a clone. No filter, hook or other program runs, whatever the repository's configuration and attributes say. */
export function workTree(clone: Pick<Clone, 'run' | 'root' | 'remotes' | 'isShallow'>): WorkTree {
  const { run, root } = clone;
  return {
    async facts() {
      const [said, remotes, shallow] = await Promise.all([run(['version']), clone.remotes(), clone.isShallow()]);
      const git = text(said, 'say its version')
        .trim()
        .replace(/^git version /, '');
      return { git, folder: root, remotes, shallow };
    },
    snapshot: () => snapshot(run, root),
    write: (path, content, options) => write(root, path, content, options),
  };
}

async function snapshot(run: Run, root: string): Promise<string> {
  const [staged, others] = await Promise.all([
    run(['ls-files', '-z', '--stage', '-t', '--full-name']),
    run(['ls-files', '-z', '--others', '--exclude-standard', '--full-name']),
  ]);
  const tracked = indexed(done(staged, 'list the tracked files').toString());
  const untracked = done(others, 'list the files that are not tracked').toString().split('\0');
  const paths = [...tracked.keys(), ...untracked.filter((path) => path !== '')];
  const wanted = readable(paths);
  const [fresh, gone] = await lookedAt(
    root,
    paths.filter((path) => tracked.get(path)?.absent !== true),
    wanted,
  );
  const ids = await stored(
    run,
    fresh.map(({ path }) => path),
  );
  const entries = new Map<string, Entry>([...tracked].filter(([path]) => !gone.has(path)));
  for (const [index, { path, mode }] of fresh.entries()) entries.set(path, { mode, id: ids[index] ?? '' });
  return committed(run, entries);
}

/** The entries of the index. `absent`: the file is left out of a sparse work tree. */
function indexed(out: string): ReadonlyMap<string, Entry & { readonly absent: boolean }> {
  const found = new Map<string, Entry & { readonly absent: boolean }>();
  for (const record of out.split('\0')) {
    const [, tag = '', mode = '', id = '', stage = '', path = ''] =
      /^(\S) (\d{6}) ([0-9a-f]+) (\d)\t(.*)$/s.exec(record) ?? [];
    // In a conflict there are up to three; ours is what the branch has.
    if (path !== '' && (stage === '0' || stage === '2')) found.set(path, { mode, id, absent: tag === 'S' });
  }
  return found;
}

/** The manifests, and what lies below a kustomization or a chart, which may read any file. */
function readable(paths: readonly string[]): (path: string) => boolean {
  const folders = paths.flatMap((path) =>
    isKustomization(path) || nameOf(path) === 'Chart.yaml' ? [dirname(path)] : [],
  );
  const roots = new Set(folders);
  return (path) => {
    if (/\.(ya?ml|json)$/i.test(path) || isKustomization(path)) return true;
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) if (roots.has(folder)) return true;
    return roots.has('.');
  };
}

/** The wanted files that are there, with their modes; and the paths of those of the index that are not. */
async function lookedAt(root: string, paths: readonly string[], wanted: (path: string) => boolean) {
  const fresh: { readonly path: string; readonly mode: string }[] = [];
  const gone = new Set<string>();
  for (let start = 0; start < paths.length; start += atOnce) {
    const some = paths.slice(start, start + atOnce);
    const seen = await Promise.all(
      some.map(async (path) => ({ path, stat: await lstat(join(root, path)).catch(() => null) })),
    );
    for (const { path, stat } of seen) {
      if (stat === null) gone.add(path);
      // A path with a line break can't be given to git as a line; no manifest has one.
      else if (stat.isFile() && stat.size <= sizeLimit && wanted(path) && !path.includes('\n')) {
        fresh.push({ path, mode: (stat.mode & 0o100) !== 0 ? '100755' : '100644' });
      }
    }
  }
  return [fresh, gone] as const;
}

/** Stores the files as they are, and returns their ids in order. */
async function stored(run: Run, paths: readonly string[]): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const input = paths.map((path) => `${path}\n`).join('');
  const ran = await run(['hash-object', '-w', '--no-filters', '--stdin-paths'], { input });
  return text(ran, 'store the files of the work tree').trimEnd().split('\n');
}

async function committed(run: Run, entries: ReadonlyMap<string, Entry>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stepgate-index-'));
  try {
    const index: RunOptions = { set: { GIT_INDEX_FILE: join(folder, 'index') } };
    const lines = [...entries].map(([path, entry]) => change(path, entry)).join('');
    done(
      await run(['update-index', '-z', '--index-info'], { ...index, input: lines }),
      'list the files of the work tree',
    );
    // A partial clone has not every file that is tracked.
    const tree = text(await run(['write-tree', '--missing-ok'], index), 'write the tree of the work tree').trim();
    const made = await run(['commit-tree', '-F', '-', tree], { input: 'the work tree\n', set: nobody });
    return text(made, 'make a commit of the work tree').trim();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(
  root: string,
  path: string,
  content: string,
  { replace }: { readonly replace: boolean },
): Promise<'written' | 'exists'> {
  const inside = repositoryPath(path);
  const place = join(root, inside);
  const parts = inside.split('/');
  for (const [index] of parts.entries()) {
    const here = parts.slice(0, index + 1).join('/');
    const stat = await lstat(join(root, here)).catch(() => null);
    if (stat?.isSymbolicLink()) {
      const at = { file: here, line: null, column: null };
      throw inputError('SOURCE_INVALID', `${here} is a symbolic link: links are not followed`, {
        hint: 'name another file with --config',
        at,
      });
    }
  }
  try {
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, content, { flag: replace ? 'w' : 'wx' });
    return 'written';
  } catch (thrown) {
    if (!(thrown instanceof Error) || !('code' in thrown)) throw thrown;
    if (thrown.code === 'EEXIST' && !replace) return 'exists';
    throw environmentError('GIT_FAILED', `${inside} can't be written: ${thrown.message}`, { cause: thrown });
  }
}
