/**
 * Whether a branch's or tag's name matches one of the patterns: `*` is any text without `/`, `**` any text, `?` one
 * character that is not `/`, and everything else is itself. The time is at most length of name times length of pattern:
 * a regular expression of several `*` can take hours on a name that somebody chose for that.
 */
export function matcher(patterns: readonly string[]): (name: string) => boolean {
  const split = patterns.map((pattern) => [...pattern.replace(/\*{3,}/g, '**')]);
  return (name) => {
    const characters = [...name];
    return split.some((pattern) => matches(characters, pattern));
  };
}

/** Walks the name once with the set of all places in the pattern that the text so far may have led to. */
function matches(name: readonly string[], pattern: readonly string[]): boolean {
  const isDeep = (place: number) => pattern[place] === '*' && pattern[place + 1] === '*';
  /** Adds a place in the pattern. A star may match nothing, so the places after the stars at that place are added too. */
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
