import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ascii,
  breakCommands,
  cleanLines,
  codeFence,
  codeSpan,
  inMarkdown,
  link,
  logLines,
  mapStrings,
  mermaidText,
  oneLine,
  xmlText,
} from '../../src/views/neutral.ts';
import { hostile, lawful } from './hostile.ts';
import { commandIn, linesOf } from './runner.ts';

describe('the oracle', () => {
  it.each([
    ['::error::x', 'error'],
    ['  \u00a0::add-mask::x', 'add-mask'],
    ['::error file=a,line=1::x', 'error'],
    ['a ##[error]x', 'error'],
    ['#\u200b#[error]x', 'error'],
    ['#\u001b#[group]x', 'group'],
    ['a ::error::x', null],
    [':\\:error::x', null],
    ['##\\[error]x', null],
    ['::error', null],
  ])('%j is %j', (line, command) => expect(commandIn(line)).toBe(command));
});

describe('log lines', () => {
  it.each([
    ['plain', ['plain']],
    ['a\r\nb\rc\nd\u2028e\u2029f\u0085g', ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
    ['::error::x', [':\\:error::x']],
    ['\t ::error::x', ['   :\\:error::x']],
    ['a ##[error]##[group]x', ['a ##\\[error]##\\[group]x']],
    ['###[error]x', ['###\\[error]x']],
    ['#\u200b#\u00ad[error]x', ['##\\[error]x']],
    ['\u001b[31mred\u001b[0m \u001b]0;title\u0007and \u009b1mbold', ['red and bold']],
    ['abc\u202ecba\u2066', ['abccba']],
    ['std::vector a::b', ['std::vector a::b']],
    ['50% #1 [x]', ['50% #1 [x]']],
  ])('%j are %j', (text, lines) => expect(logLines(text)).toEqual(lines));

  it('are no commands and hold no controls, whatever the text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const line of linesOf(logLines(text).join('\n'))) {
          expect(commandIn(line)).toBeNull();
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        }
      }),
      lawful,
    );
  });

  it('stay the same when they are cleaned again', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(logLines(logLines(text).join('\n'))).toEqual(logLines(text));
      }),
      lawful,
    );
  });

  it('are no commands either with our own colours between their parts', () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 4 }), (texts) => {
        const line = breakCommands(texts.map((text) => `\u001b[31m${oneLine(text)}\u001b[0m`).join(''));
        expect(commandIn(line)).toBeNull();
      }),
      lawful,
    );
  });

  it('in ASCII are ASCII', () => {
    expect(ascii('José · 3 × “ü” → 日')).toBe('Jose - 3 x "u" -> ?');
    fc.assert(
      fc.property(hostile, (text) => {
        expect(cleanLines(text).map(ascii).join('')).toMatch(/^[ -~]*$/u);
      }),
      lawful,
    );
  });
});

/** Text as a browser shows it, once Markdown is through with it. */
function shown(markdown: string): string {
  return markdown.replace(/&#(\d+);/gu, (_, code: string) => String.fromCodePoint(Number(code)));
}

describe('Markdown', () => {
  it.each([
    ['half of 3, at 50%: ok', 'half of 3, at 50%: ok'],
    ['GATE_SHUT and _this_', 'GATE_SHUT and &#95;this&#95;'],
    ['<b>&amp;|`x`', '&#60;b&#62;&#38;amp;&#124;&#96;x&#96;'],
    ['by @ana in #12', 'by @&#8203;ana in &#35;&#8203;12'],
    ['https://x.example www.x.example', 'https:&#8203;//x.example www&#8203;.x.example'],
    ['![a](b)', '&#33;&#91;a&#93;(b)'],
    ['- item', '&#45; item'],
    ['12. item', '12&#46; item'],
    ['two\nlines', 'two lines'],
  ])('of %j is %j', (text, expected) => expect(inMarkdown(text)).toBe(expected));

  it('has no HTML, link, image, mention or reference of a hostile text, and shows the text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const markdown = inMarkdown(text);
        expect(markdown).not.toMatch(/[\n<>|`*[\]\\~!$]/u);
        expect(markdown.replace(/&#\d+;/gu, '')).not.toMatch(/[&#]/u);
        expect(markdown).not.toMatch(/^(?:[-+=:#]|\d+[.)]|\s)/u);
        const page = shown(markdown);
        expect(page).not.toMatch(/@[\p{L}\p{N}]|#[\p{L}\p{N}]|:\/|www\.|mailto:|xmpp:|gh-\d/iu);
        expect(page.replaceAll('\u200b', '')).toBe(oneLine(text).replace(/\s+/gu, ' '));
        expect(commandIn(markdown)).toBeNull();
      }),
      lawful,
    );
  });

  it.each([
    ['shop-7d9c-x', '`shop-7d9c-x`'],
    ['a`b', 'a&#96;b'],
    ['a|b', 'a&#124;b'],
    ['', ''],
  ])('code of %j is %s', (text, expected) => expect(codeSpan(text)).toBe(expected));

  it.each([
    ['https://github.com/acme/shop/actions/runs/17', '[run](https://github.com/acme/shop/actions/runs/17)'],
    ['http://127.0.0.1:8080/a%20b', '[run](http://127.0.0.1:8080/a%20b)'],
    ['https://x.example/a) [b](https://y.example', 'run'],
    ['https://me@x.example', 'run'],
    ['javascript:alert(1)', 'run'],
    ['https://x.example/a b', 'run'],
    ['', 'run'],
  ])('link to %j is %s', (address, expected) => expect(link('run', address)).toBe(expected));

  it('code spans never end early, fences neither', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(codeSpan(text)).toMatch(/^`[^`|\n]+`$|^[^`|\n]*$/u);
        const [open = '', ...rest] = codeFence(text, 'diff').split('\n');
        const fence = open.replace(/[^`]/gu, '');
        expect(open).toBe(`${fence}diff`);
        expect(rest.at(-1)).toBe(fence);
        for (const line of rest.slice(0, -1)) {
          expect(line.includes(fence)).toBe(false);
          expect(commandIn(line)).toBeNull();
        }
      }),
      lawful,
    );
  });
});

describe('mermaid and XML', () => {
  it('take labels as text', () => {
    expect(mermaidText('a "b"; %%{init}%% 50%')).toBe('a #34;b#34;#59; %%#123;init#125;%% 50%');
    expect(xmlText('<a href="x">&\'')).toBe('&#60;a href=&#34;x&#34;&#62;&#38;&#39;');
  });

  it('have no structure of a hostile text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(mermaidText(text).replace(/#\d+;/gu, '')).toMatch(/^[\p{L}\p{N}\p{M} .,%/+-]*$/u);
        expect(xmlText(text).replace(/&#\d+;/gu, '')).not.toMatch(/[<>&"'\n]/u);
      }),
      lawful,
    );
  });
});

describe('the strings of plain data', () => {
  const data = { at: new Date(0), list: ['a', { text: 'b' }], rest: { number: Number.NaN, none: null } };

  it('are mapped with the key that they stand under', () => {
    const mapped = mapStrings(data, (text, key) => `${key}=${text}`);
    expect(mapped).toEqual({ ...data, list: ['list=a', { text: 'text=b' }] });
  });

  it('leave what they do not change as it is, without a copy', () => {
    const mapped = mapStrings(data, (text) => (text === 'b' ? 'c' : text));
    expect(mapped.rest).toBe(data.rest);
    expect(mapped.list).not.toBe(data.list);
    expect(data.list[1]).toEqual({ text: 'b' });
  });
});
