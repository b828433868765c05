import { expect, it } from 'vitest';
import { parseYaml } from '../../src/config/yaml.ts';
import { configToJson, printConfig } from '../../src/policy/print.ts';
import { parseConfig, parseRoot, resolveConfig } from '../../src/policy/schema.ts';
import { StepgateError } from '../../src/release/error.ts';
import { blueGreen, full, oneBlock, service } from './examples.ts';

const resolve = (text: string, ...included: string[]) =>
  parseConfig({
    file: 'stepgate.yaml',
    text,
    readInclude: () => included.map((inner, index) => ({ file: `s${index}.yaml`, text: inner })),
  });

const read = (text: string, ...included: string[]) => resolve(text, ...included).deliveries;

const problemsOf = (text: string, ...included: string[]) => {
  try {
    read(text, ...included);
  } catch (error) {
    if (!(error instanceof StepgateError)) throw error;
    expect(error.family).toBe('input');
    return error.problems.map(
      ({ code, message, hint, at }) => `${at?.file}:${at?.line}:${at?.column} ${code} ${message} (${hint})`,
    );
  }
  return [];
};

it('reads a chart, with what it is rendered with', () => {
  const helm = (source: string) =>
    read(oneBlock.replace('{ files: [deploy/*.yaml] }', `{ helm: ${source} }`))[0]?.source;
  expect(helm('{ chart: ./charts/shop/ }')).toEqual({
    kind: 'helm',
    chart: 'charts/shop',
    values: [],
    release: 'shop',
    kubeVersion: '1.34.0',
    apiVersions: [],
  });
  expect(
    helm(
      '{ chart: "charts/{name}", values: [a.yaml, "{name}.yaml"], release: "x-{name}", kubeVersion: v1.30.2, apiVersions: [a.example/v1/Kind] }',
    ),
  ).toEqual({
    kind: 'helm',
    chart: 'charts/shop',
    values: ['a.yaml', 'shop.yaml'],
    release: 'x-shop',
    kubeVersion: '1.30.2',
    apiVersions: ['a.example/v1/Kind'],
  });
});

it('reads the one-block form', () => {
  const approval = {
    kind: 'approval',
    by: ['command'],
    notAuthor: false,
    notMerger: false,
    name: 'approval',
    from: [],
    count: 1,
  };
  expect(read(oneBlock)).toEqual([
    {
      name: 'shop',
      environment: null,
      namespace: 'shop',
      cluster: { context: null, exec: [] },
      workload: { kind: 'Deployment', name: 'shop' },
      source: { kind: 'files', patterns: ['deploy/*.yaml'] },
      style: 'partition',
      steps: [
        {
          name: 'one',
          replicas: { unit: 'pods', value: 1 },
          traffic: null,
          matches: [],
          requestHeaders: null,
          leaveWhen: [approval],
          timer: 'stepgate',
        },
        {
          name: 'half',
          replicas: { unit: 'percent', value: 50 },
          traffic: null,
          matches: [],
          requestHeaders: null,
          leaveWhen: [{ kind: 'soak', name: 'soak', seconds: 600 }],
          timer: 'stepgate',
        },
        {
          name: 'all',
          replicas: { unit: 'percent', value: 100 },
          traffic: null,
          matches: [],
          requestHeaders: null,
          leaveWhen: [],
          timer: 'stepgate',
        },
      ],
      traffic: null,
      settings: {},
      startWhen: [],
      doneWhen: [],
      rollback: { on: [], stuckAfterSeconds: 900, git: 'auto' },
    },
  ]);
});

it('starts an environment by a promotion pull request, after the one before it', () => {
  const [, , prod] = read(inFull('after: staging', 'after: staging, promotion: pull-request'), service);
  const merge = { kind: 'approval', name: 'promotion', by: ['merge'], from: [], count: 1 };
  expect(prod?.startWhen.slice(0, 2)).toMatchObject([{ kind: 'after', delivery: 'shop@staging' }, merge]);
});

