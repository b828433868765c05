import { describe, expect, test } from 'vitest';
import { nowhere, type Place, placeIn } from './annotations.ts';
import { lineReader } from './lines.ts';
import { createMasks } from './masks.ts';
import { createStepLog } from './step-log.ts';

describe('the place of an annotation', () => {
  test.each<[Record<string, string>, Partial<Place>]>([
    [{}, {}],
    [
      { title: 't', file: 'a.yaml' },
      { title: 't', file: 'a.yaml' },
    ],
    [{ file: '/work/space/a/b.yaml' }, { file: 'a/b.yaml' }],
    [{ file: '/work/spaceship/b.yaml' }, { file: '/work/spaceship/b.yaml' }],
    [{ file: ' ' }, {}],
    [
      { line: '3', col: '5' },
      { line: 3, column: 5 },
    ],
    [
      { line: '3', endline: '3', col: '5', endcolumn: '7' },
      { line: 3, endLine: 3, column: 5, endColumn: 7 },
    ],
    // An end without a start is both.
    [{ endline: '4' }, { line: 4, endLine: 4 }],
    [
      { line: '3', endcolumn: '7' },
      { line: 3, column: 7, endColumn: 7 },
    ],
    // Columns need one line to be in.
    [{ col: '5', endcolumn: '7' }, {}],
    [
      { line: '3', endline: '4', col: '5' },
      { line: 3, endLine: 4 },
    ],
    // What ends before it starts is left out.
    [{ line: '4', endline: '3' }, {}],
    [{ line: '3', col: '7', endcolumn: '5' }, { line: 3 }],
    [{ line: 'x', col: '1' }, {}],
  ])('%j', (properties, place) => expect(placeIn(properties, '/work/space')).toEqual({ ...nowhere, ...place }));
});

describe('a step in the log', () => {
  test('ten annotations of a level are shown, and all are logged', () => {
    const log = createStepLog(createMasks(), false);
    for (let index = 0; index < 12; index += 1) {
      log.annotate('error', `e${index}`);
      log.annotate('notice', `n${index}`);
    }
    const of = (level: string) => log.annotations.filter((one) => one.level === level).map(({ message }) => message);
    expect(of('error')).toEqual(Array.from({ length: 10 }, (_, index) => `e${index}`));
    expect(of('notice')).toHaveLength(10);
    expect(log.lines).toHaveLength(24);
    expect(log.lines.at(-2)).toBe('##[error]e11');
  });

  test('a message is masked, then cut at 4096 characters; its title is shown as it is', () => {
    const masks = createMasks();
    masks.add('s'.repeat(20));
    const log = createStepLog(masks, false);
    const place = { ...nowhere, title: 's'.repeat(20) };
    log.annotate('error', `${'s'.repeat(20)}${'x'.repeat(5_000)}`, { by: 'action', place });
    expect(log.annotations[0]?.message).toBe(`***${'x'.repeat(4_093)}`);
    expect(log.annotations[0]?.title).toBe('s'.repeat(20));
  });

  test('an empty message is no annotation, and takes a place all the same', () => {
    const log = createStepLog(createMasks(), false);
    for (let index = 0; index < 10; index += 1) log.annotate('error', ' ');
    log.annotate('error', 'said');
    expect(log.annotations).toEqual([]);
  });

  test('what was written before a secret was known stays', () => {
    const masks = createMasks();
    const log = createStepLog(masks, false);
    log.write('sesame');
    masks.add('sesame');
    log.write('sesame\nopen');
    expect(log.lines).toEqual(['sesame', '***', 'open']);
  });

  test.each([
    [false, []],
    [true, ['##[debug]a', '##[debug]b']],
  ])('debugging %s', (debugging, lines) => {
    const log = createStepLog(createMasks(), debugging);
    log.debug('a\r\nb');
    expect(log.lines).toEqual(lines);
  });
});

describe('lines', () => {
  test.each<[readonly string[], readonly string[]]>([
    [['a\nb\n'], ['a', 'b']],
    [['a\r\nb\rc'], ['a', 'b', 'c']],
    [
      ['a\r', '\nb'],
      ['a', 'b'],
    ],
    [
      ['a\r', 'b'],
      ['a', 'b'],
    ],
    [['a\r'], ['a']],
    [['\n\r\r\n'], ['', '', '']],
    [['a\u2028b\u0085c\vd'], ['a\u2028b\u0085c\vd']],
    [[], []],
  ])('%j', (chunks, expected) => {
    const lines: string[] = [];
    const reader = lineReader((line) => lines.push(line));
    for (const chunk of chunks) reader.push(Buffer.from(chunk));
    reader.end();
    expect(lines).toEqual(expected);
  });

  test('a character that was cut in two is whole', () => {
    const lines: string[] = [];
    const reader = lineReader((line) => lines.push(line));
    const bytes = Buffer.from('ü\n');
    reader.push(bytes.subarray(0, 1));
    reader.push(bytes.subarray(1));
    expect(lines).toEqual(['ü']);
  });
});
