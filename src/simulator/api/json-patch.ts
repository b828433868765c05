import { Refusal } from './answers.ts';
import { at, isList, isMap, type Json, mapOf, same, textAt } from './json.ts';

/** RFC 6902 with the answers of the real server: a failed test, or a missing path, is 422 (E30). */
export function jsonPatch(target: Json, patch: Json): Json {
  if (!isList(patch)) throw new Refusal(400, 'BadRequest', 'error decoding patch: a JSON patch is a list');
  return patch.reduce<Json>((value, step) => apply(value, stepOf(step)), target);
}

interface Step {
  readonly op: string;
  readonly path: string;
  /** Used only by move and copy. */
  readonly from: string;
  readonly value?: Json;
}

function stepOf(step: Json): Step {
  const value = at(step, 'value');
  return {
    op: textAt(step, 'op'),
    path: textAt(step, 'path'),
    from: textAt(step, 'from'),
    ...(value === undefined ? {} : { value }),
  };
}

function apply(target: Json, step: Step): Json {
  const path = pointer(step.path);
  switch (step.op) {
    case 'test': {
      const found = read(target, path);
      // The library of the real server treats a missing member as null (E30).
      if (!same(found ?? null, step.value ?? null)) throw failed();
      return target;
    }
    case 'add':
      return write(target, path, step, (parent, key) => inserted(parent, key, step));
    case 'replace':
      return write(target, path, step, (parent, key) => replaced(parent, key, step));
    case 'remove':
      return write(target, path, step, (parent, key) => removed(parent, key));
    case 'move': {
      const from = pointer(step.from);
      const value = read(target, from);
      const without = write(target, from, step, (parent, key) => removed(parent, key));
      return apply(without, { ...step, op: 'add', value: value ?? null });
    }
    case 'copy':
      return apply(target, {
        ...step,
        op: 'add',
        value: read(target, pointer(step.from)) ?? null,
      });
    default:
      throw new Refusal(400, 'BadRequest', `error decoding patch: unexpected kind: ${step.op}`);
  }
}

/** The real server names neither the operation nor the reason. */
function failed(): Refusal {
  return new Refusal(422, 'Invalid', 'the server rejected our request due to an error in our request');
}

function pointer(path: string): readonly string[] {
  if (path === '') return [];
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function memberOf(target: Json | undefined, key: string): Json | undefined {
  if (isList(target)) return target[Number(key)];
  return isMap(target) ? target[key] : undefined;
}

function read(target: Json, path: readonly string[]): Json | undefined {
  let here: Json | undefined = target;
  for (const [index, key] of path.entries()) {
    here = memberOf(here, key);
    if (here === undefined && index < path.length - 1) throw failed();
  }
  return here;
}

type Edit = (parent: Json, key: string) => Json;

function write(target: Json, path: readonly string[], step: Step, edit: Edit): Json {
  const [key, ...rest] = path;
  if (key === undefined) return step.value ?? null;
  if (rest.length === 0) return edit(target, key);
  const next = memberOf(target, key);
  if (next === undefined) throw failed();
  const changed = write(next, rest, step, edit);
  return isList(target) ? target.with(Number(key), changed) : { ...mapOf(target), [key]: changed };
}

function inserted(parent: Json, key: string, step: Step): Json {
  const value = step.value ?? null;
  if (isList(parent)) return parent.toSpliced(key === '-' ? parent.length : Number(key), 0, value);
  if (!isMap(parent)) throw failed();
  return { ...parent, [key]: value };
}

function replaced(parent: Json, key: string, step: Step): Json {
  const value = step.value ?? null;
  if (isList(parent)) return parent.with(Number(key), value);
  if (!isMap(parent) || !(key in parent)) throw failed();
  return { ...parent, [key]: value };
}

function removed(parent: Json, key: string): Json {
  if (isList(parent)) return parent.toSpliced(Number(key), 1);
  if (!isMap(parent) || !(key in parent)) throw failed();
  const { [key]: _gone, ...others } = parent;
  return others;
}
