import { Refusal } from './answers.ts';
import { type JsonMap, mapAt, same, textAt } from './json.ts';
import type { KindInfo } from './kinds.ts';

/** What the API server does with the data of ConfigMaps and Secrets, as seen on a real one (1.35). */

/** The object as it is stored: the plain texts of a Secret are in base64 under `data`, and who owns them stays as it was. */
export function storedData(info: KindInfo, object: JsonMap): JsonMap {
  const { stringData, ...rest } = object;
  if (info.id !== 'Secret' || stringData === undefined) return object;
  const texts = Object.entries(mapAt(object, 'stringData')).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  return { ...rest, data: { ...mapAt(object, 'data'), ...Object.fromEntries(texts) } };
}

/** Refuses what may not change: the data of an immutable object, and the type of a Secret. */
export function checkData(info: KindInfo, before: JsonMap, after: JsonMap): void {
  if (info.id !== 'ConfigMap' && info.id !== 'Secret') return;
  const changed = ['data', 'binaryData'].filter((key) => !same(mapAt(before, key), mapAt(after, key)));
  const fixed = before['immutable'] === true;
  const wrong = [...(fixed && after['immutable'] !== true ? ['immutable'] : []), ...(fixed ? changed : [])].map(
    (key) => `${key}: Forbidden: field is immutable when \`immutable\` is set`,
  );
  if (info.id === 'Secret' && textAt(after, 'type') !== '' && textAt(before, 'type') !== textAt(after, 'type'))
    wrong.push(`type: Invalid value: "${textAt(after, 'type')}": field is immutable`);
  if (wrong.length === 0) return;
  const all = wrong.length === 1 ? wrong.join('') : `[${wrong.join(', ')}]`;
  throw new Refusal(422, 'Invalid', `${info.kind} "${textAt(before, 'metadata', 'name')}" is invalid: ${all}`);
}
