import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planDigest, planOf } from '../../src/policy/plan-digest.ts';
import type { Catalog, Condition, Delivery, Step } from '../../src/release/delivery.ts';
import { ways } from '../../src/release/vote.ts';
import { delivery, steps } from '../release/situation.ts';
import { catalogOf } from '../support/resolved.ts';

const window = (from: number) => ({ days: [1], from, to: 1000 });
const schedule = (from: number) => ({ zone: 'UTC', allow: [window(from)], except: [] });
const anybody = { by: ['command'], from: [], count: 1, notAuthor: false, notMerger: false } as const;
const plain: Condition = { kind: 'approval', name: 'approval', ...anybody };
const sre = { kind: 'approval', name: 'sre', ...anybody, from: ['ann', 'bob'], count: 2 } as const;
const office = { kind: 'schedule', name: 'office', schedule: schedule(540) } as const;
const soak: Condition = { kind: 'soak', name: 'soak', seconds: 600 };
const after: Condition = { kind: 'after', name: 'shop@staging', delivery: 'shop@staging' };

const traffic = {
  service: 'shop',
  graceSeconds: 3,
  ingress: { name: 'shop', class: 'nginx' },
  gateway: null,
  custom: null,
  routing: null,
  canaryService: true,
};
const custom = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', name: 'shop' };
const headers = { set: { 'x-lane': 'new' }, add: {}, remove: [] };
const [first, ...rest] = steps('20%', '60%', '100%');
const step = (more: Partial<Step> = {}): readonly Step[] =>
  first === undefined ? [] : [{ ...first, ...more }, ...rest];
const base = delivery({
  style: 'canary',
  steps: step({ traffic: 5, matches: [{ path: { value: '/beta' } }], leaveWhen: [sre, soak] }),
  traffic,
  startWhen: [after, office],
  doneWhen: [plain],
});
const leaving = (...leaveWhen: readonly Condition[]) => ({ ...base, steps: step({ ...base.steps[0], leaveWhen }) });

