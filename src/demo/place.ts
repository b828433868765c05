import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Runs git in a folder; its output, or GIT_FAILED. */
export type Git = (folder: string, env: Env) => (args: readonly string[]) => Promise<string>;

/** A clone of a repository, its remote beside it, and an empty home folder. */
export interface Place extends AsyncDisposable {
  readonly folder: string;
  readonly env: Env;
  git(args: readonly string[]): Promise<string>;
  write(file: File): Promise<void>;
}

interface File {
  readonly file: string;
  readonly text: string;
}

/** Overrides the machine's git config, which may ask for signatures or set another name. */
const gitConfig = `[user]
  name = Ada
  email = ada@example.com
[init]
  defaultBranch = main
[commit]
  gpgSign = false
[core]
  autocrlf = false
  abbrev = 7
[pull]
  ff = only
[push]
  default = simple
`;

/**
 * Makes the place in a temporary folder, with one pushed commit; disposing removes everything. Throws GIT_FAILED, and the
 * reason of the signal when it aborts.
 */
export async function openPlace({
  signal,
  env,
  git,
  kubeconfig,
  files,
}: {
  readonly signal: AbortSignal;
  readonly env: Env;
  readonly git: Git;
  readonly kubeconfig: string;
  readonly files: readonly File[];
}): Promise<Place> {
  const top = await realpath(await mkdtemp(join(tmpdir(), 'stepgate-demo-')));
  await using made = new AsyncDisposableStack();
  // A git process that was stopped may use the folder for another moment.
  made.defer(() => rm(top, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  const [home, folder] = [join(top, 'home'), join(top, 'shop')];
  const own = {
    PATH: env['PATH'],
    TMPDIR: env['TMPDIR'],
    HOME: home,
    KUBECONFIG: join(home, 'kubeconfig'),
    GITHUB_ACTOR: 'ada',
  };
  const inside = git(folder, own);
  const run = async (args: readonly string[]) => {
    signal.throwIfAborted();
    return inside(args);
  };
  const write = async ({ file, text }: File) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  };

  await mkdir(home);
  await writeFile(join(home, '.gitconfig'), gitConfig);
  await writeFile(own.KUBECONFIG, kubeconfig, { mode: 0o600 });
  for (const file of files) await write(file);
  await run(['init', '-q', '--bare', '../shop.git']);
  await run(['init', '-q']);
  await run(['remote', 'add', 'origin', '../shop.git']);
  await run(['add', '.']);
  await run(['commit', '-qm', 'shop v1']);
  await run(['push', '-qu', 'origin', 'main']);
  await run(['remote', 'set-head', 'origin', 'main']);
  const owned = made.move();
  return { folder, env: own, git: run, write, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
