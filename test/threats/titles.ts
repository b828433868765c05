import { child, children, childrenIn, type Node, parsed, wordOf } from '../guards/syntax.ts';

/** A test or a group of tests that runs, with the titles of the groups around it: `a comment > that was edited`. */
export interface Titled {
  readonly title: string;
  readonly is: 'test' | 'group';
}

/** What is in the text of a test file. Tests that are skipped, and groups without a test that runs, are left out. */
export function titlesIn(text: string): readonly Titled[] {
  return found(parsed(text), []);
}

function found(node: Node, around: readonly string[]): readonly Titled[] {
  const made = madeBy(node);
  if (made === null) return children(node).flatMap((one) => found(one, around));
  if (made.skipped) return [];
  const titles = [...around, made.title];
  const title = titles.join(' > ');
  if (made.is === 'test') return [{ title, is: 'test' }];
  const inside = childrenIn(node, 'arguments').flatMap((one) => found(one, titles));
  return inside.length === 0 ? [] : [{ title, is: 'group' }, ...inside];
}

/** The test or group that a call makes, such as `test.each(rows)('title', run)`; null for any other node. */
function madeBy(node: Node): { readonly is: Titled['is']; readonly title: string; readonly skipped: boolean } | null {
  if (node.type !== 'CallExpression') return null;
  const [first] = childrenIn(node, 'arguments');
  const names = namesOf(child(node, 'callee'));
  const title = first === undefined ? null : textOf(first);
  const is = names[0] === 'describe' ? 'group' : names[0] === 'test' || names[0] === 'it' ? 'test' : null;
  return is === null || title === null
    ? null
    : { is, title, skipped: names.includes('skip') || names.includes('todo') };
}

/** The names in what is called: test, each. */
function namesOf(callee: Node | null): readonly string[] {
  if (callee === null) return [];
  switch (callee.type) {
    case 'Identifier':
      return [wordOf(callee) ?? ''];
    case 'MemberExpression':
      return [...namesOf(child(callee, 'object')), ...namesOf(child(callee, 'property'))];
    case 'CallExpression':
    case 'TaggedTemplateExpression':
      return namesOf(child(callee, callee.type === 'CallExpression' ? 'callee' : 'tag'));
    default:
      return [];
  }
}

function textOf(node: Node): string | null {
  if (node.type === 'StringLiteral') return wordOf(node);
  const [only, ...others] = node.type === 'TemplateLiteral' ? childrenIn(node, 'quasis') : [];
  const value = only?.['value'];
  if (others.length > 0 || typeof value !== 'object' || value === null || !('cooked' in value)) return null;
  return typeof value.cooked === 'string' ? value.cooked : null;
}
