import { expect, test } from 'vitest';
import { createMasks, forms, hide } from './masks.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

// The forms are those that Runner.Common/HostContext registers.
test.each<[string, string, readonly string[]]>([
  ['itself', 'open sesame', ['open sesame']],
  ['base64', 'sesame', [base64('sesame')]],
  ['base64 from the second and third byte', 'sesame', [base64('esame'), base64('same')]],
  ['base64 of its UTF-8', 'schlüssel', [base64('schlüssel'), Buffer.from('schlüssel').subarray(1).toString('base64')]],
  ['quotes as in an argument', 'a"b', ['a\\"b']],
  ['quotes as in an expression', "a'b", ["a''b"]],
  ['as in JSON', 'a\\b\n"\u2028', ['a\\\\b\\n\\"\\u2028']],
  ['as in an address', "a b/c!'()*~ü", ['a%20b%2Fc%21%27%28%29%2A~%C3%BC']],
  ['as in XML', `<a>&"'`, ['&lt;a&gt;&amp;&quot;&apos;']],
  ['without its double quotes', '"sesame1"', ['sesame1']],
  ['as PowerShell cuts it', 'before&after&behind', ['before&after&', 'behind']],
  ['as PowerShell colours it', 'before&+xafter&behind', ['before&+', 'after&behind']],
])('a secret is known by %s', (_, secret, known) => {
  for (const form of known) expect(forms(secret)).toContain(form);
});

test.each<[string, string, string]>([
  ['short quotes are part of it', '"sesame"', 'sesame'],
  ['a short part at an ampersand', 'ab&cd', 'ab&'],
  ['only one double quote', '"sesame123', 'sesame123'],
  ['hexadecimal', 'sesame', Buffer.from('sesame').toString('hex')],
  ['in upper case', 'sesame', 'SESAME'],
])('not by: %s', (_, secret, unknown) => expect(forms(secret)).not.toContain(unknown));

test('base64 of more than the secret is found only where the secret ends it', () => {
  const masks = createMasks();
  masks.add('password!');
  for (const user of ['a:', 'ab:', 'abc:']) expect(masks.hide(base64(`${user}password!`))).toContain('***');
  expect(masks.hide(base64('abc:password! '))).not.toContain('***');
});

test.each<[string, readonly string[], string]>([
  ['a secret and another', ['secret'], 'a *** and another'],
  ['aaaa', ['aa'], '***'],
  ['aaa', ['aa'], '***'],
  ['abcd', ['ab', 'cd'], '***'],
  ['abcde', ['abc', 'cde'], '***'],
  ['ab-cd', ['ab', 'cd'], '***-***'],
  ['secretive secret', ['secret', 'secretive'], '*** ***'],
  ['nothing', ['secret'], 'nothing'],
  ['', ['secret'], ''],
])('%j without %j', (text, secrets, shown) => expect(hide(text, secrets)).toBe(shown));

test('of a secret with several lines each is one, without what is around it', () => {
  const masks = createMasks();
  masks.add('  first\r\n\n second \n');
  expect(masks.hide('first, second')).toBe('***, ***');
  expect(masks.hide('  first\r\n\n second \n')).toBe('***');
});

test('there is no shortest secret, and an empty one is none', () => {
  const masks = createMasks();
  masks.add('');
  expect(masks.values).toEqual([]);
  masks.add('e');
  expect(masks.hide('a sentence')).toBe('a s***nt***nc***');
});
