/** The first of some names in a sentence, and how many more there are: `a, b, c and 4 more`. */
export function firstOf(names: readonly string[], most = 3): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
