import { oneOf, quoted } from '../config/found.ts';
import { parsedValue, parseMoment } from '../config/time.ts';
import type { Issue } from '../release/forge.ts';
import { type Freeze, isNamed } from '../release/freeze.ts';
import type { Known } from './freeze.ts';

/** The label of issues that freeze. */
export const freezeLabel = 'stepgate-freeze';

/** The keys that the first lines of an issue may have. */
const lineOf = /^\s*(deliveries|environments|until)\s*:(.*)$/i;

/**
 * The freeze that an open, labelled issue is. Its title is the reason. The first lines of its body may say `deliveries:`,
 * `environments:` and `until:`; without them it is a freeze of every delivery until the issue is closed. A line that can't be
 * read makes it that too.
 */
export function freezeOfIssue({ number, url, title, body, author }: Issue, known: Known): Freeze {
  const lines = new Map<string, string>();
  for (const line of body.split(/\r?\n/)) {
    const [, key, value] = lineOf.exec(line) ?? [];
    if (key === undefined || value === undefined) {
      if (line.trim() === '') continue;
      break;
    }
    lines.set(key.toLowerCase(), value.trim());
  }
  const until = lines.get('until');
  const ends = until === undefined ? null : parsedValue(parseMoment(until));
  const deliveries = wordsIn(lines.get('deliveries'));
  const environments = wordsIn(lines.get('environments'));
  const problems = [
    ...(until !== undefined && ends === null ? [`until is ${quoted(until)}; write such as 2026-11-30T06:00Z`] : []),
    ...unknown('deliveries', lines.get('deliveries'), { words: deliveries, known: known.map(({ name }) => name) }),
    ...unknown('environments', lines.get('environments'), {
      words: environments,
      known: known.flatMap(({ environment }) => environment ?? []),
    }),
  ];
  return {
    name: `issue-${number}`,
    from: { is: 'issue', number, url },
    deliveries,
    environments,
    by: author?.login ?? 'a deleted account',
    reason: title,
    begins: null,
    ends,
    unreadable: problems.length === 0 ? null : `${url}: ${problems.join('; ')}`,
  };
}

/** The words of `a, b`, `a b` or `[a, b]`. */
function wordsIn(value: string | undefined): readonly string[] {
  return (value ?? '')
    .replace(/^\[(.*)\]$/, '$1')
    .split(/[\s,]+/)
    .filter((word) => word !== '');
}

function unknown(
  key: string,
  written: string | undefined,
  { words, known }: { readonly words: readonly string[]; readonly known: readonly string[] },
): readonly string[] {
  if (written === undefined) return [];
  if (words.length === 0) return [`${key} names nothing`];
  const there = known.length === 0 ? `there are no ${key}` : `there: ${oneOf([...new Set(known)].slice(0, 20), 'and')}`;
  return words
    .filter((word) => !known.some((name) => isNamed(word, name)))
    .map((word) => `${quoted(word)} is not among the ${key}; ${there}`);
}
