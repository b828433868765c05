import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerMarker, answersIn, type Outcome, unanswered } from '../../src/release/comment-answer.ts';
import type { CommentCommand } from '../../src/release/comment-command.ts';
import type { Account, Comment } from '../../src/release/forge.ts';
import { renderAnswer } from '../../src/views/comment-answer.ts';
import { hostile, lawful } from './hostile.ts';
import { commandIn } from './runner.ts';

const ours: Account = { id: 1, login: 'stepgate[bot]', is: 'bot' };
const ada: Account = { id: 2, login: 'ada', is: 'person' };
const at = new Date('2026-11-25T10:00:00Z');
const comment = (id: number, author: Account | null, body: string): Comment => ({
  ...{ id, author, body, at, isEdited: false },
  url: `https://forge.example/comments/${id}`,
});
const asked = comment(7, ada, '/stepgate hold shop');
const hold: CommentCommand = { is: 'hold', delivery: 'shop', release: null, reason: '' };
const done: Outcome = { is: 'done', says: 'shop is held', next: '/stepgate resume shop', more: [] };

describe('an answer', () => {
  test.each<readonly [Outcome, string]>([
    [done, '**ada**, `/stepgate hold shop`: shop is held. Next: `/stepgate resume shop`'],
    [{ ...done, is: 'refused', says: 'no.', next: null }, '**ada**, `/stepgate hold shop`: no.'],
    [
      { is: 'unfinished', says: 'CLUSTER_UNREACHABLE: no' },
      '**ada**, `/stepgate hold shop`: CLUSTER_UNREACHABLE: no. The next run tries again.',
    ],
    [
      {
        ...done,
        next: null,
        more: [
          ['a', 'b'],
          ['c', 'd'],
        ],
      },
      '**ada**, `/stepgate hold shop`: shop is held.\n\n- `a`: b\n- `c`: d',
    ],
  ])('%j', (outcome, text) => {
    const [marker, ...lines] = renderAnswer({ comment: asked, person: ada, command: hold }, outcome).split('\n');
    expect(marker).toBe(answerMarker(7, outcome.is !== 'unfinished'));
    expect(lines.join('\n').trimEnd()).toBe(text);
  });

  test('to what is not understood quotes nothing of it', () => {
    const refused: Outcome = { is: 'refused', says: 'this is not understood', next: '/stepgate help', more: [] };
    const command = { is: 'unclear', meant: '/stepgate help' } as const;
    expect(renderAnswer({ comment: asked, person: ada, command }, refused)).toBe(
      '<!-- stepgate:answer 7 -->\n**ada**: this is not understood. Next: `/stepgate help`\n',
    );
  });

  test('of many lines is cut', () => {
    const more = Array.from({ length: 30 }, (_, index) => [`d${index}`, 'x'.repeat(10_000)] as const);
    const text = renderAnswer({ comment: asked, person: ada, command: hold }, { ...done, more });
    expect(text).toContain('- and 5 more');
    expect(text.length).toBeLessThan(16_000);
  });

  test('has one marker and the same lines, whatever foreign texts say', () => {
    const shape = (bad: string) =>
      renderAnswer(
        { comment: asked, person: { ...ada, login: bad }, command: { ...hold, reason: bad } },
        { ...done, says: bad, more: [[bad, bad]] },
      ).split('\n');
    fc.assert(
      fc.property(hostile, (bad) => {
        const lines = shape(bad);
        expect(lines).toHaveLength(shape('x').length);
        // In a code span everything is text.
        const plain = lines.map((line) => line.replace(/`[^`]*`/gu, ''));
        expect(plain.filter((line) => line.includes('<!--'))).toEqual([answerMarker(7, true)]);
        expect(answersIn([comment(8, ours, lines.join('\n'))], ours)).toEqual(
          new Map([[7, { id: 8, body: lines.join('\n'), isFinal: true }]]),
        );
        for (const line of plain.slice(1)) expect(line).not.toMatch(/\]\(|!\[|<[a-z!/]|`/u);
        for (const line of lines) expect(commandIn(line)).toBeNull();
      }),
      lawful,
    );
  });
});

describe('comments', () => {
  const find = (...comments: readonly Comment[]) =>
    unanswered(comments, answersIn(comments, ours)).map((one) => one.comment.id);

  test('are answered when ours says so, on its first line', () => {
    const marker = answerMarker(7, true);
    expect(find(asked, comment(8, ours, `${marker}\nDone.`))).toEqual([]);
    expect(find(asked, comment(8, ours, `${marker}\r\nDone.`))).toEqual([]);
    expect(find(asked, comment(8, ours, marker))).toEqual([]);
    expect(find(asked, comment(8, { ...ours, id: 9 }, `${marker}\nDone.`))).toEqual([7]);
    expect(find(asked, comment(8, null, `${marker}\nDone.`))).toEqual([7]);
    expect(find(asked, comment(8, ours, `Done.\n${marker}`))).toEqual([7]);
    expect(find(asked, comment(8, ours, ` ${marker}\nDone.`))).toEqual([7]);
    expect(find(asked, comment(8, ours, `${answerMarker(6, true)}\nDone.`))).toEqual([7]);
    expect(find(asked, comment(8, ours, `${answerMarker(7, false)}\nNot yet.`))).toEqual([7]);
  });

  test('are not answered when only a try is told, unless an answer follows', () => {
    const [tried, final] = [comment(8, ours, answerMarker(7, false)), comment(9, ours, answerMarker(7, true))];
    for (const comments of [
      [asked, tried, final],
      [asked, final, tried],
    ])
      expect(find(...comments)).toEqual([]);
  });

  test('by bots and deleted accounts are no commands; stops come first', () => {
    const help = comment(3, ada, '/stepgate help');
    const vote = comment(4, ada, '/stepgate promote shop 0123456789-abcdef01 1');
    const back = comment(9, ada, '/stepgate rollback shop 0123456789-abcdef01');
    expect(find(help, vote, asked, comment(8, ours, '/stepgate help'), comment(10, null, asked.body), back)).toEqual([
      7, 9, 3, 4,
    ]);
  });
});
