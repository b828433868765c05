import { describe, expect, test } from 'vitest';
import { holds, type JobStatus, workflowCondition } from './conditions.ts';
import { readInputs, variable } from './inputs.ts';
import { parseMetadata } from './metadata.ts';

const runs = 'runs: { using: node24, main: main.js }';
const contexts = { github: { token: 'a token', actor: 'octocat' }, runner: { os: 'Linux' } };

describe('action.yml', () => {
  test.each<[string, string]>([
    ['runs: { using: node26, main: a.js }', "'using: node26' is not supported"],
    ['runs: { using: composite, steps: [] }', "'using: composite' is not supported"],
    ['runs: { using: node24 }', 'needs `main`'],
    ['name: x', 'runs is no mapping'],
  ])('%s: refused', (text, why) => expect(() => parseMetadata(text)).toThrow(why));

  test('every value is a string, and conditions default to always()', () => {
    expect(parseMetadata(`inputs: { a: { default: false }, b: { default: 010 }, c: }\n${runs}`)).toEqual({
      inputs: {
        a: { standard: 'false', deprecated: null },
        b: { standard: '10', deprecated: null },
        c: { standard: '', deprecated: null },
      },
      runs: { main: 'main.js', pre: null, preIf: 'always()', post: null, postIf: 'always()' },
    });
    const { runs: read } = parseMetadata(
      'runs: { using: node20, main: a, pre: b, pre-if: success(), post: c, post-if: failure() }',
    );
    expect(read).toEqual({ main: 'a', pre: 'b', preIf: 'success()', post: 'c', postIf: 'failure()' });
  });
});

describe('inputs', () => {
  const { inputs } = parseMetadata(`inputs:
  dry-run: { default: 'no' }
  Two Words: { required: true }
  token: { default: '\${{ github.token }}' }
  where: { default: 'on \${{ runner.os }} by \${{github.actor}}' }
  old: { deprecationMessage: use new }
${runs}`);

  test.each([
    ['dry-run', 'INPUT_DRY-RUN'],
    ['Two Words', 'INPUT_TWO_WORDS'],
    ['a_b.c', 'INPUT_A_B.C'],
  ])('%s is %s', (name, expected) => expect(variable(name)).toBe(expected));

  test('defaults are filled in and evaluated; one that is required and missing is empty', () => {
    expect(readInputs(inputs, {}, contexts)).toMatchObject({
      env: {
        'INPUT_DRY-RUN': 'no',
        INPUT_TWO_WORDS: '',
        INPUT_TOKEN: 'a token',
        INPUT_WHERE: 'on Linux by octocat',
        INPUT_OLD: '',
      },
      warnings: [],
    });
  });

  test('names are compared without case, and values are kept as they are', () => {
    const { env, values } = readInputs(inputs, { 'DRY-run': ' yes\n' }, contexts);
    expect(env['INPUT_DRY-RUN']).toBe(' yes\n');
    expect(Object.keys(values)[0]).toBe('DRY-run');
    expect(values).not.toHaveProperty('dry-run');
  });

  test('an empty value is not replaced by the default', () => {
    expect(readInputs(inputs, { 'dry-run': '' }, contexts).env['INPUT_DRY-RUN']).toBe('');
  });

  test('one that the action does not declare is warned of and given; a deprecated one is told', () => {
    const { env, warnings } = readInputs(inputs, { typo: 'x', old: 'y' }, contexts);
    expect(env['INPUT_TYPO']).toBe('x');
    expect(warnings).toEqual(["Input 'old' has been deprecated with message: use new", "Unexpected input(s) 'typo'"]);
  });

  test('an expression it does not know is refused', () => {
    const { inputs: odd } = parseMetadata(`inputs: { a: { default: "\${{ hashFiles('x') }}" } }\n${runs}`);
    expect(() => readInputs(odd, {}, contexts)).toThrow('not understood');
  });
});

describe('conditions', () => {
  const all: readonly JobStatus[] = ['success', 'failure', 'cancelled'];
  test.each<[string, readonly JobStatus[]]>([
    ['always()', all],
    ['success()', ['success']],
    ['failure()', ['failure']],
    ['cancelled()', ['cancelled']],
    ['!cancelled()', ['success', 'failure']],
    ['Success() || FAILURE( )', ['success', 'failure']],
    ['success() || failure() && cancelled()', ['success']],
    ['(success() || failure()) && !success()', ['failure']],
    [`\${{ !success() }}`, ['failure', 'cancelled']],
    ['true', all],
    ['false', []],
  ])('%s', (condition, expected) => expect(all.filter((status) => holds(condition, status))).toEqual(expected));

  test.each(['', 'success', "runner.os == 'Linux'", 'success() &&', '(success()', 'success() failure()', '!'])(
    '%j is refused',
    (condition) => expect(() => holds(condition, 'success')).toThrow('not understood'),
  );

  test.each<[string | undefined, string]>([
    [undefined, 'success()'],
    ['true', 'success() && (true)'],
    ['always()', 'always()'],
    ['!cancelled()', '!cancelled()'],
  ])('a workflow that says %j means %s', (said, meant) => expect(workflowCondition(said)).toBe(meant));
});
