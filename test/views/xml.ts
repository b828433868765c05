/** An element or a text of a document, as far as tests look at it. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
}

const TOKEN = /<!DOCTYPE html>|<(\/?)([A-Za-z][\w-]*)((?: [\w:-]+="[^"<]*")*)(\/?)>|([^<]+)/gy;

/** Elements of HTML that have no content: they are written as XML has them too. */
const empty: readonly string[] = ['meta', 'br', 'rect', 'line', 'circle'];

/** Reads a document strictly: what is no well-formed XML is an error, and so is what HTML would read in another way. */
export function parseXml(text: string): Element {
  const root = { name: '', attributes: {}, children: [] as (Element | string)[] };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    const here = open.at(-1);
    if (found === null || here === undefined) throw new Error(`no markup at ${at}: ${text.slice(at, at + 80)}`);
    const [, end, name, attributes = '', closed, content] = found;
    if (content !== undefined) here.children.push(plain(content));
    if (name === undefined) continue;
    if (end === '/') {
      if (here.name !== name) throw new Error(`</${name}> at ${at} ends <${here.name}>`);
      open.pop();
      continue;
    }
    if ((closed === '/') !== empty.includes(name) && name !== 'rect')
      throw new Error(`<${name}> at ${at} is closed wrongly`);
    const element = { name, attributes: attributesIn(attributes), children: [] as (Element | string)[] };
    here.children.push(element);
    if (closed !== '/') open.push(element);
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)?.name}> has no end`);
  return root;
}

function attributesIn(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/ ([\w:-]+)="([^"<]*)"/g)) {
    if (Object.hasOwn(found, name)) throw new Error(`${name} stands there twice`);
    found[name] = plain(value);
  }
  return found;
}

function plain(text: string): string {
  const wrong = /&(?!#\d+;)/.exec(text);
  if (wrong !== null) throw new Error(`a lone & in ${text.slice(wrong.index, wrong.index + 40)}`);
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

/** Every element below one, and itself. */
export function elementsIn(element: Element): Element[] {
  return [element, ...element.children.flatMap((child) => (typeof child === 'string' ? [] : elementsIn(child)))];
}

/** All the text of an element, without its style sheets. */
export function textIn({ name, children }: Element): string {
  if (name === 'style') return '';
  return children.map((child) => (typeof child === 'string' ? child : textIn(child))).join('');
}
