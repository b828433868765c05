import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GitHubEvent } from './events/event.ts';
import { attemptOf, endJob, type Job, type JobOptions, jobFor, waitFor } from './events/job.ts';
import type { Faults } from './faults.ts';
import type { Files } from './git/trees.ts';
import { Participant } from './hub/participant.ts';
import { Repo } from './hub/repo.ts';
import type { RequestLog } from './request-log.ts';
import { grantsFrom, type Permissions } from './rest/permissions.ts';
import { GitHubServer } from './server.ts';
import {
  type Account,
  type App,
  type BaseRole,
  baseRoles,
  person,
  type Role,
  type TeamMember,
} from './state/accounts.ts';
import { commitFiles } from './state/commit.ts';
import { createRepository } from './state/repository.ts';
import { rerun } from './state/runs.ts';
import { World } from './state/world.ts';

export interface RepositoryOptions {
  /** The role of each login: a built-in role, or a custom role with its base. */
  readonly collaborators?: Readonly<Record<string, BaseRole | { readonly name: string; readonly base: BaseRole }>>;
  readonly private?: boolean;
  readonly branch?: string;
  /** The files of the first commit. */
  readonly files?: Files;
}

/** A GitHub App that is installed in every repository. */
export interface AppHandle {
  readonly app: App;
  readonly bot: Participant;
  /** Makes an installation token, optionally with fewer permissions or for some repositories only. */
  token(of?: { readonly permissions?: Permissions; readonly repositories?: readonly Repo[] }): string;
}

/**
 * Starts a stateful fake of GitHub on the loopback. Disposing it throws when a request or an answer did not fit GitHub's
 * description.
 */
export async function startGitHub({ now = () => new Date() }: { readonly now?: () => Date } = {}): Promise<GitHub> {
  const folder = mkdtempSync(join(tmpdir(), 'stepgate-github-'));
  const server = new GitHubServer(new World(folder, now));
  await server.start();
  return new GitHub(server);
}

export class GitHub implements AsyncDisposable {
  readonly #server: GitHubServer;
  readonly #world: World;

  constructor(server: GitHubServer) {
    this.#server = server;
    this.#world = server.world;
  }

  /** The base URL of REST, GraphQL and git. `/api/v3` and `/api/graphql` work too, as on GitHub Enterprise Server. */
  get url(): string {
    return this.#world.url;
  }

  get faults(): Faults {
    return this.#server.faults;
  }

  /** All requests so far. */
  get requests(): RequestLog {
    return this.#server.log;
  }

  get events(): readonly GitHubEvent[] {
    return this.#world.events;
  }

