import { firstOf } from '../release/first-of.ts';
import { type LeftOut, type Part, printComment, type Section } from './living-comment.ts';
import { codeSpan } from './neutral.ts';

/** GitHub refuses a comment of more than 65,536 characters. Below that, so that a count of another kind fits too. */
export const COMMENT_LIMIT = 60_000;

/** What is left out of a comment that is too long, in this order, the longest first. */
const order: readonly { readonly part: keyof LeftOut; readonly of: (section: Section) => boolean }[] = [
  { part: 'diff', of: () => true },
  { part: 'plot', of: () => true },
  { part: 'details', of: ({ state }) => state === 'rests' },
  { part: 'forecast', of: () => true },
  { part: 'picture', of: () => true },
  { part: 'details', of: () => true },
];

/** Names of deliveries that the note of left-out sections has. */
const NAMED = 20;

/**
 * The comment, of at most `limit` characters. What hurts least is left out first, and a note says what: parts of sections,
 * then whole sections, those that rest first.
 */
export function fitComment(sections: readonly Section[], limit: number = COMMENT_LIMIT): string {
  if (sections.length === 0) return `${printComment([])}\nThis pull request changes no delivery.\n`;
  let kept = sections;
  for (const { part, of } of order) {
    // Once more where the notes of what is left out take too much.
    for (let over = excess(kept, limit); over > 0; over = excess(kept, limit)) {
      const less = withoutLongest(kept, { part, of, over });
      if (less === null) break;
      kept = less;
    }
  }
  return excess(kept, limit) > 0 ? fewerSections(kept, limit) : printComment(kept);
}

function excess(sections: readonly Section[], limit: number): number {
  return printComment(sections).length - limit;
}

/** The sections without the longest parts of a kind, as many as come to `over` characters; null when there is none. */
function withoutLongest(
  sections: readonly Section[],
  { part, of, over }: (typeof order)[number] & { readonly over: number },
): readonly Section[] | null {
  const longest = sections
    .filter(of)
    .flatMap(({ parts }) => parts.filter(({ is }) => is === part))
    .toSorted((one, other) => other.text.length - one.text.length);
  if (longest.length === 0) return null;
  const out = new Set<Part>();
  let length = 0;
  for (const one of longest) {
    if (length >= over) break;
    out.add(one);
    length += one.text.length;
  }
  return sections.map((section) => {
    const parts = section.parts.filter((one) => !out.has(one));
    const count = section.parts.length - parts.length;
    if (count === 0) return section;
    return { ...section, parts, leftOut: { ...section.leftOut, [part]: (section.leftOut[part] ?? 0) + count } };
  });
}

/** As many whole sections as fit, and a note with the names of the others. */
function fewerSections(sections: readonly Section[], limit: number): string {
  const restsLast = sections.toSorted((one, other) => Number(one.state === 'rests') - Number(other.state === 'rests'));
  const empty = printComment([]).length;
  const kept = new Set<Section>();
  let length = empty + missingNote(sections).length + 1;
  for (const section of restsLast) {
    const more = printComment([section]).length - empty;
    if (length + more > limit) continue;
    length += more;
    kept.add(section);
  }
  const note = missingNote(sections.filter((section) => !kept.has(section)));
  return `${printComment(sections.filter((section) => kept.has(section)))}${note}\n`;
}

function missingNote(missing: readonly Section[]): string {
  if (missing.length === 0) return '';
  const names = missing.map(({ delivery }) => codeSpan(delivery.slice(0, 100)));
  return `\n> **Left out here**, because a comment has a limit: ${firstOf(names, NAMED)}. The summary of the run has everything.`;
}