describe('the digest of a plan', () => {
  // Records hold it: a change here drops the approvals of every release under way.
  test('is what it has always been', () => {
    expect(planDigest(base)).toMatchInlineSnapshot(
      `"90b8d131ccb2770934ab6762543d36d1aa84238268ecc2cc10edaaac8e71cb4c"`,
    );
  });

  // One plan for each kind of condition, at each of its places.
  test.each<[string, Delivery, string]>([
    ['no conditions', leaving(), '82c1ab9ba57b9f237c73bfee8df189ac33699e50ebac239eb3439c88e5d9457a'],
    ['the plain approval', leaving(plain), '1f7801a2caa202dfcdc0816ccf41ec45d15b6cc10a42ef22050cd40f759ee1fc'],
    ['a named approval', leaving(sre), '55b61493e9d859e912070f456ffb01e58e7040a5540b5942e5d1cea2f4d11239'],
    ['a soak', leaving(soak), 'bebbba2e6af977f49c1b56e8543f66b7ad13c0fe729e5bcd6b42a87ee437d4e0'],
    [
      'a soak by the engine',
      { ...base, steps: step({ leaveWhen: [soak], timer: 'engine' }) },
      '11bc7b6bd1e9f8b041ab35ad66c9e4bc41cea6861278265ec6bac67ccb9d40b8',
    ],
    ['a schedule', leaving(office), 'eda103056afbb92129348cb6c9f747eef055c24c70c7e3b95784217b6bfe69de'],
    [
      'another delivery',
      delivery({ startWhen: [after] }),
      '3cea70bfa2781af787c115e595ee25a87c0b249de22f993f3f0672b81c0dacfd',
    ],
    [
      'two conditions at the end',
      delivery({ doneWhen: [soak, office] }),
      'cd67eba331e228a808983bef9255563d2e86e1209340db382fdfa9618fd1eadc',
    ],
  ])('is what it has always been: %s', (_, pinned, digest) => {
    expect(planDigest(pinned)).toBe(digest);
  });

  test.each<[string, Delivery]>([
    ['the people', leaving({ ...sre, from: ['carl'] }, soak)],
    ['how many', leaving({ ...sre, count: 1 }, soak)],
    ['an entry that is gone', leaving({ ...sre, gone: true }, soak)],
    ['the windows', { ...base, startWhen: [after, { ...office, schedule: schedule(0) }] }],
    ['what rolls back', { ...base, rollback: { ...base.rollback, on: ['stuck'] } }],
    ['where it lies', { ...base, name: 'x', namespace: 'x', source: { kind: 'kustomize', folder: 'x' } }],
    ['the cluster', { ...base, cluster: { context: 'x', exec: [] } }],
    ['the order of keys', { ...base, steps: base.steps.map(({ name, ...others }) => ({ ...others, name })) }],
  ])('does not tell a change of %s', (_, changed) => {
    expect(planDigest(changed)).toBe(planDigest(base));
  });

  test.each<[string, Delivery]>([
    ['the style', { ...base, style: 'blueGreen' }],
    ['one step less', { ...base, steps: base.steps.slice(1) }],
    ['the order of steps', { ...base, steps: base.steps.toReversed() }],
    ['the name of a step', { ...base, steps: step({ ...base.steps[0], name: 'x' }) }],
    ['the pods of a step', { ...base, steps: step({ ...base.steps[0], replicas: { unit: 'pods', value: 20 } }) }],
    ['the traffic of a step', { ...base, steps: step({ ...base.steps[0], traffic: 6 }) }],
    ['a step without traffic', { ...base, steps: step({ ...base.steps[0], traffic: null }) }],
    ['the matches of a step', { ...base, steps: step({ ...base.steps[0], matches: [{ path: { value: '/' } }] }) }],
    ['the headers of a step', { ...base, steps: step({ ...base.steps[0], requestHeaders: headers }) }],
    ['who times a step', { ...base, steps: step({ ...base.steps[0], timer: 'engine' }) }],
    ['another approval', leaving({ ...sre, name: 'ops' }, soak)],
    ['the plain approval', leaving(plain, soak)],
    ['no approval', leaving(soak)],
    ['nothing', leaving()],
    ['the order of conditions', leaving(soak, sre)],
    ['a longer soak', leaving(sre, { kind: 'soak', name: 'soak', seconds: 601 })],
    ['a longer time without restarts', leaving(sre, { kind: 'noRestarts', name: 'noRestarts', seconds: 600 })],
    ['a schedule of the same name', leaving({ ...office, name: 'sre' }, soak)],
    ['nothing to start', { ...base, startWhen: [] }],
    ['another delivery to wait for', { ...base, startWhen: [{ ...after, delivery: 'shop@qa' }, office] }],
    ['nothing at the end', { ...base, doneWhen: [] }],
    ['a gate moved from start to end', { ...base, startWhen: [after], doneWhen: [office, plain] }],
    ['no routes', { ...base, traffic: null }],
    ['another Ingress', { ...base, traffic: { ...traffic, ingress: { name: 'x', class: 'nginx' } } }],
    ['a route of another kind', { ...base, traffic: { ...traffic, custom: [custom] } }],
    ['another one', { ...base, traffic: { ...traffic, custom: [{ ...custom, name: 'other' }] } }],
    ['a TrafficRouting', { ...base, traffic: { ...traffic, routing: 'chain' } }],
    ['no Service of the new pods', { ...base, traffic: { ...traffic, canaryService: false } }],
    ['pods that may be unready', { ...base, settings: { mayBeUnready: { unit: 'pods', value: 1 } } }],
    ['labels of the extra pods', { ...base, settings: { canaryPods: { labels: { a: 'b' }, annotations: {} } } }],
    ['steps back', { ...base, settings: { rollbackInSteps: true } }],
    ['another grace', { ...base, traffic: { ...traffic, graceSeconds: 4 } }],
  ])('tells a change to %s', (_, changed) => {
    expect(planDigest(changed)).not.toBe(planDigest(base));
  });
});

describe('the plan that a release has started with', () => {
  const today = delivery({
    name: 'today',
    namespace: 'other',
    steps: steps('100%'),
    rollback: { ...base.rollback, on: ['stuck'] },
  });
  const none: Catalog = {
    approvals: new Map(),
    schedules: new Map(),
    metrics: new Map(),
    http: new Map(),
    jobs: new Map(),
  };

  test('has its own steps, gates, routes and rollback, and all else of today', () => {
    const { style, steps: own, traffic: routes, startWhen, doneWhen, rollback } = base;
    expect(planOf(base, today, catalogOf(base))).toEqual({
      ...today,
      style,
      steps: own,
      traffic: routes,
      startWhen,
      doneWhen,
      rollback,
    });
  });

  test('has the people, the number and the windows of today', () => {
    const catalog: Catalog = {
      approvals: new Map([['sre', { ...anybody, from: ['carl'] }]]),
      schedules: new Map([['office', schedule(0)]]),
      ...{ metrics: new Map(), http: new Map(), jobs: new Map() },
    };
    expect(planOf(base, today, catalog)).toMatchObject({
      startWhen: [after, { ...office, schedule: schedule(0) }],
      steps: [{ leaveWhen: [{ ...sre, from: ['carl'], count: 1 }, soak] }, {}, {}],
    });
  });

  test('has no entry that is gone, and the plain approval needs none', () => {
    expect(planOf(base, today, none)).toMatchObject({
      startWhen: [after, { ...office, gone: true }],
      steps: [{ leaveWhen: [{ ...sre, gone: true }, soak] }, {}, {}],
      doneWhen: [plain],
    });
    expect(planOf(base, today, none).doneWhen).toEqual([plain]);
  });

  test('has an entry again that was gone for a while', () => {
    expect(planOf(planOf(base, today, none), today, catalogOf(base))).toEqual(planOf(base, today, catalogOf(base)));
  });

  test('tells entries apart by their kind', () => {
    const swapped: Catalog = {
      approvals: new Map([['office', anybody]]),
      schedules: new Map([['sre', schedule(0)]]),
      ...{ metrics: new Map(), http: new Map(), jobs: new Map() },
    };
    expect(planOf(base, today, swapped)).toEqual(planOf(base, today, none));
  });
});

