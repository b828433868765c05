import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fingerprint, fingerprints } from '../../src/release/fingerprint.ts';
import type { Json, JsonObject } from '../../src/release/json.ts';
import { type Disclosure, diffObjects } from '../../src/views/redact.ts';
import { lawful } from './hostile.ts';

const fingerprint = fingerprints(new Uint8Array(32).fill(7));
const published = (before: JsonObject | null, after: JsonObject | null) => diffOf(before, after, 'listed');
const diffOf = (before: JsonObject | null, after: JsonObject | null, values: Disclosure['values']) =>
  diffObjects(before, after, { values, fingerprint }).join('\n');

const workload = (kind: string, spec: JsonObject): JsonObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'shop', namespace: 'prod' },
  spec,
});
const template = (container: JsonObject): JsonObject => ({
  template: { spec: { containers: [{ name: 'shop', ...container }] } },
});

describe('a published diff shows', () => {
  it.each<[string, JsonObject, string]>([
    [
      'an image',
      workload('Deployment', template({ image: `registry.example:5000/shop/web:v1.2@sha256:${'a'.repeat(64)}` })),
      'image: registry.example:5000/shop/web:v1.2@sha256:aaa',
    ],
    ['replicas', workload('StatefulSet', { replicas: 7 }), 'replicas: 7'],
    [
      'ports',
      workload('DaemonSet', template({ ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }] })),
      'containerPort: 8080',
    ],
    [
      'resources',
      workload('CloneSet', template({ resources: { limits: { cpu: '1500m', 'example.com/gpu': 1 } } })),
      'cpu: 1500m',
    ],
    [
      'probes',
      workload(
        'Deployment',
        template({ readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 5 } }),
      ),
      'path: /healthz',
    ],
    [
      'the strategy of a Deployment',
      workload('Deployment', { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } } }),
      'maxSurge: 25%',
    ],
    [
      'that of a CloneSet',
      workload('CloneSet', { updateStrategy: { type: 'InPlaceIfPossible', partition: '80%' } }),
      'partition: 80%',
    ],
    [
      'that of a StatefulSet',
      workload('StatefulSet', { updateStrategy: { rollingUpdate: { partition: 3 } } }),
      'partition: 3',
    ],
    [
      'the steps of a Rollout',
      workload('Rollout', {
        strategy: { canary: { steps: [{ replicas: '10%', traffic: '5%', pause: { duration: 60 } }] } },
      }),
      'traffic: 5%',
    ],
    [
      'its workload',
      workload('Rollout', { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' } }),
      'name: shop',
    ],
    [
      'the component of an Application',
      workload('Application', {
        components: [
          {
            name: 'web',
            type: 'webservice',
            properties: { image: 'shop:v2', cpu: '500m', ports: [{ port: 80 }] },
            traits: [{ type: 'scaler', properties: { replicas: 4 } }],
          },
        ],
      }),
      'image: shop:v2',
    ],
    [
      'its traits',
      workload('Application', { components: [{ traits: [{ type: 'scaler', properties: { replicas: 4 } }] }] }),
      'replicas: 4',
    ],
    [
      'an object in a component',
      workload('Application', {
        components: [
          { type: 'k8s-objects', properties: { objects: [workload('CloneSet', template({ image: 'shop:v3' }))] } },
        ],
      }),
      'image: shop:v3',
    ],
    [
      'the batches of a rollout plan',
      workload('AppRollout', { rolloutPlan: { rolloutBatches: [{ replicas: '20%' }] } }),
      'replicas: 20%',
    ],
    [
      'names of variables, and where they come from',
      workload(
        'Deployment',
        template({ env: [{ name: 'PIN', valueFrom: { secretKeyRef: { name: 'pins', key: 'shop' } } }] }),
      ),
      'key: shop',
    ],
    [
      'a Service',
      workload('Service', { type: 'ClusterIP', ports: [{ port: 80, targetPort: 'http' }] }),
      'targetPort: http',
    ],
    ['an autoscaler', workload('HorizontalPodAutoscaler', { minReplicas: 2, maxReplicas: 10 }), 'maxReplicas: 10'],
    [
      'the weights of a route',
      workload('HTTPRoute', { rules: [{ backendRefs: [{ name: 'shop', port: 80, weight: 90 }] }] }),
      'weight: 90',
    ],
  ])('%s', (_, object, shown) => {
    expect(published(null, object)).toContain(shown);
  });

  it.each<[string, JsonObject]>([
    ['a variable', workload('Deployment', template({ env: [{ name: 'MODE', value: 'canary-value' }] }))],
    [
      'an argument',
      workload('Deployment', template({ args: ['-p', 'canary-value'], command: ['run', 'canary-value'] })),
    ],
    [
      'a command of a probe',
      workload('Deployment', template({ livenessProbe: { exec: { command: ['canary-value'] } } })),
    ],
    [
      'a header of a probe',
      workload(
        'Deployment',
        template({ livenessProbe: { httpGet: { httpHeaders: [{ name: 'X', value: 'canary-value' }] } } }),
      ),
    ],
    [
      'a query of a probe',
      workload('Deployment', template({ livenessProbe: { httpGet: { path: '/?k=canary-value' } } })),
    ],
    ['an image with a password', workload('Deployment', template({ image: 'me:canary-value@registry.example/shop' }))],
    [
      'a header of a step',
      workload('Rollout', {
        strategy: { canary: { steps: [{ matches: [{ headers: [{ name: 'X', value: 'canary-value' }] }] }] } },
      }),
    ],
    [
      'config',
      {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { name: 'c' },
        data: { image: 'canary-value', spec: 'canary-value' },
      },
    ],
    ['an annotation', { kind: 'ConfigMap', metadata: { name: 'c', annotations: { note: 'canary-value' } } }],
    ['a label', { kind: 'ConfigMap', metadata: { name: 'c', labels: { note: 'canary-value' } } }],
    [
      'a variable of a component',
      workload('Application', {
        components: [{ properties: { env: [{ name: 'A', value: 'canary-value' }], cmd: ['canary-value'] } }],
      }),
    ],
    [
      'a Secret in a component',
      workload('Application', {
        components: [
          {
            properties: {
              objects: [
                { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'canary-value' } },
              ],
            },
          },
        ],
      }),
    ],
    ['a key that is none', { kind: 'Other', spec: { 'canary-value of a key': 1 } }],
  ])('no value of %s', (_, object) => {
    expect(published(null, object)).not.toContain('canary-value');
    expect(published(null, object)).toMatch(/<hidden [0-9a-f]{8}>/u);
  });

  it('equal values as equal, and others as others', () => {
    const config = (level: string, other: string): JsonObject => ({
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      data: { level, other },
    });
    expect(published(config('debug', 'x'), config('debug', 'x'))).toBe('');
    const [level, other] = [...published(null, config('debug', 'debug')).matchAll(/<hidden \w+>/gu)].map(String);
    expect(level).toBe(other);
    const changed = published(config('debug', 'x'), config('info', 'x'));
    expect(changed.match(/^[-+] .*$/gmu)).toHaveLength(2);
  });

  it('all values where the policy says so, but for Secrets', () => {
    const config = workload('Deployment', template({ env: [{ name: 'MODE', value: 'fast' }] }));
    expect(diffOf(null, config, 'full')).toContain('value: fast');
    const secret: JsonObject = {
      kind: 'Secret',
      metadata: { name: 's', labels: { a: 'fast' } },
      stringData: { a: 'fast' },
    };
    expect(diffOf(null, secret, 'full')).not.toContain('fast');
  });
});

