import type { Grants } from '../rest/permissions.ts';

export interface Account {
  readonly id: number;
  readonly nodeId: string;
  login: string;
  readonly type: 'Bot' | 'Organization' | 'User';
  readonly name: string | null;
  /** What commits of this account say. */
  readonly email: string;
  readonly createdAt: Date;
  /** What a deleted account did stays, without a name on it. */
  deleted: boolean;
}

/** A GitHub App; what it does is done by its bot. */
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

/** Who does something, and by what means. */
export interface Actor {
  readonly account: Account;
  /** The App by whose token it is done; null for a person. */
  readonly app: App | null;
  /** Whether it is the token of a job: what is done with that starts no workflow. */
  readonly job: boolean;
}

export function person(account: Account): Actor {
  return { account, app: null, job: false };
}

export const baseRoles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type BaseRole = (typeof baseRoles)[number];

/** A role of a repository; a custom one has a name of its own and gives what its base gives. */
export interface Role {
  readonly name: string;
  readonly base: BaseRole;
}

export function reaches(role: Role, base: BaseRole): boolean {
  return baseRoles.indexOf(role.base) >= baseRoles.indexOf(base);
}

/** GitHub's older name of a role: it knows neither triage nor maintain. */
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

/** The committer of what GitHub itself commits. */
export const github = { name: 'GitHub', email: 'noreply@github.com' };
