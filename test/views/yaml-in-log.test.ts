import { describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { printYaml } from '../../src/policy/print.ts';
import { breakCommands, cleanLines } from '../../src/views/neutral.ts';
import { yamlWithoutCommands } from '../../src/views/yaml-in-log.ts';

const values = (text: string): unknown[] => parseAllDocuments(text).map((document) => document.toJS() as unknown);
const print = (value: unknown) => stringify(value, { sortMapEntries: true, lineWidth: 0, compat: 'yaml-1.1' });

/** No line in which the runner finds a command, however it reads it. */
function expectHarmless(text: string): void {
  for (const line of text.split('\n')) {
    expect(cleanLines(line)).toEqual([line.replaceAll('\t', '  ')]);
    expect(breakCommands(line)).toBe(line);
  }
}

const hostile = [
  '::add-mask::true\n::set-output name=state::done\nline\n',
  'first\n\n  ::error::x\n\n\n',
  '::stop-commands::x',
  'a ##[add-mask]true',
  '##[group]\n# ##[x]\tmore',
  '#\u200b#[error]x',
  'a\u2028::error::x',
  'a\r::error::x',
  '\u001b[31m::error::x',
  '\u{e0001}::error::"quoted" \\ back',
  'zero\u200dwidth and 👩‍🚀',
];

describe('YAML in a log', () => {
  test.each(hostile)('%j keeps its value and is no command', (text) => {
    const object = {
      apiVersion: 'v1',
      data: { script: text, [text.slice(0, 100)]: 'a key', plain: 'yes', list: [text, [text], 1.5, null] },
      last: text,
    };
    for (const source of [print(object), print(text), `# note\n${print(object)}---\n# more\n${print({ b: 1 })}`]) {
      const safe = yamlWithoutCommands(source);
      expect(values(safe)).toEqual(values(source));
      expectHarmless(safe);
    }
    const config = printYaml({ names: [text, 'b'], text });
    expect(values(yamlWithoutCommands(config))).toEqual(values(config));
  });

  test('comments are broken', () => {
    const safe = yamlWithoutCommands('#   note: a ##[add-mask]x\n#   #\u200b#[error]\na: 1\n');
    expectHarmless(safe);
    expect(values(safe)).toEqual([{ a: 1 }]);
  });

  test.each(['a: 1\n', '# x\na:\n  - |\n    #!/bin/sh\n    \tx: y # z\n', '', 'a: "::b"\nurl: x::y\n'])(
    '%j stays as it is',
    (text) => {
      expect(yamlWithoutCommands(text)).toBe(text);
    },
  );

  test('what is not touched stays byte for byte', () => {
    const safe = yamlWithoutCommands("a:   'x'\nb: |\n  ::error::x\nc:  [1,  2]\n");
    expect(safe).toBe('a:   \'x\'\nb: "::error::x\\n"\nc:  [1,  2]\n');
  });
});
