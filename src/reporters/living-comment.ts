import type { Comment, Forge } from '../release/forge.ts';
import { fitComment } from '../views/fit-comment.ts';
import { parseComment, type Section } from '../views/living-comment.ts';
import { link } from '../views/neutral.ts';

/** Other runs may write at the same time. A lost section is written again so many times. */
const MOST_WRITES = 3;

/** What the sections of a comment become. Sections that do not change are returned as they are, the same objects. */
export type Change = (before: readonly Section[]) => readonly Section[];

/** A comment of our own account that begins with our marker. */
interface Own {
  readonly comment: Comment;
  readonly sections: readonly Section[];
}

/**
 * Changes our comment of a pull request, or writes it; only where it would say something else. It is read again after the
 * write: the forge has no write on a condition, so another run may have written from the same text. Another run's
 * section is lost only if that run wrote and read between our reading and our writing; its next run writes it again.
 */
export async function changeComment(forge: Forge, number: number, change: Change, signal: AbortSignal): Promise<void> {
  const { id: me } = await forge.viewer(signal);
  for (let writes = 0; ; writes += 1) {
    const [own, ...more] = ownComments(await forge.comments(number, signal), me);
    const before = allSections([...(own === undefined ? [] : [own]), ...more]);
    const after = change(before);
    if (own === undefined && after.length === 0) return;
    const text = fitComment(after);
    if (own !== undefined && (isSame(own.comment.body, text) || areSame(own.sections, after))) {
      // Two runs may both have found no comment. The older one stays.
      for (const { comment } of more) await forge.editComment(comment.id, movedTo(own.comment), signal);
      return;
    }
    if (writes === MOST_WRITES) throw new Error('other runs change the comment at the same time');
    if (own === undefined) await forge.comment(number, text, signal);
    else await forge.editComment(own.comment.id, text, signal);
  }
}

/** Whether a comment of ours would say something else after a change. Reads it, and writes nothing. */
export async function wouldChange(forge: Forge, number: number, change: Change, signal: AbortSignal): Promise<boolean> {
  const { id: me } = await forge.viewer(signal);
  const [own, ...more] = ownComments(await forge.comments(number, signal), me);
  if (more.length > 0) return true;
  const after = change(own?.sections ?? []);
  if (own === undefined) return after.length > 0;
  return !isSame(own.comment.body, fitComment(after)) && !areSame(own.sections, after);
}

/** Anybody may write our marker. It is believed only of our own account. */
function ownComments(comments: readonly Comment[], me: number): readonly Own[] {
  return comments.flatMap((comment) => {
    const sections = comment.author?.id === me ? parseComment(comment.body) : null;
    return sections === null ? [] : [{ comment, sections }];
  });
}

function allSections(own: readonly Own[]): readonly Section[] {
  const found = new Map<string, Section>();
  for (const { sections } of own)
    for (const one of sections) if (!found.has(one.delivery)) found.set(one.delivery, one);
  return [...found.values()];
}

function isSame(one: string, other: string): boolean {
  return one.replaceAll('\r\n', '\n').trim() === other.trim();
}

function areSame(one: readonly Section[], other: readonly Section[]): boolean {
  return one.length === other.length && one.every((section, index) => section === other[index]);
}

function movedTo({ url }: Comment): string {
  return `stepgate writes about this pull request in ${link('another comment', url)}.`;
}

/** The sections with this one in the place of its delivery's, or at the end. One that says the same stays as it was written. */
export function withSection(before: readonly Section[], mine: Section): readonly Section[] {
  if (!before.some(({ delivery }) => delivery === mine.delivery)) return [...before, mine];
  return before.map((one) => (one.delivery !== mine.delivery || one.digest === mine.digest ? one : mine));
}
