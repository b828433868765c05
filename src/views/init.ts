import { flow, type Line, paint, span, type TextOptions } from './lines.ts';
import { mapStrings, oneLine } from './neutral.ts';

/** What `init` has made of a repository. Foreign text is in all of it. */
export interface Initiated {
  readonly file: string;
  /** False where nothing was written, as --dry-run says. */
  readonly written: boolean;
  /** The text of the config. */
  readonly config: string;
  readonly deliveries: readonly {
    readonly name: string;
    /** `Deployment shop`. */
    readonly workload: string;
    readonly namespace: string;
    /** `overlays/prod`, `deploy/*.yaml`. */
    readonly source: string;
    readonly why: readonly string[];
    /** What a plan will warn of. */
    readonly warnings: readonly { readonly code: string; readonly message: string; readonly wayOut: string }[];
  }[];
  /** What is in no delivery, and why. */
  readonly leftOut: readonly { readonly what: string; readonly path: string; readonly why: string }[];
}

/** Lines of what is left out; the rest is counted. */
const MOST_LEFT_OUT = 30;

export function renderInitJson({ config, ...made }: Initiated): string {
  return JSON.stringify({ version: 1, command: 'init', error: null, ...made, config }, null, 2);
}

/** What was chosen and why, what was left out, and what to do next. */
export function renderInit(made: Initiated, { color, width }: Pick<TextOptions, 'color' | 'width'>): readonly string[] {
  const { file, written, deliveries, leftOut } = mapStrings(made, oneLine);
  const count = `${deliveries.length} ${deliveries.length === 1 ? 'delivery' : 'deliveries'}`;
  const lines: Line[] = [[span(written ? `wrote ${file}: ${count}` : `would write ${file}: ${count}`, 'strong')]];
  const item = (text: string, indent: number) =>
    lines.push(...flow([span(' '.repeat(indent)), span(text)], width, indent + 2));
  for (const one of deliveries) {
    lines.push(
      [],
      [span(one.name, 'strong'), span(`  ${one.workload} in namespace ${one.namespace}, from ${one.source}`)],
    );
    for (const why of one.why) item(why, 2);
    for (const { code, message, wayOut } of one.warnings) item(`plan will warn: ${code}: ${message}; ${wayOut}`, 2);
  }
  if (leftOut.length > 0) lines.push([], [span('left out', 'strong')]);
  for (const { what, path, why } of leftOut.slice(0, MOST_LEFT_OUT)) item(`${what} (${path}): ${why}`, 2);
  if (leftOut.length > MOST_LEFT_OUT) item(`and ${leftOut.length - MOST_LEFT_OUT} more: --output json has all`, 2);
  lines.push([], [span('next', 'strong')]);
  const next = written
    ? [`read ${file}, and change what does not fit`, `git add ${file} && git commit -m "Release with stepgate"`]
    : ['run it without --dry-run'];
  for (const one of [...next, 'stepgate plan --offline --policy-ref HEAD', 'stepgate doctor']) item(one, 2);
  return lines.map((line) => paint(line, color));
}

/** The same as Markdown. */
export function renderInitMarkdown(made: Initiated): string {
  const text = renderInit(made, { color: false, width: 100 });
  return `\`\`\`text\n${text.join('\n').replaceAll('```', "'''")}\n\`\`\`\n`;
}
