import type { HelmSource } from './delivery.ts';
import type { JsonObject } from './json.ts';

/** A Kubernetes object as JSON. Only the fields that every object has are typed. */
export type KubeObject = JsonObject;

/** A kind, with what the API server's paths need. */
export interface Kind {
  /** `v1`, `apps/v1`, `rollouts.kruise.io/v1beta1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Lower-case plural, as in paths. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** What to do in a cluster that does not serve the kind; left out for kinds of Kubernetes' own. */
  readonly whereMissing?: string;
  /** The older version in which the cluster serves the kind; left out where it serves `apiVersion`. */
  readonly servedAs?: string;
}

export interface ObjectRef {
  readonly kind: Kind;
  readonly namespace: string | null;
  readonly name: string;
}

export interface ListQuery {
  readonly kind: Kind;
  readonly namespace: string | null;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** A list in pages. Without a limit, one answer has everything. */
export interface PageQuery extends ListQuery {
  readonly limit?: number;
  /** `continue` of the previous page. ClusterError with status 410 when the server has dropped that state. */
  readonly continue?: string;
}

export interface Listed {
  readonly items: readonly KubeObject[];
  /** The version of the list; the same for all its pages. */
  readonly resourceVersion: string;
  /** Present when there are more pages. */
  readonly continue?: string;
  /** How many objects the remaining pages have, if the server says so. */
  readonly remaining?: number;
}

export type WatchEvent =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: KubeObject }
  /** The watch began again with a new list after 410 Gone; `items` are all present objects. */
  | { readonly type: 'reset'; readonly items: readonly KubeObject[]; readonly resourceVersion: string };

