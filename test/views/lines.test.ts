import { describe, expect, test } from 'vitest';
import { columns, cut, flow, pad, span, table, wrap } from '../../src/views/lines.ts';

describe('columns of a terminal', () => {
  test.each([
    ['shop', 4],
    ['Größe', 5],
    ['Größe'.normalize('NFD'), 5],
    ['Straßenfest', 11],
    ['商店', 4],
    ['商店@生产', 9],
    ['（全角）', 8],
    ['ﾊﾝｶｸ', 4],
    ['한글', 4],
    ['한글'.normalize('NFD'), 4],
    ['שלום', 4],
    ['नमस्ते', 4],
    ['✅', 2],
    ['⚡', 2],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['🚀', 2],
    ['✖●○…→', 5],
    ['', 0],
  ])('%s takes %i', (text, width) => {
    expect(columns(text)).toBe(width);
  });
});

const names = ['shop', '商店', 'Überweisungsstraße', 'é', '한국어 상점', '🚀 launch'];

test('the columns of a table begin at the same place, whatever the script', () => {
  const rows = table(names.map((name) => [span(name), span('|'), span('rest')]));
  const starts = rows.map((row) =>
    columns(
      row
        .map(({ text }) => text)
        .join('')
        .split('|')[0] ?? '',
    ),
  );
  expect(new Set(starts).size).toBe(1);
});

test.each(names)('%s is padded, cut and wrapped by columns', (name) => {
  expect(columns(pad(name, 30))).toBe(30);
  for (let width = 1; width < 12; width += 1) expect(columns(cut(name, width, true))).toBeLessThanOrEqual(width);
  const long = Array.from({ length: 9 }, () => name).join(' ');
  for (const line of wrap(long, 20)) expect(columns(line)).toBeLessThanOrEqual(20);
  // The space at the end of a line is not printed.
  for (const line of flow([span(long)], 24))
    expect(
      columns(
        line
          .map(({ text }) => text)
          .join('')
          .trimEnd(),
      ),
    ).toBeLessThanOrEqual(24);
  expect(wrap(long, 20).join(' ').replaceAll(' ', '')).toBe(long.replaceAll(' ', ''));
});
