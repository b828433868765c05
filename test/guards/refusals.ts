import { lineOf } from './locate.ts';
import {
  child,
  children,
  childrenIn,
  isFunction,
  type Node,
  nameOf,
  type SourceFile,
  within,
  wordOf,
} from './syntax.ts';

/** A place that throws, returns or lists a code of the table: a refusal, an error, a finding, or a state that waits. */
export interface Refusal {
  readonly code: string;
  readonly file: SourceFile;
  /** The function it is in. */
  readonly name: string;
  readonly line: number;
  readonly how: How;
}

/**
 * What is left out with the refusal. `statement`: it throws, returns or adds to a list. `element`: it is in a list that is
 * made. `then` and `else`: a branch of a choice by `?`, whose condition is the node.
 */
export type How = { readonly is: 'statement' | 'element' | 'then' | 'else'; readonly node: Node };

/** Every refusal in the code, by file and line. A code that is only compared, or stands in a table, is none. */
export function refusalsIn(files: readonly SourceFile[], isCode: (text: string) => boolean): readonly Refusal[] {
  const helpers = new Map<string, string>();
  // A helper may call another one.
  for (let before = -1; before !== helpers.size; ) {
    before = helpers.size;
    for (const file of files) for (const [name, code] of helpersIn(file, { isCode, helpers })) helpers.set(name, code);
  }
  return files.flatMap((file) => {
    const found = new Map<Node, Refusal>();
    for (const refusal of refusalsOf(file, { isCode, helpers })) found.set(refusal.how.node, refusal);
    return [...found.values()].toSorted((one, other) => one.how.node.start - other.how.node.start);
  });
}

interface Known {
  readonly isCode: (text: string) => boolean;
  /** Functions that do no more than make a refusal, as file and name, with its code. */
  readonly helpers: ReadonlyMap<string, string>;
}

function* refusalsOf(file: SourceFile, known: Known): Generator<Refusal> {
  for (const { node, parents } of below(file.tree, [])) {
    const code = codeAt(node, parents, file, known);
    const how = code === null ? null : howOf(parents, node);
    if (code === null || how === null) continue;
    const owners = parents.filter((one) => nameOf(one, false) !== null);
    const owner = owners.at(-1);
    const name = owner === undefined ? '' : (nameOf(owner, false) ?? '');
    // What a helper gives back is a refusal only where somebody gives it on.
    if (known.helpers.has(key(file.path, name)) && isLast(how.node, owner)) continue;
    yield { code, file, name, line: lineOf(file, node), how };
  }
}

/** The code that a node says: by itself, or as a call of a helper; null for every other node. */
function codeAt(node: Node, parents: readonly Node[], file: SourceFile, { isCode, helpers }: Known): string | null {
  const parent = parents.at(-1);
  if (node.type === 'StringLiteral') {
    const text = wordOf(node) ?? '';
    return isCode(text) && parent !== undefined && !isTable(node, parent) ? text : null;
  }
  const callee = node.type === 'CallExpression' ? child(node, 'callee') : null;
  const name = callee === null ? null : wordOf(callee);
  return name === null ? null : (helpers.get(key(originOf(file, name), name)) ?? null);
}

function isTable(node: Node, parent: Node): boolean {
  if (parent.type.startsWith('TS') || parent.type === 'BinaryExpression' || parent.type === 'ArrayExpression')
    return true;
  if (parent.type === 'SwitchCase') return true;
  return parent.type === 'ObjectProperty' && child(parent, 'key') === node;
}

function howOf(parents: readonly Node[], node: Node): How | null {
  let inner = node;
  for (const parent of parents.toReversed()) {
    switch (parent.type) {
      case 'ThrowStatement':
      case 'ReturnStatement':
      case 'ExpressionStatement':
        return { is: 'statement', node: parent };
      case 'ArrayExpression':
        return { is: 'element', node: inner };
      case 'ConditionalExpression': {
        const test = child(parent, 'test');
        if (test === null || test === inner) return null;
        return { is: child(parent, 'consequent') === inner ? 'then' : 'else', node: test };
      }
      case 'VariableDeclarator':
      case 'IfStatement':
        return null;
      default:
        if (isFunction(parent) && child(parent, 'body')?.type === 'BlockStatement') return null;
    }
    inner = parent;
  }
  return null;
}

/** Functions of a file in which every `return` says a code. */
function* helpersIn(file: SourceFile, known: Known): Generator<readonly [string, string]> {
  for (const node of within(file.tree)) {
    const name = node.type === 'FunctionDeclaration' ? nameOf(node, false) : null;
    if (name === null) continue;
    const body = child(node, 'body');
    const returns = body === null ? [] : [...ownReturns(body)];
    const codes = returns.map((one) => codeIn(one, file, known));
    const [first] = codes;
    if (first !== undefined && first !== null && !codes.includes(null)) yield [key(file.path, name), first];
  }
}

function* ownReturns(node: Node): Generator<Node> {
  if (node.type === 'ReturnStatement') yield node;
  else if (!isFunction(node)) for (const one of children(node)) yield* ownReturns(one);
}

function codeIn(node: Node, file: SourceFile, known: Known): string | null {
  for (const one of below(node, [])) {
    const code = codeAt(one.node, one.parents, file, known);
    if (code !== null) return code;
  }
  return null;
}

function* below(
  node: Node,
  parents: readonly Node[],
): Generator<{ readonly node: Node; readonly parents: readonly Node[] }> {
  yield { node, parents };
  const inner = [...parents, node];
  for (const one of children(node)) yield* below(one, inner);
}

function isLast(node: Node, owner: Node | undefined): boolean {
  const body = owner === undefined ? null : child(owner, 'body');
  return body !== null && childrenIn(body, 'body').at(-1) === node;
}

function key(path: string, name: string): string {
  return `${path} ${name}`;
}

/** The file that a name of this file comes from. */
function originOf({ path, tree }: SourceFile, name: string): string {
  for (const node of childrenIn(tree, 'body')) {
    const isIt = childrenIn(node, 'specifiers').some((one) => {
      const local = node.type === 'ImportDeclaration' ? child(one, 'local') : null;
      return local !== null && wordOf(local) === name;
    });
    const from = isIt ? child(node, 'source') : null;
    if (from !== null) return resolved(path, wordOf(from) ?? '');
  }
  return path;
}

function resolved(path: string, from: string): string {
  return new URL(from, `file:///${path}`).pathname.slice(1);
}
