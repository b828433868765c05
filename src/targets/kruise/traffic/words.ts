import type { Match } from '../../../release/delivery.ts';
import { isObject, type Json, listAt, stringAt } from '../../../release/json.ts';

/** A match in words: `path /cart* and header x-user: beta`. */
export function matchWords(match: Match): string {
  const path = match['path'];
  const parts = [
    ...(isObject(path) ? [pathWords(path)] : []),
    ...listAt(match, 'headers').map((header) => `header ${named(header)}`),
    ...listAt(match, 'queryParams').map((parameter) => `parameter ${named(parameter)}`),
  ];
  return parts.join(' and ');
}

function pathWords(path: Json): string {
  const value = stringAt(path, 'value') ?? '/';
  switch (stringAt(path, 'type')) {
    case 'Exact':
      return `path ${value}`;
    case 'RegularExpression':
      return `path like ${value}`;
    default:
      return `path ${value}*`;
  }
}

function named(item: Json): string {
  const value = stringAt(item, 'value') ?? '';
  const name = stringAt(item, 'name') ?? '';
  return stringAt(item, 'type') === 'RegularExpression' ? `${name} like ${value}` : `${name}: ${value}`;
}
