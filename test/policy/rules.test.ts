import { describe, expect, it } from 'vitest';
import { printConfig } from '../../src/policy/print.ts';
import { parseConfig } from '../../src/policy/schema.ts';
import { StepgateError } from '../../src/release/error.ts';
import { oneBlock } from './examples.ts';

/** What the root says for all deliveries: `commits`, `people` and the people of `approvals`. */

/** oneBlock has 11 lines: what is added stands on line 12. */
const read = (added: string) =>
  parseConfig({ file: 'stepgate.yaml', text: `${oneBlock}${added}\n`, readInclude: () => [] });

function problemsOf(added: string): readonly string[] {
  try {
    read(added);
  } catch (error) {
    if (!(error instanceof StepgateError)) throw error;
    return error.problems.map(({ message, hint, at }) => `${at?.line}:${at?.column} ${message} (${hint})`);
  }
  return [];
}

function expectProblems(added: string, wanted: readonly string[]): void {
  const found = problemsOf(added);
  expect(found, found.join('\n')).toHaveLength(wanted.length);
  for (const [index, fragment] of wanted.entries()) expect(found[index]).toContain(fragment);
}

describe('diff', () => {
  it.each([
    ['', 'listed'],
    ['diff: listed', 'listed'],
    ['diff: full', 'full'],
  ])('%s', (added, wanted) => {
    expect(read(added).diff).toBe(wanted);
    expect(printConfig(read(added)).includes('diff: full')).toBe(wanted === 'full');
  });

  it.each(['diff: all', 'diff: true', 'diff:'])('%s is an error', (added) => {
    expectProblems(added, ['12:']);
  });
});

describe('fetch', () => {
  it.each<[string, readonly string[] | undefined]>([
    ['', undefined],
    ['fetch: [raw.githubusercontent.com, github.com]', ['raw.githubusercontent.com', 'github.com']],
    ["fetch: [127.0.0.1, '[::1]', a-b.example]", ['127.0.0.1', '[::1]', 'a-b.example']],
  ])('%s', (added, wanted) => {
    const config = read(added);
    expect(config.fetch).toEqual(wanted);
    expect(config.deliveries.map(({ fetch }) => fetch)).toEqual(config.deliveries.map(() => wanted));
  });

  it.each([
    ['fetch: any', '12:8 fetch is "any" (write a list'],
    ['fetch: []', '12:8 fetch is an empty list (name at least one)'],
    ["fetch: ['*.example']", '12:9 fetch[0] is "*.example", which has a * (list every server by its whole name)'],
    ["fetch: ['https://a.example']", 'fetch[0] is "https://a.example", which is no name of a server (write the name'],
    ['fetch: [a.example/x]', 'which is no name of a server'],
    ["fetch: ['a.example:443']", 'which is no name of a server'],
    ["fetch: ['a.example:8443']", 'which is no name of a server'],
    ['fetch: [me@a.example]', 'which is no name of a server'],
    ["fetch: ['me:hunter2@a.example']", 'fetch[0] is "me:...@a.example", which is no name of a server'],
    ['fetch: [A.example]', 'which is no name of a server'],
    ['fetch: [a.example.]', 'which is no name of a server'],
    ['fetch: [0x7f.1]', 'which is no name of a server'],
    ['fetch: [a_b]', 'which is no name of a server'],
    ['fetch: ["a b"]', 'which is no name of a server'],
    ['fetch: [""]', 'which is no name of a server'],
  ])('%s is refused', (added, wanted) => {
    expectProblems(added, [wanted]);
  });
});

