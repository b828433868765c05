/** What a Helm chart does that a source may not do, found in the text of its files. Pure: nothing is rendered here. */

/** A file of a chart. `path` begins at the folder of the chart; what lies in an archive in charts/ has the path of that archive unpacked. */
export interface ChartFile {
  readonly path: string;
  readonly text: string;
}

/** A call of a function in a template. */
export interface Call {
  readonly name: string;
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/** An action of a template: what stands between `{{` and `}}`. */
interface Action {
  /** The text with each string replaced by its number in quotes, and without comments. */
  readonly code: string;
  readonly strings: readonly string[];
  readonly path: string;
  readonly line: number;
}

/**
 * The calls of some functions that a rendering may reach: in templates that render, in the partials that those include, directly or
 * through others, and in texts that `tpl` may render. `rendered` is the output of helm: the templates of a chart below charts/ count where
 * something of that chart is in it. Whether a condition lets a call happen is not known here.
 */
export function callsIn(files: readonly ChartFile[], rendered: string, names: readonly string[]): readonly Call[] {
  const { bodies, loose } = read(files, rendered);
  const reached = reachable({ bodies, loose });
  const wanted = new RegExp(String.raw`(?<![\w.$"])(${names.join('|')})(?!\w)`, 'g');
  const found = reached.flatMap(({ code, path, line }) =>
    [...code.matchAll(wanted)].map(([, name = '']) => ({ name, path, line })),
  );
  return found.filter((one, index) => found.findIndex((other) => same(one, other)) === index);
}

function same(left: Call, right: Call): boolean {
  return left.name === right.name && left.path === right.path && left.line === right.line;
}

/** The references of values.schema.json files that leave the file: helm would load them, also over the network. */
export function schemaReferences(
  files: readonly ChartFile[],
): readonly { readonly path: string; readonly to: string }[] {
  return files
    .filter(({ path }) => /(^|\/)values\.schema\.json$/.test(path))
    .flatMap(({ path, text }) => references(text).map((to) => ({ path, to })));
}

function references(text: string): readonly string[] {
  const found: string[] = [];
  try {
    JSON.parse(text, (key, value: unknown) => {
      const leads = key === '$ref' || key === '$dynamicRef' || key === '$recursiveRef';
      if (leads && typeof value === 'string' && !value.startsWith('#')) found.push(value);
      return value;
    });
  } catch (error) {
    // helm refuses it, with its own words.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return found;
}

/** The partials by name, and the actions outside of partials, which are run when the file is rendered. */
interface Parsed {
  readonly bodies: ReadonlyMap<string, readonly Action[]>;
  readonly loose: readonly Action[];
}

function read(files: readonly ChartFile[], rendered: string): Parsed {
  const bodies = new Map<string, Action[]>();
  const loose: Action[] = [];
  const texts: Action[] = [];
  const counts = chartsThatCount(files, rendered);
  for (const { path, text } of files) {
    const actions = actionsIn(path, text);
    if (!/(^|\/)templates\//.test(path)) {
      if (!/\.(md|lock|tgz)$|(^|\/)values\.schema\.json$/i.test(path)) texts.push(...actions);
      continue;
    }
    const name = path.slice(path.lastIndexOf('/') + 1);
    // helm renders neither to a manifest: a partial is only included, and notes are not printed.
    const rendersNothing = name.startsWith('_') || name === 'NOTES.txt' || !counts(path);
    place(actions, { bodies, loose: rendersNothing ? [] : loose });
  }
  const all = [...loose, ...[...bodies.values()].flat()];
  if (all.some(({ code }) => /(?<![\w.$"])tpl(?!\w)/.test(code))) loose.push(...texts);
  return { bodies, loose };
}

/** Puts each action where it belongs: into the partial around it, or with what the file itself renders. */
function place(actions: readonly Action[], into: { bodies: Map<string, Action[]>; loose: Action[] }): void {
  const open: Action[][] = [];
  for (const action of actions) {
    const here = open.at(-1) ?? into.loose;
    const [, word, name] = /^\s*(define|block|if|range|with|end)\b(?:\s+"(\d+)")?/.exec(action.code) ?? [];
    if (word === 'end') open.pop();
    else if (word === 'define' || word === 'block') {
      const title = action.strings[Number(name)] ?? '';
      const body = into.bodies.get(title) ?? [];
      into.bodies.set(title, body);
      open.push(body);
      // A block is rendered where it stands.
      if (word === 'block') here.push(action, { ...action, code: 'template "0"', strings: [title] });
    } else {
      here.push(action);
      if (word !== undefined) open.push(here);
    }
  }
}

function reachable({ bodies, loose }: Parsed): readonly Action[] {
  const found: Action[] = [...loose];
  const open = new Set(bodies.keys());
  for (let index = 0; index < found.length; index += 1) {
    const action = found[index];
    if (action === undefined) continue;
    for (const name of included(action)) {
      // A name that is computed may be any of them.
      for (const one of name === null ? [...open] : open.has(name) ? [name] : []) {
        open.delete(one);
        found.push(...(bodies.get(one) ?? []));
      }
    }
  }
  return found;
}

/** The names of the partials that an action includes; null for one that is computed. */
function included({ code, strings }: Action): readonly (string | null)[] {
  return [...code.matchAll(/(?<![\w.$"])(?:include|template)(?!\w)\s*(?:"(\d+)")?/g)].map(([, index]) =>
    index === undefined ? null : (strings[Number(index)] ?? null),
  );
}

/** Whether the templates of the chart around a path are rendered: those of the chart itself, and of those charts that are in the output. */
function chartsThatCount(files: readonly ChartFile[], rendered: string): (path: string) => boolean {
  const sources = [...rendered.matchAll(/^# Source: [^/\n]+\/(.*)$/gm)].map(([, path = '']) => chartOf(path));
  const named = new Set(sources);
  const known = new Set(files.map(({ path }) => chartOf(path)));
  // A chart with an alias has another name in the output than in charts/.
  const all = sources.some((chart) => !known.has(chart));
  return (path) => all || chartOf(path) === '' || named.has(chartOf(path));
}

/** The part of a path that leads to its chart: `charts/redis/`; empty for the chart itself. */
function chartOf(path: string): string {
  return /^(?:charts\/[^/]+\/)*/.exec(path)?.[0] ?? '';
}

/** The actions of a text, in order. Strings and comments are skipped as a whole, so that `}}` in one ends nothing. */
function actionsIn(path: string, text: string): readonly Action[] {
  const found: Action[] = [];
  let line = 1;
  let counted = 0;
  for (let at = text.indexOf('{{'); at >= 0; ) {
    line += breaksIn(text, counted, at);
    counted = at;
    const { code, strings, end } = actionAt(text, at + 2);
    found.push({ code, strings, path, line });
    at = text.indexOf('{{', end);
  }
  return found;
}

function actionAt(text: string, start: number): { code: string; strings: readonly string[]; end: number } {
  const strings: string[] = [];
  let code = '';
  // A dash trims spaces.
  let at = text[start] === '-' ? start + 1 : start;
  while (at < text.length && !text.startsWith('}}', at)) {
    const char = text[at] ?? '';
    if (char === '"' || char === '`' || char === "'") {
      const end = closing(text, at, char);
      code += `"${strings.length}"`;
      strings.push(text.slice(at + 1, end));
      at = end + 1;
    } else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      at = end < 0 ? text.length : end + 2;
    } else {
      code += char;
      at += 1;
    }
  }
  return { code, strings, end: Math.min(at + 2, text.length) };
}

/** Where a string ends that begins at a quote. */
function closing(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\' && quote !== '`') at += 1;
    else if (text[at] === quote) return at;
  }
  return text.length;
}

function breaksIn(text: string, from: number, to: number): number {
  let found = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) found += 1;
  return found;
}
