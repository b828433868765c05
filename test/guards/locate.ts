import { type Anchor, nothing, partsOf, placesBelow } from './anchor.ts';
import { children, isFunction, type Node, nameOf, type SourceFile } from './syntax.ts';
import { unboundNames } from './unbound.ts';

/** One guard of the code, found by the function it stands in and by what it says there: neither by a path nor by its text. */
export interface Guard {
  /** What is no longer true without it. */
  readonly promise: string;
  /** The function, or the constant outside all functions. Where several have the name, `at` tells them apart. */
  readonly in: string;
  /** The place; of several, each is inside the one before. */
  readonly at: Anchor | readonly Anchor[];
  /** What stands there instead; `$` is the text of the place, `partsOf` has its other parts. Left out: the guard is gone. */
  readonly becomes?: string;
}

export interface Place {
  readonly file: SourceFile;
  /** The function it is in. */
  readonly name: string;
  readonly node: Node;
}

/** Every function with a name, and every constant outside all functions. */
export function scopesIn(files: readonly SourceFile[]): readonly Place[] {
  return files.flatMap((file) => [...named(file, file.tree, true)]);
}

function* named(file: SourceFile, node: Node, isOutermost: boolean): Generator<Place> {
  const name = nameOf(node, isOutermost);
  if (name !== null) yield { file, name, node };
  for (const one of children(node)) yield* named(file, one, isOutermost && !isFunction(node));
}

/** The one place of a guard. Throws where there is none, or more than one, and names what comes near. */
export function locate(guard: Guard, scopes: readonly Place[]): Place {
  const own = scopes.filter(({ name }) => name === guard.in);
  const found = distinct(own.flatMap((scope) => placesIn(scope, guard)));
  const [place] = found;
  if (place !== undefined && found.length === 1) return place;
  const about = `the guard '${guard.promise}'`;
  if (found.length > 1) throw new Error(`${about} is in ${guard.in} ${found.length} times:${list(found)}`);
  const others = scopes.filter(({ name }) => name !== guard.in);
  const near = distinct(others.flatMap((scope) => placesIn(scope, guard)));
  const why = own.length === 0 ? `nothing has the name ${guard.in}` : `${guard.in} has no such place`;
  throw new Error(`${about}: ${why} (${words(guard)}); such a place is in:${list(near)}`);
}

/** The file as it is without the guard. Throws where what stands there instead uses a name that the file has not. */
export function without(guard: Guard, { file, node }: Place): string {
  const parts = partsOf(node);
  const text = (guard.becomes ?? nothing(anchorsOf(guard))).replaceAll(/\$[a-z]*/g, (name) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`the guard '${guard.promise}': its place has no ${name}`);
    return file.text.slice(part.start, part.end);
  });
  const changed = file.text.slice(0, node.start) + text + file.text.slice(node.end);
  const unknown = unboundNames(changed, { start: node.start, end: node.start + text.length });
  if (unknown.length > 0)
    throw new Error(`the guard '${guard.promise}': ${file.path} has nothing of the name ${unknown.join(', ')}`);
  return changed;
}

function placesIn({ file, name, node }: Place, guard: Guard): readonly Place[] {
  const found = anchorsOf(guard).reduce<readonly Node[]>(
    (nodes, anchor) => nodes.flatMap((one) => placesBelow(one, anchor)),
    [node],
  );
  return found.map((one) => ({ file, name, node: one }));
}

function distinct(places: readonly Place[]): readonly Place[] {
  return [...new Map(places.map((one) => [one.node, one])).values()];
}

function anchorsOf({ at }: Guard): readonly Anchor[] {
  return 'kind' in at ? [at] : at;
}

function words(guard: Guard): string {
  return anchorsOf(guard)
    .map(({ kind, words, guards = [] }) => [kind, ...words, ...guards].join(' '))
    .join(', ');
}

function list(places: readonly Place[]): string {
  if (places.length === 0) return ' none';
  return places
    .slice(0, 8)
    .map(({ file, name, node }) => {
      const [first = ''] = file.text.slice(node.start, node.end).split('\n');
      return `\n  ${name}, ${file.path}:${lineOf(file, node)}: ${first}`;
    })
    .join('');
}

/** From 1. */
export function lineOf({ text }: SourceFile, { start }: Node): number {
  return text.slice(0, start).split('\n').length;
}