/** Texts that are in no name of a field, and have no form of what is listed. */
const value = fc.oneof(
  fc.string({ minLength: 8, maxLength: 30, unit: 'grapheme-ascii' }).map((text) => `q ${text} j`),
  fc.stringMatching(/^(?:[qj]{4} ){2}[qj]{4}$/u),
  fc.uuid().map((id) => `?${id}`),
  fc.integer({ min: 100_000_000, max: 999_999_999 }),
);
const key = fc.constantFrom(
  'spec',
  'data',
  'template',
  'containers',
  'image',
  'env',
  'value',
  'name',
  'metadata',
  'args',
  'a',
  'properties',
  'components',
  'annotations',
  'steps',
  'x.y/z',
);
const tree = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    value,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(key, tie('node'), { maxKeys: 4 }),
  ),
})).node;
const object = fc.dictionary(key, tree, { minKeys: 1, maxKeys: 5 });
const kind = fc.constantFrom('Deployment', 'ConfigMap', 'Application', 'Rollout', 'Thing');

function scalarsOf(one: Json): readonly string[] {
  if (Array.isArray(one)) return one.flatMap(scalarsOf);
  if (typeof one === 'object' && one !== null) return Object.values(one).flatMap(scalarsOf);
  return [String(one)];
}

/** What of a value could be read in YAML, in whichever quotes it stands. */
function expectNone(text: string, values: readonly string[]): void {
  for (const one of values) {
    for (const form of [
      one,
      JSON.stringify(one).slice(1, -1),
      one.replaceAll("'", "''"),
      Buffer.from(one).toString('base64'),
    ]) {
      expect(text).not.toContain(form);
    }
  }
}

