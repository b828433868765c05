/**
 * The runner's two command parsers as an oracle, on the careful side: any name counts as a command, and characters that
 * its culture-sensitive comparisons may not see (controls, formats, marks, other ignorables) are not there at all.
 */
export function commandIn(line: string): string | null {
  const seen = line.replace(/[\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}]/gu, (sign) =>
    /[\t\v\f\u0085]/u.test(sign) ? ' ' : '',
  );
  return modern(seen) ?? legacy(seen);
}

/** `::name key=value::data` at the start of a line, after any white space. */
function modern(line: string): string | null {
  const start = line.replace(/^[\p{White_Space}\ufeff]+/u, '');
  if (!start.startsWith('::')) return null;
  const end = start.indexOf('::', 2);
  return end < 0 ? null : nameIn(start.slice(2, end));
}

/** `##[name key=value;]data` anywhere in a line: the first opening counts for the runner, any for us. */
function legacy(line: string): string | null {
  for (let from = line.indexOf('##['); from >= 0; from = line.indexOf('##[', from + 1)) {
    const end = line.indexOf(']', from);
    if (end >= 0) return nameIn(line.slice(from + 3, end));
  }
  return null;
}

function nameIn(info: string): string {
  return info.split(' ')[0] ?? '';
}

/** The lines a reader of the process's output sees; Unicode separators count too, as later consumers split there. */
export function linesOf(output: string): string[] {
  return output.split(/\r\n|[\r\n\v\f\u0085\u2028\u2029]/u);
}
