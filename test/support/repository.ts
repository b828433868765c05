import { execFile } from 'node:child_process';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type GitRemote, initialise } from './git-remote.ts';

const run = promisify(execFile);

/** Text, bytes, a link, a program, or null to remove the file. */
export type Content = string | Uint8Array | { readonly link: string } | { readonly program: string } | null;
export type Files = Readonly<Record<string, Content>>;

export interface Repository extends AsyncDisposable {
  readonly folder: string;
  /** An environment with nothing in it but PATH and an empty home. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs git here; its trimmed output. */
  git(...args: readonly string[]): Promise<string>;
  /** Writes into the work tree without committing. */
  write(files: Files): Promise<void>;
  /** A commit with these changes; its id. */
  commit(files: Files, message?: string): Promise<string>;
  /** Creates a branch here, or goes to it when it is there. */
  branch(name: string): Promise<void>;
  /** Merges with a merge commit; its id. */
  merge(branch: string): Promise<string>;
  /** Merges as one commit; its id. */
  squash(branch: string, message?: string): Promise<string>;
  /** Adds the remote and pushes every branch and tag. */
  connect(remote: GitRemote, name?: string): Promise<void>;
  push(...refs: readonly string[]): Promise<void>;
  head(): Promise<string>;
}

/** A repository with one commit of these files on `main`. Commits are a minute apart, so that logs have an order. */
export async function repository({
  files = { 'README.md': 'hello\n' },
}: {
  readonly files?: Files;
} = {}): Promise<Repository> {
  const { home, folder } = await place();
  const inside = join(folder, '.git');
  const key = JSON.stringify(files);
  const known = firsts.get(key);
  if (known !== undefined) {
    const made = at(home, folder, 1);
    await made.write(files);
    for (const [path, content] of known) {
      await mkdir(dirname(join(inside, path)), { recursive: true });
      await writeFile(join(inside, path), content);
    }
    return made;
  }
  const made = at(home, folder, 0);
  await initialise(inside, 'main', '\tbare = false\n');
  await made.commit(files, 'first');
  firsts.set(key, await contentOf(inside));
  return made;
}

/** What git made of a first commit of these files: it is the same every time, and asked of git once in a process. */
const firsts = new Map<string, ReadonlyMap<string, Buffer>>();

async function contentOf(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return new Map(await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path)] as const)));
}

/** A clone as actions/checkout makes it: one branch, with depth 1 unless told, and no origin/HEAD. */
export async function checkout(
  remote: Pick<GitRemote, 'folder' | 'url'>,
  { depth = 1, branch = 'main' }: { readonly depth?: number | null; readonly branch?: string } = {},
): Promise<Repository> {
  const { home, folder } = await place();
  const made = at(home, folder, 0);
  await initialise(join(folder, '.git'), 'main', `\tbare = false\n${remoteSection('origin', remote)}`);
  const deep = depth === null ? [] : [`--depth=${depth}`];
  await made.git(
    ...['-c', `url.file://${remote.folder}.insteadOf=${remote.url}`],
    'fetch',
    '--quiet',
    '--no-tags',
    ...deep,
    'origin',
    `+refs/heads/${branch}:refs/remotes/origin/${branch}`,
  );
  await made.git('checkout', '--quiet', '-B', branch, `refs/remotes/origin/${branch}`);
  return made;
}

function remoteSection(name: string, { url }: Pick<GitRemote, 'url'>): string {
  return `[remote "${name}"]\n\turl = ${url}\n\tfetch = +refs/heads/*:refs/remotes/${name}/*\n`;
}

async function place() {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'stepgate-repository-')));
  const folder = join(home, 'work');
  await mkdir(folder);
  return { home, folder };
}

/** Nothing is tidied up behind a command, and no sample of a hook is copied: each would be a process or a dozen files. */
const lean = {
  GIT_TEMPLATE_DIR: '',
  GIT_CONFIG_COUNT: '3',
  GIT_CONFIG_KEY_0: 'gc.auto',
  GIT_CONFIG_VALUE_0: '0',
  GIT_CONFIG_KEY_1: 'maintenance.auto',
  GIT_CONFIG_VALUE_1: 'false',
  // A commit says its whole id.
  GIT_CONFIG_KEY_2: 'core.abbrev',
  GIT_CONFIG_VALUE_2: 'no',
};

function at(home: string, folder: string, commits: number): Repository {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: tmpdir() };
  let minute = commits;
  const git = async (...args: readonly string[]) => {
    const date = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
    const who = {
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
      GIT_COMMITTER_DATE: date,
      GIT_CONFIG_NOSYSTEM: '1',
      ...lean,
    };
    const ran = await run('git', [...args], { cwd: folder, env: { ...env, ...who } });
    return ran.stdout.trim();
  };
  const head = async () => {
    const inside = join(folder, '.git');
    const [, ref] = /^ref: (.+)\n$/.exec(await readFile(join(inside, 'HEAD'), 'utf8')) ?? [];
    const tip = ref === undefined ? null : await readFile(join(inside, ref), 'utf8').catch(() => null);
    return tip === null ? git('rev-parse', 'HEAD') : tip.trim();
  };
  /** What a test itself pushes goes past the server of the remote, which is three processes for a push. */
  const directly: string[] = [];
  const write = async (files: Files) => {
    for (const [path, content] of Object.entries(files)) await put(join(folder, path), content);
  };

  return {
    folder,
    env,
    git,
    write,
    head,
    async commit(files, message = 'change') {
      minute += 1;
      await write(files);
      await git('add', '--all', '--force');
      const said = await git('commit', '--allow-empty', '--message', message);
      const id = /^\[.* ([0-9a-f]{40})\] /.exec(said)?.[1];
      if (id === undefined) throw new Error(`git commit said ${said}`);
      return id;
    },
    async branch(name) {
      await git('checkout', '--quiet', name).catch(() => git('checkout', '--quiet', '-b', name));
    },
    async merge(branch) {
      minute += 1;
      await git('merge', '--quiet', '--no-ff', '--message', `Merge ${branch}`, branch);
      return head();
    },
    async squash(branch, message = `Squash ${branch}`) {
      minute += 1;
      await git('merge', '--quiet', '--squash', branch);
      await git('commit', '--quiet', '--message', message);
      return head();
    },
    async connect(remote, name = 'origin') {
      await appendFile(join(folder, '.git', 'config'), remoteSection(name, remote));
      directly.push('-c', `url.${remote.folder}.pushInsteadOf=${remote.url}`);
      await git(...directly, 'push', '--quiet', name, 'refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*');
    },
    async push(...refs) {
      await git(...directly, 'push', '--quiet', 'origin', ...refs);
    },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

async function put(path: string, content: Content): Promise<void> {
  await rm(path, { recursive: true, force: true });
  if (content === null) return;
  await mkdir(dirname(path), { recursive: true });
  if (typeof content === 'string') await writeFile(path, content);
  else if (content instanceof Uint8Array) await writeFile(path, content);
  else if ('link' in content) await symlink(content.link, path);
  else {
    await writeFile(path, content.program);
    await chmod(path, 0o755);
  }
}
