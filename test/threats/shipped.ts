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
