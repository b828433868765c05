import type { EventName, GitHubEvent } from '../events/event.ts';
import { readCommit } from '../git/commits.ts';
import { log } from '../git/history.ts';
import { type Files, readTree } from '../git/trees.ts';
import { type Account, github as committer } from '../state/accounts.ts';
import { type Environment, environmentNamed } from '../state/deployments.ts';
import type { Protection } from '../state/protection.ts';
import { openPull, type PullRequest } from '../state/pulls.ts';
import { settle } from '../state/queue.ts';
import { createRepository, type Repository, type Settings } from '../state/repository.ts';
import type { World } from '../state/world.ts';
import type { Participant } from './participant.ts';

export interface OpenPullRequest {
  readonly by: Participant;
  readonly files: Files;
  readonly title?: string;
  readonly body?: string;
  /** The head branch; a new name by default. */
  readonly branch?: string;
  readonly base?: string;
  /** The fork that has the head branch; this repository by default. */
  readonly from?: Repo;
  readonly draft?: boolean;
}

/** A repository as tests use it. */
export class Repo {
  readonly state: Repository;
  readonly #world: World;

  constructor(world: World, state: Repository) {
    this.#world = world;
    this.state = state;
  }

  get name(): string {
    return this.state.fullName;
  }

  /** The directory of the bare repository. */
  get folder(): string {
    return this.state.bare.folder;
  }

  /** The URL for `git clone`. */
  get url(): string {
    return `${this.#world.url}/${this.state.fullName}.git`;
  }

  /** The same with a token as the password. */
  urlWith(token: string): string {
    return this.url.replace('://', `://x-access-token:${token}@`);
  }

  get settings(): Settings {
    return this.state.settings;
  }

  /** The commit at the tip of a branch; null when there is no such branch. */
  tip(branch = this.state.defaultBranch): string | null {
    return this.state.bare.tip(`refs/heads/${branch}`);
  }

  /** A file's content at a branch, tag or commit; null when there is no such file. */
  read(path: string, at = this.state.defaultBranch): string | null {
    const { bare } = this.state;
    const commit = bare.resolve(at);
    const entry = commit === null ? undefined : readTree(bare.store, commit.tree).get(path);
    return entry === undefined ? null : bare.store.get(entry.id, 'blob').toString('utf8');
  }

  /** The commit messages of a branch, newest first. */
  messages(branch = this.state.defaultBranch): readonly string[] {
    const tip = this.tip(branch);
    return tip === null ? [] : log(this.state.bare.store, tip).map(({ message }) => message);
  }

  /** Whether GitHub committed and signed it: merges, squashes and `createCommitOnBranch`. */
  madeByGitHub(sha: string): boolean {
    return readCommit(this.state.bare.store, sha)?.committer.name === committer.name && this.state.verified.has(sha);
  }

  /** Pushes one commit with these files to the head branch, and opens a pull request. */
  openPullRequest({
    by,
    files,
    title = 'A change',
    body,
    branch,
    base,
    from,
    draft = false,
  }: OpenPullRequest): PullRequest {
    const source = from ?? this;
    const target = base ?? this.state.defaultBranch;
    const name = branch ?? `${by.account.login.replace('[bot]', '')}-${this.state.issues.size + 1}`;
    const start = source.tip(name) === null ? { onto: this.tip(target) } : {};
    by.pushes(source, { branch: name, files, message: title, ...start });
    return openPull(this.#world, this.state, by.actor, {
      title,
      body: body ?? null,
      head: { repository: source.state, branch: name },
      base: target,
      draft,
    });
  }

  /** Protects a branch, replacing an earlier protection. By default nothing but forced pushes and deletion is refused. */
  protect(
    branch: string,
    rule: Partial<Omit<Protection, 'bypass' | 'pushers'>> & {
      readonly pushers?: readonly Participant[];
      readonly bypass?: readonly Participant[];
    },
  ): void {
    const accounts = (given: readonly Participant[]): readonly Account[] => given.map(({ account }) => account);
    this.state.protections.set(branch, {
      by: 'protection',
      id: this.#world.nextId(),
      branch,
      pullRequest: false,
      reviews: 0,
      dismissStale: false,
      signatures: false,
      checks: [],
      queue: false,
      ...rule,
      pushers: rule.pushers === undefined ? null : accounts(rule.pushers),
      bypass: accounts(rule.bypass ?? []),
    });
  }

  unprotect(branch: string): void {
    this.state.protections.delete(branch);
  }

  /** Creates or replaces an environment. With reviewers, its jobs wait for an approval. */
  environment(
    name: string,
    of: { readonly reviewers?: readonly Participant[]; readonly preventSelfReview?: boolean } = {},
  ): Environment {
    const reviewers = (of.reviewers ?? []).map(({ account }) => account);
    this.state.environments.delete(name.toLowerCase());
    return environmentNamed(this.#world, this.state, name, {
      reviewers,
      preventSelfReview: of.preventSelfReview ?? false,
    });
  }

  /** Forks the repository with its current branches. */
  fork(by: Participant): Repo {
    const { name, private: isPrivate, defaultBranch: branch, bare } = this.state;
    const made = createRepository(this.#world, {
      owner: by.account,
      name,
      private: isPrivate,
      branch,
      parent: this.state,
    });
    for (const [ref, id] of bare.refs('refs/heads/')) made.bare.set(ref, id, null);
    return new Repo(this.#world, made);
  }

  /** Removes a collaborator. */
  remove(who: Participant): void {
    this.state.collaborators.delete(who.account.id);
  }

  /** Emits a schedule event. On GitHub its actor is the person who last changed the workflow's cron line. */
  schedule(cron: string, by: Participant): GitHubEvent {
    this.#world.emit({ name: 'schedule', action: null, repository: this.state, by: by.actor, cron });
    return this.event('schedule');
  }

  /** Ends the checks of a queued pull request's group. */
  queueChecks(issue: PullRequest, outcome: 'failure' | 'success'): void {
    const entry = issue.pull.queued;
    if (entry === null) throw new Error(`pull request #${issue.number} is not in the queue`);
    settle(this.#world, entry, outcome);
  }

  /** Ends the checks of several queued pull requests, which land together: with one push. */
  lands(...issues: readonly PullRequest[]): void {
    // The queue merges in its own order, and waits for the first one.
    for (const issue of issues.toReversed()) this.queueChecks(issue, 'success');
  }

  /** The events of this repository, oldest first. */
  get events(): readonly GitHubEvent[] {
    return this.#world.events.filter(({ repository }) => repository === this.state);
  }

  /** The newest event with this name and action. Throws when there is none. */
  event(name: EventName, action?: string): GitHubEvent {
    const found = this.events.findLast((one) => one.name === name && (action === undefined || one.action === action));
    if (found === undefined)
      throw new Error(`${this.name} has had no event ${name}${action === undefined ? '' : ` ${action}`}`);
    return found;
  }
}
