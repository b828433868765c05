import { isAncestor } from '../git/history.ts';
import { GitHubError } from './github-error.ts';
import { apiMessage, type RefChange, refusals } from './protection.ts';
import { branchMoved } from './pull-heads.ts';
import type { Repository } from './repository.ts';
import type { World } from './world.ts';

/** Moves a ref without asking protections: records the push, emits its event and updates pull requests. */
export function moveRef(world: World, repository: Repository, { ref, before, after, by }: RefChange): void {
  const { bare } = repository;
  if (!bare.set(ref, after, before)) throw new GitHubError(409, `Reference cannot be updated: ${ref} has moved`);
  const forced = before !== null && after !== null && !isAncestor(bare.store, before, after);
  repository.pushes.push({ ref, before, after, pusher: by.account, at: world.now(), forced });
  world.emit({ name: 'push', action: null, repository, by, ref, before, after, forced });
  if (!ref.startsWith('refs/heads/')) return;
  const branch = ref.slice('refs/heads/'.length);
  branchMoved(world, repository, by, { branch, before, after });
}

/** Moves a ref through the API. Throws when a protection refuses. */
export function changeRef(world: World, repository: Repository, change: RefChange): void {
  const why = refusals(repository, change);
  if (why.length > 0) throw new GitHubError(422, apiMessage(repository, change.ref, why));
  moveRef(world, repository, change);
}
