import { helpFor } from './help.ts';
import type { Screen } from './terminal.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
// The reader of the output has ended (`stepgate demo | head`), so the run ends too.
process.stdout.on('error', () => stop.abort());

const code = await executed(process.argv.slice(2));
// All output is written. Without exit(), timers of libraries would keep the process alive for seconds.
process.stdout.write('', () => process.exit(code));

/** Help needs none of the code of the commands, which is most of the time that it would take. */
async function executed(argv: readonly string[]): Promise<number> {
  const help = helpFor(argv);
  if (help !== null) {
    process.stdout.write(help);
    return 0;
  }
  const [{ execute }, { machineClock }] = await Promise.all([import('./command-line.ts'), import('./wire.ts')]);
  return execute(argv, {
    folder: process.cwd(),
    env: process.env,
    signal: stop.signal,
    clock: machineClock,
    out: screen(process.stdout),
    err: screen(process.stderr),
    isPersons: process.stdout.isTTY === true,
  });
}

function screen(stream: NodeJS.WriteStream): Screen {
  const { env } = process;
  const live = stream.isTTY === true;
  const dumb = env.TERM === 'dumb';
  const plain = (env.NO_COLOR ?? '') !== '';
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  const utf8 = /utf-?8/i.test(locale);
  return {
    // A terminal that does not tell its size gets the usual one.
    size: live && !dumb ? () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }) : null,
    canvas: () => ({
      color: live && !plain && !dumb,
      width: live ? Math.max(40, stream.columns) : 100,
      unicode: live && !plain && utf8,
      // A file or a pipe takes any text, unless somebody has asked for another encoding.
      scripts: utf8 || (!live && locale === ''),
    }),
    write: (text) => stream.write(text),
  };
}
