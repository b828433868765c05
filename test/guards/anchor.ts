import { child, childrenIn, mentions, type Node, within, wordOf } from './syntax.ts';

/**
 * A place in a function. `words` are names and texts that have to stand there; of the places that have them the innermost
 * is meant, and there must be one only.
 */
export interface Anchor {
  readonly kind: Kind;
  readonly words: readonly string[];
  /** Of a condition alone: what has to stand in the branch that it guards. */
  readonly guards?: readonly string[];
}

/** The condition of the `if` whose branch has these words; `on` names words of the condition where several guard that. */
export function leadsTo(word: string, { on = [] }: { readonly on?: readonly string[] } = {}): Anchor {
  return { kind: 'condition', words: on, guards: [word] };
}

/** The condition, of an `if` or of a choice by `?`, that has these words. */
export function condition(...words: readonly string[]): Anchor {
  return { kind: 'condition', words };
}

/** The branch of the `if` whose condition has these words. */
export function branch(...words: readonly string[]): Anchor {
  return { kind: 'branch', words };
}

/** What a `case` of a switch does, shared with those that fall through to it. */
export function caseOf(word: string): Anchor {
  return { kind: 'case', words: [word] };
}

export function statement(...words: readonly string[]): Anchor {
  return { kind: 'statement', words };
}

/** An element of a list. */
export function element(...words: readonly string[]): Anchor {
  return { kind: 'element', words };
}

export function argument(...words: readonly string[]): Anchor {
  return { kind: 'argument', words };
}

/** One side of `&&` or `||`. */
export function operand(...words: readonly string[]): Anchor {
  return { kind: 'operand', words };
}

/** What a constant or a property of this name is given. */
export function value(name: string): Anchor {
  return { kind: 'value', words: [name] };
}

/** A property of this name in an object that is made. */
export function property(name: string): Anchor {
  return { kind: 'property', words: [name] };
}

/** The other object that is copied into the one with a property of this name. */
export function spreadBeside(name: string): Anchor {
  return { kind: 'spread', words: [name] };
}

/** A call of a function or method of this name. */
export function call(name: string): Anchor {
  return { kind: 'call', words: [name] };
}

/** What a `return` gives back, or a function that is no more than an expression. */
export function returned(...words: readonly string[]): Anchor {
  return { kind: 'returned', words };
}

/** What each kind of place is: the nodes that `node` offers for an anchor. */
const kinds = {
  condition: (node, { words, guards = [] }) => {
    const [test, then] = [child(node, 'test'), child(node, 'consequent')];
    if (!isChoice(node) || test === null || then === null) return [];
    return mentions(test, words) && mentions(then, guards) ? [test] : [];
  },
  branch: (node, { words }) => {
    const [test, then] = [child(node, 'test'), child(node, 'consequent')];
    return isChoice(node) && test !== null && then !== null && mentions(test, words) ? [then] : [];
  },
  case: (node, { words }) => {
    const cases = childrenIn(node, 'cases');
    const first = cases.findIndex((one) => {
      const test = child(one, 'test');
      return test !== null && mentions(test, words);
    });
    const body = first < 0 ? undefined : cases.slice(first).find((one) => childrenIn(one, 'consequent').length > 0);
    return body === undefined ? [] : [body];
  },
  statement: (node, { words }) => {
    const isOne = /Statement$/.test(node.type) && node.type !== 'BlockStatement';
    return (isOne || node.type === 'VariableDeclaration') && mentions(node, words) ? [node] : [];
  },
  element: (node, { words }) =>
    node.type === 'ArrayExpression' ? childrenIn(node, 'elements').filter((one) => mentions(one, words)) : [],
  argument: (node, { words }) => argumentsOf(node).filter((one) => mentions(one, words)),
  operand: (node, { words }) =>
    node.type === 'LogicalExpression'
      ? [child(node, 'left'), child(node, 'right')].filter((one) => one !== null).filter((one) => mentions(one, words))
      : [],
  value: (node, { words }) => {
    const [name, given] =
      node.type === 'VariableDeclarator'
        ? [child(node, 'id'), child(node, 'init')]
        : node.type === 'ObjectProperty'
          ? [child(node, 'key'), child(node, 'value')]
          : [null, null];
    return name !== null && given !== null && node['shorthand'] !== true && words[0] === wordOf(name) ? [given] : [];
  },
  property: (node, { words }) => propertiesNamed(node, words),
  spread: (node, { words }) =>
    propertiesNamed(node, words).length > 0
      ? childrenIn(node, 'properties').filter(({ type }) => type === 'SpreadElement')
      : [],
  call: (node, { words }) => {
    const callee = child(node, 'callee');
    if (node.type !== 'CallExpression' || callee === null) return [];
    return words[0] === wordOf(child(callee, 'property') ?? callee) ? [node] : [];
  },
  returned: (node, { words }) => {
    const given = node.type === 'ReturnStatement' ? child(node, 'argument') : expressionOf(node);
    return given !== null && mentions(given, words) ? [given] : [];
  },
} satisfies Record<string, (node: Node, anchor: Anchor) => readonly Node[]>;

