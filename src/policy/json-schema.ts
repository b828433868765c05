import { patternOf } from '../config/formats.ts';
import type { Keys, Shape } from '../config/shapes.ts';
import type { JsonObject } from '../release/json.ts';
import { includedShape, rootShape } from './keys.ts';

const dialect = 'https://json-schema.org/draft/2020-12/schema';

/**
 * JSON Schema (2020-12) for editors, made from the parser's table. It accepts everything that the parser accepts. Rules
 * over several keys (names that exist, steps that grow) are checked only by the parser.
 */
export function rootJsonSchema(): JsonObject {
  return { $schema: dialect, title: 'stepgate.yaml', ...schemaOf(rootShape) };
}

/** The same for the files of `include`. */
export function includedJsonSchema(): JsonObject {
  return { $schema: dialect, title: 'an included stepgate.yaml', ...schemaOf(includedShape) };
}

function schemaOf(shape: Shape): JsonObject {
  switch (shape.is) {
    case 'text': {
      const pattern = patternOf(shape.format);
      return { type: 'string', ...(pattern === null ? {} : { pattern }) };
    }
    case 'integer':
      return { type: 'integer', minimum: shape.min, maximum: shape.max };
    case 'number':
      return { type: 'number' };
    case 'boolean':
      return { type: 'boolean' };
    case 'scalar':
      return { type: ['string', 'number', 'boolean'] };
    case 'one':
      return { const: shape.value };
    case 'word':
      return { enum: shape.words };
    case 'list':
      return {
        type: 'array',
        items: schemaOf(shape.of),
        ...(shape.min === undefined ? {} : { minItems: shape.min }),
        ...(shape.max === undefined ? {} : { maxItems: shape.max }),
      };
    case 'names': {
      const pattern = patternOf(shape.names);
      const names = pattern === null ? {} : { propertyNames: { pattern } };
      const least = shape.insteadOfNone === undefined ? {} : { minProperties: 1 };
      return { type: 'object', ...least, ...names, additionalProperties: schemaOf(shape.of) };
    }
    case 'keys':
      return keysSchema(shape);
    case 'either':
      return { anyOf: [schemaOf(shape.text), schemaOf(shape.other)] };
  }
}

function keysSchema(shape: Keys): JsonObject {
  const entries = Object.entries(shape.keys);
  const properties = entries.map(([name, { about, shape: inner }]): [string, JsonObject] => [
    name,
    { description: about, ...schemaOf(inner) },
  ]);
  const required = entries.filter(([, key]) => key.required).map(([name]) => name);
  return {
    type: shape.mayBeEmpty ? ['object', 'null'] : 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    ...(shape.exactlyOne === undefined ? {} : { oneOf: shape.exactlyOne.map((name) => ({ required: [name] })) }),
    ...(shape.atLeastOne === undefined ? {} : { anyOf: shape.atLeastOne.map((name) => ({ required: [name] })) }),
  };
}
