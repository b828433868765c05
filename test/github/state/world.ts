import type { GitHubEvent, Happening } from '../events/event.ts';
import { record } from '../events/record.ts';
import type { Account, Actor, App, Team } from './accounts.ts';
import type { Repository } from './repository.ts';
import type { Token } from './tokens.ts';

/** The whole state of the fake. */
export class World {
  /** The directory of the bare repositories and the event files. */
  readonly folder: string;
  readonly now: () => Date;
  /** `http://127.0.0.1:PORT`; empty until the server listens. */
  url = '';
  readonly accounts = new Map<string, Account>();
  readonly apps = new Map<string, App>();
  readonly teams = new Map<string, Team>();
  readonly repositories = new Map<string, Repository>();
  readonly tokens = new Map<string, Token>();
  readonly events: GitHubEvent[] = [];
  /** Committers' emails for which any signature on a pushed commit counts as valid. */
  readonly trusted = new Set<string>();
  #last = 1000;

  constructor(folder: string, now: () => Date) {
    this.folder = folder;
    this.now = now;
    this.addApp('github-actions', { id: 15368, botId: 41898282, name: 'GitHub Actions', grants: {} });
    this.addApp('github-merge-queue', { name: 'GitHub Merge Queue', grants: {} });
  }

  nextId(): number {
    this.#last += 1;
    return this.#last;
  }

  addAccount(
    login: string,
    type: Account['type'],
    { id = this.nextId(), name = null }: { readonly id?: number; readonly name?: string | null } = {},
  ): Account {
    const key = login.toLowerCase();
    if (this.accounts.has(key)) throw new Error(`there is an account '${login}' already`);
    const prefix = type === 'User' ? 'U' : type === 'Bot' ? 'BOT' : 'O';
    const email = `${id}+${login}@users.noreply.github.com`;
    const nodeId = `${prefix}_${id}`;
    const account = { id, nodeId, login, type, name, email, createdAt: this.now(), deleted: false };
    this.accounts.set(key, account);
    return account;
  }

  /** Renames an account. Its number stays; the old login becomes free. */
  rename(account: Account, login: string): void {
    const key = login.toLowerCase();
    if (this.accounts.has(key)) throw new Error(`there is an account '${login}' already`);
    this.accounts.delete(account.login.toLowerCase());
    account.login = login;
    this.accounts.set(key, account);
  }

  delete(account: Account): void {
    account.deleted = true;
    this.accounts.delete(account.login.toLowerCase());
    for (const { collaborators } of this.repositories.values()) collaborators.delete(account.id);
    for (const { members } of this.teams.values()) members.delete(account.id);
    for (const [value, token] of this.tokens) if (token.account === account) this.tokens.delete(value);
  }

  addApp(slug: string, of: Pick<App, 'grants' | 'name'> & { readonly id?: number; readonly botId?: number }): App {
    const id = of.id ?? this.nextId();
    const bot = this.addAccount(`${slug}[bot]`, 'Bot', of.botId === undefined ? {} : { id: of.botId });
    const owner = this.accounts.get('github') ?? this.addAccount('github', 'Organization');
    const made = { id, nodeId: `A_${id}`, slug, name: of.name, owner, bot, grants: of.grants, createdAt: this.now() };
    this.apps.set(slug, made);
    return made;
  }

  app(slug: string): App {
    const found = this.apps.get(slug);
    if (found === undefined) throw new Error(`there is no App '${slug}'`);
    return found;
  }

  /** The bot that merges for the merge queue. */
  get queueBot(): Actor {
    const app = this.app('github-merge-queue');
    return { account: app.bot, app, job: false };
  }

  /** Records the event of a change. */
  emit(happening: Happening): void {
    const event = record(this, happening);
    this.events.push(event);
  }

  /** The account with this commit email; null when there is none. */
  accountOf(email: string): Account | null {
    return [...this.accounts.values()].find((one) => one.email === email) ?? null;
  }
}
