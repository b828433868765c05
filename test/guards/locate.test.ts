import { describe, expect, test } from 'vitest';
import {
  call,
  caseOf,
  condition,
  element,
  leadsTo,
  operand,
  property,
  returned,
  spreadBeside,
  statement,
} from './anchor.ts';
import { type Guard, locate, scopesIn, without } from './locate.ts';
import { parsed } from './syntax.ts';

function scopes(files: Readonly<Record<string, string>>) {
  return scopesIn(Object.entries(files).map(([path, text]) => ({ path, text, tree: parsed(text) })));
}

function removed(text: string, guard: Omit<Guard, 'promise'>): string {
  const whole = { promise: 'p', ...guard };
  return without(whole, locate(whole, scopes({ 'src/a.ts': text })));
}

describe('a guard is taken out', () => {
  test.each<[string, string, Omit<Guard, 'promise'>, string]>([
    [
      'the condition that refuses',
      "function f(a) { if (a) throw refusal('HELD'); }",
      { in: 'f', at: leadsTo('HELD') },
      "function f(a) { if (false) throw refusal('HELD'); }",
    ],
    [
      'the innermost condition that refuses',
      "function f(a, b) { if (a) { if (b) throw refusal('HELD'); } }",
      { in: 'f', at: leadsTo('HELD') },
      "function f(a, b) { if (a) { if (false) throw refusal('HELD'); } }",
    ],
    [
      'one of two that refuse alike',
      "function f(a, b) { if (a) throw no('X'); if (b) throw no('X'); }",
      { in: 'f', at: leadsTo('X', { on: ['b'] }) },
      "function f(a, b) { if (a) throw no('X'); if (false) throw no('X'); }",
    ],
    [
      'a condition of a choice',
      'const f = (a) => (a.open ? 1 : 2);',
      { in: 'f', at: condition('open'), becomes: '!$' },
      'const f = (a) => (!a.open ? 1 : 2);',
    ],
    [
      'a statement',
      'async function f(a) { await check(a); write(a); }',
      { in: 'f', at: statement('check') },
      'async function f(a) { ; write(a); }',
    ],
    [
      'an element',
      "function f(a) { return [{ path: '/uid' }, a]; }",
      { in: 'f', at: element('/uid') },
      'function f(a) { return [...[], a]; }',
    ],
    [
      'an operand',
      'function f(a, b) { return a.x && b.y && a.z; }',
      { in: 'f', at: operand('y'), becomes: 'true' },
      'function f(a, b) { return a.x && true && a.z; }',
    ],
    [
      'both sides',
      'function f(a, b) { return a || b; }',
      { in: 'f', at: returned(), becomes: '$left && $right' },
      'function f(a, b) { return a && b; }',
    ],
    [
      'a property',
      'function f(a) { return { a, list: [] }; }',
      { in: 'f', at: property('list') },
      'function f(a) { return { a, ...{} }; }',
    ],
    [
      'what is copied',
      'function f(a) { return { ...a, version: 2 }; }',
      { in: 'f', at: spreadBeside('version') },
      'function f(a) { return { ...{}, version: 2 }; }',
    ],
    [
      'a method call',
      'function f(a) { return a.guarded(a.live); }',
      { in: 'f', at: call('guarded'), becomes: '$first' },
      'function f(a) { return a.live; }',
    ],
    [
      'in a case that others fall through to',
      "function f(a, b) { switch (a) { case 'x': case 'y': return b; case 'z': return a; } }",
      { in: 'f', at: [caseOf('x'), returned()], becomes: 'null' },
      "function f(a, b) { switch (a) { case 'x': case 'y': return null; case 'z': return a; } }",
    ],
  ])('%s', (_, text, guard, expected) => {
    expect(removed(text, guard)).toBe(expected);
  });
});

const guard: Guard = { promise: 'what is held is refused', in: 'check', at: leadsTo('HELD') };
const code = "export function check(hold) { if (hold !== null) throw refusal('HELD'); }";

describe('a guard is found', () => {
  test.each([
    ['in another folder', { 'src/other/place.ts': code }],
    ['written in other lines', { 'src/a.ts': code.replaceAll(/([{;(])/g, '$1\n  // why\n  ') }],
    ['with its local names renamed', { 'src/a.ts': code.replaceAll('hold', 'found') }],
    ['in a function inside another', { 'src/a.ts': `function outer() { ${code.replace('export ', '')} }` }],
    ['beside a function of the same name', { 'src/a.ts': code, 'src/b.ts': 'function check(a) { if (a) throw a; }' }],
  ])('%s', (_, files) => {
    expect(locate(guard, scopes(files)).name).toBe('check');
  });
});

describe('a guard that is not there once is an error, which names what comes near', () => {
  test.each([
    [
      'its function has another name',
      { 'src/a.ts': code.replace('check', 'refuse') },
      /nothing has the name check .*\n {2}refuse, src\/a\.ts:1: hold !== null/,
    ],
    [
      'it stands in another function',
      { 'src/a.ts': code.replace('check', 'refuse'), 'src/b.ts': 'function check() {}' },
      /check has no such place .*\n {2}refuse/,
    ],
    ['it is gone', { 'src/a.ts': 'function check() {}' }, /check has no such place .* none/],
    [
      'it is there twice',
      { 'src/a.ts': code, 'src/b.ts': code },
      /is in check 2 times:\n {2}check, src\/a\.ts:1.*\n {2}check, src\/b\.ts:1/,
    ],
  ])('%s', (_, files, message) => {
    expect(() => locate(guard, scopes(files))).toThrow(message);
  });

  test('what stands there instead uses a name that the file has not', () => {
    const text = 'function f(a) { return a; }';
    expect(() => removed(text, { in: 'f', at: returned(), becomes: 'b(a, (c) => c.d, Math.max(1))' })).toThrow(
      /nothing of the name b$/,
    );
  });
});