it('reads includes, environments, plans and what they refer to', () => {
  const [cache, staging, prod, ...more] = read(full, service);
  expect(more).toEqual([]);
  expect(cache).toMatchObject({
    name: 'cache',
    environment: null,
    cluster: { context: 'edge', exec: ['gke-gcloud-auth-plugin'] },
    source: { kind: 'kustomize', folder: 'cache' },
    style: 'canary',
    traffic: { service: 'cache', graceSeconds: 5, ingress: null, gateway: { route: 'cache' } },
    startWhen: [{ kind: 'schedule', name: 'office' }],
    // Whole keys are replaced: stuckAfter is the default again.
    rollback: { on: ['stuck'], stuckAfterSeconds: 900 },
    steps: [
      { name: 'step-1', traffic: 50, matches: [{ path: { value: '/beta' } }], timer: 'engine' },
      {
        name: 'step-2',
        replicas: { unit: 'pods', value: 5 },
        leaveWhen: [{ kind: 'approval', by: ['command'], notAuthor: false, notMerger: false, name: 'approval' }],
      },
    ],
  });
  expect(staging).toMatchObject({
    name: 'shop@staging',
    environment: 'staging',
    namespace: 'stage',
    cluster: { context: 'stg', exec: [] },
    source: { kind: 'kustomize', folder: 'overlays/staging/shop' },
    style: 'partition',
    startWhen: [],
    steps: [{ leaveWhen: [] }, { leaveWhen: [] }],
  });
  expect(prod).toMatchObject({
    name: 'shop@prod',
    namespace: 'shop',
    source: { kind: 'files', patterns: ['prod.yaml'] },
    traffic: { service: 'shop', graceSeconds: null, ingress: { name: 'shop', class: 'nginx' }, gateway: null },
    startWhen: [
      { kind: 'after', name: 'shop@staging', delivery: 'shop@staging' },
      { kind: 'schedule', schedule: { zone: 'Europe/Berlin' } },
    ],
    doneWhen: [{ kind: 'soak', seconds: 300 }],
    rollback: { on: ['stuck', 'unready'], stuckAfterSeconds: 1200, git: 'commit' },
  });
  expect(prod?.steps[0]?.leaveWhen).toEqual([
    {
      kind: 'approval',
      by: ['command'],
      notAuthor: false,
      notMerger: false,
      name: 'sre',
      from: ['ann', 'bob'],
      count: 2,
    },
  ]);
});

it('waits at the last step of blueGreen, which the engine does not pass', () => {
  const [shop] = read(blueGreen);
  expect(shop?.steps.map(({ leaveWhen }) => leaveWhen.length)).toEqual([1, 1]);
  expect(shop?.traffic?.ingress).toEqual({ name: 'shop', class: 'nginx' });
});

const single = `version: 1
include: [a/*.yaml]
environments: { prod: { plan: p, namespace: web } }
plans: { p: { strategy: partition, steps: [{ replicas: 100% }] } }
`;

it('calls a service by its bare name where there is one environment', () => {
  const root = parseRoot({ file: 'stepgate.yaml', text: single });
  expect(root.include).toEqual(['a/*.yaml']);
  const text = 'delivery: shop\nworkload: { kind: Deployment, name: shop }\nsource: { files: [a] }\nin: { prod: {} }';
  expect(resolveConfig(root, [{ file: 'a', text }]).deliveries).toMatchObject([
    { name: 'shop', environment: 'prod', namespace: 'web' },
  ]);
});

it('leaves the default target out, however it is asked for', () => {
  expect(read(but('    strategy', '    target: kruise\n    strategy'))).toEqual(read(oneBlock));
});

/** oneBlock with something replaced; line numbers are those of oneBlock. */
const but = (from: string, to: string) => {
  expect(oneBlock).toContain(from);
  return oneBlock.replace(from, to);
};
const inFull = (from: string, to: string) => {
  expect(full).toContain(from);
  return full.replace(from, to);
};
const inService = (from: string, to: string) => {
  expect(service).toContain(from);
  return service.replace(from, to);
};
const steps = (text: string) => oneBlock.replace(/steps:.*/s, `steps: ${text}\n`);

/** oneBlock with a setting of its plan more. */
const settings = (text: string) => but('    strategy:', `    ${text}\n    strategy:`);
/** One step of one pod, with this besides, and an Ingress to route with. */
const routed = (more: string) =>
  steps(`[{ replicas: 1, ${more} }]`).replace(
    '    strategy',
    '    traffic: { service: a, ingress: { name: a } }\n    strategy',
  );

