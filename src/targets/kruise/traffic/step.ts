import { complain, type Reader } from '../../../config/check.ts';
import { parsePercent } from '../../../config/formats.ts';
import { quoted } from '../../../config/found.ts';
import { type Keys, keys, list, type Shape, text } from '../../../config/shapes.ts';
import { parsedValue } from '../../../config/time.ts';
import type { Path } from '../../../config/yaml.ts';
import type { HeaderChanges, Step } from '../../../release/delivery.ts';
import {
  at,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  objectAt,
  same,
  stringAt,
  textsAt,
} from '../../../release/json.ts';

/** The routing of a step: the share of requests for the new version, which requests go there, and the headers they get. */
type Routing = Pick<Step, 'traffic' | 'matches' | 'requestHeaders'>;

/** The limit of the engine's schema for headers and query parameters. For matches the schema allows more. */
const MOST = 16;

const matchValue = (types: readonly string[], value: 'text' | 'shortText'): Keys['keys'] => ({
  type: { about: 'how the value is compared', shape: { is: 'word', words: types } },
  value: { about: 'the value to compare with', shape: text(value), required: true },
});
const namedMatches = (value: 'text' | 'shortText') =>
  list(
    keys({
      name: { about: 'name of the header or parameter', shape: text('header'), required: true },
      ...matchValue(['Exact', 'RegularExpression'], value),
    }),
    { min: 1, max: MOST },
  );
const headerValues: Shape = { is: 'names', names: 'header', of: text('text') };

/** The config keys of a step for routing. */
const stepKeys = {
  traffic: { about: 'percentage of the traffic for the new version, such as 5%', shape: text('percent') },
  matches: {
    about: 'requests that go to the new version in any case',
    shape: list(
      keys(
        {
          path: {
            about: 'the path',
            shape: keys(matchValue(['Exact', 'PathPrefix', 'RegularExpression'], 'shortText')),
          },
          headers: { about: 'headers, all of which match', shape: namedMatches('text') },
          queryParams: { about: 'query parameters, all of which match', shape: namedMatches('shortText') },
        },
        { atLeastOne: ['path', 'headers', 'queryParams'] },
      ),
      { min: 1, max: MOST },
    ),
  },
  requestHeaders: {
    about: 'changes of the headers of requests that go to the new version',
    shape: keys(
      {
        set: { about: 'headers that get this value, by name', shape: headerValues },
        add: { about: 'headers that get this value besides the ones they have, by name', shape: headerValues },
        remove: { about: 'names of headers that are removed', shape: list(text('header'), { min: 1, max: MOST }) },
      },
      { atLeastOne: ['set', 'add', 'remove'] },
    ),
  },
} as const satisfies Keys['keys'];

/** The routing of a step in the config, in the digest of its plan, and in the Rollout. */
export const stepRouting = {
  keys: stepKeys,

  /** Reports values that the engine's schema, or the route that the engine writes, would refuse. */
  read(reader: Reader, path: Path): Routing {
    const step = at(reader.document.value, ...path);
    const traffic = parsedValue(parsePercent(stringAt(step, 'traffic') ?? ''));
    const matches = listAt(step, 'matches').filter(isObject);
    for (const [index, match] of matches.entries()) checkMatch(reader, [...path, 'matches', index], match);
    const found = at(step, 'requestHeaders');
    if (!isObject(found)) return { traffic, matches, requestHeaders: null };
    checkHeaders(reader, [...path, 'requestHeaders'], found);
    if (!Object.hasOwn(objectAt({ step }, 'step'), 'traffic') && matches.length === 0) {
      const says = 'changes headers of requests, and the step sends no request to the new version';
      const hint = 'add traffic or matches to the step, or remove requestHeaders';
      complain(reader, { path: [...path, 'requestHeaders'], of: 'key', says, hint });
    }
    const requestHeaders = {
      set: textsIn(found['set']),
      add: textsIn(found['add']),
      remove: textsAt(found, 'remove'),
    };
    return { traffic, matches, requestHeaders };
  },

  /** The routing in the resolved config. */
  print({ traffic, matches, requestHeaders }: Routing): JsonObject {
    return {
      ...(traffic === null ? {} : { traffic: `${traffic}%` }),
      ...(matches.length === 0 ? {} : { matches }),
      ...(requestHeaders === null ? {} : { requestHeaders: headersToJson(requestHeaders) }),
    };
  },

  /** In the digest. Records keep digests, so a key that was added later is only in them when the step has it. */
  inDigest({ traffic, matches, requestHeaders }: Routing): JsonObject {
    return {
      traffic,
      matches,
      ...(requestHeaders === null ? {} : { requestHeaders: headersToJson(requestHeaders) }),
    };
  },

  /** The routing in the Rollout's `steps` (docs/engine.md#spec). */
  render({ traffic, matches, requestHeaders }: Routing): JsonObject {
    return {
      ...(traffic === null ? {} : { traffic: `${traffic}%` }),
      ...(matches.length === 0 ? {} : { matches }),
      ...(requestHeaders === null ? {} : { requestHeaderModifier: modifierOf(requestHeaders) }),
    };
  },

  readBack(step: Json): Routing {
    const traffic = Number.parseFloat(stringAt(step, 'traffic') ?? '');
    const modifier = at(step, 'requestHeaderModifier');
    return {
      traffic: Number.isNaN(traffic) ? null : traffic,
      matches: listAt(step, 'matches').filter(isObject),
      requestHeaders: isObject(modifier)
        ? { set: namedIn(modifier, 'set'), add: namedIn(modifier, 'add'), remove: textsAt(modifier, 'remove') }
        : null,
    };
  },
};

