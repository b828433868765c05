import { isBuiltin } from 'node:module';
import type { Metafile } from 'esbuild';
import { child, children, childrenIn, type Node, parsed, wordOf } from '../guards/syntax.ts';

/**
 * What a text of JavaScript can do that nobody sees in it: make code of text or bytes, and load what has no literal name. Each
 * is a piece of the text. A name that is put together at run time (`globalThis['ev' + 'al']`) is not found.
 */
export function codeOutOfText(text: string, language: 'typescript' | 'javascript' = 'javascript'): readonly string[] {
  if (!hasWord.test(text)) return [];
  const found: string[] = [];
  const visit = (node: Node, above: Node | null) => {
    if (makesCode(node, above)) {
      const { start, end } = above ?? node;
      found.push(text.slice(start, Math.min(end, start + 80)));
    }
    for (const one of children(node)) visit(one, node);
  };
  visit(parsed(text, language), null);
  return found;
}

/** Names that have no other use than to make code, or to load it past the bundler. */
const makers = new Set([
  ...['eval', 'execScript', 'WebAssembly', 'compileFunction', 'SourceTextModule', 'createRequire', 'getBuiltinModule'],
  ...['runInThisContext', 'runInNewContext', 'runInContext', 'dlopen', '_linkedBinding', 'GeneratorFunction'],
  ...['AsyncFunction', 'AsyncGeneratorFunction'],
]);
const timers = new Set(['setTimeout', 'setInterval', 'setImmediate']);

/** A text without any of these words need not be parsed. */
const hasWord = new RegExp(
  `\\b(?:Function|require|${[...makers].join('|')})\\b|\\bimport\\s*\\(|[.[]\\s*["'\`]?constructor\\b|\\b(?:${[...timers].join('|')})\\W*["'\`]`,
);

function makesCode(node: Node, above: Node | null): boolean {
  switch (node.type) {
    case 'Identifier':
    case 'StringLiteral': {
      const name = wordOf(node) ?? '';
      if (node.type === 'StringLiteral' && !isComputed(node, above)) return false;
      if (makers.has(name)) return true;
      if (name === 'Function') return !isLookedAt(node, above);
      return name === 'require' && node.type === 'Identifier' && !isLiteralRequire(node, above);
    }
    case 'CallExpression':
    case 'OptionalCallExpression':
    case 'NewExpression': {
      const callee = child(node, 'callee');
      const [first] = childrenIn(node, 'arguments');
      const name = callee === null ? null : lastName(callee);
      if (name === 'constructor') return true;
      return name !== null && timers.has(name) && isText(first);
    }
    case 'ImportExpression':
      return !isText(child(node, 'source') ?? undefined);
    case 'MemberExpression':
      // To compare it with another class makes nothing.
      return (
        lastName(node) === 'constructor' && above?.type !== 'BinaryExpression' && isOfFunction(child(node, 'object'))
      );
    default:
      return false;
  }
}

/** Whether a string is the name of a member: `globalThis['eval']`. */
function isComputed(node: Node, above: Node | null): boolean {
  return above?.type.endsWith('MemberExpression') === true && child(above, 'property') === node;
}

/** `x instanceof Function` and `Function.prototype` make nothing. */
function isLookedAt(node: Node, above: Node | null): boolean {
  if (above === null) return false;
  if (above.type === 'BinaryExpression') return above['operator'] === 'instanceof' && child(above, 'right') === node;
  return above.type === 'MemberExpression' && child(above, 'object') === node && lastName(above) === 'prototype';
}

/** `require('a')`, which the bundler follows, `typeof require`, and a key of that name. */
function isLiteralRequire(node: Node, above: Node | null): boolean {
  if (above === null) return false;
  if (above.type === 'UnaryExpression') return above['operator'] === 'typeof';
  if (above.type === 'CallExpression')
    return child(above, 'callee') === node && isText(childrenIn(above, 'arguments')[0]);
  return above.type === 'ObjectProperty' && child(above, 'key') === node && above['computed'] !== true;
}

/** `(async () => {}).constructor` and `Object.getPrototypeOf(f).constructor` are other names of Function. */
function isOfFunction(object: Node | null): boolean {
  if (object === null) return false;
  if (object.type === 'ParenthesizedExpression') return isOfFunction(child(object, 'expression'));
  if (object.type === 'CallExpression') return lastName(child(object, 'callee') ?? object) === 'getPrototypeOf';
  return (
    object.type === 'FunctionExpression' ||
    object.type === 'ArrowFunctionExpression' ||
    lastName(object) === 'constructor'
  );
}

function isText(node: Node | undefined): boolean {
  return (
    node?.type === 'StringLiteral' || (node?.type === 'TemplateLiteral' && childrenIn(node, 'expressions').length === 0)
  );
}