it.each<[string, string, string[]]>([
  ['nothing', 'version: 1', ['stepgate.yaml:1:1 CONFIG_INVALID the file has no delivery']],
  ['no version', oneBlock.slice(11), ['1:1 CONFIG_INVALID the file has no version (add version']],
  ['another version', but('version: 1', 'version: 2'), ['1:10 CONFIG_INVALID version is the number 2 (write 1)']],
  ['a list', '- a', ['1:1 CONFIG_INVALID the file is a list']],
  [
    'a typo',
    but('namespace: shop', 'namspace: shop'),
    [
      '3:5 CONFIG_INVALID deliveries[0] has no namespace',
      '4:5 CONFIG_INVALID deliveries[0].namspace is not a known key (did you mean namespace? allowed here: delivery,',
    ],
  ],
  [
    'a swapped typo',
    but('leaveWhen: [approval]', 'leaevWhen: [approval]'),
    ['9:35 CONFIG_INVALID deliveries[0].steps[0].leaevWhen is not a known key (did you mean leaveWhen?'],
  ],
  [
    'a stranger',
    but('strategy:', 'quux: 1\n    strategy:'),
    ['7:5 CONFIG_INVALID deliveries[0].quux is not a known key (allowed here:'],
  ],
  [
    'a strategy',
    but('partition', 'partitoin'),
    [
      '7:15 CONFIG_INVALID deliveries[0].strategy is "partitoin" (did you mean partition? write partition, canary or blueGreen)',
    ],
  ],
  ['no strategy', but('    strategy: partition\n', ''), ['3:5 CONFIG_INVALID deliveries[0] has no strategy']],
  [
    'a number for a name',
    but('name: one', 'name: 1'),
    ['9:17 CONFIG_INVALID deliveries[0].steps[0].name is the number 1'],
  ],
  [
    'a boolean for text',
    but('namespace: shop', 'namespace: no'),
    ['4:16 CONFIG_INVALID deliveries[0].namespace is the boolean false (put it in quotes'],
  ],
  [
    'a bad namespace',
    but('namespace: shop', 'namespace: Shop'),
    ['4:16 CONFIG_INVALID deliveries[0].namespace is "Shop", which is not a valid name'],
  ],
  [
    'a bad workload',
    but('name: shop }', 'name: sh_op }'),
    ['5:41 CONFIG_INVALID deliveries[0].workload.name is "sh_op"'],
  ],
  [
    'another kind',
    but('Deployment', 'DaemonSet'),
    [
      "5:23 NOT_SUPPORTED deliveries[0].workload.kind is DaemonSet, which does not work yet (the engine takes none of Kubernetes' own",
    ],
  ],
  [
    'a target that is none',
    but('    strategy', '    target: argo\n    strategy'),
    ['7:13 CONFIG_INVALID deliveries[0].target is "argo" (write kruise'],
  ],
  [
    'a chart without a folder',
    but('{ files: [deploy/*.yaml] }', '{ helm: { release: x } }'),
    ['6:21 CONFIG_INVALID deliveries[0].source.helm has no chart'],
  ],
  [
    'a chart outside',
    but('{ files: [deploy/*.yaml] }', '{ helm: { chart: ../x, values: [/etc/x] } }'),
    ['helm.chart is "../x", which leads out of its folder', 'helm.values[0] is "/etc/x", which is absolute'],
  ],
  [
    'a chart of a server',
    but('{ files: [deploy/*.yaml] }', '{ helm: { chart: "oci://a.example/x" } }'),
    ['helm.chart is "oci://a.example/x", which has an empty part'],
  ],
  [
    'the release of a chart',
    but('{ files: [deploy/*.yaml] }', '{ helm: { chart: x, release: -x } }'),
    ['helm.release is "-x", which is not a valid name'],
  ],
  [
    'a release without its environment',
    but('{ files: [deploy/*.yaml] }', '{ helm: { chart: x, release: "{name}-{env}" } }'),
    ['helm.release is "{name}-{env}", but this delivery has no environment'],
  ],
  [
    'a long release',
    but('{ files: [deploy/*.yaml] }', `{ helm: { chart: x, release: "${'a'.repeat(54)}" } }`),
    [`helm.release makes the release "${'a'.repeat(54)}" (write a shorter release`],
  ],
  [
    'a version of Kubernetes',
    but('{ files: [deploy/*.yaml] }', '{ helm: { chart: x, kubeVersion: 1.30 } }'),
    ['helm.kubeVersion is the number 1.3'],
  ],
  [
    'two sources',
    but('{ files', '{ kustomize: a, files'),
    ['6:13 CONFIG_INVALID deliveries[0].source has files and kustomize (give exactly one'],
  ],
  [
    'no source',
    but('{ files: [deploy/*.yaml] }', '{}'),
    ['6:13 CONFIG_INVALID deliveries[0].source has none of files, kustomize or helm'],
  ],
  [
    'a path out',
    but('deploy/*.yaml', '../x.yaml'),
    ['6:23 CONFIG_INVALID deliveries[0].source.files[0] is "../x.yaml", which leads out'],
  ],
  [
    'an absolute path',
    but('deploy/*.yaml', '/etc/passwd'),
    ['6:23 CONFIG_INVALID deliveries[0].source.files[0] is "/etc/passwd", which is absolute'],
  ],
  [
    'a NUL',
    but('deploy/*.yaml', '"a\\0b"'),
    ['6:23 CONFIG_INVALID deliveries[0].source.files[0] is "a\\u0000b", which has control'],
  ],
  ['git', but('deploy/*.yaml', '.git/config'), ["which leads into git's own folder"]],
  ['an option', but('deploy/*.yaml', '-x'), ['which is not a path']],
  ['a placeholder', but('deploy/*.yaml', '"a/{envy}"'), ['which has the unknown {envy}']],
  ['a choice', but('deploy/*.yaml', '"a/*.{yaml,yml}"'), ['which has "{" in it (only *, ** and ? are special']],
  ['letters to choose from', but('deploy/*.yaml', '"a/[ab].yaml"'), ['which has "[" in it (only *, ** and ?']],
  ['an extended pattern', but('deploy/*.yaml', '"a/+(b|c).yaml"'), ['which has "+(" in it (only *, ** and ?']],
  ['a long pattern', but('deploy/*.yaml', `"${'*a'.repeat(260)}"`), ['which is longer than 512 characters']],
  [
    'no environment for {env}',
    but('deploy/*.yaml', '"a/{env}"'),
    ['6:23 CONFIG_INVALID deliveries[0].source.files[0] is "a/{env}", but this delivery has no environment'],
  ],
  ['no steps', steps('[]'), ['8:12 CONFIG_INVALID deliveries[0].steps is an empty list']],
  [
    '51 steps',
    steps(`[${'{ replicas: 1 }, '.repeat(51)}]`),
    ['8:12 CONFIG_INVALID deliveries[0].steps has 51 entries (write at most 50'],
  ],
  ['no replicas', steps('[{}]'), ['8:13 CONFIG_INVALID deliveries[0].steps[0] has no replicas']],
  ['zero pods', steps('[{ replicas: 0 }]'), ['8:25 CONFIG_INVALID deliveries[0].steps[0].replicas is the number 0']],
  ['half a pod', steps('[{ replicas: 0.5 }]'), ['is the number 0.5 (write a whole number']],
  ['0%', steps('[{ replicas: 0% }]'), ['"0%", which moves no pod']],
  ['101%', steps('[{ replicas: 101% }]'), ['"101%", which is more than 100%']],
  ['pods as text', steps('[{ replicas: "3" }]'), ['"3", which is text, not a number']],
  [
    'fewer',
    steps('[{ replicas: 3 }, { replicas: 2 }]'),
    [
      '8:42 CONFIG_INVALID deliveries[0].steps[1].replicas is 2, less than the step before (3), which the engine denies (write 3 or more',
    ],
  ],
  [
    'fewer per cent',
    steps('[{ replicas: 50% }, { replicas: 20% }]'),
    ['steps[1].replicas is 20%, less than the step before (50%)'],
  ],
  ['mixed', steps('[{ replicas: 50% }, { replicas: 2 }]'), []],
  ['equal', steps('[{ replicas: 2 }, { replicas: 2 }]'), []],
  [
    'one name twice',
    steps('[{ replicas: 1, name: a }, { replicas: 2, name: a }]'),
    ['8:60 CONFIG_INVALID deliveries[0].steps[1].name is "a", as an earlier step'],
  ],
  [
    'a default name twice',
    steps('[{ replicas: 1, name: step-2 }, { replicas: 2 }]'),
    ['deliveries[0].steps[1].name is "step-2"'],
  ],
  ['digits as a name', steps('[{ replicas: 1, name: "2" }]'), ['is "2", which is not a step name']],
  [
    'traffic without a Service',
    steps('[{ replicas: 1, traffic: 5% }]'),
    ['8:13 CONFIG_INVALID deliveries[0].steps[0] routes traffic, but shop has no traffic key'],
  ],
  ['traffic as a number', steps('[{ replicas: 1, traffic: 5 }]'), ['traffic is the number 5 (write a percentage']],
  [
    'much traffic in partition',
    steps('[{ replicas: 60%, traffic: 5% }]').replace(
      '    strategy',
      '    traffic: { service: a, ingress: { name: a } }\n    strategy',
    ),
    ['9:25 CONFIG_INVALID deliveries[0].steps[0].replicas is 60% in a step that routes requests'],
  ],
  [
    'no traffic in canary',
    blueGreen.replace('blueGreen', 'canary'),
    ['9:40 CONFIG_INVALID deliveries[0].steps[0].traffic is 0%, which the engine denies in canary'],
  ],
  ['two routers', blueGreen.replace('ingress:', 'gateway: { route: a }, ingress:'), []],
  [
    'no router',
    blueGreen.replace(', ingress: { name: shop }', ''),
    ['7:14 CONFIG_INVALID deliveries[0].traffic has none of ingress, gateway, custom or routing (give at least one of'],
  ],
  [
    'no Service',
    blueGreen.replace('service: shop, ', ''),
    ['7:14 CONFIG_INVALID deliveries[0].traffic has no service (add service: the Service of the workload'],
  ],
  [
    'custom without a group',
    blueGreen.replace('ingress: { name: shop }', 'custom: [{ apiVersion: v1, kind: VirtualService, name: shop }]'),
    ['7:54 CONFIG_INVALID deliveries[0].traffic.custom[0].apiVersion is "v1", which is not a valid name'],
  ],
  [
    'custom twice, in two versions',
    blueGreen.replace(
      'ingress: { name: shop }',
      'custom: [{ apiVersion: a.b/v1, kind: C, name: d }, { apiVersion: a.b/v1beta1, kind: C, name: d }]',
    ),
    ['7:82 CONFIG_INVALID deliveries[0].traffic.custom[1] names C/d of a.b a second time'],
  ],
  ['no custom', blueGreen.replace('ingress: { name: shop }', 'custom: []'), ['custom is an empty list']],
  [
    'a word for a boolean',
    blueGreen.replace('ingress:', 'canaryService: maybe, ingress:'),
    ['deliveries[0].traffic.canaryService is "maybe" (write true or false)'],
  ],
  ['a TrafficRouting alone', oneBlock.replace('    strategy', '    traffic: { routing: chain }\n    strategy'), []],
  [
    'a TrafficRouting alone with steps that route',
    blueGreen.replace('service: shop, ingress: { name: shop }', 'routing: chain'),
    ['7:5 CONFIG_INVALID deliveries[0].traffic splits requests by a strategy of its own, and the plan'],
  ],
  [
    'a Service for a TrafficRouting',
    oneBlock.replace('    strategy', '    traffic: { service: shop, routing: chain }\n    strategy'),
    ['7:16 CONFIG_INVALID deliveries[0].traffic.service is for routes of this delivery, and it has none of ingress,'],
  ],
  ['pods that may be unready', settings('mayBeUnready: 20%'), []],
  ['none that may be', settings('mayBeUnready: 0'), ['7:19 CONFIG_INVALID deliveries[0].mayBeUnready is the number 0']],
  [
    'unready pods in blueGreen',
    settings('mayBeUnready: 1').replace('partition', 'blueGreen'),
    ['7:19 CONFIG_INVALID deliveries[0].mayBeUnready is what the engine ignores in blueGreen style'],
  ],
  ['labels of the extra pods', settings('canaryPods: { labels: { a.b/c: d } }').replace('partition', 'canary'), []],
  [
    'labels of extra pods that are not there',
    settings('canaryPods: { labels: { a: b } }'),
    ['7:17 CONFIG_INVALID deliveries[0].canaryPods is for the extra Deployment, which partition style does not have'],
  ],
  [
    'an empty one',
    settings('canaryPods: {}').replace('partition', 'canary'),
    ['7:17 CONFIG_INVALID deliveries[0].canaryPods has none of labels or annotations'],
  ],
  [
    'no label',
    settings('canaryPods: { labels: { "a b": c, d: "e f" } }').replace('partition', 'canary'),
    ['canaryPods.labels.a b is not a valid name', 'canaryPods.labels.d is "e f", which is not a valid name'],
  ],
  ['steps back', settings('rollbackInSteps: true').replace('Deployment', 'StatefulSet'), []],
  ['all at once', settings('rollbackInSteps: false'), []],
  [
    'steps back of a Deployment',
    settings('rollbackInSteps: true'),
    [
      '5:5 CONFIG_INVALID deliveries[0].workload is released by a plan with rollbackInSteps, which is what the engine does for StatefulSet,',
    ],
  ],
  [
    'steps back with routes',
    settings('rollbackInSteps: true')
      .replace('Deployment', 'StatefulSet')
      .replace('    strategy', '    traffic: { service: a, ingress: { name: a } }\n    strategy'),
    ['rollbackInSteps, which is what the engine does without traffic routing only, and the delivery has it'],
  ],
  [
    'a match of nothing',
    routed('matches: [{}]'),
    ['9:38 CONFIG_INVALID deliveries[0].steps[0].matches[0] has none of path, headers or queryParams'],
  ],
  [
    'a path without a slash',
    routed('matches: [{ path: { value: beta } }]'),
    [
      '9:55 CONFIG_INVALID deliveries[0].steps[0].matches[0].path.value is "beta", and a path begins with a slash (write /beta, or',
    ],
  ],
  [
    'a path of 1025 characters',
    routed(`matches: [{ path: { value: /${'a'.repeat(1024)} } }]`),
    ['steps[0].matches[0].path.value is "/aaa'],
  ],
  ['a path of 1024 characters', routed(`matches: [{ path: { value: /${'a'.repeat(1023)} } }]`), []],
  [
    'a parameter of 1025 characters',
    routed(`matches: [{ queryParams: [{ name: a, value: ${'a'.repeat(1025)} }] }]`),
    ['which is longer than 1024 characters (shorten it)'],
  ],
  ['a header of 1025 characters', routed(`matches: [{ headers: [{ name: a, value: ${'a'.repeat(1025)} }] }]`), []],
  ['a path as an expression', routed('matches: [{ path: { type: RegularExpression, value: "be.*" } }]'), []],
  [
    'a header twice',
    routed('matches: [{ headers: [{ name: a, value: b }, { name: A, value: c }] }]'),
    ['9:81 CONFIG_INVALID deliveries[0].steps[0].matches[0].headers[1].name is "A", as an earlier one of this match'],
  ],
  [
    'a parameter twice, in two cases',
    routed('matches: [{ queryParams: [{ name: a, value: b }, { name: A, value: c }] }]'),
    [],
  ],
  [
    'no header of HTTP',
    routed('matches: [{ headers: [{ name: "a b", value: c }] }]'),
    ['matches[0].headers[0].name is "a b", which is not a valid name'],
  ],
  ['headers with traffic', routed('traffic: 5%, requestHeaders: { set: { x-lane: new }, remove: [x-old] }'), []],
  [
    'headers of no request',
    routed('requestHeaders: { set: { x-lane: new } }'),
    ['9:28 CONFIG_INVALID deliveries[0].steps[0].requestHeaders changes headers of requests, and the step sends no'],
  ],
  [
    'headers that do nothing',
    routed('traffic: 5%, requestHeaders: {}'),
    ['9:57 CONFIG_INVALID deliveries[0].steps[0].requestHeaders has none of set, add or remove'],
  ],
  [
    'a header set twice',
    routed('traffic: 5%, requestHeaders: { set: { x-lane: new, X-Lane: old } }'),
    ['steps[0].requestHeaders.set.X-Lane is "X-Lane", which an earlier name is too'],
  ],
  [
    'a number as a header',
    routed('traffic: 5%, requestHeaders: { add: { x-lane: 2 } }'),
    ['requestHeaders.add.x-lane is the number 2 (put it in quotes'],
  ],
  [
    'a Service with a digit first',
    blueGreen.replace('service: shop', 'service: 1shop'),
    ['traffic.service is "1shop"'],
  ],
  [
    'a waiting last step (E13)',
    but('replicas: 100% }', 'replicas: 100%, leaveWhen: [approval] }'),
    ['11:49 CONFIG_INVALID deliveries[0].steps[2].leaveWhen is on a last step of 100%'],
  ],
  ['an empty one', but('replicas: 100% }', 'replicas: 100%, leaveWhen: [] }'), []],
  ['a last step of 99%', but('replicas: 100% }', 'replicas: 99%, leaveWhen: [approval] }'), []],
  [
    'a metric without an entry',
    but('soak: 10m', 'metric: errors'),
    ['10:60 CONFIG_INVALID deliveries[0].steps[1].leaveWhen[0].metric is "errors", which is not among the metrics'],
  ],
  [
    'a bare soak',
    but('{ soak: 10m }', 'soak'),
    ['10:50 CONFIG_INVALID deliveries[0].steps[1].leaveWhen[0] is "soak" (write approval, {approval: NAME}'],
  ],
  [
    'a soak in numbers',
    but('10m', '600'),
    ['10:58 CONFIG_INVALID deliveries[0].steps[1].leaveWhen[0].soak is the number 600 (write numbers with h'],
  ],
  ['a soak of nothing', but('10m', '0s'), ['which is zero']],
  [
    'two conditions in one',
    but('{ soak: 10m }', '{ soak: 10m, approval: a }'),
    ['has approval and soak (give exactly one', 'is "a", which is not among the approvals (there are no approvals'],
  ],
  ['a condition twice', but('[approval]', '[approval, approval]'), ['leaveWhen[1] names approval a second time']],
  [
    'a soak before the start',
    but('    steps:', '    startWhen: [{ soak: 1m }]\n    steps:'),
    ['8:17 CONFIG_INVALID deliveries[0].startWhen[0] is a soak, but no pod of the release runs before the start'],
  ],
  ['no restarts', but('soak: 10m', 'noRestarts: 10m'), []],
  ['no restarts for a day', but('soak: 10m', 'noRestarts: 1d'), ['leaveWhen[0].noRestarts is "1d"']],
  [
    'no restarts twice',
    but('{ soak: 10m }', '{ noRestarts: 5m }, { noRestarts: 10m }'),
    ['names noRestarts a second time'],
  ],
  [
    'no restarts before the start',
    but('    steps:', '    startWhen: [{ noRestarts: 1m }]\n    steps:'),
    ['8:17 CONFIG_INVALID deliveries[0].startWhen[0] is noRestarts, but no pod of the release runs before the start'],
  ],
  [
    "the engine's timer on an approval",
    but('[approval] }', '[approval], timer: engine }'),
    ['deliveries[0].steps[0].timer is engine, but the engine can only time a soak'],
  ],
  [
    'rollback on metric',
    but('    steps:', '    rollback: { on: [metric], git: merge }\n    steps:'),
    ['8:36 CONFIG_INVALID deliveries[0].rollback.git is "merge" (write auto, commit or pull-request)'],
  ],
  [
    'merging what is pushed',
    but('    steps:', '    rollback: { git: commit, merge: true }\n    steps:'),
    ['8:37 CONFIG_INVALID deliveries[0].rollback.merge is true, and git: commit opens no pull request'],
  ],
  [
    'an unknown plan',
    but('    strategy: partition', '    plan: carefull'),
    ['7:11 CONFIG_INVALID deliveries[0].plan is "carefull", which is not among the plans'],
  ],
  [
    'two of one name',
    `${oneBlock}${oneBlock.slice(oneBlock.indexOf('  - delivery'))}`,
    ['12:15 CONFIG_INVALID deliveries[1].delivery is shop, as in stepgate.yaml:3'],
  ],
  [
    'two of one workload',
    `${oneBlock}${oneBlock.slice(oneBlock.indexOf('  - delivery')).replace('delivery: shop', 'delivery: shop2')}`,
    [
      '14:15 CONFIG_INVALID deliveries[1].workload is the Deployment shop in shop, as that of shop (stepgate.yaml:3) (remove one of the two, or name',
    ],
  ],
  [
    'include without environments',
    'version: 1\ninclude: [a.yaml]',
    ['2:1 CONFIG_INVALID include needs environments', '2:10 CONFIG_INVALID include matches no file'],
  ],
  [
    'include of something else',
    'version: 1\ninclude: [a.json, ../b.yaml, "{env}.yaml"]\nenvironments: { a: { plan: p } }',
    [
      '2:10 CONFIG_INVALID include matches',
      'include[0] is "a.json", which does not name YAML',
      'include[1] is "../b.yaml", which leads out',
      'include[2] is "{env}.yaml", which has a placeholder',
      '3:28 CONFIG_INVALID environments.a.plan is "p"',
    ],
  ],
])('says what is wrong with %s', (_, text, expected) => {
  const found = problemsOf(text);
  expect(found, found.join('\n')).toHaveLength(expected.length);
  for (const [index, fragment] of expected.entries()) expect(found[index]).toContain(fragment);
});

