import type { IncomingMessage } from 'node:http';
import { Refusal } from '../api/answers.ts';
import { isMap, type Json, type JsonMap } from '../api/json.ts';

/** The real server's limit for the body of a request, in bytes. */
export const bodyLimit = 3 * 1024 * 1024;

/** The bytes of the body; throws 413 above the limit. Further bytes are dropped as they arrive. */
export async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = Number(request.headers['content-length'] ?? 0);
  if (size <= bodyLimit) {
    size = 0;
    for await (const chunk of request) {
      const part: Buffer = chunk;
      size += part.length;
      if (size > bodyLimit) break;
      chunks.push(part);
    }
  }
  if (size <= bodyLimit) return Buffer.concat(chunks, size);
  throw new Refusal(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bodyLimit}`);
}

/** The body of a create or an apply: an object. `what` begins the message of the 400. */
export function objectIn(bytes: Buffer, what: string): JsonMap {
  const value = jsonIn(bytes, what);
  if (!isMap(value)) throw bad(`${what}: the body is no object`);
  return value;
}

const operations = ['add', 'remove', 'replace', 'move', 'copy', 'test'];

/** The body of a JSON patch: its operations, checked for their shape. */
export function patchIn(bytes: Buffer): Json {
  const what = 'error decoding patch';
  const value = jsonIn(bytes, what);
  if (!Array.isArray(value)) throw bad(`${what}: json: cannot unmarshal ${typeof value} into a list of operations`);
  for (const step of value as readonly Json[]) {
    const op = isMap(step) ? step['op'] : undefined;
    if (!isMap(step)) throw bad(`${what}: an operation is no object`);
    if (typeof op !== 'string' || !operations.includes(op)) {
      throw new Refusal(422, 'Invalid', 'the server rejected our request due to an error in our request');
    }
    const paths = op === 'move' || op === 'copy' ? [step['path'], step['from']] : [step['path']];
    for (const path of paths) {
      if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) throw bad(`${what}: not a JSON pointer`);
    }
  }
  return value;
}

export function jsonIn(bytes: Buffer, what: string): Json {
  try {
    return JSON.parse(bytes.toString('utf8')) as Json;
  } catch (error) {
    throw bad(`${what}: ${error instanceof Error ? error.message : 'not JSON'}`);
  }
}

function bad(message: string): Refusal {
  return new Refusal(400, 'BadRequest', message);
}
