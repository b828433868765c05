import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { at, type Operation, type Parameter, slice } from './slice.ts';
import { waived } from './waivers.ts';

/** A request or an answer against GitHub's description. Each schema is compiled when it is first needed, once in a process. */

const NAME = 'github';
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

let ajv: Ajv | null = null;
const compiled = new Map<string, ValidateFunction>();

function validator(pointer: string): ValidateFunction {
  ajv ??= new Ajv({
    strict: false,
    logger: false,
    // What this does not name is not checked.
    // GitHub's answers have an empty text where there is no address, and its description calls that an address.
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

/** What is wrong with a request; nothing where it fits. More than GitHub it minds what it does not know: that is a typing error. */
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
  const unknown = unknownFields(expected.pointer, body).map((name) => `body: there is no field '${name}'`);
  return [...unknown, ...run(expected.pointer, body, 'body')];
}

/** What is wrong with an answer. */
export function checkAnswer(operation: Operation, status: number, body: unknown): readonly string[] {
  const problems = answerProblems(operation, status, body);
  return problems.length > 0 && waived(operation.id, status, body) ? [] : problems;
}

function answerProblems({ responses }: Operation, status: number, body: unknown): readonly string[] {
  const pointer = responses.get(status);
  // The description leaves out most errors of most operations, or what they look like: they have the common form.
  if (status >= 400 && typeof pointer !== 'string') return run('#/components/schemas/basic-error', body, 'answer');
  if (pointer === undefined) return [`it does not answer with ${status}; ${[...responses.keys()].join(', ')}`];
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

/** Fields of a body that no part of its schema names. */
function unknownFields(pointer: string, body: unknown): readonly string[] {
  const names = new Set<string>();
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !collect(pointer, names)) return [];
  return Object.keys(body).filter((name) => !names.has(name));
}

/** Whether the schema names its fields, all of which are put into `names`. */
function collect(pointer: string, names: Set<string>): boolean {
  const found = at(pointer);
  if (found === null) return false;
  const { node } = found;
  if (node['additionalProperties'] !== undefined && node['additionalProperties'] !== false) return false;
  const own = Object.keys(at(`${found.pointer}/properties`)?.node ?? {});
  for (const name of own) names.add(name);
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((word) =>
    Object.keys(at(`${found.pointer}/${word}`)?.node ?? {}).map((key) => `${found.pointer}/${word}/${key}`),
  );
  return [...parts.map((part) => collect(part, names)), own.length > 0].includes(true);
}
