import { dirname, relative } from 'node:path/posix';
import type { Refusal } from './refusals.ts';
import { child, children, isFunction, type Node, type SourceFile } from './syntax.ts';

/** A text to insert. */
interface Edit {
  readonly at: number;
  readonly text: string;
}

/** A file in which each refusal asks `refusalIsMade` of src/probe.ts whether it is made. Numbers are those of the map. */
export function instrumented(file: SourceFile, refusals: ReadonlyMap<Refusal, number>): string {
  const edits = [...refusals].flatMap(([refusal, number]) => editsOf(refusal, `refusalIsMade(${number})`));
  const text = edits
    .toSorted((one, other) => other.at - one.at)
    .reduce((before, { at, text }) => before.slice(0, at) + text + before.slice(at), file.text);
  const probe = relative(dirname(file.path), 'src/probe.ts');
  return `import { refusalIsMade } from '${probe.startsWith('.') ? probe : `./${probe}`}';\n${text}`;
}

/** Insertions only, so that one refusal may be in the text of another. */
function editsOf({ file, how }: Refusal, asked: string): readonly Edit[] {
  const { node } = how;
  const around = (before: string, after: string) => [insert(node.start, before), insert(node.end, after)];
  switch (how.is) {
    case 'then':
      return around('((', `) && ${asked})`);
    case 'else':
      return around('((', `) || !${asked})`);
    case 'element':
      if (node.type !== 'SpreadElement') return around(`...(${asked} ? [`, '] : [])');
      return [insert(node.start + '...'.length, `(${asked} ? `), insert(node.end, ' : [])')];
    case 'statement': {
      const nothing = node.type === 'ReturnStatement' ? nothingFor(file, node) : null;
      return nothing === null ? around(`{ if (${asked}) `, ' }') : around(`{ if (!${asked}) return ${nothing}; `, ' }');
    }
  }
}

function insert(at: number, text: string): Edit {
  return { at, text };
}

/** What a function gives back elsewhere for nothing, where this is its last `return`; null where it goes on or has no such. */
function nothingFor({ tree }: SourceFile, node: Node): string | null {
  const owner = ownerOf(tree, node);
  const returns = owner === null ? [] : [...returnsIn(owner)];
  if (returns.at(-1) !== node) return null;
  for (const one of returns) {
    const given = child(one, 'argument');
    if (given?.type === 'NullLiteral') return 'null';
    if (given?.type === 'ArrayExpression' && children(given).length === 0) return '[]';
  }
  return null;
}

/** The body of the innermost function around a node. */
function ownerOf(tree: Node, node: Node): Node | null {
  let owner: Node | null = null;
  for (let here: Node | undefined = tree; here !== undefined && here !== node; ) {
    if (isFunction(here)) owner = child(here, 'body');
    here = children(here).find((one) => one.start <= node.start && node.end <= one.end);
  }
  return owner;
}

function* returnsIn(node: Node): Generator<Node> {
  if (node.type === 'ReturnStatement') yield node;
  else if (!isFunction(node)) for (const one of children(node)) yield* returnsIn(one);
}