describe('for every object', () => {
  it('a published diff has no value that is not listed', () => {
    fc.assert(
      fc.property(kind, object, object, (of, left, right) => {
        const [before, after] = [left, right].map((one): JsonObject => ({ ...one, kind: of, apiVersion: 'v1' }));
        expectNone(published(before ?? null, after ?? null), [...scalarsOf(left), ...scalarsOf(right)]);
      }),
      { ...lawful, numRuns: 300 },
    );
  });

  it('no diff has a value of a Secret, wherever in it and wherever the Secret is', () => {
    const values = fc.constantFrom<Disclosure['values']>('listed', 'full');
    fc.assert(
      fc.property(values, fc.boolean(), object, object, (shown, nested, left, right) => {
        const [before, after] = [left, right].map((one): JsonObject => {
          const secret = { ...one, kind: 'Secret', metadata: { name: 's', annotations: one } };
          return nested ? workload('Application', { components: [{ properties: { objects: [secret] } }] }) : secret;
        });
        expectNone(diffOf(before ?? null, after ?? null, shown), [...scalarsOf(left), ...scalarsOf(right)]);
      }),
      { ...lawful, numRuns: 300 },
    );
  });
});

describe('a fingerprint', () => {
  const pin = '493817';
  const secret = (of: Fingerprint) =>
    diffObjects(
      null,
      { kind: 'Secret', metadata: { name: 's' }, stringData: { pin } },
      { values: 'listed', fingerprint: of },
    );

  it('is another one in every run', () => {
    expect(secret(fingerprints(new Uint8Array([1])))).not.toEqual(secret(fingerprints(new Uint8Array([2]))));
  });

  it('of a secret can not be compared with that of a value elsewhere', () => {
    const shown = (one: JsonObject) => /<hidden (\w+)>/u.exec(published(null, one))?.[1];
    const places: readonly JsonObject[] = [
      { kind: 'Secret', metadata: { name: 's' }, stringData: { pin } },
      { kind: 'Secret', metadata: { name: 's' }, stringData: { other: pin } },
      { kind: 'Secret', metadata: { name: 't' }, stringData: { pin } },
      { kind: 'ConfigMap', metadata: { name: 's' }, data: { note: pin } },
      { kind: 'ConfigMap', metadata: { name: 's' }, data: { PIN_TOKEN: pin } },
    ];
    expect(new Set(places.map(shown)).size).toBe(places.length);
    const data = { kind: 'Secret', metadata: { name: 's' }, data: { pin: Buffer.from(pin).toString('base64') } };
    expect(shown(data)).toBe(shown({ kind: 'Secret', metadata: { name: 's' }, stringData: { pin } }));
  });

  it.each<[string, (value: string, name: string) => Json]>([
    ['a variable', (value, name) => [{ name: `${name}_TOKEN`, value }]],
    ['an argument', (value) => ['x', `--token=${value}`]],
    ['a flag', (value) => ['--token', value]],
    ['a line of a text', (value) => `a\npassword=${value}\n`],
    ['a field', (value, name) => ({ [name]: { password: value } })],
  ])('of a credential can not be compared with that of a guess beside it: %s', (_, made) => {
    const of = (one: Json) => diffOf(null, { kind: 'Thing', metadata: { name: 't' }, spec: { a: one } }, 'full');
    const [real, tried] = [made(pin, 'A'), made(pin, 'B')];
    const both =
      typeof real === 'string' ? `${real}${String(tried)}` : Array.isArray(real) ? [real, tried].flat() : [real, tried];
    const tokens = [...of(both).matchAll(/<hidden (\w+)>/gu)].map(([, token]) => token);
    expect(tokens.length).toBeGreaterThan(1);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('is not put over a guess that stands as a key beside a short secret', () => {
    const guesses = ['493816', pin, '493818'];
    const stringData = Object.fromEntries([['pin', pin], ...guesses.map((guess) => [guess, 'x'])]);
    const lines = diffOf(null, { kind: 'Secret', metadata: { name: 's' }, stringData }, 'listed').split('\n');
    for (const guess of guesses) expect(lines.filter((line) => line.includes(guess))).toHaveLength(1);
    expect(lines.find((line) => line.includes('pin:'))).toMatch(/pin: <hidden \w{8}>$/u);
  });

  it('of several parts is that of no other parts', () => {
    expect(fingerprint('a', 'b')).not.toBe(fingerprint('["a","b"]'));
    expect(fingerprint('ab')).not.toBe(fingerprint('a', 'b'));
  });
});
