import { readCommit, type Signature, writeCommit } from '../git/commits.ts';
import { changed, type Files, readTree, writeTree } from '../git/trees.ts';
import { type Account, type Actor, github } from './accounts.ts';
import type { Repository } from './repository.ts';
import type { World } from './world.ts';

export function signatureOf(world: World, { name, login, email }: Account): Signature {
  return { name: name ?? login, email, at: world.now() };
}

/** Writes a commit with these file changes; moves no branch. With `signed`, GitHub is the committer and the signature is valid. */
export function commitFiles(
  world: World,
  repository: Repository,
  of: {
    readonly parent: string | null;
    readonly files: Files;
    readonly message: string;
    readonly by: Actor;
    readonly signed: boolean;
  },
): string {
  const { store } = repository.bare;
  const before = of.parent === null ? null : readCommit(store, of.parent);
  const files = before === null ? new Map() : readTree(store, before.tree);
  const tree = writeTree(store, changed(store, files, of.files));
  const parents = of.parent === null ? [] : [of.parent];
  return commitTree(world, repository, { tree, parents, message: of.message, by: of.by, signed: of.signed });
}

export function commitTree(
  world: World,
  repository: Repository,
  of: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly by: Actor;
    readonly author?: Signature;
    readonly signed: boolean;
  },
): string {
  const own = signatureOf(world, of.by.account);
  const id = writeCommit(repository.bare.store, {
    tree: of.tree,
    parents: of.parents,
    author: of.author ?? own,
    committer: of.signed ? { ...github, at: world.now() } : own,
    message: of.message,
    signed: of.signed,
  });
  if (of.signed) repository.verified.add(id);
  return id;
}
