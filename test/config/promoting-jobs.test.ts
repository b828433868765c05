import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { promotingJobs } from '../../src/config/promoting-jobs.ts';

const file = '.github/workflows/x.yml';
const jobs = (text: string) => promotingJobs({ file, text });
const one = (job: string, ...steps: readonly string[]) =>
  `on: workflow_dispatch\njobs:\n  go:\n    ${job}\n    steps:\n${steps.map((step) => `      - ${step}\n`).join('')}`;
const promote = '{ uses: "acme/stepgate@v1", with: { command: promote } }';

test.each<readonly [string, string, readonly (string | null)[]]>([
  ['the Action', one('environment: prod', promote), ['prod']],
  ['the Action after other steps', one('environment: prod', '{ uses: actions/checkout@v5 }', promote), ['prod']],
  ['an environment with a name and more', one('environment: { name: prod, deployment: false }', promote), ['prod']],
  ['a command line', one('environment: prod', '{ run: npx stepgate promote --delivery shop }'), ['prod']],
  ['a name from an expression', one(`environment: "\${{ inputs.where }}"`, promote), [null]],
  [
    'a command from an expression',
    one('environment: prod', `{ uses: acme/stepgate@v1, with: { command: "\${{ inputs.command }}" } }`),
    ['prod'],
  ],
  [
    'a command of another Action from an expression',
    one('environment: prod', `{ uses: x/y@v1, with: { command: "\${{ a }}" } }`),
    [],
  ],
  ['another command', one('environment: prod', '{ uses: acme/stepgate@v1, with: { command: tick } }'), []],
  ['a command line of another command', one('environment: prod', '{ run: stepgate tick && echo promoted }'), []],
  ['no environment', one('runs-on: x', promote), []],
  ['an empty name', one('environment: ""', promote), []],
  ['no jobs', 'on: push', []],
  ['jobs that are none', 'jobs: [a, 1]', []],
  ['steps that are none', one('environment: prod', '7', '[]', '{ uses: 5, with: [] }', '{ run: { a: b } }'), []],
])('%s', (_, text, found) => {
  expect(jobs(text)).toEqual(found.map((environment) => ({ file, job: 'go', environment })));
});

test('the example of the documentation', async () => {
  const text = await readFile(new URL('../../examples/environment.yml', import.meta.url), 'utf8');
  expect(jobs(text)).toEqual([{ file, job: 'promote', environment: 'promotion' }]);
});

test.each([[''], ['jobs: ['], ['a: b\na: c\n']])('a text that can not be read: %j', (text) => {
  expect(jobs(text)).toBeNull();
});

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void jobs(text)));
});
