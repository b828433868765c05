import { inputError } from '../release/error.ts';
import { type Command, type CommandName, commands } from './index.ts';
import { type OptionName, type OptionValues, options, type printing } from './options.ts';

/** What was given, as strings. */
export type Given = Readonly<Partial<Record<OptionName, readonly string[]>>>;

/** The typed values of some options. */
export type ValuesOf<O extends OptionName> = Pick<OptionValues, O>;

/** The input of each command: the values of the options that it takes, and no other. */
type Inputs = { readonly [C in CommandName]: ValuesOf<(typeof commands)[C]['options'][number]> };

/** The input of a command. Of one of several commands, only what all of them take can be read. */
export type InputOf<C extends CommandName> = Inputs[C];

/**
 * Reads the options that a command takes, and looks at no other. One that was not given has its default. Throws USAGE with
 * what was found and what would do.
 */
export function readInput<C extends CommandName>(command: C, given: Given): InputOf<C> {
  const taken: readonly OptionName[] = commands[command].options;
  const values = taken.map((name) => [name, options[name].read(given[name] ?? [], name)]);
  // The compiler can't follow that each option of this command gets a value of its own reader's type.
  return Object.fromEntries(values) as InputOf<C>;
}

/** How a result is printed. */
export type Printing = ValuesOf<(typeof printing)[number]>;

/** The format of a result. `--json` is short for one of them. */
export function formatOf({ json, output }: Pick<Printing, 'json' | 'output'>): OptionValues['output'] {
  return json ? 'json' : output;
}

/** Throws USAGE where a picture is asked for and there is none. */
export function checkPicture(
  name: CommandName,
  input: Pick<Printing, 'json' | 'output'> & { readonly watch?: boolean },
): void {
  const format = formatOf(input);
  if (format !== 'html' && format !== 'svg') return;
  const drawn = Object.entries<Command>(commands).flatMap(([one, { pictures }]) => (pictures === true ? [one] : []));
  if (!drawn.includes(name)) {
    throw inputError('USAGE', `${name} has no picture for --output ${format}`, {
      hint: `write text, json or markdown; ${drawn.join(', ')} have one`,
    });
  }
  if (input.watch === true) {
    throw inputError('USAGE', `--watch prints every change, and --output ${format} is one picture`, {
      hint: 'leave out --watch, or write text, json or markdown',
    });
  }
}
