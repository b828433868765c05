import { nearest, quoted, typeWords } from '../config/found.ts';
import type { Path } from '../config/yaml.ts';
import { isObject, type Json, type JsonObject } from '../release/json.ts';
import { fieldRules } from './field-rules.ts';
import { wrongLeaf } from './leaves.ts';
import type { Problem, Say } from './problem.ts';
import { rulesOf } from './rules.ts';
import { type FieldType, fieldsOf, readType, version } from './types.ts';

/** More problems than this of one object are not listed. */
const MOST = 50;

/** What one walk through an object knows. */
export interface Walk {
  readonly problems: Problem[];
  /** Whether the kind is Kubernetes' own: another one may take fields and repetitions that are not known here. */
  readonly isOwn: boolean;
}

/** Checks the value at a path against its type and the rules of that type, and adds every problem. */
export function walk(its: Walk, type: FieldType, value: Json, path: Path): void {
  const { problems, isOwn } = its;
  if (problems.length >= MOST) return;
  const say: Say = (inner, says, hint, { of = 'value', mayBeTaken = false } = {}) => {
    if (problems.length < MOST) problems.push({ path: [...path, ...inner], of, says, hint, mayBeTaken });
  };
  switch (type.is) {
    case 'leaf': {
      const wrong = wrongLeaf(type.leaf, value);
      if (wrong !== null) say([], wrong.says, wrong.hint);
      return;
    }
    case 'fields':
      if (isObject(value)) walkFields(its, type.name, value, path, say);
      else say([], `is ${typeWords(value)}`, 'write a map with the fields of it');
      return;
    case 'map':
      if (!isObject(value)) {
        say([], `is ${typeWords(value)}`, 'write a map');
        return;
      }
      for (const [key, inner] of Object.entries(value)) {
        if (inner !== null) walk(its, type.of, inner, [...path, key]);
      }
      return;
    case 'list':
      if (!Array.isArray(value)) {
        say([], `is ${typeWords(value)}`, 'write a list, such as - one');
        return;
      }
      for (const [index, item] of value.entries()) {
        if (item !== null) walk(its, type.of, item, [...path, index]);
        // Of other lists, the API server reads an empty item.
        else if (type.isSet || type.keys.length > 0) say([index], 'is nothing', 'write it, or remove the line');
      }
      sayTwice(type, value, isOwn, say);
      return;
  }
}

function walkFields(its: Walk, name: string, value: JsonObject, path: Path, say: Say): void {
  const { problems, isOwn } = its;
  const { fields, required, isOpen } = fieldsOf(name);
  const before = problems.length;
  for (const [key, inner] of Object.entries(value)) {
    const type = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (type !== undefined) {
      if (inner !== null) walkField(its, { name, key, type: readType(type) }, inner, [...path, key]);
    } else if (isOpen !== true) {
      sayUnknown(key, { known: Object.keys(fields), isOwn }, value, say);
    }
  }
  for (const key of required) {
    if (Object.hasOwn(value, key) && value[key] !== null) continue;
    // It is there under a wrong name.
    if (Object.keys(value).some((one) => !Object.hasOwn(fields, one) && nearest(one, Object.keys(fields)) === key))
      continue;
    const isThere = Object.hasOwn(value, key);
    say(isThere ? [key] : [], isThere ? 'is nothing' : `has no ${key}`, `write ${key}: ${name} can not be without it`);
  }
  // Rules read values of the right types. A field that is not known is none of theirs.
  if (problems.slice(before).every(({ of }) => of === 'key')) for (const rule of rulesOf(name)) rule(value, say);
}

function walkField(
  its: Walk,
  { name, key, type }: { readonly name: string; readonly key: string; readonly type: FieldType },
  value: Json,
  path: Path,
): void {
  const { problems } = its;
  const before = problems.length;
  walk(its, type, value, path);
  if (problems.length > before || problems.length >= MOST) return;
  const wrong = fieldRules[`${name}.${key}`]?.(value) ?? null;
  if (wrong !== null) problems.push({ mayBeTaken: false, ...wrong, path, of: 'value' });
}

function sayUnknown(
  key: string,
  { known, isOwn }: { readonly known: readonly string[]; readonly isOwn: boolean },
  value: JsonObject,
  say: Say,
): void {
  const close = nearest(key, known);
  const isFree = close !== null && !Object.hasOwn(value, close);
  const hint =
    close === null
      ? `Kubernetes ${version} knows ${known.length > 8 ? `none of that name` : known.join(', ')}: remove it`
      : isFree
        ? `did you mean ${close}?`
        : `did you mean ${close}, which is there too? Remove this one`;
  say([key], 'is no known field', hint, { of: 'key', mayBeTaken: close === null || !isOwn });
}

/** Items that can't be told apart. */
function sayTwice(
  { keys, isSet, of }: Extract<FieldType, { is: 'list' }>,
  items: readonly Json[],
  isOwn: boolean,
  say: Say,
): void {
  if (!isSet && keys.length === 0) return;
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const its = isSet ? [item] : keys.map((key) => keyOf(item, key));
    // Without its keys, an item has a problem of its own.
    if (its.some((one) => one === undefined)) continue;
    const id = JSON.stringify(its);
    const first = seen.get(id);
    if (first === undefined) {
      seen.set(id, index);
      continue;
    }
    const words = its.map((one) => (typeof one === 'string' ? quoted(one) : String(one))).join(', ');
    const what = isSet ? words : `${keys.join(' and ')} ${words}`;
    const key = keys[0];
    const path = key === undefined || of.is !== 'fields' || keyIsLeft(item, key) ? [index] : [index, key];
    say(path, `repeats ${what} of entry ${first + 1}`, 'remove one of the two, or give it another name', {
      mayBeTaken: !isOwn,
    });
  }
}

function keyIsLeft(item: Json, key: string): boolean {
  return !isObject(item) || !Object.hasOwn(item, key);
}

function keyOf(item: Json, key: string): Json | undefined {
  if (!isObject(item)) return undefined;
  const found = item[key];
  if (found !== undefined && found !== null) return found;
  return key === 'protocol' ? 'TCP' : undefined;
}
