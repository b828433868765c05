import { describe, expect, test } from 'vitest';
import { configToJson } from '../../src/policy/print.ts';
import { parseConfig } from '../../src/policy/schema.ts';
import { asError, isInputError } from '../../src/release/error.ts';
import { listAt } from '../../src/release/json.ts';
import type { Metric } from '../../src/release/measured.ts';
import { config } from '../acts/files.ts';

const steps = (condition: string) => [
  `{ name: one, replicas: 1, leaveWhen: [${condition}] }`,
  '{ name: all, replicas: 100% }',
];

function read(root: readonly string[], more: readonly string[] = [], condition = '{ metric: errors }') {
  const text = config({ root, more, steps: steps(condition) });
  return parseConfig({ file: 'stepgate.yaml', text, readInclude: () => [] });
}

function problems(root: readonly string[], more: readonly string[] = [], condition?: string): readonly string[] {
  try {
    read(root, more, condition);
    return [];
  } catch (thrown) {
    const error = asError(thrown);
    if (!isInputError(error)) throw thrown;
    return error.problems.map(({ message, hint, at }) => `${at?.line}:${at?.column} ${message} (${hint})`);
  }
}

const metric = (body: string) => ['metrics:', `  errors: { ${body} }`];
const good = "prometheus: 'https://prom.example', query: 'up{pod=~\"{canary}\"}', max: 1";

describe('a metric', () => {
  test('has its bounds, and defaults that fit its query', () => {
    const query = 'sum(rate(errors{pod=~"{canary}"}[5m]))';
    const found = read(metric(`prometheus: 'https://prom.example/x', query: '${query}', max: 0.01, for: 3m`));
    const server = {
      name: 'prom.example',
      url: 'https://prom.example/x',
      credential: null,
      ca: null,
      timeoutSeconds: 10,
    };
    const asks = { is: 'threshold', query, min: null, max: 0.01, forSeconds: 180, failedAfterSeconds: 360 } as const;
    const expected: Metric = { server, asks, maxAgeSeconds: 120 };
    expect(found.metrics.get('errors')).toEqual(expected);
    expect(found.deliveries[0]?.steps[0]?.leaveWhen).toEqual([{ kind: 'metric', name: 'errors', metric: expected }]);
  });

  test('compares, with the sample and the effect that it names', () => {
    const compare =
      '{ failures: "a{pod=~\'{pods}\'}", total: "b{pod=~\'{pods}\'}", worse: 0.5%, atLeast: 50, falseAlarms: 5% }';
    const found = read([
      'prometheus: { main: { url: http://prometheus.monitoring:9090 } }',
      ...metric(`prometheus: main, compare: ${compare}`),
    ]);
    expect(found.metrics.get('errors')).toMatchObject({
      server: { name: 'main', url: 'http://prometheus.monitoring:9090' },
      asks: { is: 'comparison', worse: 0.005, atLeast: 50, falseAlarms: 0.05 },
    });
  });

  test('takes credentials from variables and files alone', () => {
    const servers = [
      'prometheus:',
      '  a: { url: https://a.example, tokenVariable: STEPGATE_PROM }',
      '  b: { url: https://b.example, user: u, passwordFile: /run/secrets/p, ca: /etc/ca.pem, timeout: 1h }',
    ];
    expect(
      read([...servers, ...metric(good.replace("'https://prom.example'", 'a'))]).metrics.get('errors')?.server
        .credential,
    ).toEqual({
      is: 'bearer',
      token: { in: 'variable', name: 'STEPGATE_PROM' },
    });
    expect(
      read([...servers, ...metric(good.replace("'https://prom.example'", 'b'))]).metrics.get('errors')?.server,
    ).toMatchObject({
      credential: { is: 'basic', user: 'u', password: { in: 'file', path: '/run/secrets/p' } },
      ca: '/etc/ca.pem',
      timeoutSeconds: 3600,
    });
  });

  test('is in the printed config with everything that is asked', () => {
    const [printed] = listAt(configToJson(read(metric(good))), 'deliveries', 0, 'steps', 0, 'leaveWhen');
    expect(printed).toEqual({
      metric: 'errors',
      prometheus: 'https://prom.example',
      query: 'up{pod=~"{canary}"}',
      max: 1,
      failedAfter: '1m',
      maxAge: '2m',
    });
  });
});

