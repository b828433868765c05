import { environmentError } from '../../release/error.ts';
import { type Programs, programsFor } from '../programs.ts';
import { noClone } from './no-clone.ts';
import { type Objects, objectsOf } from './object-process.ts';
import { gitWords, isNoClone, text } from './ran.ts';
import { type Env, gitIn, programOf, type Run } from './run.ts';
import { readSettings, trusted } from './trust.ts';

/** A clone with a work tree, and cached facts about it, because each git command is a process. */
export interface Clone {
  readonly run: Run;
  readonly programs: Programs;
  readonly objects: Objects;
  /**
   * Whether git fetches objects when they are used (blob:none). A question about a commit must not wait for a server then, and
   * `objects` may.
   */
  readonly isPartial: boolean;
  /** The top folder of the work tree. */
  readonly root: string;
  /** Whether the history is incomplete. A fetch may complete it; stepgate never makes a complete clone shallow. */
  isShallow(): Promise<boolean>;
  /** The remotes that the repository's config names. */
  remotes(): Promise<readonly string[]>;
  /** Whether the config names this remote. A positive answer is cached. */
  hasRemote(name: string): Promise<boolean>;
}

/** The clone of a folder. Throws TOOL_MISSING, or GIT_FAILED when there is none. */
export async function cloneAt(folder: string, env: Env): Promise<Clone> {
  const programs = programsFor({ env, folder });
  const git = gitIn(folder, env, { programs });
  // Neither starts anything that the configuration names.
  const [found, listed, ssh] = await Promise.all([
    git(['rev-parse', '--show-toplevel', '--is-shallow-repository'], { quick: true }),
    git(['config', '--list', '-z', '--show-scope'], { quick: true }),
    programs.find('ssh'),
  ]);
  if (isNoClone(found)) throw await noClone(folder, gitWords(found), env);
  // The folder's name may contain line breaks; the answer to the second question is the last line.
  const answer = /^(.*)\n(true|false)\n$/s.exec(text(found, `open the repository at ${folder}`));
  const [, root, shallow] = answer ?? [];
  if (root === undefined) throw environmentError('GIT_FAILED', `git did not print the top folder of ${folder}`);
  const settings = readSettings(text(listed, "read git's configuration"));
  const trust = trusted(settings, ssh);
  const [key] = trust.refused;
  if (key !== undefined) {
    throw environmentError(
      'GIT_FAILED',
      `.git/config names a program for a remote (${key}), and stepgate starts none of it`,
      {
        hint: `git config --unset-all ${key}; set it in your own with git config --global if it is needed`,
      },
    );
  }
  if (settings.some((one) => one.key === 'core.worktree')) await refuseOtherWorkTree(git, root, env, programs);
  const run = gitIn(root, env, { programs, trusted: trust });
  let whole = shallow === 'false';
  let named: readonly string[] = [];

  const remotes = async () => {
    const names = text(await run(['remote']), 'list the remotes').split('\n');
    named = names.filter((name) => name !== '');
    return named;
  };

  return {
    run,
    programs,
    objects: objectsOf(root, programOf(env, programs, trust)),
    isPartial: settings.some(({ key }) => key === 'extensions.partialclone' || /^remote\..*\.promisor$/s.test(key)),
    root,
    remotes,
    hasRemote: async (name) => named.includes(name) || (await remotes()).includes(name),
    async isShallow() {
      if (whole) return false;
      const asked = await run(['rev-parse', '--is-shallow-repository']);
      whole = text(asked, 'look at the clone').trim() === 'false';
      return !whole;
    },
  };
}

/**
 * Throws GIT_FAILED where `core.worktree` leads to a folder that is in another repository, or in none: git would go by that
 * repository's configuration there, which nobody has looked at. The work tree of a submodule is its own.
 */
async function refuseOtherWorkTree(here: Run, root: string, env: Env, programs: Programs): Promise<void> {
  const question = ['rev-parse', '--absolute-git-dir'];
  const [own, there] = await Promise.all([here(question), gitIn(root, env, { programs })(question)]);
  if (own.exit === 0 && there.exit === 0 && own.out.equals(there.out)) return;
  throw environmentError(
    'GIT_FAILED',
    `core.worktree of the repository's configuration leads to ${root}, which is no work tree of this repository`,
    { hint: 'git config --unset core.worktree' },
  );
}

const deeper = 'clone with the whole history: in a workflow, actions/checkout with fetch-depth: 0';

export function tooShallow(forWhat: string) {
  return environmentError('GIT_SHALLOW', `the clone is too shallow ${forWhat}`, { hint: deeper });
}

/** The hint for a ref or commit that git does not know. */
export function whereToLook(shallow: boolean): string {
  return shallow ? `this clone is shallow and may lack it: ${deeper}` : 'fetch it first, or check the spelling';
}
