import { isAncestor } from '../git/history.ts';
import { GitHubError } from './github-error.ts';
import { apiMessage, type RefChange, refusals } from './protection.ts';
import { branchMoved } from './pull-heads.ts';
import type { Repository } from './repository.ts';
import type { World } from './world.ts';

/** Changes a ref as a push does: records it, sends its event, and moves the pull requests. Rules are not asked. */
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

/** The same through the API: refused in its words where a rule is against it. */
export function changeRef(world: World, repository: Repository, change: RefChange): void {
  const why = refusals(repository, change);
  if (why.length > 0) throw new GitHubError(422, apiMessage(repository, change.ref, why));
  moveRef(world, repository, change);
}
