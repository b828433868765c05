import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { at, type Operation, type Parameter, slice } from './slice.ts';

const NAME = 'github';
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Compiles each schema when it is first needed: compiling all takes a second. */
let ajv: Ajv | null = null;
const compiled = new Map<string, ValidateFunction>();

function validator(pointer: string): ValidateFunction {
  ajv ??= new Ajv({
    strict: false,
    logger: false,
    // Other formats are not checked. GitHub answers with an empty string for a missing URL, although it describes a URL.
    formats: { 'date-time': DATE, uri: (text: string) => text === '' || URL.canParse(text) },
  }).addSchema(slice, NAME);
  const known = compiled.get(pointer) ?? ajv.compile({ $ref: `${NAME}${pointer}` });
  compiled.set(pointer, known);
  return known;
}

export interface Given {
  readonly path: ReadonlyMap<string, string>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** Why a request does not fit the description; empty when it does. Unlike GitHub it also refuses unknown parameters and fields. */
export function checkRequest(operation: Operation, { path, query, body }: Given): readonly string[] {
  const problems: string[] = [];
  const known = operation.parameters.filter((one) => one.in === 'query');
  for (const name of new Set(query.keys()))
    if (!known.some((one) => one.name === name)) problems.push(`there is no query parameter '${name}'`);
  for (const parameter of operation.parameters) {
    const values = parameter.in === 'path' ? [path.get(parameter.name)] : query.getAll(parameter.name);
    for (const value of values) if (value !== undefined) problems.push(...checkParameter(parameter, value));
    if (parameter.required && values.length === 0) problems.push(`the parameter '${parameter.name}' is missing`);
  }
  return [...problems, ...checkBody(operation, body)];
}

function checkBody({ body: expected }: Operation, body: unknown): readonly string[] {
  if (expected === null) return body === undefined ? [] : ['there is a body, and it takes none'];
  if (body === undefined) return expected.required ? ['there is no body'] : [];
  return [...unknownFields(expected.pointer, body), ...run(expected.pointer, body, 'body')];
}

/** Why an answer does not fit the description; empty when it does. */
export function checkAnswer({ responses }: Operation, status: number, body: unknown): readonly string[] {
  const pointer = responses.get(status);
  // The description omits most errors, or their bodies. They all have the common form.
  if (status >= 400 && typeof pointer !== 'string') return run('#/components/schemas/basic-error', body, 'answer');
  if (pointer === undefined) return [`the status is not one of ${[...responses.keys()].join(', ')}`];
  if (pointer === null) return body === undefined ? [] : [`a ${status} has no body`];
  return run(pointer, body, 'answer');
}

function checkParameter({ name, schema, pointer }: Parameter, text: string): readonly string[] {
  return run(pointer, typed(text, schema.type), `parameter '${name}'`);
}

function typed(text: string, type: string | undefined): unknown {
  if (type === 'integer' && /^-?\d+$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

function run(pointer: string, value: unknown, what: string): readonly string[] {
  const validate = validator(pointer);
  return validate(value) ? [] : (validate.errors ?? []).map((error) => `${what}${sentence(error)}`);
}

function sentence({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath}: ${message ?? 'does not fit'} (${JSON.stringify(params)})`;
}

/** Fields of a body, at any depth, that its schema does not name. */
function unknownFields(pointer: string, body: unknown, path = 'body'): readonly string[] {
  if (Array.isArray(body)) {
    return body.flatMap((item, at) => unknownFields(`${pointer}/items`, item, `${path}/${at}`));
  }
  const known = fieldsOf(pointer);
  if (typeof body !== 'object' || body === null || known === null) return [];
  return Object.entries(body).flatMap(([name, value]) => {
    const inner = known.get(name);
    return inner === undefined
      ? [`${path}: there is no field '${name}'`]
      : unknownFields(inner, value, `${path}/${name}`);
  });
}

/** The fields that a schema names, each with the pointer to its own schema; null for a schema that takes any field. */
function fieldsOf(pointer: string): ReadonlyMap<string, string> | null {
  const found = at(pointer);
  if (found === null) return null;
  const { node } = found;
  if (node['additionalProperties'] !== undefined && node['additionalProperties'] !== false) return null;
  const fields = new Map<string, string>();
  for (const word of ['allOf', 'anyOf', 'oneOf']) {
    for (const part of Object.keys(at(`${found.pointer}/${word}`)?.node ?? {})) {
      for (const [name, inner] of fieldsOf(`${found.pointer}/${word}/${part}`) ?? []) fields.set(name, inner);
    }
  }
  for (const name of Object.keys(at(`${found.pointer}/properties`)?.node ?? {})) {
    fields.set(name, `${found.pointer}/properties/${name}`);
  }
  return fields.size === 0 ? null : fields;
}
