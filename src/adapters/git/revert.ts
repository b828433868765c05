import { isBelow } from '../../config/repository-path.ts';
import type { RevertRequest } from '../../release/ports.ts';
import { change, commitChanges, type Place, removal } from './commit.ts';
import { repositoryPath } from './names.ts';
import type { Entry } from './objects.ts';

/**
 * Makes a commit on top of `onto` that gives the paths the content that they have in the commit `from`, and returns its id. Null
 * when they have it already.
 */
export async function revert(place: Place, { onto, paths, from, message }: RevertRequest): Promise<string | null> {
  const wanted = paths.map(repositoryPath);
  const isWanted = (path: string) => wanted.some((each) => path === each || isBelow(path, each));
  const [now, then] = await Promise.all([place.entries(onto), place.entries(from)]);
  const changes = changesBetween(now, then, isWanted);
  return commitChanges(place, { onto, changes, message, what: `put back ${paths.join(', ')}` });
}

/** The changes that turn `now` into `then` at the wanted paths, for `commitChanges`. */
function changesBetween(
  now: ReadonlyMap<string, Entry>,
  then: ReadonlyMap<string, Entry>,
  isWanted: (path: string) => boolean,
): readonly string[] {
  const removed = [...now.keys()].filter((path) => isWanted(path) && !then.has(path));
  const restored = [...then].filter(([path, { mode, id }]) => {
    const here = now.get(path);
    return isWanted(path) && (here?.id !== id || here.mode !== mode);
  });
  return [...removed.map(removal), ...restored.map(([path, entry]) => change(path, entry))];
}

/** Whether the paths have the same content at two commits. */
export async function sameAt(
  { entries }: Pick<Place, 'entries'>,
  { left, right, paths }: { readonly left: string; readonly right: string; readonly paths: readonly string[] },
): Promise<boolean> {
  const wanted = paths.map(repositoryPath);
  // A link, file or submodule in place of a folder of the path also decides about its content.
  const isWanted = (path: string) =>
    wanted.some((each) => path === each || isBelow(path, each) || (each !== '' && isBelow(each, path)));
  const [before, after] = await Promise.all([entries(left), entries(right)]);
  return changesBetween(before, after, isWanted).length === 0;
}
