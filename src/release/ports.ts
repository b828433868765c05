import type { JsonObject } from './json.ts';

/** A Kubernetes object as JSON. Only the parts every object has are promised. */
export type KubeObject = JsonObject;

/** A kind as the API server's paths need it. */
export interface Kind {
  /** `v1`, `apps/v1`, `rollouts.kruise.io/v1beta1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Lower-case plural, as in paths. */
  readonly plural: string;
  readonly namespaced: boolean;
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

/** A list in pages: without a limit everything comes in one answer. */
export interface PageQuery extends ListQuery {
  readonly limit?: number;
  /** From `Listed.continue`: the page after that one. ClusterError with status 410 where the server has forgotten it. */
  readonly continue?: string;
}

export interface Listed {
  readonly items: readonly KubeObject[];
  /** Of the moment that all pages of a list show. */
  readonly resourceVersion: string;
  /** Only where there are more pages. */
  readonly continue?: string;
  /** How many objects the further pages have, where the server says so. */
  readonly remaining?: number;
}

export type WatchEvent =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: KubeObject }
  /** The watch began again from a fresh list (410 Gone) of this version: these are all there are now. */
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

/** One API server, as one identity. Every method throws ClusterError for an answer that is not 2xx. */
export interface Cluster {
  /** Host and identity for messages; no secret in it. */
  readonly title: string;
  /** Null where the object (404) is not there. */
  get(ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | null>;
  list(query: PageQuery, signal: AbortSignal): Promise<Listed>;
  /** Server-side apply. */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** JSON patch; a failed `test` is ClusterError with status 422. */
  patch(ref: ObjectRef, body: JsonPatch, options: PatchOptions): Promise<KubeObject>;
  /** Deletes the object if it still has that uid (409 otherwise). One that is gone already is no error. */
  remove(ref: ObjectRef, uid: string, signal: AbortSignal): Promise<void>;
  /** From `since` on, resumed on dropped connections, until the signal aborts (then the iteration ends quietly). */
  watch(query: ListQuery, since: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** The kind of an apiVersion and kind, by discovery; null where the server does not serve it. Cached. */
  discover(apiVersion: string, kind: string, signal: AbortSignal): Promise<Kind | null>;
  /**
   * The server's clock, by the Date of its answers and the time since: about a second behind at most, and never ahead. It is
   * as good as the last answer is new, a watch's answer being as old as the watch. Null before the first answer, and where
   * the server tells no time.
   */
  now(): Date | null;
  /** Who the server says this identity is: its words, foreign, neutralised when printed. Cached. */
  user(signal: AbortSignal): Promise<string>;
}

/** An answer of the API server that is not 2xx. `message` is the server's text: foreign, neutralised when printed. */
export class ClusterError extends Error {
  readonly status: number;
  readonly reason: string;
  /** Of a 409 under server-side apply: the managers that own the fields in conflict, with the fields. */
  readonly conflicts: readonly { readonly manager: string; readonly field: string }[];

  constructor(status: number, reason: string, message: string, conflicts: ClusterError['conflicts'] = []) {
    super(message);
    this.name = 'ClusterError';
    this.status = status;
    this.reason = reason;
    this.conflicts = conflicts;
  }
}

/** A folder with a commit's tree in it; gone when disposed. */
export interface Tree extends AsyncDisposable {
  readonly folder: string;
}

export interface RevertRequest {
  /** Commit the new one is made on (the policy branch's tip). */
  readonly onto: string;
  /** Repository paths and the commit whose content they get; a path missing there is removed. */
  readonly paths: readonly string[];
  readonly from: string;
  readonly message: string;
}

/** Branches and tags by patterns of their names: `*` is any text without `/`, `**` any text, `?` one character but `/`. */
export interface RefQuery {
  readonly branches: readonly string[];
  readonly tags: readonly string[];
}

/** A branch (without its remote's name: `release/1.2`) or tag, with the commit it leads to. */
export interface NamedRef {
  readonly name: string;
  readonly commit: string;
}

/** The repository. Refs from outside are resolved once to a commit; only commits are passed on afterwards. */
export interface Repo {
  /** 40 hex; throws REF_UNKNOWN. */
  resolve(ref: string): Promise<string>;
  /**
   * The default branch of `origin`, or of the only remote; null without a remote. Throws GIT_FAILED where neither the clone,
   * nor the event, nor the remote tells it: a guess could be another branch's policy.
   */
  defaultBranch(): Promise<{ readonly remote: string; readonly branch: string; readonly ref: string } | null>;
  /** The branch of a remote that a ref names (`origin/main`, `refs/remotes/origin/main`); null where it names none. */
  remoteBranch(ref: string): Promise<{ readonly remote: string; readonly branch: string } | null>;
  /** The file's text at a commit; null where it is not there. Symlinks are not followed. */
  read(commit: string, path: string): Promise<string | null>;
  /** Every regular file's path at a commit, below a folder ('' for all). */
  files(commit: string, folder: string): Promise<readonly string[]>;
  /** Whether the clone has the commit. */
  has(commit: string): Promise<boolean>;
  /** Whether files or folders have the same content and modes at both commits; a path that neither has is the same. */
  sameAt(left: string, right: string, paths: readonly string[]): Promise<boolean>;
  /** The branches that the clone knows of the policy's remote (its own where it has no remote), and its tags. */
  refs(query: RefQuery): Promise<readonly NamedRef[]>;
  /** Whether `ancestor` is `commit` or an ancestor of it; 'unknown' where the clone is too shallow to tell. */
  contains(commit: string, ancestor: string): Promise<boolean | 'unknown'>;
  /** Fetches what a shallow clone lacks; whether the history is whole now. Throws GIT_FAILED. */
  ensureHistory(): Promise<boolean>;
  /** Commits after `from` up to `to` that touch the paths, newest first. */
  log(
    from: string,
    to: string,
    paths: readonly string[],
  ): Promise<readonly { readonly commit: string; readonly subject: string }[]>;
  /** The commit's files in a temporary folder, for programs that want files. */
  tree(commit: string): Promise<Tree>;
  /**
   * A new commit on top of `onto` with the paths as they were at `from`, signed where git's configuration asks for it;
   * nothing is pushed. Null when nothing differs. Throws GIT_FAILED or TOOL_MISSING where it can't be signed.
   */
  revert(request: RevertRequest): Promise<string | null>;
  /** Fetches a branch of the remote; throws GIT_FAILED. */
  fetch(remote: string, branch: string): Promise<void>;
  /** Fetches those branches and tags of the remote that the clone lacks or has otherwise; throws GIT_FAILED. */
  fetchRefs(remote: string, query: RefQuery): Promise<void>;
  /**
   * Asks the remote for a commit by its id, where the clone lacks it; whether the clone has it then. A remote serves what
   * is on no branch too, even a fork's commits: that it was fetched says nothing about who wrote it. Throws GIT_FAILED
   * where the remote does not answer.
   */
  fetchCommit(remote: string, commit: string): Promise<boolean>;
  /** Pushes without force; throws GIT_PUSH_FAILED. */
  push(remote: string, commit: string, branch: string): Promise<void>;
}

/** Renders a kustomize folder of a tree to YAML. */
export interface Kustomize {
  /** Throws TOOL_MISSING or SOURCE_INVALID. */
  build(folder: string): Promise<string>;
}

export interface Clock {
  now(): Date;
  /** Milliseconds that nobody sets back, where time passes otherwise than in this process. */
  readonly elapsed?: () => number;
  /** Resolves after the milliseconds, rejects when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
