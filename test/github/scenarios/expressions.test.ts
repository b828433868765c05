import { describe, expect, test } from 'vitest';
import { filled, valueIn } from './expressions.ts';
import { example } from './workflow.ts';

const contexts = {
  github: { event_name: 'push', event: { comment: { body: '/Stepgate help' } } },
  inputs: { step: '' },
};

describe('an expression of a workflow', () => {
  test.each([
    ["github.event_name == 'PUSH'", true],
    ["github.event_name != 'push' || inputs.step", ''],
    ["(github.event_name == 'schedule' && 'tick') || 'deploy'", 'deploy'],
    ["startsWith(github.event.comment.body, '/stepgate')", true],
    ['!inputs.step && always()', true],
    ['inputs.missing', ''],
    ["'it''s'", "it's"],
  ])('%s', (expression, value) => expect(valueIn(expression, contexts)).toBe(value));

  test.each([
    'fromJSON(inputs.step)',
    "contains(inputs.step, 'a')",
    "'a' 'b'",
    'inputs',
    "(inputs.step == 'a'",
    '1 < 2',
  ])('%s is refused, because a guess would play another workflow', (expression) =>
    expect(() => valueIn(expression, contexts)).toThrow('is not understood here'),
  );

  test('is replaced in a text', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: expressions of a workflow
    expect(filled('${{ github.event_name }} by ${{ inputs.step }}.', contexts)).toBe('push by .');
  });
});

test.each([
  ['release.yml', { event: 'push', action: null, branch: 'main', paths: ['a'] }, true],
  ['release.yml', { event: 'push', action: null, branch: 'topic', paths: ['a'] }, false],
  ['release.yml', { event: 'pull_request', action: 'opened' }, false],
  [
    'promotions.yml',
    { event: 'push', action: null, branch: 'main', paths: ['.stepgate/promotions/shop/a.yaml'] },
    true,
  ],
  ['promotions.yml', { event: 'push', action: null, branch: 'main', paths: ['.stepgate/freezes/a.yaml'] }, false],
  ['comments.yml', { event: 'issue_comment', action: 'created' }, true],
  ['comments.yml', { event: 'issue_comment', action: 'edited' }, false],
  ['plan.yml', { event: 'pull_request', action: 'synchronize' }, true],
])('%s on %j: %j', (name, started, starts) => {
  expect(example(name).starts(started, contexts)).toBe(starts);
});
