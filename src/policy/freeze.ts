import { check, complain, didYouMean, type Reader } from '../config/check.ts';
import { oneOf, quoted } from '../config/found.ts';
import { keys, list, text } from '../config/shapes.ts';
import { parsedValue, parseMoment } from '../config/time.ts';
import { parseOneYaml, type TextFile } from '../config/yaml.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError, formatPlace, type InputProblem, isInputError } from '../release/error.ts';
import { type Freeze, isNamed } from '../release/freeze.ts';
import { type Json, type JsonObject, stringAt, textsAt } from '../release/json.ts';
import { printYaml } from './print.ts';

/** The folder of the freezes in the repository. */
export const freezeFolder = '.stepgate/freezes';

/** The deliveries that a freeze may name. */
export type Known = readonly Pick<Delivery, 'name' | 'environment'>[];

/** The keys of a freeze's file. */
export const freezeShape = keys({
  deliveries: {
    about: 'names of deliveries, in which * is any text; every delivery by default',
    shape: list(text('namePattern'), { min: 1 }),
  },
  environments: {
    about: 'names of environments, in which * is any text; every environment by default',
    shape: list(text('namePattern'), { min: 1 }),
  },
  by: { about: 'who froze it', shape: text('shortText'), required: true },
  reason: { about: 'why', shape: text('text'), required: true },
  from: { about: 'when it begins, such as 2026-11-27T15:00Z; at once by default', shape: text('moment') },
  until: {
    about: 'when it ends, such as 2026-11-30T06:00Z; by default when the file is removed',
    shape: text('moment'),
  },
  run: { about: 'the run that wrote the file', shape: text('shortText') },
});

/** Whether a path is the file of a freeze. */
export function isFreezeFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return path.startsWith(`${freezeFolder}/`) && name !== 'README.md' && name !== '.gitkeep';
}

/** The name of the freeze in a file: `weekend` of `.stepgate/freezes/weekend.yaml`. */
export function freezeName(path: string): string {
  return path.slice(freezeFolder.length + 1).replace(/\.ya?ml$/, '');
}

/** The path of a freeze's file. */
export function freezePath(name: string): string {
  return `${freezeFolder}/${name}.yaml`;
}

/**
 * Reads the file of a freeze. Never throws for any text: what has a problem is a freeze of every delivery, which says where the
 * problem is. Its times count where they can be read, so that an old file of a delivery that is gone stops nothing.
 */
export function readFreeze(input: TextFile, known: Known): Freeze {
  const { value, problems } = parsed(input, known);
  const [first] = problems;
  return {
    name: freezeName(input.file),
    from: { is: 'file', path: input.file },
    deliveries: textsAt(value, 'deliveries'),
    environments: textsAt(value, 'environments'),
    by: stringAt(value, 'by') ?? 'somebody',
    reason: stringAt(value, 'reason') ?? 'no reason given',
    ...timesOf(value),
    unreadable: first === undefined ? null : problemWords(first),
  };
}

/** When a freeze begins and ends; neither where it would end before it begins. */
function timesOf(value: Json): Pick<Freeze, 'begins' | 'ends'> {
  const moment = (key: string) => parsedValue(parseMoment(stringAt(value, key) ?? ''));
  const [begins, ends] = [moment('from'), moment('until')];
  return begins !== null && ends !== null && ends <= begins ? { begins: null, ends: null } : { begins, ends };
}

function parsed(input: TextFile, known: Known): { readonly value: Json; readonly problems: readonly InputProblem[] } {
  const start = { file: input.file, line: 1, column: 1 };
  if (!/\.ya?ml$/.test(input.file)) {
    const hint = `freezes are files ${freezePath('NAME')}`;
    return {
      value: null,
      problems: [{ code: 'CONFIG_INVALID', message: 'the file is no YAML file', hint, at: start }],
    };
  }
  try {
    const reader: Reader = { document: parseOneYaml({ ...input, keys: 'text' }), problems: [] };
    const { value } = reader.document;
    check(reader, freezeShape, value, []);
    if (reader.problems.length === 0) checkTogether(reader, known);
    return { value, problems: reader.problems };
  } catch (error) {
    const thrown = asError(error);
    if (!isInputError(thrown)) throw error;
    return { value: null, problems: thrown.problems };
  }
}

/** A pattern that names nothing is most likely a mistake, and the freeze would stop nothing. The same goes for its times. */
function checkTogether(reader: Reader, known: Known): void {
  const { value } = reader.document;
  const { begins, ends } = timesOf(value);
  if (begins === null && ends === null && stringAt(value, 'from') !== null) {
    const says = `is ${quoted(stringAt(value, 'until') ?? '')}, which is not after from`;
    complain(reader, { path: ['until'], says, hint: 'write a later time, or leave one of the two out' });
  }
  const names = {
    deliveries: known.map(({ name }) => name),
    environments: [...new Set(known.flatMap(({ environment }) => environment ?? []))],
  };
  for (const key of ['deliveries', 'environments'] as const) {
    for (const [index, pattern] of textsAt(value, key).entries()) {
      if (names[key].some((name) => isNamed(pattern, name))) continue;
      const there = names[key].length === 0 ? `there are no ${key}` : `there: ${oneOf(names[key].slice(0, 20), 'and')}`;
      complain(reader, {
        path: [key, index],
        says: `is ${quoted(pattern)}, which is not among the ${key}`,
        hint: `${didYouMean(pattern, names[key])}${there}`,
      });
    }
  }
}

/** `.stepgate/freezes/weekend.yaml:2:8: until is "soon", which is not a date and time; write ...` */
function problemWords({ message, hint, at }: InputProblem): string {
  const place = at === null ? '' : `${formatPlace(at)}: `;
  return `${place}${message}${hint === null ? '' : `; ${hint}`}`;
}

/** The text of a freeze's file, which `readFreeze` reads back. */
export function printFreeze(
  freeze: Pick<Freeze, 'deliveries' | 'environments' | 'by' | 'reason' | 'begins' | 'ends'>,
  run: string,
): string {
  const { deliveries, environments, by, reason, begins, ends } = freeze;
  const value: JsonObject = {
    ...(deliveries.length === 0 ? {} : { deliveries }),
    ...(environments.length === 0 ? {} : { environments }),
    by,
    reason,
    ...(begins === null ? {} : { from: formatMoment(begins) }),
    ...(ends === null ? {} : { until: formatMoment(ends) }),
    ...(run === '' ? {} : { run }),
  };
  return printYaml(value);
}

/** A moment in the form that freezes are written in: `2026-11-30T06:00:00Z`. */
export function formatMoment(moment: Date): string {
  return `${moment.toISOString().slice(0, 19)}Z`;
}
