import { describe, expect, it } from 'vitest';
import { codeFence, inMarkdown, logLines, mermaidText } from '../../src/views/neutral.ts';
import { diffObjects } from '../../src/views/redact.ts';
import { renderText } from '../../src/views/text.ts';
import { everybody } from '../support/readers.ts';
import { examples, now, report } from './builder.ts';

/** Texts that make careless patterns look at every place from every place. */
describe.each([
  'a',
  '#',
  '##',
  ':',
  '_',
  '`',
  '\u001b',
  '\u001b]',
  '\u009d',
  '\u009b',
  '\u0301',
  '@',
  'eyJ',
  'token',
  '-',
  '-----BEGIN ',
  'a://',
  'a:',
  ' ',
  'x ',
])('a text of 200 KB of %j', (part) => {
  const text = part.repeat(Math.ceil(200_000 / part.length));
  it('is done in a moment', () => {
    const before = process.cpuUsage();
    logLines(text);
    inMarkdown(text);
    mermaidText(text);
    codeFence(text);
    diffObjects(null, { args: [text], data: { note: text } }, { values: 'full', fingerprint: everybody.fingerprint });
    renderText(report({ ...examples.waiting, message: text, name: text }), {
      now,
      color: true,
      unicode: true,
      width: 80,
    });
    // What this process worked, not what it waited for on a busy machine.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(3000);
  });
});
