import { expect, test } from 'vitest';
import type { Json } from '../../src/release/json.ts';
import { valuesOfSecrets } from '../../src/release/secret-values.ts';

const secret = (stringData: Json): Json => ({ kind: 'Secret', stringData });

test.each<[string, Json, readonly string[]]>([
  ['a password', secret({ a: 'hunter-22' }), ['hunter-22']],
  ['what is encoded', { kind: 'Secret', data: { a: btoa('hunter-22') } }, ['hunter-22']],
  ['a long word', secret({ a: 'correcthorsebatterystaple' }), ['correcthorsebatterystaple']],
  ['a value with space around it', secret({ a: 'hunter-22\n' }), ['hunter-22']],
  ['the lines of a file', secret({ a: 'short: 1\npassword: hunter-22\n' }), ['password: hunter-22']],
  ['no short value', secret({ a: '493817', b: 'x' }), []],
  ['no ordinary word', secret({ a: 'production', b: 'postgres' }), []],
  ['words that are joined', secret({ a: 'open-sesame' }), ['open-sesame']],
  ['nothing that is no text', { kind: 'Secret', data: { a: '/////////////w==' } }, []],
  ['a Secret in another object', { kind: 'Application', spec: [secret({ a: 'hunter-22' })] }, ['hunter-22']],
  ['no ConfigMap', { kind: 'ConfigMap', data: { a: 'hunter-22' } }, []],
  ['no values that are no texts', secret({ a: 12345678, b: null }), []],
])('%s', (_, object, wanted) => {
  expect(valuesOfSecrets(object)).toEqual(wanted);
});

test('looks for at most 200 lines of a file', () => {
  const lines = Array.from({ length: 1_000 }, (_, index) => `a long line with number ${index}`);
  expect(valuesOfSecrets(secret({ a: lines.join('\n') }))).toHaveLength(200);
});
