import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { blocksOf, findWorkflows, workflowIn } from './workflows.ts';

const block = (text: string, line = 30) => ({ from: 'page.md', text, line });
const step = '- uses: actions/checkout@0123456789abcdef0123456789abcdef01234567\n';

describe('the linters read', () => {
  test('the YAML blocks of a page, each with its line', () => {
    const text = [
      '# Page',
      '```yaml',
      'a: 1',
      '```',
      '- item',
      '  ```yml',
      '  b:',
      '    c: 2',
      '  ```',
      '```sh',
      'x',
      '```',
    ];
    expect(blocksOf({ from: 'page.md', text: `${text.join('\n')}\n` })).toEqual([
      block('a: 1\n', 3),
      block('b:\n  c: 2\n', 7),
    ]);
  });

  test.each([
    ['a workflow', `on: push\njobs:\n  a:\n    steps:\n    ${step}`, { on: 'push', jobs: { a: { steps: [{}] } } }],
    [
      'the keys of a job',
      `permissions: { contents: read }\nsteps:\n${step}`,
      { jobs: { part: { permissions: {}, steps: [{}] } } },
    ],
    ['a list of steps', `# a comment\n${step}${step}`, { jobs: { part: { steps: [{}, {}] } } }],
  ])('%s, with the lines that it has on the page', (_, text, shape) => {
    const found = workflowIn(block(text))?.text ?? '';
    expect(parse(found)).toMatchObject(shape);
    const lineOfStep = (lines: string) => lines.split('\n').findIndex((line) => line.trim() === step.trim());
    expect(lineOfStep(found) + 1).toBe(lineOfStep(text) + 30);
  });

  test('no other YAML, and no part of a workflow stays unread', () => {
    expect(workflowIn(block('version: 1\ndeliveries: []\nsteps: [{ name: one, replicas: 1 }]\n'))).toBeNull();
    expect(() => workflowIn(block(`part:\n${step}`.replace('- ', '  - ')))).toThrow(
      'page.md:30: this part of a workflow',
    );
  });

  test('the workflows of this repository', () => {
    const found = findWorkflows('.').map(({ from }) => from);
    const some = ['README.md', 'docs/workflows.md', '.github/workflows/ci.yml', '.github/workflows/release.yml'];
    for (const from of some) expect(found).toContain(from);
  });
});