export interface ApplyOptions {
  readonly manager: string;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export type JsonPatch = readonly (
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
)[];

export interface PatchOptions {
  readonly manager: string;
  readonly subresource: 'status' | null;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** Which part of a container's log is asked for. */
export interface LogQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The log of the run before the present one. */
  readonly previous: boolean;
  /** The last lines, this many at most. */
  readonly lines: number;
  /** Bytes at most. */
  readonly bytes: number;
}

/** One request that an identity may be allowed to send. */
export interface Access {
  readonly verb: string;
  readonly group: string;
  /** Lower-case plural, as in paths. */
  readonly plural: string;
  readonly part: string | null;
  /** Null for the whole cluster. */
  readonly namespace: string | null;
  /** Null for every object of the kind. */
  readonly name: string | null;
}

/** One API server, with one identity. Every method throws ClusterError for an answer that is not 2xx. */
export interface Cluster {
  /** Host and identity for messages, without secrets. */
  readonly title: string;
  /** Null when the object does not exist (404). */
  get(ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | null>;
  list(query: PageQuery, signal: AbortSignal): Promise<Listed>;
  /** Server-side apply. */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** JSON patch; a failed `test` is ClusterError with status 422. */
  patch(ref: ObjectRef, body: JsonPatch, options: PatchOptions): Promise<KubeObject>;
  /** Deletes the object if it still has that uid (409 otherwise). An object that no longer exists is no error. */
  remove(ref: ObjectRef, uid: string, signal: AbortSignal): Promise<void>;
  /** The end of a container's log: foreign text. ClusterError with status 400 when the container has no such log. */
  logs(query: LogQuery, signal: AbortSignal): Promise<string>;
  /** Events after `since`. Resumes dropped connections. Ends without an error when the signal aborts. */
  watch(query: ListQuery, since: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** Finds a kind by discovery; null when the server does not serve it. Cached. */
  discover(apiVersion: string, kind: string, signal: AbortSignal): Promise<Kind | null>;
  /**
   * The server's time: the Date header of its last answer plus the time since. At most about a second behind, never ahead.
   * The error grows with the age of the last answer; the answer to a watch is as old as the watch. Null before the first
   * answer, and when the server sends no Date.
   */
  now(): Date | null;
  /** The user name of this identity, as the server reports it. Foreign text, neutralised when printed. Cached. */
  user(signal: AbortSignal): Promise<string>;
  /** Whether this identity may do that, as the server itself says (SelfSubjectAccessReview). Writes nothing. */
  may(access: Access, signal: AbortSignal): Promise<boolean>;
}

/** An answer of the API server that is not 2xx. `message` is the server's text: foreign, and neutralised when printed. */
export class ClusterError extends Error {
  readonly status: number;
  readonly reason: string;
  /** For a 409 of a server-side apply: the managers that own conflicting fields, with the fields. */
  readonly conflicts: readonly { readonly manager: string; readonly field: string }[];
  /** What to do about it, where the connection knows: for a 401 what the credential is called. */
  readonly hint: string | null;

  constructor(
    status: number,
    reason: string,
    message: string,
    conflicts: ClusterError['conflicts'] = [],
    hint: string | null = null,
  ) {
    super(message);
    this.name = 'ClusterError';
    this.status = status;
    this.reason = reason;
    this.conflicts = conflicts;
    this.hint = hint;
  }
}

/** The answer to a list of a kind that the server does not serve. */
export class KindMissing extends ClusterError {
  readonly kind: Kind;

  constructor(kind: Kind) {
    super(404, '', `the server does not serve the kind ${kind.kind} of ${kind.apiVersion}`);
    this.name = 'KindMissing';
    this.kind = kind;
  }
}

/** A temporary folder with the tree of a commit; removed when disposed. */
export interface Tree extends AsyncDisposable {
  readonly folder: string;
}

export interface RevertRequest {
  /** The parent of the new commit: the tip of the policy branch. */
  readonly onto: string;
  /** Repository paths, and the commit whose content they get. A path that this commit lacks is removed. */
  readonly paths: readonly string[];
  readonly from: string;
  readonly message: string;
}

export interface CommitRequest {
  /** The parent of the new commit: the tip of the policy branch. */
  readonly onto: string;
  /** Text by path; null removes the file. */
  readonly files: ReadonlyMap<string, string | null>;
  readonly message: string;
  /** Set for a commit that is rendered and never pushed: it is not signed, because signing may ask a person. */
  readonly isTrial?: boolean;
}

/** Patterns for names of branches and tags: `*` is any text without `/`, `**` any text, `?` one character except `/`. */
export interface RefQuery {
  readonly branches: readonly string[];
  readonly tags: readonly string[];
}

/** A branch (without the name of its remote: `release/1.2`) or tag, with its commit. */
export interface NamedRef {
  readonly name: string;
  readonly commit: string;
}

/** The repository. A ref from outside is resolved to a commit once; all other methods take commits. */
export interface Repo {
  /** Resolves a ref to a commit of 40 hex digits; throws REF_UNKNOWN. */
  resolve(ref: string): Promise<string>;
  /**
   * The default branch of `origin`, or of the only remote; null without a remote. Throws GIT_FAILED when it is neither in the
   * clone, nor in the event, nor known from the remote: a guess could use the policy of another branch.
   */
  defaultBranch(): Promise<{ readonly remote: string; readonly branch: string; readonly ref: string } | null>;
  /** The branch of a remote that a ref names (`origin/main`, `refs/remotes/origin/main`); null for any other ref. */
  remoteBranch(ref: string): Promise<{ readonly remote: string; readonly branch: string } | null>;
  /** The text of a file at a commit; null when there is none. Symlinks are not followed. */
  read(commit: string, path: string): Promise<string | null>;
  /** The paths of all regular files at a commit, below a folder ('' for all). */
  files(commit: string, folder: string): Promise<readonly string[]>;
  /**
   * The wanted paths that differ between the work tree and a commit, or are in one of them alone; none where another commit is
   * checked out.
   */
  uncommitted(commit: string, isWanted: (path: string) => boolean): Promise<readonly string[]>;
  /** The targets of all symbolic links at a commit, as they are written, by the path of the link. */
  links(commit: string): Promise<ReadonlyMap<string, string>>;
  /** Whether the clone has the commit. */
  has(commit: string): Promise<boolean>;
  /** Whether files or folders have the same content and modes at both commits. A path that both lack counts as the same. */
  sameAt(left: string, right: string, paths: readonly string[]): Promise<boolean>;
  /** The tags of the clone, and its branches of the policy's remote (local branches when there is no remote). */
  refs(query: RefQuery): Promise<readonly NamedRef[]>;
  /** Whether `ancestor` is `commit` or an ancestor of it; 'unknown' when the clone is too shallow. */
  contains(commit: string, ancestor: string): Promise<boolean | 'unknown'>;
  /** Fetches the history that a shallow clone lacks. Returns whether the history is complete now. Throws GIT_FAILED. */
  ensureHistory(): Promise<boolean>;
  /** Commits after `from` up to `to` that change the paths, newest first. */
  log(
    from: string,
    to: string,
    paths: readonly string[],
  ): Promise<readonly { readonly commit: string; readonly subject: string }[]>;
  /**
   * Commits after `from` up to `to` whose message contains these words, in letters of either case, newest first, each with its
   * message. Throws GIT_SHALLOW when the clone lacks a part of them.
   */
  commitsSaying(
    from: string,
    to: string,
    words: string,
  ): Promise<readonly { readonly commit: string; readonly message: string }[]>;
  /**
   * The paths that a branch changes: those that differ between `head` and the commit where it left `base`. Throws GIT_FAILED
   * when the clone is too shallow to tell.
   */
  changedOn(head: string, base: string): Promise<readonly string[]>;
  /** Writes the files of a commit to a temporary folder, for programs that read files. */
  tree(commit: string): Promise<Tree>;
  /**
   * Makes a commit on top of `onto` that gives the paths the content that they have in the commit `from`. Returns its id, or null
   * when they have that content already. The commit is signed when git's configuration says so, and it is not pushed. Throws
   * GIT_FAILED or TOOL_MISSING when signing fails.
   */
  revert(request: RevertRequest): Promise<string | null>;
  /** Makes a commit on top of `onto` that writes these files. Result, signing and errors are those of `revert`. */
  commitFiles(request: CommitRequest): Promise<string | null>;
  /** Fetches a branch of the remote; throws GIT_FAILED. */
  fetch(remote: string, branch: string): Promise<void>;
  /** Fetches the matching branches and tags that the clone lacks or has at another commit; throws GIT_FAILED. */
  fetchRefs(remote: string, query: RefQuery): Promise<void>;
  /**
   * Fetches a commit by its id if the clone lacks it. Returns whether the clone has it now. A remote also serves commits that
   * are on no branch, even those of forks, so a fetched commit is not trusted. Throws GIT_FAILED when the remote does not
   * answer.
   */
  fetchCommit(remote: string, commit: string): Promise<boolean>;
  /** Pushes without force; throws GIT_PUSH_FAILED, with PushRefused as its cause where the server lets nobody like us push there. */
  push(remote: string, commit: string, branch: string): Promise<void>;
}

/** What a clone is. */
export interface CloneFacts {
  /** The version of git, such as `2.51.0`. */
  readonly git: string;
  readonly folder: string;
  readonly remotes: readonly string[];
  /** Whether it lacks a part of the history. */
  readonly shallow: boolean;
}

/** The files that people edit: those that git tracks, and those that it does not ignore. */
export interface WorkTree {
  /** What the clone is. */
  facts(): Promise<CloneFacts>;
  /**
   * A commit of what lies there, on no branch and without parents: what is tracked, and the manifests that are changed or new. Of a
   * sparse clone it has the files too that are not written out. Neither index nor work tree change. Throws GIT_FAILED.
   */
  snapshot(): Promise<string>;
  /** Writes a file. `exists`: there is something already, and nothing was written. Follows no link. Throws SOURCE_INVALID or GIT_FAILED. */
  write(path: string, text: string, options: { readonly replace: boolean }): Promise<'written' | 'exists'>;
}

/** The cause of a failed push: the server has answered, and does not let this identity push to the branch. */
export class PushRefused extends Error {}

/** Renders a kustomize folder of a tree to YAML. */
export interface Kustomize {
  /** Throws TOOL_MISSING or SOURCE_INVALID. */
  build(folder: string, options: KustomizeOptions): Promise<string>;
}

export interface KustomizeOptions {
  /** The folder of the whole tree, which nothing that is read may leave. */
  readonly tree: string;
  /** The hosts from which something may be loaded. */
  readonly hosts: readonly string[];
  readonly signal: AbortSignal;
}

/** Renders a Helm chart of a tree to YAML, without a cluster. */
export interface Helm {
  /** Throws TOOL_MISSING, SOURCE_INVALID or SOURCE_UNSTABLE. */
  template(chart: HelmChart, options: Omit<KustomizeOptions, 'hosts'>): Promise<string>;
}

/** What helm renders. The paths are whole ones. */
export interface HelmChart extends Omit<HelmSource, 'kind'> {
  readonly namespace: string;
}

/** A place that takes messages for people, such as the incoming webhook of a chat. Its address is a secret. */
export interface Webhook {
  /** Sends plain data as JSON. Rejects unless it was taken; no message of an error has the address. */
  post(message: Readonly<Record<string, string | null>>, signal: AbortSignal): Promise<void>;
}

export interface Clock {
  now(): Date;
  /** Monotonic milliseconds, for a clock whose time does not pass like that of this process. */
  readonly elapsed?: () => number;
  /** Resolves after the milliseconds, rejects when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
