import type { Resolved } from '../release/delivery.ts';
import { inputError, StepgateError } from '../release/error.ts';
import type { Repo } from '../release/ports.ts';
import type { Context } from './context.ts';
import { matching } from './matching.ts';

/** The config as the policy ref has it: all that grants comes from there. */
export interface Policy extends Resolved {
  /** What the caller or the remote called it. */
  readonly ref: string;
  readonly commit: string;
  /** Where reverts go; null where there is no remote. */
  readonly branch: RemoteBranch | null;
  /** What is fetched before anything is written by the policy; null where the ref names no branch of a remote. */
  readonly fetchable: RemoteBranch | null;
  /** Why there is no policy, for what needs none: its one delivery is then what the cluster tells. Null where it was read. */
  readonly missing: StepgateError | null;
}

export interface RemoteBranch {
  readonly remote: string;
  readonly branch: string;
}

/** Two-phase parser of the config: the root names what it includes, then all of it is resolved. */
export interface ConfigParser {
  includes(file: string, text: string): readonly string[];
  resolve(
    root: { readonly file: string; readonly text: string },
    included: readonly { readonly file: string; readonly text: string }[],
  ): Resolved;
}

/**
 * Reads the policy. Without a ref: the remote's default branch, or HEAD where there is no remote. `fetched`: fetches that
 * branch first, and throws GIT_FAILED (environment) where the remote does not answer: what is written by a policy must not
 * be written by an old one.
 */
export async function loadPolicy(
  context: Context,
  { policyRef, fetched }: { readonly policyRef: string | null; readonly fetched: boolean },
): Promise<Policy> {
  const { repo } = context;
  const { file } = context.config;
  const named = policyRef === null ? null : await repo.remoteBranch(policyRef);
  // A ref that names no branch of a remote stands for itself; reverts go to the default branch then.
  const main = named ?? (await repo.defaultBranch());
  const fetchable = policyRef === null ? main : named;
  if (fetched && fetchable !== null) await repo.fetch(fetchable.remote, fetchable.branch);
  const ref = policyRef ?? (main === null ? 'HEAD' : `${main.remote}/${main.branch}`);
  const commit = await policyCommit(context, policyRef, fetchable);
  const resolved = await resolvedAt(context, commit);
  if (resolved === null) {
    throw inputError('CONFIG_NOT_FOUND', `${file} is not in ${ref} (${commit.slice(0, 10)})`, {
      hint: `commit it there, or name another place: --config FILE, --policy-ref REF`,
    });
  }
  const branch = main === null ? null : { remote: main.remote, branch: main.branch };
  return { ...resolved, ref, commit, branch, fetchable, missing: null };
}

/** What the config says at each commit that was read: a commit never says something else. */
const read = new WeakMap<Repo, WeakMap<ConfigParser, Map<string, Promise<Resolved | null>>>>();

/** Null where the commit has no config. Throws what the config says wrong, and what git says. */
function resolvedAt(context: Context, commit: string): Promise<Resolved | null> {
  const { parser, file } = context.config;
  const byParser = read.get(context.repo) ?? new WeakMap<ConfigParser, Map<string, Promise<Resolved | null>>>();
  read.set(context.repo, byParser);
  const known = byParser.get(parser) ?? new Map<string, Promise<Resolved | null>>();
  byParser.set(parser, known);
  const made = known.get(commit) ?? parse();
  known.set(commit, made);
  made.catch(() => known.delete(commit));
  return made;

  async function parse(): Promise<Resolved | null> {
    const { repo } = context;
    const text = await repo.read(commit, file);
    if (text === null) return null;
    const patterns = parser.includes(file, text);
    const paths = patterns.length === 0 ? [] : matching(await repo.files(commit, ''), patterns);
    const included = await Promise.all(
      paths.map(async (path) => ({ file: path, text: (await repo.read(commit, path)) ?? '' })),
    );
    return parser.resolve({ file, text }, included);
  }
}

/** What the config says at any commit; null where there is none, or nothing that can be read. */
export async function configAt(context: Context, commit: string): Promise<Resolved | null> {
  try {
    return await withHistory(context, () => resolvedAt(context, commit));
  } catch (error) {
    if (error instanceof StepgateError && error.family !== 'bug' && !context.signal.aborted) return null;
    throw error;
  }
}

/** A checkout of a topic branch does not have the default branch: it is fetched where it is missing. */
async function policyCommit({ repo }: Context, policyRef: string | null, branch: RemoteBranch | null): Promise<string> {
  const ref = policyRef ?? (branch === null ? 'HEAD' : `refs/remotes/${branch.remote}/${branch.branch}`);
  try {
    return await repo.resolve(ref);
  } catch (error) {
    if (branch === null || !(error instanceof StepgateError) || error.code !== 'REF_UNKNOWN') throw error;
    await repo.fetch(branch.remote, branch.branch);
    return await repo.resolve(ref);
  }
}

/** Reads something of an older commit; where the clone is too shallow for it, the history is fetched first. */
export async function withHistory<T>({ repo }: Context, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const missing = error instanceof StepgateError && (error.code === 'GIT_SHALLOW' || error.code === 'REF_UNKNOWN');
    if (!missing || !(await repo.ensureHistory())) throw error;
    return await read();
  }
}