describe('commits', () => {
  it.each([
    ['', { allow: 'policyBranch' }],
    ['commits: any', { allow: 'any' }],
    ['commits: { branches: [release/*] }', { allow: 'refs', branches: ['release/*'], tags: [] }],
    [
      "commits: { branches: ['**'], tags: ['v*', 'rc-?', 1.2.3] }",
      { allow: 'refs', branches: ['**'], tags: ['v*', 'rc-?', '1.2.3'] },
    ],
  ])('%s', (added, wanted) => {
    expect(read(added).commits).toEqual(wanted);
  });

  it.each([
    ['commits: all', '12:10 commits is "all" (write any, or {branches: [release/*], tags: [\'v*\']}'],
    ['commits:', '12:9 commits is nothing (write a map with branches and tags)'],
    ['commits: [release/*]', '12:10 commits is a list (write a map with branches and tags)'],
    ['commits: {}', '12:10 commits has none of branches or tags (give at least one of branches or tags)'],
    ['commits: { branches: [] }', '12:22 commits.branches is an empty list (name at least one)'],
    ['commits: { branches: release/* }', '12:22 commits.branches is "release/*" (write a list'],
    ['commits: { branch: [a] }', '12:12 commits.branch is not a known key (did you mean branches?'],
    [`commits: { tags: [${'a, '.repeat(51)}] }`, '12:18 commits.tags has 51 entries (write at most 50)'],
    ['commits: { tags: [1] }', '12:19 commits.tags[0] is the number 1 (put it in quotes'],
    ['commits: { branches: [a, -x] }', '12:26 commits.branches[1] is "-x", which begins with "-"'],
    ['commits: { branches: ["!main"] }', 'which begins with "!" (patterns can not exclude'],
    ['commits: { branches: [refs/heads/main] }', 'which begins with refs/ (leave out'],
    ['commits: { branches: [a..b] }', 'which has ".." in it'],
    ['commits: { branches: [a b] }', 'which has a space in it'],
    ['commits: { branches: ["a\\tb"] }', 'which has a space in it'],
    ['commits: { branches: ["a\\u00a0b"] }', 'which has a space in it'],
    ['commits: { branches: ["a\\0b"] }', 'which has an invisible character'],
    ['commits: { branches: ["a\\u202eb"] }', 'which has an invisible character'],
    ['commits: { branches: [a~1] }', 'which has "~" in it'],
    ['commits: { branches: [a^] }', 'which has "^" in it'],
    ['commits: { branches: ["a:b"] }', 'which has ":" in it'],
    ["commits: { branches: ['a\\b'] }", 'which has "\\\\" in it'],
    ['commits: { branches: ["a[bc]"] }', 'which has brackets in it (only *, ** and ? '],
    ['commits: { branches: ["a/{b,c}"] }', 'which has brackets in it'],
    ['commits: { branches: ["a@{1}"] }', 'which has brackets in it'],
    ['commits: { branches: [""] }', 'which is empty'],
    ['commits: { branches: [/a] }', 'which has an empty part'],
    ['commits: { branches: [a/] }', 'which has an empty part'],
    ['commits: { branches: [a//b] }', 'which has an empty part'],
    ['commits: { branches: [a/.b] }', 'which has a part that begins with "."'],
    ['commits: { branches: [a.lock/b] }', 'which has a part that ends with "." or ".lock"'],
    ['commits: { branches: [a.] }', 'which has a part that ends with "."'],
    ['commits: { branches: [HEAD] }', 'which can not be the name of a branch or tag'],
    [`commits: { branches: [${'a'.repeat(256)}] }`, 'which is longer than 255 characters'],
  ])('%s is an error', (added, wanted) => {
    expectProblems(added, [wanted]);
  });

  it.each(['a.b', 'a@b', 'dependabot/npm_and_yarn/**', '*.x', 'ümlaut', '@', 'a.locker', 'a'.repeat(255)])(
    'takes the pattern %s unless git takes no such name',
    (pattern) => {
      expectProblems(`commits: { tags: ["${pattern}"] }`, pattern === '@' ? ['which can not be the name'] : []);
    },
  );
});