it.each<[string, string, string, string[]]>([
  [
    'steps in an include',
    full,
    `${service}steps: []\n`,
    ['s0.yaml:6:1 CONFIG_INVALID steps is not allowed here: only the root stepgate.yaml'],
  ],
  [
    'a plan in an include',
    full,
    `plan: quick\n${service}`,
    ['s0.yaml:1:1 CONFIG_INVALID plan is not allowed here: only the root stepgate.yaml'],
  ],
  [
    'a cluster in `in`',
    full,
    inService('prod: {', 'prod: { cluster: { context: x },'),
    ['s0.yaml:5:26 CONFIG_INVALID in.prod.cluster is not allowed here: only the root stepgate.yaml'],
  ],
  [
    'rollback in `in`',
    full,
    inService('staging: ,', 'staging: { rollback: {} },'),
    ['in.staging.rollback is not allowed here: only the root stepgate.yaml'],
  ],
  [
    'a typo in `in`',
    full,
    inService('prod: {', 'prod: { namspace: x,'),
    ['in.prod.namspace is not a known key (did you mean namespace?'],
  ],
  [
    'an unknown environment',
    full,
    inService('prod:', 'prd:'),
    ['s0.yaml:5:18 CONFIG_INVALID in.prd is "prd", which is not among the environments (did you mean prod?'],
  ],
  [
    'no environment',
    full,
    inService('{ staging: , prod: { namespace: shop, source: { files: [prod.yaml] } } }', '{}'),
    ['s0.yaml:5:5 CONFIG_INVALID in has no environment (name its environments; there: staging and prod)'],
  ],
  ['no namespace', full, inService('namespace: shop, ', ''), ['s0.yaml:5:18 CONFIG_INVALID in.prod has no namespace']],
  [
    'after where it does not go',
    full,
    inService('staging: , ', ''),
    ['s0.yaml:5:7 CONFIG_INVALID in.prod comes after staging, but shop is not released to staging'],
  ],
  [
    'after itself',
    inFull('after: staging', 'after: prod'),
    service,
    ['environments.prod.after leads from prod back to prod'],
  ],
  [
    'no traffic to route with',
    full,
    service.replace(/traffic:.*\n/, ''),
    ['s0.yaml:1:1 CONFIG_INVALID plan careful of prod routes traffic, but shop has no traffic key'],
  ],
  [
    'an unknown plan',
    inFull('plan: quick', 'plan: quik'),
    service,
    [
      'stepgate.yaml:20:47 CONFIG_INVALID environments.staging.plan is "quik", which is not among the plans (did you mean quick?',
    ],
  ],
  [
    'an unknown approval',
    inFull('{ approval: sre }', '{ approval: sra }'),
    service,
    ['is "sra", which is not among the approvals (did you mean sre? there: sre)'],
  ],
  [
    'an unknown schedule',
    inFull('{ schedule: office }', '{ schedule: home }'),
    service,
    ['is "home", which is not among the schedules (there: office)'],
  ],
  [
    'approval by label',
    inFull('by: [command]', 'by: [command, label]'),
    service,
    ['NOT_SUPPORTED approvals.sre.by[1] is label, which does not work yet (use comment: people'],
  ],
  [
    'more approvals than people',
    inFull('from: [ann, bob], count: 2', 'from: [ann, "@Ann"], count: 2'),
    service,
    ['approvals.sre.count is 2, and from names one person: the gate could never open (add people to from'],
  ],
  [
    'an entry with the name of the approval by a promotion pull request',
    inFull('approvals: { sre:', 'approvals: { promotion: {}, sre:'),
    service,
    ['stepgate.yaml:35:14 CONFIG_INVALID approvals.promotion is the name of an approval that needs no entry (give'],
  ],
  [
    'another way to promote between environments',
    inFull('after: staging', 'after: staging, promotion: push'),
    service,
    ['environments.prod.promotion is "push" (write pull-request)'],
  ],
  [
    'an entry with the name of the plain approval',
    inFull('approvals: { sre:', 'approvals: { approval: {}, sre:'),
    service,
    ['stepgate.yaml:35:14 CONFIG_INVALID approvals.approval is the name of an approval that needs no entry (give'],
  ],
  ['no approvals needed', inFull('count: 2', 'count: 0'), service, ['approvals.sre.count is the number 0']],
  [
    'a bad zone',
    inFull('Europe/Berlin', 'Europe/Bonn'),
    service,
    ['schedules.office.zone is "Europe/Bonn", which is not a known time zone'],
  ],
  [
    'a bad window',
    inFull('Mon-Fri 09:00', 'Mon-Fri 9:00'),
    service,
    ['schedules.office.allow[0] is "Mon-Fri 9:00-16:30", which is not a window'],
  ],
  ['a bad day', inFull('2026-05-01', '2026-05-32'), service, ['schedules.office.except[1] is "2026-05-32"']],
  ['broken YAML in an include', full, 'delivery: [', ['s0.yaml:1:']],
])('says what is wrong with %s', (_, root, included, expected) => {
  const found = problemsOf(root, included);
  expect(found, found.join('\n')).toHaveLength(expected.length);
  for (const [index, fragment] of expected.entries()) expect(found[index]).toContain(fragment);
});

