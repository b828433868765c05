import { type Needs, satisfies } from '../rest/permissions.ts';
import type { Account, Actor } from '../state/accounts.ts';
import { GitHubError } from '../state/github-error.ts';
import type { Repository } from '../state/repository.ts';
import { actorOf, grantsIn, sees, type Token } from '../state/tokens.ts';
import type { World } from '../state/world.ts';

/** What every resolver needs. GraphQL always requires a token. */
export interface Context {
  readonly world: World;
  readonly token: Token;
  readonly by: Actor;
}

export function contextOf(world: World, token: Token): Context {
  return { world, token, by: actorOf(token) };
}

/** Throws FORBIDDEN when the token lacks the permission. */
export function requireGrant({ token }: Context, repository: Repository, needs: Needs): void {
  if (satisfies(grantsIn(token, repository), needs)) return;
  const by = token.is === 'person' ? 'personal access token' : 'integration';
  throw new GitHubError(403, `Resource not accessible by ${by}`);
}

export function repositoryNamed({ world, token }: Context, owner: string, name: string): Repository {
  const found = world.repositories.get(`${owner}/${name}`.toLowerCase());
  if (found === undefined || !sees(token, found)) {
    throw new GitHubError(404, `Could not resolve to a Repository with the name '${owner}/${name}'.`);
  }
  return found;
}

/** An account as an `Actor`; null when it was deleted (REST shows `ghost`). A bot's login has no `[bot]` here (REST has it). */
export function actorNode({ id, nodeId, login, type, name, deleted }: Account) {
  if (deleted) return null;
  return { __typename: type, id: nodeId, databaseId: id, login: login.replace(/\[bot\]$/, ''), name };
}

/** For a field of type `User`: null for a bot. */
export function userNode(account: Account | null) {
  return account?.type === 'User' ? actorNode(account) : null;
}