describe('people', () => {
  it.each<[string, readonly (readonly [string, string])[]]>([
    ['people: cluster', []],
    [
      'people: { "ada@corp.example": ada, "system:serviceaccount:ci:bob": "@Bob", ada: ada, 7: ci }',
      [
        ['7', 'ci'],
        ['ada@corp.example', 'ada'],
        ['system:serviceaccount:ci:bob', 'Bob'],
        ['ada', 'ada'],
      ],
    ],
    [
      'people: { "Ada Lovelace": ada, "https://id.example#a/b": ada, Àda: ada }',
      [
        ['Ada Lovelace', 'ada'],
        ['https://id.example#a/b', 'ada'],
        ['Àda', 'ada'],
      ],
    ],
    [`people: { ${'a'.repeat(256)}: ada }`, [['a'.repeat(256), 'ada']]],
  ])('%s', (added, accounts) => {
    expect(read(added).people).toEqual({ by: 'cluster', accounts: new Map(accounts) });
  });

  it('are names where nothing is said', () => {
    expect(read('').people).toEqual({ by: 'name' });
  });

  it.each([
    ['people: {}', '12:9 people is an empty map (write people: cluster)'],
    ['people:', '12:8 people is nothing (write a map from names, or people: cluster)'],
    ['people: [ada]', '12:9 people is a list (write a map from names, or people: cluster)'],
    ['people: clutser', '12:9 people is "clutser" (did you mean cluster? write cluster, or a map'],
    ['people: name', '12:9 people is "name" (write cluster, or a map'],
    ['people: { ada: }', '12:16 people.ada is nothing'],
    ['people: { ada: 7 }', '12:16 people.ada is the number 7 (put it in quotes'],
    ['people: { ada: acme/sre }', '12:16 people.ada is "acme/sre", which is a team'],
    ['people: { ada: kube:ada }', '12:16 people.ada is "kube:ada", which has a colon, which no login has'],
    ['people: { ada: "\\u0430da" }', 'which has the character U+0430, which no login has (type the login again'],
    ['people: { ada: "a da" }', 'which is not the name of a person'],
    ['people: { "": ada }', '12:11 people. is empty (write the name as'],
    ['people: { " ada": ada }', 'begins or ends with a space'],
    ['people: { "a\\nb": ada }', '12:11 people.a\nb has invisible characters'],
    ['people: { "a\\u202eb": ada }', 'has invisible characters'],
    [`people: { ${'a'.repeat(257)}: ada }`, 'is longer than 256 characters'],
  ])('%s is an error', (added, wanted) => {
    expectProblems(added, [wanted]);
  });
});

const anybody = { by: ['command'], from: [], count: 1, notAuthor: false, notMerger: false };

it('reads how people approve, and whom their own work bars', () => {
  const text = 'approvals: { sre: { by: [comment, command, comment], notAuthor: true, notMerger: false } }';
  expect(read(text).approvals).toEqual(new Map([['sre', { ...anybody, by: ['command', 'comment'], notAuthor: true }]]));
});

it('may want more approvals than it names, where it names a team', () => {
  expect(read('approvals: { sre: { from: [ada, acme/sre], count: 3 } }').approvals.get('sre')?.count).toBe(3);
});

