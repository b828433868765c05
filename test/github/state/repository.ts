import { join } from 'node:path';
import { Bare } from '../git/bare.ts';
import { type Account, type Actor, type BaseRole, type Role, reaches } from './accounts.ts';
import type { CheckRun, CommitStatus } from './checks.ts';
import type { Deployment, Environment } from './deployments.ts';
import type { Comment, Issue } from './issues.ts';
import type { MergeMethod } from './merging.ts';
import type { Protection } from './protection.ts';
import type { WorkflowRun } from './runs.ts';
import type { World } from './world.ts';

export interface Push {
  readonly ref: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly pusher: Account;
  readonly at: Date;
  readonly forced: boolean;
}

export interface Settings {
  /** "Allow GitHub Actions to create and approve pull requests". */
  actionsMayOpenPullRequests: boolean;
  /** How the merge queue merges. */
  queueMerges: MergeMethod;
}

export interface Repository {
  readonly id: number;
  readonly nodeId: string;
  readonly owner: Account;
  readonly name: string;
  readonly fullName: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  /** The repository that this is a fork of. */
  readonly parent: Repository | null;
  readonly bare: Bare;
  readonly createdAt: Date;
  readonly collaborators: Map<number, { readonly account: Account; readonly role: Role }>;
  /** Issues and pull requests by number. */
  readonly issues: Map<number, Issue>;
  readonly comments: Map<number, Comment>;
  readonly checks: CheckRun[];
  readonly statuses: CommitStatus[];
  readonly deployments: Deployment[];
  readonly environments: Map<string, Environment>;
  readonly runs: WorkflowRun[];
  readonly protections: Map<string, Protection>;
  readonly pushes: Push[];
  readonly settings: Settings;
  /** Commits with a signature that GitHub considers valid. Shared by forks. */
  readonly verified: Set<string>;
}

export function createRepository(
  world: World,
  of: { owner: Account; name: string; private: boolean; branch: string; parent: Repository | null },
): Repository {
  const fullName = `${of.owner.login}/${of.name}`;
  const key = fullName.toLowerCase();
  if (world.repositories.has(key)) throw new Error(`there is a repository ${fullName} already`);
  const id = world.nextId();
  const parent = of.parent === null ? {} : { parent: of.parent.bare };
  const made: Repository = {
    id,
    nodeId: `R_${id}`,
    owner: of.owner,
    name: of.name,
    fullName,
    private: of.private,
    defaultBranch: of.branch,
    parent: of.parent,
    bare: new Bare(join(world.folder, `${key}.git`), { branch: of.branch, ...parent }),
    createdAt: world.now(),
    collaborators: new Map(),
    issues: new Map(),
    comments: new Map(),
    checks: [],
    statuses: [],
    deployments: [],
    environments: new Map(),
    runs: [],
    protections: new Map(),
    pushes: [],
    settings: { actionsMayOpenPullRequests: false, queueMerges: 'merge' },
    verified: of.parent?.verified ?? new Set(),
  };
  if (of.owner.type === 'User') {
    made.collaborators.set(of.owner.id, { account: of.owner, role: { name: 'admin', base: 'admin' } });
  }
  world.repositories.set(key, made);
  return made;
}

/** The role of an account. Everyone has `read` in a public repository; bots have none. */
export function roleOf(repository: Repository, account: Account): Role {
  const given = repository.collaborators.get(account.id)?.role;
  if (given !== undefined) return given;
  const base = repository.private || account.type !== 'User' ? 'none' : 'read';
  return { name: base, base };
}

/** Whether a person has this role. Always true for Apps and jobs: their grants are checked with the token. */
export function may(repository: Repository, actor: Actor, base: BaseRole): boolean {
  if (actor.app !== null) return true;
  return reaches(roleOf(repository, actor.account), base);
}
