import type { Rollback } from '../release/record.ts';
import { contentId } from '../release/whole.ts';
import { codeSpan, inMarkdown } from './neutral.ts';

/** Commits that are listed; GitHub takes 65,536 characters in all. */
const LISTED = 50;

/** The text of the pull request of a revert: what it undoes and why, and what merging, closing and leaving it do. Markdown. */
export function revertBody(
  delivery: string,
  { from, to, by, at, reason }: Rollback,
  undone: readonly { readonly commit: string; readonly subject: string }[],
  branch: string,
): string {
  const [bad, name, into] = [codeSpan(contentId(from)), inMarkdown(delivery), codeSpan(branch)];
  const list = undone.slice(0, LISTED).map(({ commit, subject }) => `- ${commit} ${inMarkdown(subject.slice(0, 200))}`);
  const more = undone.length > LISTED ? [`- and ${undone.length - LISTED} more`] : [];
  const accept = codeSpan(`stepgate resume --delivery ${delivery} --release ${contentId(from)}`);
  return [
    `**Merging this takes ${bad} of ${name} out of ${into}.** The pods are back already: they run ${codeSpan(contentId(to))}, commit ${to.commit}.`,
    `Rolled back by ${inMarkdown(by)} at ${inMarkdown(at)}: ${inMarkdown(reason)}`,
    ['It restores the files of that commit, and undoes:', '', ...list, ...more].join('\n'),
    `Until ${into} has this content, stepgate releases no commit that contains ${bad}. It keeps this pull request up to date, and closes it when it is not needed any more.`,
    `Closing this without merging it changes nothing of that, and stepgate opens no other one if you may write here: reopen it, revert by hand, or accept the release with ${accept}.`,
  ].join('\n\n');
}

/** The text of the pull request that restores a release after its rollback was lifted. Markdown. */
export function undoBody(
  delivery: string,
  from: Rollback['from'],
  { by, at, reason }: NonNullable<Rollback['undo']>,
  branch: string,
): string {
  const [release, into] = [codeSpan(contentId(from)), codeSpan(branch)];
  return [
    `**Merging this brings ${release} of ${inMarkdown(delivery)} back to ${into}, commit ${from.commit}.** Its rollback was lifted by ${inMarkdown(by)} at ${inMarkdown(at)}: ${inMarkdown(reason)}`,
    'No pod changes by that. The next deploy releases it step by step, and needs new approvals.',
    `stepgate keeps this pull request up to date, and closes it when it is not needed any more. If you may write here and close it without merging it, stepgate opens no other one.`,
  ].join('\n\n');
}

/** The comment with which stepgate closes the pull request of a revert. Markdown. */
export function revertClosed(why: string): string {
  return `Closed by stepgate: ${inMarkdown(why)}`;
}
