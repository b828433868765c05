import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readInput } from '../../src/commands/input.ts';
import { plan } from '../../src/commands/plan.ts';
import { parseManifests } from '../../src/config/manifest.ts';
import { asError } from '../../src/release/error.ts';
import { isObject, type Json, type JsonObject } from '../../src/release/json.ts';
import { contextOf, deployment, type Files, only, rehearsed, shop } from './stage.ts';

const kinds = [
  ['Deployment', 'apps/v1'],
  ['StatefulSet', 'apps/v1'],
  ['CloneSet', 'apps.kruise.io/v1alpha1'],
  ['AdvancedStatefulSet', 'apps.kruise.io/v1beta1'],
] as const;

const beside = `apiVersion: v1
kind: Service
metadata: { name: shop, labels: { app: shop } }
spec: { type: ClusterIP, selector: { app: shop }, ports: [{ name: http, port: 80, targetPort: http, protocol: TCP }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: shop }
data: { mode: fast }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: shop }
spec: { minReplicas: 2, maxReplicas: 4, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: other } }
`;

/** The manifests of a delivery of a workload of this kind. */
function sourceOf([kind, apiVersion]: (typeof kinds)[number]): readonly JsonObject[] {
  const text = deployment(3)
    .replace('apps/v1', apiVersion)
    .replace('kind: Deployment', `kind: ${kind.replace('Advanced', '')}`)
    .replace('spec:\n', 'spec:\n  minReadySeconds: 1\n  revisionHistoryLimit: 3\n')
    .replace(
      'image: shop:v1',
      'image: shop:v1\n          env: [{ name: MODE, value: fast }, { name: LEVEL, value: info }]',
    );
  return parseManifests([{ file: 'shop.yaml', text: `${text}---\n${beside}` }]).map(({ object }) => object);
}

type Path = readonly (string | number)[];

function pathsIn(value: Json, path: Path = []): readonly Path[] {
  const entries: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? [...value.entries()]
    : isObject(value)
      ? Object.entries(value)
      : [];
  return entries.flatMap(([key, inner]) => [[...path, key], ...pathsIn(inner, [...path, key])]);
}

/** Changes the value at a path; `undefined` takes it out. */
function edited(value: Json, [key, ...rest]: Path, change: (old: Json, key: string | number) => readonly Json[]): Json {
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, index) =>
      index !== key ? [item] : rest.length > 0 ? [edited(item, rest, change)] : change(item, index),
    );
  }
  if (!isObject(value) || typeof key !== 'string') return value;
  const old = value[key] ?? null;
  const { [key]: _, ...others } = value;
  if (rest.length > 0) return { ...others, [key]: edited(old, rest, change) };
  const [next, more] = change(old, key);
  return {
    ...others,
    ...(next === undefined ? {} : { [key]: next }),
    ...(more === undefined ? {} : { [`${key}x`]: more }),
  };
}

const strange: readonly Json[] = [
  ...[null, true, '', 'x', 'a b', 'Shop', '120%', '0%', '100%', '1Gi', '9'.repeat(40), '-5'],
  ...[-1, 0, 1, 5, 1.5, 70_000, 1_000_000, 2_147_483_647, 99_999_999_999],
  ...[{}, [], [null], ['x', 'x'], { x: 'y' }, [{}]],
];

/** What is done to one part of the manifests, which a number chooses. */
const mutation = fc.record({
  place: fc.nat(),
  does: fc.oneof(
    fc.constant('taken out' as const),
    fc.constant('twice' as const),
    fc.record({ becomes: fc.constantFrom(...strange) }),
  ),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutated(objects: Json, { place, does }: Mutation): Json {
  const paths = pathsIn(objects).filter((path) => path.length > 1);
  const path = paths[place % paths.length] ?? [0];
  return edited(objects, path, (old) => {
    if (does === 'taken out') return [];
    return does === 'twice' ? [old, old] : [does.becomes];
  });
}

function filesOf(kind: (typeof kinds)[number], style: string, mutations: readonly Mutation[]): Files {
  const objects = mutations.reduce<Json>(mutated, sourceOf(kind));
  const list = Array.isArray(objects) ? objects : [];
  const plan = `strategy: ${kind[0] === 'Deployment' ? style : 'partition'}
steps: [{ replicas: 1 }, { replicas: 100% }]
rollback: { on: [stuck], stuckAfter: 4m }`;
  return {
    'stepgate.yaml': (shop(plan)['stepgate.yaml'] ?? '').replace('kind: Deployment', `kind: ${kind[0]}`),
    'deploy/shop.yaml': list.map((object: Json) => `${JSON.stringify(object)}\n`).join('---\n'),
  };
}

const clock = { now: () => new Date('2026-11-25T10:00:00Z'), sleep: async () => {} };

/** How `plan --offline` of these files ends. */
async function planned(files: Files): Promise<string> {
  const input = readInput('plan', { offline: ['true'] });
  const context = contextOf(files, clock);
  const { deliveries } = await plan({ context, input, startedAt: clock.now(), show: () => {} });
  const [told] = deliveries;
  return told?.error?.family ?? 'well';
}

/** How a rehearsal of these files ends. */
async function played(files: Files): Promise<string> {
  try {
    const { ending } = only(await rehearsed(files, { start: '2026-11-25T10:00Z' }));
    return 'code' in ending && ending.code === 'BUG' ? `bug: ${ending.why}` : 'well';
  } catch (error) {
    const { family, message } = asError(error);
    return family === 'bug' ? `bug: ${message}` : family;
  }
}

const seed = process.env['FC_SEED'];

test('whatever is written into manifests: plan --offline and rehearse end with words about it, or well', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...kinds),
      fc.constantFrom('partition', 'canary', 'blueGreen'),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      async (kind, style, mutations) => {
        const files = filesOf(kind, style, mutations);
        expect(['well', 'input', 'refused']).toContain(await planned(files));
        expect(['well', 'input', 'refused']).toContain(await played(files));
      },
    ),
    { numRuns: 25, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
});

test('more pods than a rehearsal can play are refused at once', async () => {
  const files = {
    ...shop('strategy: partition\nsteps: [{ replicas: 100% }]'),
    'deploy/shop.yaml': deployment(2_147_483_647),
  };
  await expect(rehearsed(files, { start: '2026-11-25T10:00Z' })).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
});

test('a rehearsal lists every problem of the manifests, with its place', async () => {
  const text = deployment(4).replace('  replicas: 4', '  replica: 4').replace('image: shop:v1', 'image: 1');
  const files = { ...shop('strategy: partition\nsteps: [{ replicas: 100% }]'), 'deploy/shop.yaml': text };
  const error = await rehearsed(files, { start: '2026-11-25T10:00Z' }).catch(asError);
  expect(error).toMatchObject({
    family: 'input',
    code: 'MANIFEST_INVALID',
    problems: [
      { message: expect.stringContaining('spec.replica is no known field'), at: { file: 'deploy/shop.yaml', line: 5 } },
      { message: expect.stringContaining('containers[main].image is a number'), at: { line: 12, column: 18 } },
    ],
  });
});
