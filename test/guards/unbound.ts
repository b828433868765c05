import { child, children, childrenIn, isFunction, type Node, parsed, within, wordOf } from './syntax.ts';

/**
 * Names used in a part of a file that the file declares nowhere and JavaScript does not know. Code with such a name fails for
 * another reason than the missing guard.
 */
export function unboundNames(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
): readonly string[] {
  const tree = parsed(text);
  const declared = new Set([...within(tree)].flatMap(declaredBy));
  const used = [...references(tree)].filter((node) => start <= node.start && node.end <= end).flatMap(names);
  return [...new Set(used)].filter((name) => !declared.has(name) && !(name in globalThis) && name !== 'undefined');
}

/** A little more than what is declared: a key in a pattern counts too. */
function declaredBy(node: Node): readonly string[] {
  if (node.type.startsWith('Import') && node.type.endsWith('Specifier')) return namesUnder(node, 'local');
  if (node.type === 'VariableDeclarator') return namesUnder(node, 'id');
  if (node.type === 'CatchClause') return namesUnder(node, 'param');
  if (node.type === 'ClassDeclaration') return namesUnder(node, 'id');
  if (!isFunction(node)) return [];
  return [...namesUnder(node, 'id'), ...childrenIn(node, 'params').flatMap((one) => [...within(one)].flatMap(names))];
}

function namesUnder(node: Node, key: string): readonly string[] {
  const one = child(node, key);
  return one === null ? [] : [...within(one)].flatMap(names);
}

function names(node: Node): readonly string[] {
  const name = node.type === 'Identifier' ? wordOf(node) : null;
  return name === null ? [] : [name];
}

/** The identifiers that stand for a value: neither types, nor keys, nor what follows a dot. */
function* references(node: Node): Generator<Node> {
  if (node.type === 'Identifier') {
    yield node;
    return;
  }
  const { type, computed } = node;
  if (type.startsWith('TS')) {
    const inner = child(node, 'expression');
    if (inner !== null) yield* references(inner);
    return;
  }
  const key = type === 'MemberExpression' || type === 'OptionalMemberExpression' ? 'property' : 'key';
  const unread = computed === true ? null : child(node, key);
  for (const one of children(node)) if (one !== unread) yield* references(one);
}
