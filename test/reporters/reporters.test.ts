import { describe, expect, it } from 'vitest';
import { openReporters, reportAll } from '../../src/reporters/index.ts';
import type { RunFacts, Runner } from '../../src/reporters/reporter.ts';
import { delivery, now, report } from '../views/builder.ts';

const facts: RunFacts = {
  now,
  log: { format: 'text', color: false },
  yaml: null,
  problems: [],
  exitCode: 1,
  tells: null,
  url: null,
  signal: AbortSignal.timeout(60_000),
};

/** What the reporters told a runner, by the names of its methods; the one named `broken` rejects or throws. */
async function told(given: Parameters<typeof reportAll>[1], run = facts, broken: keyof Runner | null = null) {
  const calls: { readonly to: keyof Runner; readonly what: string }[] = [];
  const note = (to: keyof Runner) => (what: string) => {
    if (to === broken) throw new Error('disk\n::error::full');
    calls.push({ to, what });
  };
  const runner = {
    info: note('info'),
    warning: note('warning'),
    notice: note('notice'),
    error: note('error'),
    setOutput: note('setOutput'),
    addSummary: async (markdown) => note('addSummary')(markdown),
  } satisfies Runner;
  await reportAll(
    openReporters({ runner, forge: async () => ({ missing: 'none' }), webhook: null }),
    given,
    run,
    runner,
  );
  return {
    places: [...new Set(calls.map(({ to }) => to))],
    warnings: calls.filter(({ to }) => to === 'warning').map(({ what }) => what),
    errors: calls.filter(({ to }) => to === 'error').map(({ what }) => what),
  };
}

const at = { file: 'stepgate.yaml', line: 3, column: 1 };
const placed = { family: 'input' as const, code: 'CONFIG_INVALID' as const, message: 'x is wrong', hint: null, at };
const mixed = report(
  delivery({ name: 'cart', state: 'waiting', message: 'waits for ada', todo: 'stepgate promote' }),
  delivery({ name: 'shop', state: 'failed', error: placed }),
);

describe('a reporter that fails', () => {
  it.each<[keyof Runner, (keyof Runner)[], string[]]>([
    ['info', ['warning', 'error', 'notice', 'setOutput', 'addSummary'], ['the report is not in the log']],
    ['notice', ['info', 'error', 'warning', 'setOutput', 'addSummary'], ['annotations are missing']],
    [
      'error',
      ['info', 'warning', 'setOutput', 'addSummary'],
      ['annotations are missing', 'the reason of the failure is not shown'],
    ],
    ['setOutput', ['info', 'error', 'notice', 'warning', 'addSummary'], ['outputs are missing']],
    ['addSummary', ['info', 'error', 'notice', 'setOutput', 'warning'], ['no job summary was written']],
  ])('at %s keeps no other from reporting, and the log warns', async (broken, places, missing) => {
    const ended = await told(mixed, facts, broken);
    expect(ended.places).toEqual(places);
    expect(ended.warnings).toEqual(missing.map((what) => `${what}: disk ::error::full`));
  });
});

it('each finding that the error of a delivery tells of is told at its place', async () => {
  const finding = (message: string, line: number) =>
    ({
      code: 'CONFIG_INVALID',
      severity: 'error',
      message,
      facts: [],
      wayOut: 'mend it',
      at: { ...at, line },
    }) as const;
  const findings = [finding('x is wrong', 3), finding('y is wrong', 4)];
  const { errors } = await told(report(delivery({ name: 'shop', state: 'failed', error: placed, findings })));
  expect(errors).toEqual([
    'x is wrong; mend it',
    'y is wrong; mend it',
    'CONFIG_INVALID: stepgate.yaml:3:1: x is wrong',
  ]);
});

describe('the sentence that fails the step', () => {
  it.each([
    ['the error of the run', { ...report(), error: placed }, 'CONFIG_INVALID: stepgate.yaml:3:1: x is wrong'],
    ['the error of a delivery', mixed, 'CONFIG_INVALID: stepgate.yaml:3:1: x is wrong'],
    [
      'the worst of several states',
      report(
        delivery({ name: 'pay', state: 'ungated', reason: 'UNGATED', message: 'went out', todo: 'stepgate rollback' }),
        delivery({ name: 'cart', state: 'stuck', reason: 'STUCK', message: 'stands' }),
        delivery({ name: 'shop', state: 'waiting', reason: 'GATE_SHUT' }),
      ),
      'UNGATED: pay: went out; stepgate rollback (and 1 more)',
    ],
  ])('is about %s', async (_, given, sentence) => {
    expect((await told(given)).errors.at(-1)).toBe(sentence);
  });

  it('is not there for a release that waits', async () => {
    expect((await told(report(delivery({ state: 'waiting' })))).errors).toEqual([]);
  });
});
