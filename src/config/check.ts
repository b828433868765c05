import type { CodeOf } from '../release/codes.ts';
import type { InputProblem } from '../release/error.ts';
import { isObject, type Json } from '../release/json.ts';
import { readFormat } from './formats.ts';
import { foundWords, nearest, oneOf, quoted } from './found.ts';
import type { Keys, Shape } from './shapes.ts';
import type { Path, YamlDocument } from './yaml.ts';

/** A document to check, and the list of its problems. */
export interface Reader {
  readonly document: YamlDocument;
  readonly problems: InputProblem[];
}

/** Adds a problem at a path. The message begins with the path, except for the document itself. */
export function complain(
  { document, problems }: Reader,
  problem: { path: Path; of?: 'key' | 'value'; code?: CodeOf<'input'>; says: string; hint: string | null },
): void {
  const where = pathText(problem.path);
  const isFoundAlone = where === '' && problem.says.startsWith('is ');
  problems.push({
    code: problem.code ?? 'CONFIG_INVALID',
    message: where !== '' ? `${where} ${problem.says}` : isFoundAlone ? `the file ${problem.says}` : problem.says,
    hint: problem.hint,
    at: document.place(problem.path, problem.of ?? 'value'),
  });
}

/** `plans.careful.steps[0].name` */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** Checks a value against its shape, and adds every problem. */
export function check(reader: Reader, shape: Shape, value: Json, path: Path): void {
  switch (shape.is) {
    case 'text':
    case 'integer':
    case 'number':
    case 'boolean':
    case 'scalar':
    case 'one':
    case 'word': {
      const wrong = wrongWith(shape, value);
      if (wrong !== null) complain(reader, { path, ...wrong });
      return;
    }
    case 'list':
      checkList(reader, shape, value, path);
      return;
    case 'names':
      checkNames(reader, shape, value, path);
      return;
    case 'keys':
      checkKeys(reader, shape, value, path);
      return;
    case 'either':
      check(reader, typeof value === 'string' ? shape.text : shape.other, value, path);
      return;
  }
}

type Leaf = Extract<Shape, { is: 'text' | 'integer' | 'number' | 'boolean' | 'scalar' | 'one' | 'word' }>;
type Wrong = { readonly code?: CodeOf<'input'>; readonly says: string; readonly hint: string | null };

/** An address with a user may be written where none belongs, also without its scheme. */
function withoutPassword(text: string): string {
  return text.replace(/:[^\s@]{1,200}@/u, ':...@');
}

function wrongWith(shape: Leaf, value: Json): Wrong | null {
  const says = `is ${foundWords(typeof value === 'string' ? withoutPassword(value) : value)}`;
  switch (shape.is) {
    case 'text': {
      if (typeof value === 'string') {
        const read = readFormat(shape.format, value);
        return 'wrong' in read ? { says: `${says}, which ${read.wrong}`, hint: read.hint } : null;
      }
      const scalar = typeof value === 'number' || typeof value === 'boolean';
      const read = readFormat(shape.format, scalar ? String(value) : '');
      return { says, hint: 'wrong' in read ? read.hint : 'put it in quotes if it is meant as text' };
    }
    case 'integer': {
      const whole = typeof value === 'number' && Number.isInteger(value);
      if (whole && value >= shape.min && value <= shape.max) return null;
      return { says, hint: `write a whole number from ${shape.min} to ${shape.max}` };
    }
    case 'number':
      return typeof value === 'number' ? null : { says, hint: 'write a number' };
    case 'boolean':
      return typeof value === 'boolean' ? null : { says, hint: 'write true or false' };
    case 'scalar':
      return value !== null && typeof value !== 'object'
        ? null
        : { says, hint: 'write a text, a number, true or false' };
    case 'one':
      return value === shape.value ? null : { says, hint: `write ${shape.value}` };
    case 'word': {
      const { words, later = {}, or = '' } = shape;
      if (typeof value !== 'string') return { says, hint: `write ${oneOf(words)}${or}` };
      if (words.includes(value)) return null;
      if (Object.hasOwn(later, value)) {
        return { code: 'NOT_SUPPORTED', says: `is ${value}, which does not work yet`, hint: later[value] ?? null };
      }
      return { says, hint: `${didYouMean(value, words)}write ${oneOf(words)}${or}` };
    }
  }
}

/** The beginning of a hint; empty when no known name is similar. */
export function didYouMean(written: string, known: readonly string[]): string {
  const close = nearest(written, known);
  return close === null ? '' : `did you mean ${close}? `;
}