test.each<[string, readonly string[], readonly string[], string]>([
  [
    'an unknown placeholder',
    metric(good.replace('{canary}', '{canry}')),
    [],
    'has the unknown {canry} (did you mean {canary}? filled in are name, namespace',
  ],
  [
    'no bound',
    metric(good.replace(', max: 1', '')),
    [],
    'metrics.errors has neither min nor max (add max: and the largest good value, or min:)',
  ],
  ...['lots', '', '[1]'].map((max): [string, readonly string[], readonly string[], string] => [
    `the bound '${max}', once,`,
    metric(good.replace('max: 1', `max: ${max}`)),
    [],
    '(write a number)',
  ]),
  [
    'bounds the wrong way round',
    metric(`${good}, min: 2`),
    [],
    'metrics.errors.min is more than max, 1 (no value could be good)',
  ],
  [
    'both ways to ask',
    metric(`${good}, compare: { failures: a, total: b }`),
    [],
    'metrics.errors has query and compare',
  ],
  [
    'an unknown server',
    metric(good.replace("'https://prom.example'", 'man')),
    [],
    'is "man", which is not among the entries of prometheus',
  ],
  ['a server without http', metric(good.replace('https://', 'ftp://')), [], 'is no address of http or https'],
  ['a password in the address', metric(good.replace('https://', 'https://u:p@')), [], 'has a user in it'],
  [
    'counts of both versions at once',
    metric("prometheus: 'https://p.example', compare: { failures: 'a{pod=~\"{pods}\"}', total: b }"),
    [],
    'metrics.errors.compare.total does not use {pods}',
  ],
  [
    'false alarms that are no promise',
    metric(
      "prometheus: 'https://p.example', compare: { failures: 'a{pod=~\"{pods}\"}', total: 'b{pod=~\"{pods}\"}', falseAlarms: 0% }",
    ),
    [],
    'is out of its range',
  ],
  ...['0%', '100%'].map((worse): [string, readonly string[], readonly string[], string] => [
    `a difference of ${worse}`,
    metric(
      `prometheus: 'https://p.example', compare: { failures: 'a{pod=~"{pods}"}', total: 'b{pod=~"{pods}"}', worse: ${worse} }`,
    ),
    [],
    'metrics.errors.compare.worse is out of its range (write more than 0% and less than 100%, such as 1%)',
  ]),
  [
    'pods before the start',
    metric(good),
    ['startWhen: [{ metric: errors }]'],
    'startWhen[0].metric uses {canary} (no pod of the release runs before the start',
  ],
  [
    'a comparison at the end',
    metric("prometheus: 'https://p.example', compare: { failures: 'a{pod=~\"{pods}\"}', total: 'b{pod=~\"{pods}\"}' }"),
    ['doneWhen: [{ metric: errors }]'],
    'doneWhen[0].metric compares the two versions',
  ],
  [
    'a variable of somebody else',
    ['prometheus: { a: { url: https://a.example, tokenVariable: GITHUB_TOKEN } }', ...metric(good)],
    [],
    'is no name of a variable for stepgate',
  ],
  [
    'a file in the repository',
    ['prometheus: { a: { url: https://a.example, tokenFile: secrets/token } }', ...metric(good)],
    [],
    'is no absolute path',
  ],
  [
    'a token over http',
    ['prometheus: { a: { url: http://a.example, tokenVariable: STEPGATE_A } }', ...metric(good)],
    [],
    'is http, and a credential is sent only over https',
  ],
  [
    'a user without a password',
    ['prometheus: { a: { url: https://a.example, user: u } }', ...metric(good)],
    [],
    'prometheus.a.user has no password',
  ],
  [
    'a user with a colon',
    ['prometheus: { a: { url: https://a.example, user: "u:v", passwordVariable: STEPGATE_A } }', ...metric(good)],
    [],
    'prometheus.a.user has a colon',
  ],
  [
    'an answer that may take too long',
    ['prometheus: { a: { url: https://a.example, timeout: 1h1s } }', ...metric(good)],
    [],
    'prometheus.a.timeout is longer than an hour (write at most 1h)',
  ],
])('%s is told with its place', (_, root, more, wrong) => {
  const found = problems(root, more);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(wrong);
  expect(found[0]).toMatch(/^\d+:\d+ /);
});
