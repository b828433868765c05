import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '@babel/parser';

/** A node of a syntax tree: its kind, and where its text stands in the file. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly tree: Node;
}

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every file under src/, parsed. */
export function sources(): readonly SourceFile[] {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const paths = names.filter((name) => name.endsWith('.ts')).toSorted();
  return paths.map((name) => {
    const text = readFileSync(join(root, 'src', name), 'utf8');
    return { path: join('src', name), text, tree: parsed(text) };
  });
}

/** The tree of a TypeScript file, or of JavaScript where it says so. Throws where the text does not parse. */
export function parsed(text: string, language: 'typescript' | 'javascript' = 'typescript'): Node {
  const { program } = parse(text, {
    sourceType: 'unambiguous',
    allowReturnOutsideFunction: true,
    plugins: language === 'typescript' ? ['typescript'] : [],
    createParenthesizedExpressions: true,
  });
  if (!isNode(program)) throw new Error('the parser gave no program');
  return program;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value;
}

/** The node under a key; null where there is none. */
export function child(node: Node, key: string): Node | null {
  const value = node[key];
  return isNode(value) ? value : null;
}

/** The nodes in a list under a key. */
export function childrenIn(node: Node, key: string): readonly Node[] {
  const value = node[key];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** All nodes directly below one. */
export function children(node: Node): readonly Node[] {
  return Object.keys(node).flatMap((key) => {
    if (key.endsWith('Comments')) return [];
    const one = child(node, key);
    return one === null ? childrenIn(node, key) : [one];
  });
}

/** The node and everything below it, outer before inner. */
export function* within(node: Node): Generator<Node> {
  yield node;
  for (const one of children(node)) yield* within(one);
}

/** The name or the text that a node is by itself; null where it is neither. */
export function wordOf(node: Node): string | null {
  switch (node.type) {
    case 'Identifier':
      return typeof node['name'] === 'string' ? node['name'] : null;
    case 'StringLiteral':
      return typeof node['value'] === 'string' ? node['value'] : null;
    case 'NullLiteral':
      return 'null';
    default:
      return null;
  }
}

/** Whether names and texts of all these words stand in the node. */
export function mentions(node: Node, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const left = new Set(words);
  for (const one of within(node)) {
    const word = wordOf(one);
    if (word !== null) left.delete(word);
    if (left.size === 0) return true;
  }
  return false;
}

const functions = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ObjectMethod',
  'ClassMethod',
]);

export function isFunction({ type }: Node): boolean {
  return functions.has(type);
}

/** The name that a function, or a constant outside all functions, is found by; null for every other node. */
export function nameOf(node: Node, isOutermost: boolean): string | null {
  switch (node.type) {
    case 'FunctionDeclaration':
      return nameUnder(node, 'id');
    case 'ObjectMethod':
    case 'ClassMethod':
      return nameUnder(node, 'key');
    case 'VariableDeclarator': {
      const value = child(node, 'init');
      return isOutermost || (value !== null && isFunction(value)) ? nameUnder(node, 'id') : null;
    }
    case 'ObjectProperty': {
      const value = child(node, 'value');
      return value !== null && isFunction(value) ? nameUnder(node, 'key') : null;
    }
    default:
      return null;
  }
}

function nameUnder(node: Node, key: string): string | null {
  const name = child(node, key);
  return name === null ? null : wordOf(name);
}
