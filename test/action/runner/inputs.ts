import type { Metadata } from './metadata.ts';

/** What an expression in a default can look up. */
export interface Contexts {
  readonly github: Readonly<Record<string, string>>;
  readonly runner: Readonly<Record<string, string>>;
}

export interface Inputs {
  /** As they are shown at the head of the step's log: what `with` says first, then the defaults. */
  readonly values: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/**
 * The inputs of a step (Runner.Worker/ActionRunner): names are compared without case, defaults are filled in, one that the
 * action does not declare is warned of and given all the same, a required one that is missing is an empty string.
 */
export function readInputs(
  declared: Metadata['inputs'],
  given: Readonly<Record<string, string>>,
  contexts: Contexts,
): Inputs {
  const same = (names: Iterable<string>, name: string) =>
    [...names].find((one) => one.toUpperCase() === name.toUpperCase());
  const values = { ...given };
  const warnings: string[] = [];
  for (const name of Object.keys(given)) {
    const known = same(Object.keys(declared), name);
    const deprecated = known === undefined ? null : (declared[known]?.deprecated ?? null);
    if (deprecated !== null) warnings.push(`Input '${name}' has been deprecated with message: ${deprecated}`);
  }
  const unexpected = Object.keys(given).filter((name) => same(Object.keys(declared), name) === undefined);
  if (unexpected.length > 0) warnings.push(`Unexpected input(s) '${unexpected.join("', '")}'`);
  for (const [name, { standard }] of Object.entries(declared)) {
    if (same(Object.keys(given), name) === undefined) values[name] = evaluate(standard, contexts);
  }
  return {
    values,
    env: Object.fromEntries(Object.entries(values).map(([name, value]) => [variable(name), value])),
    warnings,
  };
}

/** Upper case, spaces to `_`; hyphens stay, which a shell could not write (github.md 1.1). */
export function variable(input: string): string {
  return `INPUT_${input.replaceAll(' ', '_').toUpperCase()}`;
}

/** `${{ github.name }}` and `${{ runner.name }}`; another expression is refused rather than given as it stands. */
function evaluate(standard: string, contexts: Contexts): string {
  return standard.replace(/\$\{\{(.*?)\}\}/gsu, (whole, inside: string) => {
    const [, context, name] = /^\s*(github|runner)\.([\w-]+)\s*$/u.exec(inside) ?? [];
    if (context === undefined || name === undefined) throw new Error(`the default ${whole} is not understood here`);
    return (context === 'github' ? contexts.github : contexts.runner)[name] ?? '';
  });
}
