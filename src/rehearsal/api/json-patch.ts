import { Refusal } from './answers.ts';
import { at, type Json, same, textAt } from './json.ts';

/** RFC 6902 with the answers of the real server: a failed test, or a path that is not there, is 422 (E30). */
export function jsonPatch(target: Json, patch: Json): Json {
  if (!Array.isArray(patch)) throw new Refusal(400, 'BadRequest', 'error decoding patch: a JSON patch is a list');
  return (patch as readonly Json[]).reduce<Json>((value, step) => apply(value, stepOf(step)), target);
}

interface Step {
  readonly op: string;
  readonly path: string;
  /** Empty but for move and copy. */
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
      // The library behind the real server takes a missing member for null (E30).
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

/** The server says nothing of which operation it was, or why. */
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

function read(target: Json, path: readonly string[]): Json | undefined {
  let here: Json | undefined = target;
  for (const [index, key] of path.entries()) {
    if (Array.isArray(here)) here = (here as readonly Json[])[Number(key)];
    else if (typeof here === 'object' && here !== null) here = (here as Readonly<Record<string, Json>>)[key];
    else here = undefined;
    if (here === undefined && index < path.length - 1) throw failed();
  }
  return here;
}

type Edit = (parent: Json, key: string) => Json;

function write(target: Json, path: readonly string[], step: Step, edit: Edit): Json {
  const [key, ...rest] = path;
  if (key === undefined) return step.value ?? null;
  if (rest.length === 0) return edit(target, key);
  const next = Array.isArray(target)
    ? (target as readonly Json[])[Number(key)]
    : typeof target === 'object' && target !== null
      ? (target as Readonly<Record<string, Json>>)[key]
      : undefined;
  if (next === undefined) throw failed();
  const changed = write(next, rest, step, edit);
  if (Array.isArray(target)) return (target as readonly Json[]).with(Number(key), changed);
  return { ...(target as Readonly<Record<string, Json>>), [key]: changed };
}

function inserted(parent: Json, key: string, step: Step): Json {
  const value = step.value ?? null;
  if (Array.isArray(parent)) {
    const list = parent as readonly Json[];
    return list.toSpliced(key === '-' ? list.length : Number(key), 0, value);
  }
  if (typeof parent !== 'object' || parent === null) throw failed();
  return { ...(parent as Readonly<Record<string, Json>>), [key]: value };
}

function replaced(parent: Json, key: string, step: Step): Json {
  if (Array.isArray(parent)) return (parent as readonly Json[]).with(Number(key), step.value ?? null);
  if (typeof parent !== 'object' || parent === null || !(key in parent)) {
    throw failed();
  }
  return { ...(parent as Readonly<Record<string, Json>>), [key]: step.value ?? null };
}

function removed(parent: Json, key: string): Json {
  if (Array.isArray(parent)) return (parent as readonly Json[]).toSpliced(Number(key), 1);
  if (typeof parent !== 'object' || parent === null || !(key in parent)) {
    throw failed();
  }
  const { [key]: _gone, ...others } = parent as Readonly<Record<string, Json>>;
  return others;
}
