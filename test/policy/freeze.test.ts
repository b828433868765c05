import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freezeName, isFreezeFile, printFreeze, readFreeze } from '../../src/policy/freeze.ts';
import { freezeOfIssue } from '../../src/policy/freeze-issue.ts';
import type { Issue } from '../../src/release/forge.ts';

const file = '.stepgate/freezes/weekend.yaml';
const known = [
  { name: 'shop@staging', environment: 'staging' },
  { name: 'shop@prod', environment: 'prod' },
  { name: 'cart', environment: null },
];
const read = (...lines: readonly string[]) => readFreeze({ file, text: `${lines.join('\n')}\n` }, known);
const who = ['by: ada', 'reason: stocktaking'];

test('a freeze of everything', () => {
  expect(read(...who)).toEqual({
    name: 'weekend',
    from: { is: 'file', path: file },
    deliveries: [],
    environments: [],
    by: 'ada',
    reason: 'stocktaking',
    begins: null,
    ends: null,
    unreadable: null,
  });
});

test('a freeze of some deliveries for a weekend', () => {
  const lines = [
    'deliveries: [shop@*, cart]',
    'environments: [prod]',
    'from: 2026-11-27T18:00+01:00',
    'until: 2026-11-30T06:00Z',
  ];
  expect(read(...who, ...lines, 'run: https://example.com/1')).toMatchObject({
    deliveries: ['shop@*', 'cart'],
    environments: ['prod'],
    begins: new Date('2026-11-27T17:00:00Z'),
    ends: new Date('2026-11-30T06:00:00Z'),
    unreadable: null,
  });
});

test.each([
  ['nothing', [''], /^\.stepgate\/freezes\/weekend\.yaml:1:1: .*empty/],
  ['no map', ['- a'], /weekend\.yaml:1:1: the file is a list; write a map/],
  ['no YAML', [...who, '{'], /weekend\.yaml:\d+:\d+: /],
  ['two documents', [...who, '---', ...who], /weekend\.yaml:\d+:1: the file has more than one YAML document/],
  ['who is missing', ['reason: x'], /weekend\.yaml:1:1: the file has no by; add by: who froze it/],
  ['why is missing', ['by: ada'], /weekend\.yaml:1:1: the file has no reason/],
  ['an unknown key', [...who, 'untill: x'], /weekend\.yaml:3:1: untill is not a known key; did you mean until\?/],
  ['no moment', [...who, 'until: tomorrow'], /weekend\.yaml:3:8: until is "tomorrow", which is not a date and time/],
  ['a day alone', [...who, 'until: 2026-11-30'], /weekend\.yaml:3:8: until is "2026-11-30"/],
  ['no such day', [...who, 'until: 2026-02-30T06:00Z'], /weekend\.yaml:3:8: until is "2026-02-30T06:00Z"/],
  ['no zone', [...who, 'until: 2026-11-30T06:00'], /weekend\.yaml:3:8: until/],
  [
    'an end before its begin',
    [...who, 'from: 2026-11-30T06:00Z', 'until: 2026-11-20T06:00Z'],
    /weekend\.yaml:4:8: until is "2026-11-20T06:00Z", which is not after from/,
  ],
  [
    'a delivery that is none',
    [...who, 'deliveries: [shopp@prod]'],
    /weekend\.yaml:3:14: deliveries\[0\] is "shopp@prod".*did you mean shop@prod\?/,
  ],
  ['an environment that is none', [...who, 'environments: [prd]'], /weekend\.yaml:3:16: environments\[0\] is "prd"/],
  ['an empty list', [...who, 'deliveries: []'], /weekend\.yaml:3:13: deliveries is an empty list/],
  ['a text for a list', [...who, 'deliveries: cart'], /weekend\.yaml:3:13: deliveries is "cart"; write a list/],
] as const)('what has a problem covers everything and says where it is: %s', (_, lines, expected) => {
  const { unreadable } = read(...lines);
  expect(unreadable).toMatch(expected);
});

test.each([
  ['its end counts', ['deliveries: [gone]', 'until: 2026-11-30T06:00Z'], [null, '2026-11-30T06:00:00.000Z']],
  ['times that contradict each other do not', ['from: 2026-11-30T06:00Z', 'until: 2026-11-20T06:00Z'], [null, null]],
  ['a wrong end does not', ['from: 2026-11-20T06:00Z', 'until: soon'], ['2026-11-20T06:00:00.000Z', null]],
] as const)('of what has a problem, %s', (_, lines, [begins, ends]) => {
  const found = read(...who, ...lines);
  expect(found.unreadable).not.toBeNull();
  expect([found.begins?.toISOString() ?? null, found.ends?.toISOString() ?? null]).toEqual([begins, ends]);
});