describe('by law', () => {
  const text = fc.constantFrom('a', 'b', 'c');
  // As in a config: an entry says the same wherever it is named.
  const condition: fc.Arbitrary<Condition> = fc.oneof(
    fc.constantFrom(plain, sre, office, after, { ...sre, name: 'all', from: [], count: 1 }),
    fc.integer({ min: 1, max: 3 }).map((seconds): Condition => ({ kind: 'soak', name: 'soak', seconds })),
  );
  const conditions = fc.uniqueArray(condition, { maxLength: 3, selector: ({ name }) => name });
  const anyStep: fc.Arbitrary<Step> = fc.record({
    name: text,
    replicas: fc.record({ unit: fc.constantFrom('pods', 'percent'), value: fc.integer({ min: 1, max: 3 }) }),
    traffic: fc.option(fc.integer({ min: 0, max: 3 })),
    matches: fc.array(fc.record({ path: fc.record({ value: text }) }), { maxLength: 2 }),
    requestHeaders: fc.constantFrom(null, { set: { 'x-lane': 'new' }, add: {}, remove: [] }),
    leaveWhen: conditions,
    timer: fc.constantFrom('stepgate', 'engine'),
  });
  const anyDelivery = fc
    .record({
      style: fc.constantFrom<Delivery['style']>('partition', 'canary', 'blueGreen'),
      steps: fc.array(anyStep, { minLength: 1, maxLength: 3 }),
      traffic: fc.constantFrom(null, traffic),
      startWhen: conditions,
      doneWhen: conditions,
      name: text,
    })
    .map(delivery);
  const catalog: fc.Arbitrary<Catalog> = fc.record({
    metrics: fc.constant(new Map()),
    http: fc.constant(new Map()),
    jobs: fc.constant(new Map()),
    approvals: fc
      .array(
        fc.tuple(
          fc.constantFrom('sre', 'all'),
          fc.record({
            by: fc.subarray([...ways], { minLength: 1 }),
            from: fc.array(text),
            count: fc.integer({ min: 1, max: 3 }),
            notAuthor: fc.boolean(),
            notMerger: fc.boolean(),
          }),
        ),
      )
      .map((entries) => new Map(entries)),
    schedules: fc.array(fc.tuple(fc.constant('office'), fc.nat(900).map(schedule))).map((entries) => new Map(entries)),
  });

  test("a delivery under its own plan and today's entries is itself", () => {
    fc.assert(
      fc.property(anyDelivery, (one) => {
        expect(planOf(one, one, catalogOf(one))).toEqual(one);
      }),
    );
  });

  test('the digest is of the plan that was started, whatever is of today', () => {
    fc.assert(
      fc.property(anyDelivery, anyDelivery, catalog, (started, today, entries) => {
        const merged = planOf(started, today, entries);
        expect(planDigest(merged)).toBe(planDigest(started));
        expect(merged.name).toBe(today.name);
      }),
    );
  });

  test('steps that differ in anything but people and windows have another digest', () => {
    const plans = (steps: readonly Step[]) =>
      JSON.stringify(
        planOf(delivery({ steps }), delivery(), {
          approvals: new Map(),
          schedules: new Map(),
          metrics: new Map(),
          http: new Map(),
          jobs: new Map(),
        }).steps,
      );
    fc.assert(
      fc.property(anyDelivery, fc.array(anyStep, { minLength: 1, maxLength: 3 }), (one, other) => {
        expect(planDigest({ ...one, steps: other }) === planDigest(one)).toBe(plans(other) === plans(one.steps));
      }),
    );
  });
});