  /** Creates a person. Any signature on a commit by a `trusted` person counts as valid. */
  person(
    login: string,
    { name, trusted = false }: { readonly name?: string; readonly trusted?: boolean } = {},
  ): Participant {
    const account = this.#world.addAccount(login, 'User', name === undefined ? {} : { name });
    if (trusted) this.#world.trusted.add(account.email);
    const value = `github_pat_${randomUUID().replaceAll('-', '')}`;
    this.#world.tokens.set(value, { is: 'person', value, account });
    return new Participant(this.#world, person(account), value);
  }

  /** Renames an account. Its number stays; the old login becomes free. */
  rename(who: Participant, login: string): void {
    this.#world.rename(who.account, login);
  }

  /** Deletes an account with its access and tokens. Its comments stay, without an author. */
  delete(who: Participant): void {
    this.#world.delete(who.account);
  }

  /** Creates an organization with teams by slug. */
  organization(login: string, teams: Readonly<Record<string, readonly Participant[]>> = {}): void {
    this.#owner(login);
    for (const [slug, members] of Object.entries(teams)) this.team(`${login}/${slug}`, members);
  }

  /** Sets the members of a team such as `acme/sre`. */
  team(name: string, members: readonly Participant[]): void {
    const [login = '', slug = ''] = name.split('/');
    const organization = this.#owner(login);
    const key = name.toLowerCase();
    const known = this.#world.teams.get(key);
    const id = known?.id ?? this.#world.nextId();
    const active = ({ account }: Participant): [number, TeamMember] => [
      account.id,
      { account, role: 'member', state: 'active' },
    ];
    this.#world.teams.set(key, { id, nodeId: `T_${id}`, slug, organization, members: new Map(members.map(active)) });
  }

  /** Creates a GitHub App. */
  app(slug: string, permissions: Permissions = {}): AppHandle {
    const app = this.#world.addApp(slug, { name: slug, grants: grantsFrom(permissions) });
    const token: AppHandle['token'] = ({ permissions: fewer, repositories } = {}) => {
      const value = `ghs_${randomUUID().replaceAll('-', '')}${'0'.repeat(4)}`;
      const grants = fewer === undefined ? app.grants : grantsFrom(fewer);
      const where = repositories === undefined ? 'all' : repositories.map(({ state }) => state);
      this.#world.tokens.set(value, { is: 'app', value, account: app.bot, app, grants, repositories: where });
      return value;
    };
    return { app, bot: new Participant(this.#world, { account: app.bot, app, job: false }, token()), token };
  }

  /** Creates `owner/name` with one commit. An owner that does not exist yet becomes an organization. */
  repository(fullName: string, of: RepositoryOptions = {}): Repo {
    const [login = '', name = ''] = fullName.split('/');
    const owner = this.#owner(login);
    const branch = of.branch ?? 'main';
    const state = createRepository(this.#world, { owner, name, private: of.private ?? false, branch, parent: null });
    const by = person(owner);
    const files = of.files ?? { 'README.md': `# ${name}\n` };
    const first = commitFiles(this.#world, state, { parent: null, files, message: 'first', by, signed: false });
    state.bare.set(`refs/heads/${branch}`, first, null);
    for (const [who, role] of Object.entries(of.collaborators ?? {})) {
      const account = this.#world.accounts.get(who.toLowerCase());
      if (account === undefined) throw new Error(`'${who}' is no account: make the person first`);
      state.collaborators.set(account.id, { account, role: roleFrom(role) });
    }
    return new Repo(this.#world, state);
  }

  /** Changes the role of a person. */
  setRole(repo: Repo, who: Participant, role: NonNullable<RepositoryOptions['collaborators']>[string]): void {
    repo.state.collaborators.set(who.account.id, { account: who.account, role: roleFrom(role) });
  }

  /** Starts the job of an event, with a token and an environment. Throws when GitHub would start none. */
  runFor(event: GitHubEvent, options: JobOptions = {}): Job {
    return jobFor(this.#world, event, options);
  }

  /** Re-runs an ended job: the same run and event, a new attempt and token. */
  runAgain({ run, event, options }: Job, by: Participant): Job {
    rerun(this.#world, run, by.account);
    return attemptOf(this.#world, run, event, options);
  }

  /** Lets the job reach an environment. Returns whether the run now waits for a reviewer. */
  waitsFor(job: Job, environment: string): boolean {
    return waitFor(this.#world, job, environment);
  }

  /** Ends a job: revokes its token and emits `workflow_run`. */
  ends(job: Job, conclusion: 'cancelled' | 'failure' | 'success' = 'success'): void {
    endJob(this.#world, job, conclusion);
  }

  /** Makes the fake unavailable until `comesBack`. */
  async goesAway(how: 'answers 503' | 'refuses connections'): Promise<void> {
    if (how === 'answers 503') this.faults.away = true;
    else await this.#server.stop();
  }

  async comesBack(): Promise<void> {
    this.faults.away = false;
    await this.#server.stop();
    await this.#server.start();
  }

  /** Ends every rate limit, as the next hour does. */
  limitsEnd(): void {
    this.#server.limits.reset();
  }

  /** Returns the violations so far, and forgets them: they no longer fail the test. */
  takeViolations(): readonly string[] {
    return this.#server.violations.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop();
    rmSync(this.#world.folder, { recursive: true, force: true });
    const violations = this.takeViolations();
    if (violations.length > 0) throw new Error(`does not fit GitHub's description:\n${violations.join('\n')}`);
  }

  #owner(login: string): Account {
    return this.#world.accounts.get(login.toLowerCase()) ?? this.#world.addAccount(login, 'Organization');
  }
}

function roleFrom(role: BaseRole | Role): Role {
  if (typeof role !== 'string') return role;
  if (!baseRoles.includes(role)) throw new Error(`'${role}' is no role`);
  return { name: role, base: role };
}
