import type { Grants, Level, Scope } from '../rest/permissions.ts';
import { scopes } from '../rest/permissions.ts';
import { type Account, type Actor, type App, type BaseRole, reaches } from './accounts.ts';
import { type Repository, roleOf } from './repository.ts';
import type { WorkflowRun } from './runs.ts';

/** A token of a person, an App or a job. */
export type Token = { readonly value: string; readonly account: Account } & (
  | { readonly is: 'person' }
  | {
      readonly is: 'app';
      readonly app: App;
      readonly grants: Grants;
      readonly repositories: readonly Repository[] | 'all';
    }
  | {
      readonly is: 'job';
      readonly app: App;
      readonly grants: Grants;
      readonly repository: Repository;
      readonly run: WorkflowRun | null;
    }
);

export function actorOf(token: Token): Actor {
  return token.is === 'person'
    ? { account: token.account, app: null, job: false }
    : { account: token.account, app: token.app, job: token.is === 'job' };
}

/** Whether the token may read the repository at all. GitHub reports others as not found. */
export function sees(token: Token | null, repository: Repository): boolean {
  if (!repository.private) return true;
  if (token === null) return false;
  switch (token.is) {
    case 'person':
      return reaches(roleOf(repository, token.account), 'read');
    case 'app':
      return token.repositories === 'all' || token.repositories.includes(repository);
    case 'job':
      return token.repository === repository;
  }
}

/** The permissions of a token in a repository; null stands for what belongs to no repository. A person's follow from the role. */
export function grantsIn(token: Token, repository: Repository | null): Grants {
  switch (token.is) {
    case 'person':
      return repository === null ? allOf('read') : grantsOf(roleOf(repository, token.account).base);
    case 'app':
      return repository === null || token.repositories === 'all' || token.repositories.includes(repository)
        ? token.grants
        : readOf(repository);
    case 'job':
      return repository === null || token.repository === repository ? token.grants : readOf(repository);
  }
}

export function allOf(level: Level): Grants {
  const grants: Partial<Record<Scope, Level>> = {};
  for (const scope of scopes) grants[scope] = level;
  return grants;
}

/** What anyone may read of a public repository. */
function readOf(repository: Repository): Grants {
  if (repository.private) return {};
  const { administration: _, members: __, ...grants } = allOf('read');
  return grants;
}

function grantsOf(role: BaseRole): Grants {
  const { administration: _, ...read } = allOf('read');
  const { administration: __, ...write } = allOf('write');
  switch (role) {
    case 'none':
      return {};
    case 'read':
    case 'triage':
      return { ...read, issues: 'write', pull_requests: 'write' };
    case 'write':
    case 'maintain':
      return write;
    case 'admin':
      return allOf('write');
  }
}
