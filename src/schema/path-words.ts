import { quoted } from '../config/found.ts';
import type { Path } from '../config/yaml.ts';
import { at, type JsonObject, stringAt } from '../release/json.ts';

/** A path in words, with the names of items: `spec.template.spec.containers[main].env[DEBUG].value` */
export function pathWords(object: JsonObject, path: Path): string {
  if (path.length === 0) return 'the object';
  return path.reduce<string>((text, part, index) => {
    if (typeof part === 'string') return text === '' ? part : `${text}.${/^[\w-]+$/.test(part) ? part : quoted(part)}`;
    const name = stringAt(at(object, ...path.slice(0, index + 1)), 'name');
    return `${text}[${name === null || !/^[\w.-]{1,60}$/.test(name) ? part : name}]`;
  }, '');
}
