import { foundWords, typeWords } from '../config/found.ts';
import type { Json } from '../release/json.ts';
import type { Wrong } from './problem.ts';
import type { Leaf } from './types.ts';

const limits = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
} as const;

const quantity = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?$/;
const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.,]\d+)?(Z|[+-]\d{2}:\d{2})$/;
const base64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What is wrong with a value of a simple type; null when nothing is. What stands where a text belongs may be secret: it is not repeated. */
export function wrongLeaf(leaf: Leaf, value: Json): Wrong | null {
  const says = `is ${foundWords(value)}`;
  switch (leaf) {
    case 'any':
      return null;
    case 'string':
      return typeof value === 'string' ? null : { says: `is ${typeWords(value)}`, hint: textHint(value) };
    case 'boolean':
      return typeof value === 'boolean' ? null : { says, hint: 'write true or false, without quotes' };
    case 'int32':
    case 'int64': {
      const [least, most] = limits[leaf];
      if (typeof value !== 'number' || !Number.isInteger(value)) {
        return { says, hint: 'write a whole number, without quotes' };
      }
      return value >= least && value <= most ? null : { says, hint: `write a number from ${least} to ${most}` };
    }
    case 'number':
      return typeof value === 'number' ? null : { says, hint: 'write a number, without quotes' };
    case 'quantity': {
      const isText = typeof value === 'string' || typeof value === 'number';
      if (isText && quantity.test(String(value))) return null;
      return { says, hint: 'write a quantity, such as 500m, 2, 128Mi or 1Gi' };
    }
    case 'intOrString': {
      const isWhole = typeof value === 'number' && Number.isInteger(value);
      if (isWhole && (value < limits.int32[0] || value > limits.int32[1])) {
        return { says, hint: `write a number from ${limits.int32[0]} to ${limits.int32[1]}` };
      }
      return isWhole || typeof value === 'string' ? null : { says, hint: 'write a whole number or a text' };
    }
    case 'time':
      return typeof value === 'string' && time.test(value)
        ? null
        : { says, hint: 'write a time, such as 2027-01-31T08:00:00Z, in quotes' };
    case 'bytes':
      if (typeof value !== 'string') return { says: `is ${typeWords(value)}`, hint: textHint(value) };
      return base64.test(value.replaceAll(/[\r\n]/g, ''))
        ? null
        : { says: 'is no base64', hint: 'encode it, or write it as it is under stringData' };
  }
}

function textHint(value: Json): string {
  return typeof value === 'object' ? 'write a text' : 'put it in quotes: it has to be a text';
}
