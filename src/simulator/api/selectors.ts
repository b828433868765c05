import { Refusal } from './answers.ts';
import { at } from './json.ts';
import type { Thing } from './things.ts';

/** Label selectors `a=b,c!=d,e in (f,g),h,!i`: the forms that kubectl and stepgate send. */
export function labelSelector(text: string): (thing: Thing) => boolean {
  const tests = split(text).map((part) => {
    const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part);
    if (set !== null) {
      const [, key = '', op, values = ''] = set;
      const wanted = values.split(',').map((value) => value.trim());
      return (labels: Labels) =>
        wanted.includes(labels[key] ?? '') === (op === 'in') && (op === 'notin' || key in labels);
    }
    const pair = /^([^!=\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(part);
    if (pair !== null) {
      const [, key = '', op, value = ''] = pair;
      return (labels: Labels) => (labels[key] === value) === (op !== '!=');
    }
    if (/^![^\s=]+$/.test(part)) return (labels: Labels) => !(part.slice(1) in labels);
    if (/^[^\s=!]+$/.test(part)) return (labels: Labels) => part in labels;
    throw new Refusal(400, 'BadRequest', `unable to parse requirement: ${part}`);
  });
  return (thing) => tests.every((test) => test(thing.metadata.labels ?? {}));
}

type Labels = Readonly<Record<string, string>>;

function split(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `metadata.name=x,status.phase!=y`. */
export function fieldSelector(text: string): (thing: Thing) => boolean {
  const tests = split(text).map((part) => {
    const pair = /^([\w.]+)\s*(==|=|!=)\s*(.*)$/.exec(part);
    if (pair === null) throw new Refusal(400, 'BadRequest', `invalid field selector: ${part}`);
    const [, path = '', op, value = ''] = pair;
    return (thing: Thing) => (String(at(thing, ...path.split('.')) ?? '') === value) === (op !== '!=');
  });
  return (thing) => tests.every((test) => test(thing));
}
