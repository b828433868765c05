import { execute } from './command-line.ts';
import type { Screen } from './terminal.ts';
import { machineClock } from './wire.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
// Whoever read the output has left (`stepgate demo | head`): nothing is gained by going on.
process.stdout.on('error', () => stop.abort());

const code = await execute(process.argv.slice(2), {
  folder: process.cwd(),
  env: process.env,
  signal: stop.signal,
  clock: machineClock,
  out: screen(process.stdout),
  err: screen(process.stderr),
});
// What is printed is printed, and nothing is waited for: timers of the libraries would hold the process for seconds.
process.stdout.write('', () => process.exit(code));

function screen(stream: NodeJS.WriteStream): Screen {
  const { env } = process;
  const live = stream.isTTY === true;
  const plain = (env.NO_COLOR ?? '') !== '';
  return {
    live,
    canvas: () => ({
      color: live && !plain && env.TERM !== 'dumb',
      width: live ? Math.max(40, stream.columns) : 100,
      unicode: live && !plain && /utf-?8/i.test(env.LC_ALL ?? env.LC_CTYPE ?? env.LANG ?? ''),
    }),
    write: (text) => stream.write(text),
  };
}
