import { type Asked, answerMarker, type Outcome } from '../release/comment-answer.ts';
import { formatCommand } from '../release/comment-command.ts';
import { codeSpan, inMarkdown } from './neutral.ts';

/** Lines of an answer after its first one, and their length. */
const MOST_LINES = 25;
const LONGEST = 500;

/** What may be written in a comment, a line each: the command and what it does. */
export const helpLines: readonly (readonly [command: string, does: string])[] = [
  ['/stepgate promote DELIVERY RELEASE STEP', 'approves that the release leaves this step'],
  ['/stepgate hold DELIVERY [RELEASE] [REASON]', 'stops the delivery, or one version of it'],
  ['/stepgate resume DELIVERY [RELEASE]', 'lifts the holds of the delivery, or those of one version'],
  ['/stepgate rollback DELIVERY RELEASE [REASON]', 'rolls the release back, and holds it'],
  ['/stepgate status [DELIVERY]', 'says where the deliveries stand'],
  ['/stepgate help', 'lists these commands'],
];

/** The answer to a comment as Markdown, with its marker. All foreign text is neutralised. */
export function renderAnswer(
  { comment, person, command }: Pick<Asked, 'comment' | 'person' | 'command'>,
  outcome: Outcome,
): string {
  const isFinal = outcome.is !== 'unfinished';
  const about = command.is === 'unclear' ? '' : `, ${codeSpan(shortened(formatCommand(command)))}`;
  const { next, more } = isFinal ? outcome : { next: null, more: [] };
  const says = inMarkdown(shortened(outcome.says.replace(/(?<![.\s])[.\s]+$/u, '')));
  const line = [
    `**${inMarkdown(person.login)}**${about}: ${says}.`,
    ...(next === null ? [] : [`Next: ${codeSpan(next)}`]),
    ...(isFinal ? [] : ['The next run tries again.']),
  ].join(' ');
  const left = more.length - MOST_LINES;
  const lines = more.slice(0, MOST_LINES).map(([name, text]) => `- ${codeSpan(name)}: ${inMarkdown(shortened(text))}`);
  return [
    answerMarker(comment.id, isFinal),
    line,
    ...(lines.length === 0 ? [] : ['', ...lines]),
    ...(left > 0 ? [`- and ${left} more`] : []),
    '',
  ].join('\n');
}

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 3).toWellFormed()}...`;
}
