import { expect, test } from 'vitest';
import { instrumented } from './instrument.ts';
import { refusalsIn } from './refusals.ts';
import { parsed } from './syntax.ts';

const isCode = (text: string) => ['HELD', 'GONE'].includes(text);

/** The text of src/a/b.ts in which each refusal asks whether it is made, and their codes. */
function asking(text: string) {
  const file = { path: 'src/a/b.ts', text, tree: parsed(text) };
  const found = refusalsIn([file], isCode);
  const numbered = new Map(found.map((refusal, index) => [refusal, index + 1]));
  const [, ...lines] = instrumented(file, numbered).split('\n');
  return { codes: found.map(({ code }) => code), text: lines.join('\n').replaceAll('refusalIsMade', 'made') };
}

test.each([
  [
    'thrown',
    "function f(a) { if (a) throw no('HELD'); else go(); }",
    ['HELD'],
    "function f(a) { if (a) { if (made(1)) throw no('HELD'); } else go(); }",
  ],
  [
    'returned on the way',
    "function f(a) { if (a) return wait('HELD'); go(); }",
    ['HELD'],
    "function f(a) { if (a) { if (made(1)) return wait('HELD'); } go(); }",
  ],
  [
    'returned at the end, where there may be none',
    "function f(a) { if (a) return []; return [find('HELD')]; }",
    ['HELD'],
    "function f(a) { if (a) return []; return [...(made(1) ? [find('HELD')] : [])]; }",
  ],
  [
    'returned at the end, else null',
    "function f(a) { if (a) return null; return wait('HELD'); }",
    ['HELD'],
    "function f(a) { if (a) return null; { if (!made(1)) return null; return wait('HELD'); } }",
  ],
  [
    'added to a list',
    "function f(list) { list.push({ code: 'HELD' }); }",
    ['HELD'],
    "function f(list) { { if (made(1)) list.push({ code: 'HELD' }); } }",
  ],
  [
    'a branch of a choice',
    "const f = (a) => (a ? no('HELD') : a);",
    ['HELD'],
    "const f = (a) => (((a) && made(1)) ? no('HELD') : a);",
  ],
  [
    'the other branch of a choice',
    "const f = (a) => (a ? a : no('HELD'));",
    ['HELD'],
    "const f = (a) => (((a) || !made(1)) ? a : no('HELD'));",
  ],
  [
    'made by a helper',
    "function held() { return no('HELD'); }\nfunction f(a) { if (a) throw held(); }",
    ['HELD'],
    "function held() { return no('HELD'); }\nfunction f(a) { if (a) { if (made(1)) throw held(); } }",
  ],
  [
    'two in one function',
    "function f(a, b) { if (a) throw no('HELD'); if (b) throw no('GONE'); }",
    ['HELD', 'GONE'],
    "function f(a, b) { if (a) { if (made(1)) throw no('HELD'); } if (b) { if (made(2)) throw no('GONE'); } }",
  ],
  [
    'compared, listed or no code',
    "const codes = { HELD: 'HELD?' };\nfunction f(a) { if (a.code === 'HELD' || ['GONE'].includes(a)) throw no('OTHER'); }",
    [],
    null,
  ],
])('a refusal that is %s', (_, text, codes, expected) => {
  expect(asking(text)).toEqual({ codes, text: expected ?? text });
});
