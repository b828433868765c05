import { type Needs, satisfies } from '../rest/permissions.ts';
import type { Account, Actor } from '../state/accounts.ts';
import { GitHubError } from '../state/github-error.ts';
import type { Repository } from '../state/repository.ts';
import { actorOf, grantsIn, sees, type Token } from '../state/tokens.ts';
import type { World } from '../state/world.ts';

/** What every resolver knows. GraphQL takes no request without a token. */
export interface Context {
  readonly world: World;
  readonly token: Token;
  readonly by: Actor;
}

export function contextOf(world: World, token: Token): Context {
  return { world, token, by: actorOf(token) };
}

/** Refuses what the token was not granted. */
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

/** An account as an `Actor`; null where it was deleted, where REST says `ghost`. GraphQL calls a bot by its name alone, where REST adds `[bot]`. */
export function actorNode({ id, nodeId, login, type, name, deleted }: Account) {
  if (deleted) return null;
  return { __typename: type, id: nodeId, databaseId: id, login: login.replace(/\[bot\]$/, ''), name };
}

/** A field of type `User`, which a bot can't be. */
export function userNode(account: Account | null) {
  return account?.type === 'User' ? actorNode(account) : null;
}
