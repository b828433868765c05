import { cleanLines, xmlLine, xmlText } from './neutral.ts';

/** Markup that is safe to put into a page or an SVG. Only `markup` and `ours` make it. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in markup: text is escaped, as an element's content and inside an attribute's quotes. */
type Part = string | number | Markup | readonly Markup[];

/**
 * Makes XML that is valid HTML too: empty elements are written `<br/>`, attributes in double quotes. Every string that is put
 * into the template is cleaned, trimmed and escaped; only Markup is not.
 */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((text, index) => `${text}${written(parts[index] ?? '')}`).join(''));
}

function written(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return xmlText(part);
  if (typeof part === 'number') return String(part);
  return part.map((one) => one.text).join('');
}

/** Text of stepgate itself that must not be escaped, such as a style sheet. */
export function ours(text: string): Markup {
  return new Markup(text);
}

export const nothing: Markup = ours('');

/** Foreign text that may have several lines. */
export function prose(text: string): Markup {
  const lines = cleanLines(text.trim()).map((line, index) => (index === 0 ? markup`${line}` : markup`<br/>${line}`));
  return markup`${lines}`;
}

/** A foreign line whose white space is kept. */
export function verbatim(line: string): Markup {
  return new Markup(xmlLine(line));
}