/** Whether two steps send the same requests to the new version, and are written in the same way. */
export function sameRouting(left: Step, right: Step): boolean {
  return same(stepRouting.render(left), stepRouting.render(right));
}

function checkMatch(reader: Reader, path: Path, match: JsonObject): void {
  const value = stringAt(match, 'path', 'value');
  if (value !== null && stringAt(match, 'path', 'type') !== 'RegularExpression' && !value.startsWith('/')) {
    const says = `is ${quoted(value)}, and a path begins with a slash`;
    complain(reader, { path: [...path, 'path', 'value'], says, hint: `write /${value}, or type: RegularExpression` });
  }
  for (const key of ['headers', 'queryParams'] as const) {
    const seen = new Set<string>();
    for (const [index, item] of listAt(match, key).entries()) {
      const name = stringAt(item, 'name');
      if (name === null) continue;
      // Names of headers are case-insensitive (RFC 9110, section 5.1). Names of parameters are not.
      const known = key === 'headers' ? name.toLowerCase() : name;
      if (seen.has(known)) {
        const says = `is ${quoted(name)}, as an earlier one of this match`;
        complain(reader, {
          path: [...path, key, index, 'name'],
          says,
          hint: 'name each once; all of a match must hold',
        });
      }
      seen.add(known);
    }
  }
}

function checkHeaders(reader: Reader, path: Path, found: JsonObject): void {
  for (const key of ['set', 'add'] as const) {
    const names = Object.keys(objectAt(found, key));
    const inside = [...path, key];
    if (names.length > MOST) {
      complain(reader, { path: inside, of: 'key', says: `has ${names.length} headers`, hint: `at most ${MOST} work` });
    }
    const seen = new Set<string>();
    for (const name of names) {
      const says = `is ${quoted(name)}, which an earlier name is too: headers have no case`;
      if (seen.has(name.toLowerCase())) {
        complain(reader, { path: [...inside, name], of: 'key', says, hint: 'keep one of them' });
      }
      seen.add(name.toLowerCase());
    }
  }
}

function textsIn(found: Json | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(objectAt({ found }, 'found')).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

function namedIn(modifier: JsonObject, key: 'set' | 'add'): Readonly<Record<string, string>> {
  return Object.fromEntries(
    listAt(modifier, key).map((one) => [stringAt(one, 'name') ?? '', stringAt(one, 'value') ?? '']),
  );
}

/** The changes of headers in the config's form, without empty parts. */
function headersToJson({ set, add, remove }: HeaderChanges): JsonObject {
  return {
    ...(Object.keys(set).length === 0 ? {} : { set: { ...set } }),
    ...(Object.keys(add).length === 0 ? {} : { add: { ...add } }),
    ...(remove.length === 0 ? {} : { remove }),
  };
}

function modifierOf({ set, add, remove }: HeaderChanges): JsonObject {
  const listed = (headers: Readonly<Record<string, string>>) =>
    Object.entries(headers)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]) => ({ name, value }));
  return {
    ...(Object.keys(set).length === 0 ? {} : { set: listed(set) }),
    ...(Object.keys(add).length === 0 ? {} : { add: listed(add) }),
    ...(remove.length === 0 ? {} : { remove }),
  };
}
