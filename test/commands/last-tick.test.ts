import { expect, test } from 'vitest';
import { lastTick } from '../../src/commands/last-tick.ts';
import { type Forge, ForgeError, type WorkflowRun } from '../../src/release/forge.ts';
import { memoryForge } from '../support/memory-forge.ts';

const runOf = (id: string, createdAt: string): WorkflowRun => ({
  ...{ id, attempt: 1, url: '', event: 'schedule', title: 'tick', file: '.github/workflows/release.yml' },
  ...{ branch: 'main', commit: '', startedBy: null, createdAt: new Date(createdAt), status: 'completed' },
  conclusion: 'success',
});
const newer = runOf('9', '2026-11-30T12:00:00Z');
const own = runOf('8', '2026-11-30T11:00:00Z');
const before = runOf('7', '2026-11-30T08:10:00Z');
const forbidden = new ForgeError('forbidden', 'the token lacks actions: read', { needs: 'actions: read' });

/** What `lastTick` answers and logs, and what it asked the forge for. */
async function told(
  given: { readonly event?: string; readonly workflow?: string | null },
  answer: readonly WorkflowRun[] | Error,
) {
  const log: string[] = [];
  const asked: string[] = [];
  const { event = 'schedule', workflow = 'release.yml' } = given;
  const forge: Pick<Forge, 'workflowRuns'> = {
    async workflowRuns(file, of) {
      asked.push(`${file} ${of}`);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const time = await lastTick({
    run: { by: 'github', id: '8', attempt: 1, event, url: '' },
    ...(workflow === null ? {} : { workflow }),
    forge: async () => ({ ...memoryForge().forge, ...forge }),
    signal: new AbortController().signal,
    log: (line: string) => log.push(line),
  });
  return { time, log, asked };
}

test.each([
  ['the run before this one, not a newer one', [newer, own, before], before.createdAt.toISOString()],
  ['the newest other run, where this one is not listed yet', [before], before.createdAt.toISOString()],
  ['nothing for the first run', [own], null],
  ['nothing where no run is known', [], null],
])('it is %s', async (_, runs, time) => {
  expect(await told({}, runs)).toEqual({ time, log: [], asked: ['release.yml schedule'] });
});

test.each([
  ['another event', { event: 'push' }],
  ['a run of no workflow file', { workflow: null }],
])('%s asks nothing', async (_, given) => {
  expect(await told(given, [own, before])).toEqual({ time: null, log: [], asked: [] });
});

test('a token that may not read runs is told, and stops nothing', async () => {
  const { time, log } = await told({}, forbidden);
  expect(time).toBeNull();
  expect(log).toEqual(['when the schedule came last is not known: the token lacks actions: read']);
});

test('a defect is not swallowed', async () => {
  await expect(told({}, new TypeError('x'))).rejects.toThrow(TypeError);
});