export type Kind = keyof typeof kinds;

/**
 * The places below a node that an anchor means. What contains another one is not meant; a condition contains what stands in
 * the branch that it guards.
 */
export function placesBelow(node: Node, anchor: Anchor): readonly Node[] {
  const found = new Map<Node, Node>();
  for (const one of within(node)) {
    const extent = anchor.guards === undefined ? null : child(one, 'consequent');
    for (const place of kinds[anchor.kind](one, anchor)) found.set(place, extent ?? place);
  }
  const extents = [...found.values()];
  const isOuter = (outer: Node) =>
    extents.some((one) => outer !== one && outer.start <= one.start && one.end <= outer.end);
  return [...found].filter(([, extent]) => !isOuter(extent)).map(([place]) => place);
}

/**
 * Parts of a place that its replacement may use: `$` is all of it, the others are the two sides of an operator, both
 * branches of a choice, and the first argument of a call.
 */
export function partsOf(given: Node): ReadonlyMap<string, Node> {
  const node = given.type === 'ParenthesizedExpression' ? (child(given, 'expression') ?? given) : given;
  const [first] = argumentsOf(node);
  const parts: readonly (readonly [string, Node | null | undefined])[] = [
    ['$left', child(node, 'left')],
    ['$right', child(node, 'right')],
    ['$then', child(node, 'consequent')],
    ['$else', child(node, 'alternate')],
    ['$first', first],
    ['$', given],
  ];
  return new Map(parts.flatMap(([name, part]) => (part === null || part === undefined ? [] : [[name, part] as const])));
}

/** What stands where a place was taken out, so that the file still parses and the guard no longer guards. */
export function nothing(anchors: readonly Anchor[]): string {
  const kind = anchors.at(-1)?.kind ?? 'value';
  switch (kind) {
    case 'statement':
    case 'branch':
      return ';';
    case 'element':
    case 'argument':
      return '...[]';
    case 'property':
    case 'spread':
      return '...{}';
    case 'condition':
      return 'false';
    case 'operand':
    case 'value':
    case 'call':
    case 'case':
    case 'returned':
      throw new Error(`a ${kind} can't be left out: say what stands there instead`);
  }
}

function isChoice({ type }: Node): boolean {
  return type === 'IfStatement' || type === 'ConditionalExpression';
}

function argumentsOf(node: Node): readonly Node[] {
  return node.type === 'CallExpression' || node.type === 'NewExpression' ? childrenIn(node, 'arguments') : [];
}

function propertiesNamed(node: Node, [name]: readonly string[]): readonly Node[] {
  if (node.type !== 'ObjectExpression') return [];
  return childrenIn(node, 'properties').filter((one) => {
    const key = child(one, 'key');
    return key !== null && wordOf(key) === name;
  });
}

function expressionOf(node: Node): Node | null {
  const body = node.type === 'ArrowFunctionExpression' ? child(node, 'body') : null;
  return body === null || body.type === 'BlockStatement' ? null : body;
}
