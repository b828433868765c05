import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseManifests } from '../../src/config/manifest.ts';
import { parseRoot, resolveConfig } from '../../src/policy/schema.ts';
import { targets } from '../../src/targets/index.ts';
import { commit, type Files, only, rehearsed, shop } from './stage.ts';

/** A plan that the engine takes: sizes grow, in one unit, to everything. */
const plan = fc
  .record({
    style: fc.constantFrom('partition', 'canary', 'blueGreen'),
    sizes: fc.uniqueArray(fc.constantFrom(10, 25, 50, 75), { minLength: 1, maxLength: 3 }),
    gates: fc.array(
      fc.constantFrom(
        '',
        '{ approval: sre }',
        '{ soak: 7m }',
        '{ schedule: office }',
        '{ soak: 3m }, { approval: go }',
      ),
      { minLength: 6, maxLength: 6 },
    ),
    policy: fc.constantFrom('[]', '[stuck]', '[stuck, unready]'),
  })
  .map(({ style, sizes, gates, policy }) => {
    const leave = (index: number) => `leaveWhen: [${gates[index] ?? ''}]`;
    const steps = [...sizes]
      .sort((left, right) => left - right)
      .map((size, index) => `{ replicas: ${size}%, ${leave(index)} }`);
    const end = gates[5] === '' ? '' : `\ndoneWhen: [${gates[5]}]`;
    const start = gates[4] === '' ? '' : `\nstartWhen: [${(gates[4] ?? '').replace(/\{ soak: \d+m \}(, )?/, '')}]`;
    return `strategy: ${style}\nsteps: [${[...steps, '{ replicas: 100% }'].join(', ')}]${start}${end}\nrollback: { on: ${policy}, stuckAfter: 4m }`;
  });

const more = `approvals: { sre: { by: [command], from: [anna, ben], count: 2 }, go: { by: [command] } }
schedules: { office: { zone: Europe/Berlin, allow: ['Mon-Fri 09:00-16:30'] } }`;

const given = fc.record({
  with: fc.constantFrom('', 'broken-pods', 'node-shortage', 'node-shortage:9m'),
  start: fc.constantFrom('2026-11-25T10:00Z', '2026-11-27T15:25Z'),
  'answer-after': fc.constantFrom('0s', '13m'),
});

const seed = process.env['FC_SEED'];

/** When the forecast of `plan` has each step left at the earliest, and the last one delivered. */
function earliest(files: Files, start: string): readonly (Date | null)[] {
  const text = (file: string) => ({ file, text: files[file] ?? '' });
  const [delivery] = resolveConfig(parseRoot(text('stepgate.yaml')), []).deliveries;
  if (delivery === undefined) throw new Error('no delivery');
  const target = targets.of(delivery);
  const manifests = parseManifests([text('deploy/shop.yaml')]).map(({ object }) => object);
  const rendered = target.render(delivery, commit, manifests, 1);
  return target
    .forecast(delivery, { replicas: 4, rendered, live: null, now: new Date(start) })
    .map(({ notBefore }) => notBefore);
}

test('of any plan: time goes on without a gap, and nothing is left before its gates are open, nor before the forecast', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(plan, given, async (text, options) => {
      const files = shop(text, more);
      const { stations, people, events, ending } = only(await rehearsed(files, options));
      const forecast = earliest(files, options.start);
      expect(stations[0]?.from).toBe(new Date(options.start).toISOString());
      for (const [index, station] of stations.entries()) {
        const before = stations[index - 1];
        if (before !== undefined) expect(station.from).toBe(before.left);
        const back = stations[index + 1]?.kind === 'rollback' || station.kind === 'rollback';
        if (station.left === null || back) continue;
        // The last step's own time is that of the end.
        const place = station.kind === 'end' ? forecast.length : station.number < forecast.length ? station.number : 0;
        const expected = forecast[place - 1];
        if (expected != null) expect(Date.parse(station.left)).toBeGreaterThanOrEqual(expected.getTime());
        for (const gate of station.gates) {
          expect([gate.name, gate.opened]).not.toEqual([gate.name, null]);
          expect((gate.opened ?? '') <= station.left).toBe(true);
        }
      }
      for (const { from, answered } of people) {
        const due = Date.parse(from) + (options['answer-after'] === '0s' ? 0 : 13 * 60_000);
        expect(answered === null || Date.parse(answered) >= due).toBe(true);
      }
      expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted());
      const well = options.with === '';
      expect(ending.is).toBe(well ? 'delivered' : ending.is);
      if (options.with === 'broken-pods') expect(ending.is).toBe(text.includes('on: []') ? 'never' : 'rolledBack');
      const last = stations.at(-1);
      expect(last?.kind).toBe(ending.is === 'delivered' ? 'end' : ending.is === 'rolledBack' ? 'rollback' : last?.kind);
    }),
    { numRuns: 6, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
});