it('tells all problems of all files in one go, from top to bottom', () => {
  const root = full
    .replace('plan: quick', 'plan: quik')
    .replace('by: [command]', 'by: [label]')
    .replace('count: 2', 'cuont: 2');
  const found = problemsOf(root, `${service}steps: []\n`, 'delivery: [');
  expect(found.map((text) => text.split(' ').slice(0, 2).join(' '))).toEqual([
    'stepgate.yaml:20:47 CONFIG_INVALID',
    'stepgate.yaml:35:26 NOT_SUPPORTED',
    'stepgate.yaml:35:52 CONFIG_INVALID',
    's0.yaml:6:1 CONFIG_INVALID',
    's1.yaml:1:12 YAML_INVALID',
  ]);
});

it("refuses what is not there yet in the design's own example, and nothing else", () => {
  const root = inFull('[{ soak: 30m }, approval]', '[{ soak: 30m }, { metric: errors }]')
    .replace('doneWhen: [{ soak: 5m }]', 'doneWhen: [{ metric: errors }]')
    .replace('on: [stuck, unready]', 'on: [metric, stuck, unready]')
    .replace('by: [command]', 'by: [command, label]');
  const found = problemsOf(root, service);
  expect(found.map((text) => text.split(' ')[1])).toEqual(['NOT_SUPPORTED']);
});

