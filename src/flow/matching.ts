import { pathMatcher } from '../config/path-pattern.ts';

interface Place {
  readonly path: string;
  readonly position: number;
}

/**
 * Sorted paths, by the list that they come from. A commit's files are listed once, and thousands of deliveries search
 * that list.
 */
const sorted = new WeakMap<readonly string[], readonly Place[]>();

/** The paths that match one of the patterns, in their order. A pattern is compared only with the paths in its folder. */
export function matching(paths: readonly string[], patterns: readonly string[]): readonly string[] {
  const places = sortedPlaces(paths);
  const hits = new Map<number, string>();
  for (const pattern of patterns) {
    const folder = folderOf(pattern);
    const isWanted = pathMatcher(pattern);
    for (let index = firstFrom(places, folder); ; index += 1) {
      const place = places[index];
      if (place === undefined || !place.path.startsWith(folder)) break;
      if (isWanted(place.path)) hits.set(place.position, place.path);
    }
  }
  return [...hits].sort(([left], [right]) => left - right).map(([, path]) => path);
}

/** Whether one of the paths is in a folder of that name. */
export function hasFolder(paths: readonly string[], folder: string): boolean {
  const places = sortedPlaces(paths);
  return places[firstFrom(places, `${folder}/`)]?.path.startsWith(`${folder}/`) ?? false;
}

function sortedPlaces(paths: readonly string[]): readonly Place[] {
  const places = sorted.get(paths) ?? paths.map((path, position) => ({ path, position })).sort(byPath);
  sorted.set(paths, places);
  return places;
}

/** The folder in which every match is: the leading parts of the pattern without `*` and `?`. */
export function folderOf(pattern: string): string {
  return /^(?:[^*?/]*\/)*/.exec(pattern)?.[0] ?? '';
}

function firstFrom(places: readonly Place[], prefix: string): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle]?.path ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byPath(left: Place, right: Place): number {
  return left.path < right.path ? -1 : left.path > right.path ? 1 : 0;
}
