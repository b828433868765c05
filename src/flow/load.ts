import { refusePointer } from '../config/strange-file.ts';
import type { Resolved } from '../release/delivery.ts';
import { inputError, StepgateError } from '../release/error.ts';
import type { Freeze } from '../release/freeze.ts';
import type { Repo } from '../release/ports.ts';
import type { Context } from './context.ts';
import { freezesAt, freezesByIssue } from './freezes.ts';
import { matching } from './matching.ts';
import { readFiles } from './read-files.ts';

/** The config at the policy ref. Everything that grants a right comes from there. */
export interface Policy extends Resolved {
  /** The ref, as the caller or the remote names it. */
  readonly ref: string;
  readonly commit: string;
  /** The branch to which reverts are pushed; null when there is no remote. */
  readonly branch: RemoteBranch | null;
  /** Every freeze at that commit; where the policy was fetched, those of issues too. */
  readonly freezes: readonly Freeze[];
  /** The branch that is fetched before a write under the policy; null when the ref is no branch of a remote. */
  readonly fetchable: RemoteBranch | null;
  /**
   * Why the policy could not be read; null when it was read. Commands that need no policy then use the delivery that the
   * Rollout in the cluster describes.
   */
  readonly missing: StepgateError | null;
}

export interface RemoteBranch {
  readonly remote: string;
  readonly branch: string;
}

/** The branch to which commits are pushed. Only for callers that have refused a policy without one: throws a bug. */
export function branchOf({ branch }: Pick<Policy, 'branch'>): RemoteBranch {
  if (branch === null) throw new Error('the policy is on no branch of a remote');
  return branch;
}

/** Parser of the config. First the root names the files that it includes, then all of them are resolved. */
export interface ConfigParser {
  includes(file: string, text: string): readonly string[];
  resolve(
    root: { readonly file: string; readonly text: string },
    included: readonly { readonly file: string; readonly text: string }[],
  ): Resolved;
}

/**
 * Reads the policy. Without a ref it is the remote's default branch, or HEAD when there is no remote. `fetched`: fetches
 * that branch first, because no write may use an old policy, and throws GIT_FAILED (environment) when the remote does not
 * answer.
 */
export async function loadPolicy(
  context: Context,
  { policyRef, fetched }: { readonly policyRef: string | null; readonly fetched: boolean },
): Promise<Policy> {
  const { repo } = context;
  const { file } = context.config;
  const named = policyRef === null ? null : await repo.remoteBranch(policyRef);
  // A ref that is no branch of a remote is resolved in this clone. Reverts then go to the default branch.
  const main = named ?? (await repo.defaultBranch());
  const fetchable = policyRef === null ? main : named;
  if (fetched && fetchable !== null) await repo.fetch(fetchable.remote, fetchable.branch);
  const ref = policyRef ?? (main === null ? 'HEAD' : `${main.remote}/${main.branch}`);
  const commit = await policyCommit(context, policyRef, fetchable);
  const resolved = await resolvedAt(context, commit);
  if (resolved === null) {
    throw inputError('CONFIG_NOT_FOUND', `${file} is not in ${ref} (${commit.slice(0, 10)})`, {
      hint: await whereConfigIs(context, { ref, commit }),
    });
  }
  const branch = main === null ? null : { remote: main.remote, branch: main.branch };
  const files = await freezesAt(repo, commit, resolved.deliveries);
  // Only what writes waits for the forge.
  const issues = fetched && resolved.freezesByIssue ? await freezesByIssue(context, resolved.deliveries) : [];
  const freezes = [...files, ...issues];
  return { ...resolved, ref, commit, branch, freezes, fetchable, missing: null };
}

/** Where the config may be, if it is not where it is looked for. */
async function whereConfigIs(
  { repo, config: { file } }: Context,
  { ref, commit }: { readonly ref: string; readonly commit: string },
): Promise<string> {
  const elsewhere =
    'commit it there (stepgate init makes a first one), or name another place: --config FILE, --policy-ref REF';
  const all = await repo.files(commit, '');
  const others = all.filter((path) => /(^|\/)stepgate\.ya?ml$/.test(path));
  const [other] = others;
  if (all.some((path) => path.startsWith(`${file}/`))) {
    const rest = other === undefined ? 'a config is a file' : `name the file with --config ${other}`;
    return `${file} is a folder there: ${rest}`;
  }
  if (other !== undefined) {
    const isSpelling = other.replace(/ya?ml$/, '') === file.replace(/ya?ml$/, '');
    const rename = isSpelling ? `rename it to ${file}, or ` : '';
    return `there is ${others.slice(0, 3).join(', ')}: ${rename}name it with --config ${other}`;
  }
  const head = await repo.resolve('HEAD').catch(() => null);
  if (head === null) return elsewhere;
  if (head !== commit && (await repo.read(head, file)) !== null) {
    return `it is in HEAD: bring that commit to ${ref}, or read the config from HEAD where nothing is written: --policy-ref HEAD`;
  }
  const [here] = await repo.uncommitted(head, (path) => path === file);
  return here === undefined ? elsewhere : `it is in the work tree and not committed: git add ${file} && git commit`;
}

/** The configs that were read, by commit. The config of a commit never changes. */
const read = new WeakMap<Repo, WeakMap<ConfigParser, Map<string, Promise<Resolved | null>>>>();

/** Null when the commit has no config. Throws the errors in the config, and those of git. */
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
    refusePointer({ file, text });
    const patterns = parser.includes(file, text);
    const paths = patterns.length === 0 ? [] : matching(await repo.files(commit, ''), patterns);
    const included = await readFiles(repo, commit, paths);
    return parser.resolve({ file, text }, included);
  }
}

/** The config at any commit; null when there is none, or it can't be read. */
export async function configAt(context: Context, commit: string): Promise<Resolved | null> {
  try {
    return await withHistory(context, () => resolvedAt(context, commit));
  } catch (error) {
    if (error instanceof StepgateError && error.family !== 'bug' && !context.signal.aborted) return null;
    throw error;
  }
}

/** The policy's commit. A checkout of a topic branch may lack the default branch: it is fetched then. */
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

/** Reads something at an older commit. When the clone is too shallow for it, the history is fetched first. */
export async function withHistory<T>({ repo }: Context, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const missing = error instanceof StepgateError && (error.code === 'GIT_SHALLOW' || error.code === 'REF_UNKNOWN');
    if (!missing || !(await repo.ensureHistory())) throw error;
    return await read();
  }
}