describe('the people of approvals', () => {
  const from = (people: string, more = '') => `approvals: { sre: { from: [${people}]${more} } }`;

  it.each([
    ['ada, "@Bob", "ci[bot]", ada_corp, a.b', ['ada', '@Bob', 'ci[bot]', 'ada_corp', 'a.b']],
    ['kube:ada, kube:ada@corp.example', ['kube:ada', 'kube:ada@corp.example']],
    [
      'kube:system:serviceaccount:ci:bot, "kube:https://id.example#a b"',
      ['kube:system:serviceaccount:ci:bot', 'kube:https://id.example#a b'],
    ],
    ['acme/sre, "@acme/on-call.eu", CODEOWNERS', ['acme/sre', 'acme/on-call.eu', 'CODEOWNERS']],
  ])('may be %s', (people, wanted) => {
    expect(read(from(people)).approvals).toEqual(new Map([['sre', { ...anybody, from: wanted }]]));
  });

  it.each([
    [
      'ann, "b\\u043eb"',
      '12:33 approvals.sre.from[1] is "b\u043eb", which has the character U+043E, which no login has',
    ],
    ['"\\uff41da"', 'which has the character U+FF41'],
    ['"a\\u200dda"', 'which has the character U+200D'],
    ['"\\U0001D41Ada"', 'which has the character U+1D41A'],
    ['Kube:ada', 'which has a colon, which no login has (a user of the cluster is kube:NAME'],
    ['"@kube:ada"', 'which has a colon'],
    ['"kube:"', 'which is empty'],
    ['"kube: ada"', 'which begins or ends with a space'],
    ['"kube:a\\u202eb"', 'which has invisible characters'],
    ['acme/sre/web', 'which is not a team (write the organisation'],
    ['/sre', 'which is not a team'],
    ['"@"', 'which is not the name of a person'],
  ])('may not be %s', (people, wanted) => {
    expectProblems(from(people), [wanted]);
  });

  it.each<[string, string, string, readonly string[]]>([
    ['a login in two cases is one person', 'ada, "@Ada"', '', ['count is 2, and from names one person']],
    ['users of the cluster in two cases are two', 'kube:ada, kube:Ada', '', []],
    ['one user twice is one', 'kube:ada, kube:ada', '', ['count is 2, and from names one person']],
    ['a login and a user of its name are two', 'ada, kube:ada', '', []],
    ['a login and a user who counts as it are one', 'Ada, kube:a@b', 'people: { a@b: ada }', ['from names one person']],
    ['two users of one account are one', 'kube:x, kube:y', 'people: { x: ada, y: "@ADA" }', ['from names one person']],
    ['two users without accounts are two', 'kube:x, kube:y', 'people: cluster', []],
  ])('%s', (_, people, more, wanted) => {
    expectProblems(`${from(people, ', count: 2')}\n${more}`, wanted);
  });
});

it('gives the entries of approvals and schedules by name', () => {
  const { approvals, schedules } = read(
    'approvals: { sre: { from: [ann], count: 1 }, all: {} }\nschedules: { day: { zone: UTC, allow: ["Mon 09:00-17:00"] } }',
  );
  expect(approvals).toEqual(
    new Map([
      ['sre', { ...anybody, from: ['ann'] }],
      ['all', anybody],
    ]),
  );
  expect(schedules).toEqual(
    new Map([['day', { zone: 'UTC', allow: [{ days: [1], from: 540, to: 1020 }], except: [] }]]),
  );
});

it.each([
  ['', 'commits: policyBranch\npeople: name'],
  ['commits: any\npeople: cluster', 'commits: any\npeople: cluster'],
  ['commits: { tags: ["no"] }', 'commits:\n  branches: []\n  tags: ["no"]\npeople: name'],
  ['people: { "no": ada, "7": "on" }', 'commits: policyBranch\npeople:\n  "7": "on"\n  "no": ada'],
])('prints what is resolved of: %s', (added, wanted) => {
  expect(printConfig(read(added))).toContain(`version: 1\n${wanted}\ndeliveries:\n`);
});

it('lets no included file say who and what may be released', () => {
  const root = `version: 1
include: [a.yaml]
environments: { prod: { plan: p, namespace: web } }
plans: { p: { strategy: partition, steps: [{ replicas: 100% }] } }
`;
  const text = `delivery: shop
workload: { kind: Deployment, name: shop }
source: { files: [a] }
commits: any
fetch: [a.example]
in: { prod: { people: cluster } }
`;
  expect(() =>
    parseConfig({ file: 'stepgate.yaml', text: root, readInclude: () => [{ file: 'a.yaml', text }] }),
  ).toThrow(
    expect.objectContaining({
      problems: [
        expect.objectContaining({
          message: expect.stringContaining('commits is not allowed here: only the root stepgate.yaml'),
        }),
        expect.objectContaining({
          message: expect.stringContaining('fetch is not allowed here: only the root stepgate.yaml'),
        }),
        expect.objectContaining({
          message: expect.stringContaining('in.prod.people is not allowed here: only the root stepgate.yaml'),
        }),
      ],
    }),
  );
});
