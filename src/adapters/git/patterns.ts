/**
 * Whether the name of a branch or tag matches a pattern: `*` is any text without `/`, `**` any text, `?` one character
 * except `/`, every other character is itself. The time is at most the length of the name times the length of the pattern.
 * A regular expression with several `*` could take hours on a hostile name.
 */
export function matcher(patterns: readonly string[]): (name: string) => boolean {
  const split = patterns.map((pattern) => [...pattern.replace(/\*{3,}/g, '**')]);
  return (name) => {
    const characters = [...name];
    return split.some((pattern) => matches(characters, pattern));
  };
}

/** Reads the name once, with the set of all positions in the pattern that match the text so far. */
function matches(name: readonly string[], pattern: readonly string[]): boolean {
  const isDeep = (place: number) => pattern[place] === '*' && pattern[place + 1] === '*';
  /** Adds a position in the pattern. A star may match nothing, so the position after it is added too. */
  const reach = (places: Set<number>, place: number) => {
    let here = place;
    places.add(here);
    while (pattern[here] === '*') {
      here += isDeep(here) ? 2 : 1;
      places.add(here);
    }
  };

  let places = new Set<number>();
  reach(places, 0);
  for (const character of name) {
    const next = new Set<number>();
    for (const place of places) {
      const wanted = pattern[place];
      if (wanted === '*') {
        if (character !== '/' || isDeep(place)) reach(next, place);
      } else if (wanted === '?' ? character !== '/' : wanted === character) {
        reach(next, place + 1);
      }
    }
    if (next.size === 0) return false;
    places = next;
  }
  return places.has(pattern.length);
}