/** Adds the problem of a name that is not among the entries it refers to. */
export function complainUnknown(
  reader: Reader,
  about: { path: Path; name: string; known: ReadonlyMap<string, unknown>; of: string; key?: true },
): void {
  const names = [...about.known.keys()];
  const there =
    names.length === 0 ? `there are no ${about.of} in the root stepgate.yaml` : `there: ${oneOf(names, 'and')}`;
  complain(reader, {
    path: about.path,
    of: about.key ? 'key' : 'value',
    says: `is ${quoted(about.name)}, which is not among the ${about.of}`,
    hint: `${didYouMean(about.name, names)}${there}`,
  });
}

function checkList(reader: Reader, shape: Extract<Shape, { is: 'list' }>, value: Json, path: Path): void {
  if (!Array.isArray(value)) {
    complain(reader, { path, says: `is ${foundWords(value)}`, hint: 'write a list, such as [a, b]' });
    return;
  }
  const { min = 0, max = Number.POSITIVE_INFINITY } = shape;
  if (value.length < min) complain(reader, { path, says: 'is an empty list', hint: 'name at least one' });
  if (value.length > max) {
    complain(reader, { path, says: `has ${value.length} entries`, hint: `write at most ${max}` });
  }
  for (const [index, item] of value.entries()) check(reader, shape.of, item, [...path, index]);
}

function checkNames(reader: Reader, shape: Extract<Shape, { is: 'names' }>, value: Json, path: Path): void {
  if (!isObject(value)) {
    const or = shape.insteadOfNone === undefined ? '' : `, or ${shape.insteadOfNone}`;
    complain(reader, { path, says: `is ${foundWords(value)}`, hint: `write a map from names${or}` });
    return;
  }
  if (shape.insteadOfNone !== undefined && Object.keys(value).length === 0) {
    complain(reader, { path, says: 'is an empty map', hint: `write ${shape.insteadOfNone}` });
  }
  for (const [name, inner] of Object.entries(value)) {
    const read = readFormat(shape.names, name);
    const inside = [...path, name];
    if ('wrong' in read) complain(reader, { path: inside, of: 'key', says: read.wrong, hint: read.hint });
    check(reader, shape.of, inner, inside);
  }
}

function checkKeys(reader: Reader, shape: Keys, value: Json, path: Path): void {
  if (value === null && shape.mayBeEmpty) return;
  const known = Object.keys(shape.keys);
  if (!isObject(value)) {
    complain(reader, { path, says: `is ${foundWords(value)}`, hint: `write a map with ${oneOf(known, 'and')}` });
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    const key = Object.hasOwn(shape.keys, name) ? shape.keys[name] : undefined;
    const inside = [...path, name];
    if (key === undefined) {
      complain(reader, { path: inside, of: 'key', ...stranger(shape, name) });
    } else {
      check(reader, key.shape, inner, inside);
    }
  }
  for (const [name, key] of Object.entries(shape.keys)) {
    if (!key.required || Object.hasOwn(value, name)) continue;
    complain(reader, {
      path,
      says: `${path.length === 0 ? 'the file ' : ''}has no ${name}`,
      hint: `add ${name}: ${key.about}`,
    });
  }
  const { exactlyOne, atLeastOne } = shape;
  const needed = exactlyOne ?? atLeastOne;
  if (needed === undefined) return;
  const given = needed.filter((name) => Object.hasOwn(value, name));
  const hint = `give ${exactlyOne === undefined ? 'at least' : 'exactly'} one of ${oneOf(needed)}`;
  if (exactlyOne !== undefined && given.length > 1)
    complain(reader, { path, says: `has ${oneOf(given, 'and')}`, hint });
  // An unknown key was reported already, and is probably a misspelling of the missing one.
  if (given.length === 0 && Object.keys(value).every((name) => known.includes(name))) {
    complain(reader, { path, says: `has none of ${oneOf(needed)}`, hint });
  }
}

function stranger(shape: Keys, name: string): Wrong {
  const known = Object.keys(shape.keys);
  const allowed = `allowed here: ${known.join(', ')}`;
  if (shape.refused?.keys.includes(name)) {
    const hint = `move it to the root stepgate.yaml; ${allowed}`;
    return { says: `is not allowed here: ${shape.refused.why}`, hint };
  }
  return { says: 'is not a known key', hint: `${didYouMean(name, known)}${allowed}` };
}
