import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/release/report.ts';
import { outputs } from '../../src/reporters/outputs.ts';
import { renderJson } from '../../src/views/json.ts';
import { mapStrings } from '../../src/views/neutral.ts';
import { delivery, examples, measured, planned, report } from './builder.ts';
import { hostile, lawful } from './hostile.ts';
import { commandIn, linesOf } from './runner.ts';

/** What a JSON reader gets of a value: dates as texts. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** The same with the keys of every object the other way round. */
const turned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, turned(item)]),
  );
};

describe('JSON', () => {
  it('has the documented fields in the documented order', () => {
    const parsed = JSON.parse(renderJson(report(examples.waiting)));
    expect(Object.keys(parsed)).toEqual(['version', 'command', 'changed', 'error', 'lastTick', 'deliveries']);
    const [one] = parsed.deliveries;
    expect(Object.keys(one).slice(0, 12)).toEqual([
      'name',
      'state',
      'reason',
      'message',
      'release',
      'stable',
      'step',
      'next',
      'todo',
      'hold',
      'pods',
      'gates',
    ]);
    expect(Object.keys(one).slice(12)).toEqual([
      'metrics',
      'steps',
      'trouble',
      'batches',
      'restarts',
      'diagnosis',
      'findings',
      'changes',
      'forecast',
      'touched',
      'events',
      'approval',
      'rolledBack',
      'pullRequests',
      'changed',
      'error',
    ]);
    expect(Object.keys(one.gates[0])).toEqual([
      'name',
      'kind',
      'is',
      'until',
      'source',
      'observedAt',
      'why',
      'missing',
    ]);
    expect(one.step).toEqual({ index: 1, of: 3, name: 'smoke' });
    const [forecast] = JSON.parse(renderJson(planned)).deliveries[0].forecast;
    expect(forecast).toEqual({
      name: 'smoke',
      stablePods: 9,
      canaryPods: 1,
      mostPods: 11,
      extra: { pods: 1, cpu: '100m', memory: '64Mi' },
      traffic: 5,
      requests: ['header x-user: beta'],
      waitsFor: ['approval sre'],
      notBefore: '2026-11-21T07:40:09.000Z',
    });
    expect(one.pods).toEqual({ stable: { ready: 9, total: 9 }, canary: { ready: 1, total: 1 } });
  });

  it('keeps the order whatever order the report was built in', () => {
    expect(renderJson(turned(planned) as Report)).toBe(renderJson(planned));
  });

  it('has the numbers of metrics, in the documented order too', () => {
    const [errors, , failures, latency] = JSON.parse(renderJson(turned(report(measured)) as Report)).deliveries[0]
      .metrics;
    expect(Object.keys(errors)).toEqual(['name', 'kind', 'is', 'why', 'source', 'observedAt', 'asked', 'numbers']);
    expect(Object.keys(errors.numbers)).toEqual(['is', 'min', 'max', 'points']);
    expect(Object.keys(errors.numbers.points[0])).toEqual(['at', 'value']);
    expect(Object.keys(failures.numbers)).toEqual(['is', 'worse', 'canary', 'stable']);
    expect(Object.entries(failures.numbers.stable)).toEqual([
      ['failures', 20],
      ['total', 20_000],
      ['low', 0.0004],
      ['high', 0.0021],
    ]);
    expect(latency.numbers).toBeNull();
  });

  it('says null where there is nothing', () => {
    expect(JSON.parse(renderJson(report(delivery({}))))['deliveries'][0]).toMatchObject({
      release: null,
      step: null,
      next: null,
      error: null,
    });
  });

  it('parses to what it was made of, and is no command, whatever the texts', () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (bad, compact) => {
        const poisoned = mapStrings(report(examples.rolling, examples.waiting, examples.rolledBack), () => bad);
        const text = renderJson(poisoned, { compact });
        expect(JSON.parse(text)).toEqual(plain(poisoned));
        for (const line of linesOf(text)) {
          expect(commandIn(line)).toBeNull();
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
        if (compact) expect(text).not.toContain('\n');
      }),
      { ...lawful, numRuns: 300 },
    );
  });
});

describe('outputs', () => {
  const read = (given: Report) =>
    Object.fromEntries(
      outputs
        .filter((one) => one.name !== 'result-json')
        .map((one) => [one.name, one.value({ report: given, exitCode: 10 })]),
    );

  it('tell the only delivery', () => {
    expect(read(report(examples.waiting))).toEqual({
      delivery: 'shop@prod',
      state: 'waiting',
      reason: 'GATE_SHUT',
      message: 'waits for the approval of acme/sre to leave step 1 (smoke)',
      'release-id': '0123456789-abcdef01',
      commit: '0123456789abcdef0123456789abcdef01234567',
      step: '1',
      'step-name': 'smoke',
      steps: '3',
      next: '2026-11-21T09:00:00Z',
      changed: 'false',
      'exit-code': '10',
    });
  });

  it('tell the worst of several', () => {
    expect(
      read(report(delivery({ name: 'cart' }), { ...examples.stuck, name: 'pay' }, examples.waiting)),
    ).toMatchObject({ delivery: 'pay', state: 'stuck' });
  });

  it('tell the error of a run that could not look', () => {
    const error = { family: 'input' as const, code: 'USAGE' as const, message: 'no such\ninput', hint: null, at: null };
    expect(read({ ...report(), error })).toMatchObject({
      state: '',
      reason: 'USAGE',
      message: 'no such input',
      'release-id': '',
      steps: '',
    });
  });

  it('are no commands where a later step prints them, whatever is foreign in them', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const step = { index: 1, of: 3, name: text };
        const given = report(delivery({ name: text, state: 'waiting', message: text, step }));
        const error = { family: 'input' as const, code: 'USAGE' as const, message: text, hint: null, at: null };
        for (const one of [given, { ...report(), error }]) {
          for (const { value } of outputs)
            for (const line of linesOf(value({ report: one, exitCode: 0 }))) expect(commandIn(line)).toBeNull();
        }
      }),
      lawful,
    );
  });

  it('are kebab-case, each with a sentence, and result-json is one line', () => {
    for (const { name, description } of outputs) {
      expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/u);
      expect(description).toMatch(/\.$/u);
    }
    const json = outputs.find((one) => one.name === 'result-json')?.value({ report: planned, exitCode: 4 }) ?? '';
    expect(json).not.toContain('\n');
    expect(JSON.parse(json)).toEqual(plain(planned));
  });
});
