/**
 * Whether a path matches a pattern: `*` is any text in one name, `?` one character of a name, `**` between slashes any number of
 * folders, or at the end everything below; every other character is itself. As in a shell, what stands for any text does not
 * stand for a leading dot of a name. The time grows with the length of the path times the length of the pattern at most: a
 * regular expression with forty stars could take hours on a hostile name.
 */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const parts = pattern.split('/').map((part): Part => (part === '**' ? null : [...part]));
  // Several `**` in a row mean the same as one.
  const wanted = parts.filter((part, index) => part !== null || parts[index + 1] !== null);
  return (path) => matches(path.split('/'), wanted);
}

/** A name of the pattern, or null for `**`. */
type Part = readonly string[] | null;

/** Reads the names of the path once, with every place in the pattern that fits the names so far. */
function matches(names: readonly string[], wanted: readonly Part[]): boolean {
  const end = wanted.length;
  /** Adds a place. A `**` there may stand for no folder, but the last one needs a name: `a/**` is what is below a. */
  const reach = (places: Set<number>, place: number) => {
    places.add(place);
    if (wanted[place] === null && place < end - 1) places.add(place + 1);
  };

  let places = new Set<number>();
  reach(places, 0);
  for (const name of names) {
    const letters = [...name];
    const next = new Set<number>();
    for (const place of places) {
      const part = wanted[place];
      if (part === undefined) continue;
      if (part !== null) {
        if (isName(letters, part)) reach(next, place + 1);
      } else if (letters[0] !== '.') {
        reach(next, place);
        if (place === end - 1) next.add(end);
      }
    }
    if (next.size === 0) return false;
    places = next;
  }
  return places.has(end);
}

/** The usual search for one name: where a letter does not fit, the last star takes one letter more. */
function isName(name: readonly string[], part: readonly string[]): boolean {
  if (name[0] === '.' && part[0] !== '.') return false;
  let at = 0;
  let place = 0;
  let star: { readonly place: number; at: number } | null = null;
  while (at < name.length) {
    const letter = part[place];
    if (letter === '*') {
      star = { place, at };
      place += 1;
    } else if (letter === '?' || (letter !== undefined && letter === name[at])) {
      place += 1;
      at += 1;
    } else if (star !== null) {
      star.at += 1;
      at = star.at;
      place = star.place + 1;
    } else {
      return false;
    }
  }
  while (part[place] === '*') place += 1;
  return place === part.length;
}
