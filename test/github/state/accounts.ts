import type { Grants } from '../rest/permissions.ts';

export interface Account {
  readonly id: number;
  readonly nodeId: string;
  login: string;
  readonly type: 'Bot' | 'Organization' | 'User';
  readonly name: string | null;
  /** The author's email in commits of this account. */
  readonly email: string;
  readonly createdAt: Date;
  /** A deleted account keeps its comments and commits, without a name. */
  deleted: boolean;
}

/** A GitHub App. It acts through its bot account. */
export interface App {
  readonly id: number;
  readonly nodeId: string;
  readonly slug: string;
  readonly name: string;
  readonly owner: Account;
  readonly bot: Account;
  readonly grants: Grants;
  readonly createdAt: Date;
}

export interface TeamMember {
  readonly account: Account;
  readonly role: 'maintainer' | 'member';
  readonly state: 'active' | 'pending';
}

export interface Team {
  readonly id: number;
  readonly nodeId: string;
  readonly slug: string;
  readonly organization: Account;
  readonly members: Map<number, TeamMember>;
}

/** The account that acts, and the kind of token it uses. */
export interface Actor {
  readonly account: Account;
  /** The App whose token is used; null for a person. */
  readonly app: App | null;
  /** Whether the token is a job's own: its changes start no workflow. */
  readonly job: boolean;
}

export function person(account: Account): Actor {
  return { account, app: null, job: false };
}

export const baseRoles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type BaseRole = (typeof baseRoles)[number];

/** A role in a repository. A custom role has a name of its own and the permissions of its base. */
export interface Role {
  readonly name: string;
  readonly base: BaseRole;
}

export function reaches(role: Role, base: BaseRole): boolean {
  return baseRoles.indexOf(role.base) >= baseRoles.indexOf(base);
}

/** The legacy `permission`, which knows neither triage nor maintain. */
export function legacyPermission({ base }: Role): 'admin' | 'none' | 'read' | 'write' {
  switch (base) {
    case 'admin':
    case 'none':
    case 'read':
    case 'write':
      return base;
    case 'maintain':
      return 'write';
    case 'triage':
      return 'read';
  }
}

/** The committer of GitHub's own commits. */
export const github = { name: 'GitHub', email: 'noreply@github.com' };
