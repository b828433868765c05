import { parseShare } from '../config/addresses.ts';
import { complain, type Reader } from '../config/check.ts';
import { keys, text } from '../config/shapes.ts';
import { parseDuration, parsedValue } from '../config/time.ts';
import type { Path } from '../config/yaml.ts';
import { at, isObject, numberAt, objectAt, stringAt } from '../release/json.ts';
import type { Comparison, Metric, Threshold } from '../release/measured.ts';
import { longestRange, placeholdersIn, wrongIn } from './metric-query.ts';
import { readServers, serverOf, servers } from './metric-servers.ts';
import type { Entries } from './row.ts';

const MAX_AGE = 120;
const WORSE = 0.01;
const AT_LEAST = 100;
const FALSE_ALARMS = 0.01;
const SHORTEST_FAILURE = 60;

/** The entries of `metrics`, with the servers that they name. */
export const metrics: Entries<ReadonlyMap<string, Metric>> = {
  key: {
    about: 'metrics, by name',
    shape: {
      is: 'names',
      names: 'word',
      of: keys(
        {
          prometheus: {
            about: 'the server: the name of an entry of prometheus, or an address such as https://prom.example',
            shape: text('server'),
            required: true,
          },
          query: {
            about:
              'PromQL; {name} {namespace} {release} {canary} {stable} {pods} {step} {window} are filled in (docs/metrics.md)',
            shape: text('promql'),
          },
          min: { about: 'the smallest good value', shape: { is: 'number' } },
          max: { about: 'the largest good value', shape: { is: 'number' } },
          for: { about: 'how long the value has to stay in its range; now by default', shape: text('duration') },
          failedAfter: {
            about:
              'how long the value has to be out of its range to be called bad; by default as long as `for` and as the query looks back, and a minute',
            shape: text('duration'),
          },
          compare: {
            about: 'counts of the new version, compared with those of the old one',
            shape: keys({
              failures: { about: 'PromQL that counts what failed, for {pods}', shape: text('promql'), required: true },
              total: { about: 'PromQL that counts all, for {pods}', shape: text('promql'), required: true },
              worse: {
                about: 'the smallest difference of the two shares that matters; 1% by default',
                shape: text('share'),
              },
              atLeast: {
                about: 'the smallest total of each version that is judged; 100 by default',
                shape: { is: 'integer', min: 1, max: 1_000_000_000 },
              },
              falseAlarms: {
                about: 'how many good releases may be called worse; 1% by default',
                shape: text('share'),
              },
            }),
          },
          maxAge: { about: 'how old a sample may be; 2m by default', shape: text('duration') },
        },
        { exactlyOne: ['query', 'compare'] },
      ),
    },
  },
  also: { prometheus: servers },
  read(reader) {
    const known = readServers(reader);
    const found = new Map<string, Metric>();
    for (const [name, entry] of Object.entries(objectAt(reader.document.value, 'metrics'))) {
      const path = ['metrics', name];
      const named = stringAt(entry, 'prometheus');
      const server = named === null ? null : serverOf(reader, { named, path: [...path, 'prometheus'] }, known);
      const asks = readAsks(reader, entry, path);
      const maxAge = duration(entry, 'maxAge') ?? MAX_AGE;
      if (server !== null && asks !== null) found.set(name, { server, asks, maxAgeSeconds: maxAge });
    }
    return found;
  },
};

function readAsks(reader: Reader, entry: unknown, path: Path): Threshold | Comparison | null {
  const compares = isObject(at(entry, 'compare')) && at(entry, 'query') === undefined;
  return compares ? readComparison(reader, entry, path) : readThreshold(reader, entry, path);
}

function readThreshold(reader: Reader, entry: unknown, path: Path): Threshold | null {
  const query = readQuery(reader, entry, [...path, 'query']);
  const [min, max] = [numberAt(entry, 'min'), numberAt(entry, 'max')];
  const failedAfter = duration(entry, 'failedAfter');
  const forSeconds = duration(entry, 'for') ?? 0;
  if (query === null) return null;
  if (min === null && max === null) {
    // A bound that is written and is no number has a complaint of its own.
    if (at(entry, 'min') !== undefined || at(entry, 'max') !== undefined) return null;
    complain(reader, { path, says: 'has neither min nor max', hint: 'add max: and the largest good value, or min:' });
    return null;
  }
  if (min !== null && max !== null && min > max) {
    complain(reader, { path: [...path, 'min'], says: `is more than max, ${max}`, hint: 'no value could be good' });
    return null;
  }
  const usual = Math.max(SHORTEST_FAILURE, forSeconds, longestRange(query) + SHORTEST_FAILURE);
  return { is: 'threshold', query, min, max, forSeconds, failedAfterSeconds: failedAfter ?? usual };
}

function readComparison(reader: Reader, entry: unknown, path: Path): Comparison | null {
  for (const key of ['min', 'max', 'for', 'failedAfter']) {
    if (stringAt(entry, key) === null && numberAt(entry, key) === null) continue;
    const hint = 'remove it: compare has worse, atLeast and falseAlarms';
    complain(reader, { path: [...path, key], of: 'key', says: 'is given beside compare', hint });
  }
  const inside = [...path, 'compare'];
  const compare = objectAt(entry, 'compare');
  const failures = readQuery(reader, compare, [...inside, 'failures']);
  const total = readQuery(reader, compare, [...inside, 'total']);
  if (failures === null || total === null) return null;
  let isWhole = true;
  for (const [key, query] of [
    ['failures', failures],
    ['total', total],
  ] as const) {
    if (placeholdersIn(query).includes('pods')) continue;
    isWhole = false;
    const says = 'does not use {pods}, so it counts the same for both versions';
    complain(reader, { path: [...inside, key], says, hint: 'select the pods of one version: pod=~"{pods}"' });
  }
  const falseAlarms = share(compare, 'falseAlarms') ?? FALSE_ALARMS;
  if (falseAlarms === 0 || falseAlarms > 0.5) {
    const hint = 'write more than 0% and at most 50%, such as 1%';
    complain(reader, { path: [...inside, 'falseAlarms'], says: 'is out of its range', hint });
    return null;
  }
  const worse = share(compare, 'worse') ?? WORSE;
  if (worse === 0 || worse === 1) {
    // Hardly any canary is ever called not worse by more than 0%, and none can be worse by more than 100%.
    const hint = 'write more than 0% and less than 100%, such as 1%';
    complain(reader, { path: [...inside, 'worse'], says: 'is out of its range', hint });
    return null;
  }
  if (!isWhole) return null;
  return {
    is: 'comparison',
    failures,
    total,
    worse,
    atLeast: numberAt(compare, 'atLeast') ?? AT_LEAST,
    falseAlarms,
  };
}

/** Null when it is missing, or check() or this function found a problem. */
function readQuery(reader: Reader, entry: unknown, path: Path): string | null {
  const query = stringAt(entry, String(path.at(-1)));
  if (query === null) return null;
  const wrong = wrongIn(query);
  if (wrong !== null) complain(reader, { path, ...wrong });
  return wrong === null ? query : null;
}

function duration(entry: unknown, key: string): number | null {
  return parsedValue(parseDuration(stringAt(entry, key) ?? ''));
}

function share(entry: unknown, key: string): number | null {
  return parsedValue(parseShare(stringAt(entry, key) ?? ''));
}
