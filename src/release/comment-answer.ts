import { type CommentCommand, readCommand, type Unclear } from './comment-command.ts';
import type { Account, Comment } from './forge.ts';

/** A comment of a person that gives a command, or nearly does. */
export interface Asked {
  readonly comment: Comment;
  readonly person: Account;
  readonly command: CommentCommand | Unclear;
}

/** Our answer to a comment. */
export interface Answer {
  /** The number of the comment that is the answer. */
  readonly id: number;
  readonly body: string;
  /** Whether nothing is left to do. Otherwise a later run tries again, and then changes the answer. */
  readonly isFinal: boolean;
}

/** What became of a command. */
export type Outcome =
  | {
      readonly is: 'done' | 'refused';
      /** A sentence without its full stop. Foreign text may be in it. */
      readonly says: string;
      /** What may be written in a comment next; null for nothing. */
      readonly next: string | null;
      /** Further lines: a name or a command, and what there is to say about it. Foreign text may be in both. */
      readonly more: readonly (readonly [name: string, says: string])[];
    }
  /** Something was in the way that may have passed when a later run tries again. */
  | { readonly is: 'unfinished'; readonly says: string };

/** The first line of an answer: it names the comment that is answered. */
export function answerMarker(comment: number, isFinal: boolean): string {
  return `<!-- stepgate:${isFinal ? 'answer' : 'attempt'} ${comment} -->`;
}

/**
 * Our answers, by the number of the comment that they answer. A marker counts only in a comment of this account: anybody may
 * write one.
 */
export function answersIn(comments: readonly Comment[], viewer: Pick<Account, 'id'>): ReadonlyMap<number, Answer> {
  const found = new Map<number, Answer>();
  for (const { id, author, body } of comments) {
    if (author?.id !== viewer.id) continue;
    const [, word, number] = /^<!-- stepgate:(answer|attempt) (\d{1,16}) -->(?:\r?\n|$)/.exec(body) ?? [];
    if (word === undefined || number === undefined) continue;
    const answer = { id, body, isFinal: word === 'answer' };
    if (answer.isFinal || !found.has(Number(number))) found.set(Number(number), answer);
  }
  return found;
}

/**
 * The commands that have no final answer yet: holds and rollbacks first, because they stop something, then the oldest. Bots and
 * deleted accounts give no commands.
 */
export function unanswered(
  comments: readonly Comment[],
  answers: ReadonlyMap<number, Pick<Answer, 'isFinal'>>,
): readonly Asked[] {
  const open = comments.flatMap((comment): readonly Asked[] => {
    const { id, author, body } = comment;
    if (author === null || author.is !== 'person' || answers.get(id)?.isFinal === true) return [];
    const command = readCommand(body);
    return command === null ? [] : [{ comment, person: author, command }];
  });
  const stops = ({ command }: Asked) => command.is === 'hold' || command.is === 'rollback';
  return [...open.filter(stops), ...open.filter((one) => !stops(one))];
}
