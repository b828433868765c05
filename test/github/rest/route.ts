import { type Operation, operations } from '../openapi/slice.ts';

export interface Route {
  readonly operation: Operation;
  readonly path: ReadonlyMap<string, string>;
}

interface Pattern {
  readonly operation: Operation;
  readonly expression: RegExp;
  readonly names: readonly string[];
}

/**
 * The description's paths as regular expressions, the most specific first: without parameters that may contain slashes, then
 * with more fixed segments.
 */
const patterns: readonly Pattern[] = operations
  .map((operation) => {
    const names: string[] = [];
    const source = operation.path
      .split('/')
      .map((part) => {
        const name = /^\{(.+)\}$/.exec(part)?.[1];
        if (name === undefined) return part.replace(/[.]/g, '\\.');
        names.push(name);
        return takesSlashes(operation, name) ? '(.+)' : '([^/]+)';
      })
      .join('/');
    return { operation, names, expression: new RegExp(`^${source}$`) };
  })
  .sort((one, other) => looseness(one) - looseness(other));

function looseness({ expression, operation, names }: Pattern): number {
  const words = operation.path.split('/').length - names.length;
  return (expression.source.includes('(.+)') ? 100 : 0) - words;
}

/** GitHub accepts unescaped slashes in refs and branch names, although the description does not say so for each. */
function takesSlashes({ parameters }: Operation, name: string): boolean {
  const multiple = parameters.some((one) => one.in === 'path' && one.name === name && one.multiple);
  return multiple || ['branch', 'ref', 'basehead', 'path'].includes(name);
}

/** The operation that a request asks for; null when the fake does not serve it. */
export function route(method: string, path: string): Route | null {
  for (const { operation, expression, names } of patterns) {
    const found = operation.method === method ? expression.exec(path) : null;
    if (found === null) continue;
    const values = names.map((name, at): [string, string] => [name, decodeURIComponent(found[at + 1] ?? '')]);
    return { operation, path: new Map(values) };
  }
  return null;
}