it('prints the resolved config as YAML that reads back as their JSON', () => {
  const config = resolve(full, service);
  const printed = printConfig(config);
  expect(printed).toBe(printConfig(resolve(full, service)));
  const [document] = parseYaml({ file: 'printed.yaml', text: printed, keys: 'text' });
  expect(JSON.parse(JSON.stringify(document?.value))).toEqual(JSON.parse(JSON.stringify(configToJson(config))));
  expect(printed).toMatchInlineSnapshot(`
    "version: 1
    commits:
      branches: [release/*]
      tags: [v*]
    people:
      ada@corp.example: ann
      system:serviceaccount:ci:bob: bob
    fetch: [raw.githubusercontent.com, github.com]
    deliveries:
      - delivery: cache
        environment: null
        cluster:
          context: edge
          exec: [gke-gcloud-auth-plugin]
        namespace: cache
        workload:
          kind: Deployment
          name: cache
        source:
          kustomize: cache
        traffic:
          service: cache
          grace: 5s
          gateway:
            route: cache
        strategy: canary
        startWhen:
          - schedule: office
            zone: Europe/Berlin
            allow: [Mon-Fri 09:00-16:30]
            except: [2026-12-24/2027-01-02, 2026-05-01]
        steps:
          - name: step-1
            replicas: 50%
            traffic: 50%
            matches:
              - path:
                  value: /beta
                headers:
                  - name: user
                    type: RegularExpression
                    value: t.*
            leaveWhen:
              - soak: 1h
            timer: engine
          - name: step-2
            replicas: 5
            leaveWhen:
              - approval: approval
                by: [command]
                from: []
                count: 1
        doneWhen:
          - soak: 5m
        rollback:
          "on": [stuck]
          stuckAfter: 15m
          git: auto
          merge: false
      - delivery: shop@staging
        environment: staging
        cluster:
          context: stg
          exec: []
        namespace: stage
        workload:
          kind: Deployment
          name: shop
        source:
          kustomize: overlays/staging/shop
        traffic:
          service: shop
          grace: null
          ingress:
            name: shop
            class: nginx
        strategy: partition
        startWhen: []
        steps:
          - name: step-1
            replicas: 1
            leaveWhen: []
          - name: step-2
            replicas: 100%
            leaveWhen: []
        doneWhen: []
        rollback:
          "on": []
          stuckAfter: 15m
          git: auto
          merge: false
      - delivery: shop@prod
        environment: prod
        cluster:
          context: prod
          exec: [aws]
        namespace: shop
        workload:
          kind: Deployment
          name: shop
        source:
          files: [prod.yaml]
        traffic:
          service: shop
          grace: null
          ingress:
            name: shop
            class: nginx
        strategy: canary
        startWhen:
          - after: shop@staging
          - schedule: office
            zone: Europe/Berlin
            allow: [Mon-Fri 09:00-16:30]
            except: [2026-12-24/2027-01-02, 2026-05-01]
        steps:
          - name: smoke
            replicas: 1
            traffic: 5%
            leaveWhen:
              - approval: sre
                by: [command]
                from: [ann, bob]
                count: 2
          - name: half
            replicas: 50%
            traffic: 50%
            leaveWhen:
              - soak: 30m
              - approval: approval
                by: [command]
                from: []
                count: 1
          - name: full
            replicas: 100%
            traffic: 100%
            leaveWhen: []
        doneWhen:
          - soak: 5m
        rollback:
          "on": [stuck, unready]
          stuckAfter: 20m
          git: commit
          merge: false
    "
  `);
});

it('prints a time without restarts', () => {
  const printed = configToJson(resolve(but('soak: 10m', 'noRestarts: 90s')));
  expect(JSON.stringify(printed)).toContain('"leaveWhen":[{"noRestarts":"1m30s"}]');
});
