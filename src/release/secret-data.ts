import { isObject, type JsonObject, objectAt, stringAt } from './json.ts';
import { groupOf } from './kinds.ts';
import type { KubeObject } from './ports.ts';

/** The data of a ConfigMap or a Secret as the server stores it: a Secret's plain texts are in base64 there. */
export function storedData(object: KubeObject): JsonObject {
  const texts = Object.entries(objectAt(object, 'stringData')).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  return { ...objectAt(object, 'data'), ...Object.fromEntries(texts) };
}

/**
 * A Secret with its plain texts under `data`. Under `stringData` the server does not tell who owns a key: what is left out later stays,
 * and what somebody has changed is written over. Whatever else is no such Secret stays as it is, for the server to judge.
 */
export function withStoredData(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  if (groupOf(object) !== '' || stringAt(object, 'kind') !== 'Secret' || !isObject(stringData)) return object;
  if (!Object.values(stringData).every((value) => typeof value === 'string')) return object;
  const data = storedData(object);
  return Object.keys(data).length === 0 ? rest : { ...rest, data };
}
