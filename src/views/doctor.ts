import type { Check, Outcome } from '../release/check.ts';
import { flow, type Line, pad, paint, span, type TextOptions, type Tone } from './lines.ts';
import { mapStrings, oneLine } from './neutral.ts';

/** What `doctor` has found. Foreign text is in all of it. */
export interface Examined {
  readonly checks: readonly Check[];
  /** What --fix makes; `done` where it was given. */
  readonly fixes: readonly {
    readonly name: string;
    readonly delivery: string;
    readonly says: string;
    readonly done: boolean;
  }[];
}

const words: Readonly<Record<Outcome, { readonly word: string; readonly tone: Tone }>> = {
  ok: { word: 'ok', tone: 'good' },
  warning: { word: 'warning', tone: 'wait' },
  error: { word: 'error', tone: 'bad' },
  skipped: { word: 'not looked at', tone: 'dim' },
};

/** The width of the column with the outcome. */
const COLUMN = 'not looked at'.length + 2;

export function renderDoctorJson({ checks, fixes }: Examined): string {
  const shown = checks.map(({ exit: _exit, ...check }) => check);
  const changed = fixes.some(({ done }) => done);
  const head = { version: 1, command: 'doctor', changed, error: null };
  return JSON.stringify({ ...head, counts: countsOf(checks), checks: shown, fixes }, null, 2);
}

/** A line for each check, with what to do below it. */
export function renderDoctor(
  examined: Examined,
  { color, width }: Pick<TextOptions, 'color' | 'width'>,
): readonly string[] {
  const { checks, fixes } = mapStrings(examined, oneLine);
  const lines: Line[] = [];
  let about = '';
  for (const check of checks) {
    if (check.about !== about) {
      if (about !== '') lines.push([]);
      lines.push([span(check.about, 'strong')]);
      about = check.about;
    }
    const { word, tone } = words[check.is];
    const code = check.code === null || check.is === 'ok' ? '' : `  ${check.code}`;
    const line = [span('  '), span(pad(word, COLUMN), tone), span(`${check.name}: ${check.says}`), span(code, 'dim')];
    lines.push(...flow(line, width, COLUMN + 4));
    if (check.todo !== null)
      lines.push(...flow([span(' '.repeat(COLUMN + 2)), span(`-> ${check.todo}`)], width, COLUMN + 5));
  }
  if (fixes.length > 0) lines.push([], [span('fixes', 'strong')]);
  for (const { name, delivery, says, done } of fixes) {
    lines.push(...flow([span(`  ${name} (${delivery}): ${done ? '' : 'would '}${says}`)], width, 4));
  }
  const { ok, warning, error, skipped } = countsOf(checks);
  lines.push([], [span(`${ok} ok, ${warning} to look at, ${error} to mend, ${skipped} not looked at`, 'strong')]);
  return lines.map((line) => paint(line, color));
}

/** The same as Markdown. */
export function renderDoctorMarkdown(examined: Examined): string {
  const text = renderDoctor(examined, { color: false, width: 100 });
  return `\`\`\`text\n${text.join('\n').replaceAll('```', "'''")}\n\`\`\`\n`;
}

function countsOf(checks: readonly Check[]): Readonly<Record<Outcome, number>> {
  const count = (is: Outcome) => checks.filter((check) => check.is === is).length;
  return { ok: count('ok'), warning: count('warning'), error: count('error'), skipped: count('skipped') };
}
