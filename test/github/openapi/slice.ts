import { readFileSync } from 'node:fs';
import { type OperationId, permissions } from '../rest/permissions.ts';

export type Schema = boolean | { readonly [key: string]: unknown };

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: { readonly type?: string };
  /** A JSON pointer to the schema in the slice. */
  readonly pointer: string;
  /** Whether its value may contain slashes. */
  readonly multiple: boolean;
}

export interface Operation {
  readonly id: OperationId;
  readonly method: string;
  /** Such as `/repos/{owner}/{repo}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** A pointer to the schema of the body; null when there is no body. */
  readonly body: { readonly pointer: string; readonly required: boolean } | null;
  /** By status, a pointer to the schema of the answer; null for an answer without a body. */
  readonly responses: ReadonlyMap<number, string | null>;
}

type Node = { readonly [key: string]: unknown };

const text = readFileSync(new URL('./github.json', import.meta.url), 'utf8');

/** The slice of GitHub's description that cut.ts made. */
export const slice: Node = JSON.parse(text);

/** Resolves a pointer, following references; null when there is no object. */
export function at(pointer: string): { readonly node: Node; readonly pointer: string } | null {
  let node: unknown = slice;
  for (const part of pointer.slice(2).split('/')) {
    if (!isNode(node)) return null;
    node = node[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  if (!isNode(node)) return null;
  return typeof node['$ref'] === 'string' ? at(node['$ref']) : { node, pointer };
}

export const operations: readonly Operation[] = keysAt('#/paths').flatMap((path) =>
  keysAt(`#/paths/${pointerPart(path)}`).map((method) => operation(path, method)),
);

function operation(path: string, method: string): Operation {
  const pointer = `#/paths/${pointerPart(path)}/${method}`;
  const found = at(pointer);
  const id = found?.node['operationId'];
  if (!isOperation(id)) throw new Error(`${method} ${path} is no operation of permissions.ts: cut the slice anew`);
  const parameters = keysAt(`${pointer}/parameters`).flatMap((key) => parameterAt(`${pointer}/parameters/${key}`));
  const body = contentOf(`${pointer}/requestBody`);
  const responses = keysAt(`${pointer}/responses`).map((status): [number, string | null] => [
    Number(status),
    contentOf(`${pointer}/responses/${status}`),
  ]);
  return {
    id,
    method: method.toUpperCase(),
    path,
    parameters,
    body: body === null ? null : { pointer: body, required: at(`${pointer}/requestBody`)?.node['required'] === true },
    responses: new Map(responses),
  };
}

function parameterAt(pointer: string): Parameter[] {
  const found = at(pointer);
  if (found === null) return [];
  const { node } = found;
  const schema = at(`${found.pointer}/schema`);
  const type = schema?.node['type'];
  return [
    {
      name: String(node['name']),
      in: String(node['in']),
      required: node['required'] === true,
      schema: typeof type === 'string' ? { type } : {},
      pointer: schema?.pointer ?? `${found.pointer}/schema`,
      multiple: node['x-multi-segment'] === true,
    },
  ];
}

/** A pointer to the schema of a JSON body. */
function contentOf(pointer: string): string | null {
  const found = at(pointer);
  if (found === null) return null;
  const types = Object.keys(at(`${found.pointer}/content`)?.node ?? {});
  const type = types.find((one) => one === 'application/json') ?? types[0];
  return type === undefined ? null : `${found.pointer}/content/${pointerPart(type)}/schema`;
}

function keysAt(pointer: string): readonly string[] {
  return Object.keys(at(pointer)?.node ?? {});
}

function pointerPart(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

function isOperation(id: unknown): id is OperationId {
  return typeof id === 'string' && id in permissions;
}