test.each([
  ['.stepgate/freezes/weekend.yaml', true, 'weekend'],
  ['.stepgate/freezes/weekend.yml', true, 'weekend'],
  ['.stepgate/freezes/team/x.yaml', true, 'team/x'],
  ['.stepgate/freezes/weekend.txt', true, 'weekend.txt'],
  ['.stepgate/freezes/README.md', false, 'README.md'],
  ['.stepgate/freezes/.gitkeep', false, '.gitkeep'],
  ['.stepgate/promotions/x.yaml', false, null],
  ['deploy/.stepgate/freezes/x.yaml', false, null],
] as const)('%s is a freeze: %s', (path, is, name) => {
  expect(isFreezeFile(path)).toBe(is);
  if (name !== null) expect(freezeName(path)).toBe(name);
});

test('a file that is no YAML is a freeze that can not be read', () => {
  const found = readFreeze({ file: '.stepgate/freezes/weekend.txt', text: 'by: ada\nreason: x\n' }, known);
  expect(found.unreadable).toBe(
    '.stepgate/freezes/weekend.txt:1:1: the file is no YAML file; freezes are files .stepgate/freezes/NAME.yaml',
  );
});

test('what is printed is read back', () => {
  const line = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .map((text) => text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim())
    .filter((text) => text !== '');
  const moment = fc.option(
    fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000)),
    { nil: null },
  );
  const what = fc.record({
    deliveries: fc.constantFrom<(readonly string[])[]>([], ['*'], ['shop@prod', 'cart']),
    environments: fc.constantFrom<(readonly string[])[]>([], ['prod'], ['*']),
    by: line,
    reason: line,
    begins: moment,
    ends: moment,
  });
  fc.assert(
    fc.property(what, line, (freeze, run) => {
      fc.pre(freeze.begins === null || freeze.ends === null || freeze.begins < freeze.ends);
      expect(readFreeze({ file, text: printFreeze(freeze, run) }, known)).toEqual({
        name: 'weekend',
        from: { is: 'file', path: file },
        ...freeze,
        unreadable: null,
      });
    }),
    { numRuns: 300 },
  );
});

test('no text throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(readFreeze({ file, text }, known).name).toBe('weekend');
    }),
    { numRuns: 300 },
  );
});

describe('an issue with the label', () => {
  const issue = (body: string, more: Partial<Issue> = {}): Issue => ({
    number: 12,
    url: 'https://github.com/acme/shop/issues/12',
    title: 'The database moves',
    body,
    author: { id: 1, login: 'ada', is: 'person' },
    at: new Date('2026-11-27T10:00:00Z'),
    ...more,
  });
  const of = (...lines: readonly string[]) => freezeOfIssue(issue(lines.join('\n')), known);

  test('is a freeze of everything until it is closed', () => {
    expect(of('Please wait.', 'until: tomorrow')).toEqual({
      name: 'issue-12',
      from: { is: 'issue', number: 12, url: 'https://github.com/acme/shop/issues/12' },
      deliveries: [],
      environments: [],
      by: 'ada',
      reason: 'The database moves',
      begins: null,
      ends: null,
      unreadable: null,
    });
  });

  test.each([
    [
      'lists',
      ['deliveries: shop@*, cart', 'environments: prod'],
      { deliveries: ['shop@*', 'cart'], environments: ['prod'] },
    ],
    ['brackets', ['deliveries: [shop@prod, cart]'], { deliveries: ['shop@prod', 'cart'] }],
    [
      'words, after an empty line, in capitals',
      ['', 'Deliveries: cart shop@prod'],
      { deliveries: ['cart', 'shop@prod'] },
    ],
    ['an end', ['until: 2026-11-30T06:00Z', '', 'text'], { ends: new Date('2026-11-30T06:00:00Z') }],
    ['lines of another system', ['deliveries: cart\r', 'until: 2026-11-30T06:00Z\r'], { deliveries: ['cart'] }],
  ] as const)('says what it is for: %s', (_, lines, expected) => {
    expect(of(...lines)).toMatchObject({ ...expected, unreadable: null });
  });

  test.each([
    ['an end', ['until: soon'], /issues\/12: until is "soon"/],
    [
      'a delivery',
      ['deliveries: shopp'],
      /"shopp" is not among the deliveries; there: shop@staging, shop@prod and cart/,
    ],
    ['no delivery', ['deliveries:'], /deliveries names nothing/],
    ['an environment', ['environments: prd'], /"prd" is not among the environments/],
  ] as const)('that can not be understood covers everything: %s', (_, lines, expected) => {
    expect(of(...lines).unreadable).toMatch(expected);
  });

  test('counts whoever opened it', () => {
    expect(freezeOfIssue(issue('', { author: null }), known).by).toBe('a deleted account');
    expect(freezeOfIssue(issue('', { author: { id: 2, login: 'x[bot]', is: 'bot' } }), known).by).toBe('x[bot]');
  });
});
