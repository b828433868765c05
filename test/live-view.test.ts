import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { liveView } from '../src/live-view.ts';
import { terminalScreen } from './support/screen.ts';
import { lawful } from './views/hostile.ts';

const never = new AbortController().signal;
/** A clock in which nobody's second passes. */
const still = { now: () => new Date(0), sleep: () => new Promise<void>(() => {}) };

function view(columns: number, rows: number) {
  const screen = terminalScreen(columns, rows);
  const size = () => ({ columns, rows });
  return { screen, live: liveView(screen.write, { size, clock: still, signal: never }) };
}

describe('a picture on a terminal', () => {
  test('is drawn over itself, and left whole with the cursor below it', () => {
    const { screen, live } = view(40, 10);
    live.show(() => ['one', 'two', 'three']);
    live.show(() => ['ONE', 'TWO']);
    expect(screen.text()).toBe('ONE\nTWO\n');
    live[Symbol.dispose]();
    expect(screen.text()).toBe('ONE\nTWO\n');
  });

  test('stands below what else is printed', () => {
    const { screen, live } = view(40, 10);
    live.above(() => screen.write('first\n'));
    live.show(() => ['picture']);
    live.above(() => screen.write('second\n'));
    live.show(() => ['another']);
    expect(screen.text()).toBe('first\nsecond\nanother\n');
  });

  test('that is taller than the window is cut while it lives, and whole in the end', () => {
    const { screen, live } = view(40, 5);
    const tall = ['1', '2', '3', '4', '5', '6', '7'];
    live.show(() => tall);
    live.show(() => tall);
    expect(screen.text()).toBe('1\n2\n3\n... 4 more lines\n');
    live[Symbol.dispose]();
    expect(screen.text()).toBe(`${tall.join('\n')}\n`);
  });

  test('is drawn again every second, until it ends', async () => {
    const screen = terminalScreen(40, 10);
    const seconds: (() => void)[] = [];
    const clock = { now: () => new Date(0), sleep: () => new Promise<void>((resolve) => seconds.push(resolve)) };
    const live = liveView(screen.write, { size: () => ({ columns: 40, rows: 10 }), clock, signal: never });
    let drawn = 0;
    live.show(() => [`drawn ${++drawn}`]);
    for (const wanted of ['drawn 2\n', 'drawn 3\n']) {
      seconds.shift()?.();
      await expect.poll(() => screen.text()).toBe(wanted);
    }
    live[Symbol.dispose]();
    seconds.shift()?.();
    await Promise.resolve();
    expect(screen.text()).toBe('drawn 4\n');
  });

  test('leaves nothing of the one before, whatever they are and whatever is printed, in any window', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\u001b[32m', '\u001b[0m'), maxLength: 70 });
    const step = fc.oneof(
      fc.record({ picture: fc.array(line, { minLength: 1, maxLength: 9 }) }),
      fc.record({ said: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 50 }) }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 8 }),
        fc.integer({ min: 20, max: 60 }),
        fc.integer({ min: 3, max: 30 }),
        (steps, columns, rows) => {
          const { screen, live } = view(columns, rows);
          const wanted = terminalScreen(columns, rows);
          let last: readonly string[] = [];
          for (const one of steps) {
            if ('said' in one) {
              live.above(() => screen.write(`${one.said}\n`));
              wanted.write(`${one.said}\n`);
            } else {
              last = one.picture;
              live.show(() => last);
            }
          }
          live[Symbol.dispose]();
          wanted.write(last.map((text) => `${text}\n`).join(''));
          expect(screen.text()).toBe(wanted.text());
          expect(screen.text()).not.toContain('more line');
        },
      ),
      { ...lawful, numRuns: 500 },
    );
  });
});