/** The name that is read last: `b` of `a.b`, `a['b']` and `b`. */
function lastName(node: Node): string | null {
  if (!node.type.endsWith('MemberExpression')) return node.type === 'Identifier' ? wordOf(node) : null;
  const property = child(node, 'property');
  if (property === null || (node['computed'] === true && property.type === 'Identifier')) return null;
  return wordOf(property);
}

/** The hosts of the addresses in a text; `computed` for those whose host is put in at run time. */
export function hostsIn(text: string): readonly string[] {
  const found = [...text.matchAll(/\b(?:https?|wss?):(?:\\?\/){2}([^\s"'`\\<>/?#(),;]*)/gi)].map(([, host = '']) => {
    const literal = host.replace(/:\$\{.*$/, '').toLowerCase();
    return literal === '' || literal.includes('$') ? 'computed' : literal;
  });
  return [...new Set(found)].sort();
}

/** The texts in a program, without comments. */
export function textsIn(text: string, language: 'typescript' | 'javascript'): string {
  const found: string[] = [];
  const visit = (node: Node) => {
    if (node.type === 'StringLiteral' || node.type === 'TemplateLiteral') found.push(text.slice(node.start, node.end));
    for (const one of children(node)) visit(one);
  };
  visit(parsed(text, language));
  return found.join('\n');
}

/** Modules of Node by which a program starts others, makes code or opens connections. */
const powers = new Set([
  ...['child_process', 'cluster', 'inspector', 'module', 'repl', 'v8', 'vm', 'wasi', 'worker_threads'],
  ...['dgram', 'dns', 'http', 'http2', 'https', 'net', 'tls'],
]);

/** What connects or starts programs without being imported. */
const globals = new Set(['fetch', 'WebSocket', 'EventSource', 'Worker', 'BroadcastChannel']);
const mayHaveGlobals = new RegExp(`\\b(?:${[...globals].join('|')})\\b|\\bprocess\\b.{1,9}binding\\b`);

/**
 * The names in a text that are none of its own, and that connect, make threads, or reach Node's own parts. A name that the text gives
 * to anything of its own counts as its own everywhere in it.
 */
export function globalsIn(text: string, language: 'typescript' | 'javascript'): readonly string[] {
  if (!mayHaveGlobals.test(text)) return [];
  const used = new Set<string>();
  const own = new Set<string>();
  const visit = (node: Node, above: Node | null) => {
    const name = node.type === 'Identifier' ? (wordOf(node) ?? '') : '';
    if (globals.has(name) && above !== null) {
      if (isBinding(node, above)) own.add(name);
      else if (!isKey(node, above) && !above.type.startsWith('TS')) used.add(name);
    }
    if (node.type.endsWith('MemberExpression')) {
      const [object, last] = [child(node, 'object'), lastName(node)];
      const whose = object === null ? null : lastName(object);
      if (['globalThis', 'window', 'self'].includes(whose ?? '') && globals.has(last ?? '')) used.add(`global ${last}`);
      if (whose === 'process' && last === 'binding') used.add('process.binding');
    }
    for (const one of children(node)) visit(one, node);
  };
  visit(parsed(text, language), null);
  return [...used].filter((name) => !own.has(name)).sort();
}

/** Whether a name is given to something of the text itself: a variable, a parameter, a function, a class, an import. */
function isBinding(node: Node, above: Node): boolean {
  if (['ObjectProperty', 'AssignmentPattern'].includes(above.type)) return child(above, 'value') === node;
  if (above.type.startsWith('Import')) return true;
  return child(above, 'id') === node || childrenIn(above, 'params').includes(node);
}

/** Whether it is the name of a member, a method or a key. */
function isKey(node: Node, above: Node): boolean {
  const isComputed = above['computed'] === true;
  return !isComputed && (child(above, 'property') === node || child(above, 'key') === node);
}

/**
 * Who takes what from outside the bundle that has to be listed: `file: module`. A package is always listed. What comes by
 * `required:` of build.ts is what the file takes.
 */
export function powersOf({ inputs }: Pick<Metafile, 'inputs'>, files: readonly string[]): readonly string[] {
  const found = files
    .filter((file) => !file.startsWith('required:'))
    .flatMap((file) =>
      (inputs[file]?.imports ?? [])
        .filter(({ external, path }) => path.startsWith('required:') || (external === true && path !== '<runtime>'))
        .map(({ path }) => path.replace(/^(?:required:)?(?:node:)?/, ''))
        .flatMap((path) => {
          const module = path.replace(/\/.*$/, '');
          return powers.has(module) ? module : isBuiltin(path) ? [] : path;
        })
        .map((name) => `${file}: ${name}`),
    );
  return [...new Set(found)].sort();
}
