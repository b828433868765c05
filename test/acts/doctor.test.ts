import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { noRepo } from '../../src/adapters/no-repo.ts';
import { inputError } from '../../src/release/error.ts';
import { type Forge, ForgeError } from '../../src/release/forge.ts';
import { ClusterError } from '../../src/release/ports.ts';
import { everything, shop } from '../adapters/github/live.ts';
import { memoryForge, noRules } from '../support/forge.ts';
import { config } from './files.ts';
import { type FirstHour, firstHour } from './first-hour.ts';
import { documents, ingress, service, workload } from './shapes.ts';

const files = { 'deploy/shop.yaml': documents(workload({ namespace: 'shop' }), service('shop', 'shop')) };

/** A repository with a config, whose first version is delivered. */
async function delivered(): Promise<FirstHour> {
  const hour = await firstHour(files);
  await hour.init();
  await hour.push();
  await hour.deliver('shop');
  return hour;
}

type Checked = Awaited<ReturnType<FirstHour['doctor']>>;

/** The outcome of a check, with its code. */
function outcome({ checks }: Checked, about: string, name: string): string {
  const found = checks.filter((check) => check.about === about && check.name === name);
  return found.map(({ is, code }) => (code === null ? is : `${is} ${code}`)).join(', ');
}

function words({ checks }: Checked, about: string, name: string): string {
  return checks
    .flatMap((check) => (check.about === about && check.name === name ? [check.says, check.todo ?? ''] : []))
    .join('\n');
}

test('all is well where a release was delivered', async () => {
  await using hour = await delivered();
  const made = await hour.doctor();
  expect(made.exit).toBe(0);
  expect(made.checks.filter(({ is }) => is === 'error' || is === 'warning')).toEqual([]);
  for (const [about, name] of [
    ['git', 'program'],
    ['git', 'history'],
    ['git', 'policy branch'],
    ['git', 'remote'],
    ['git', 'stepgate.yaml'],
    ['cluster', 'server'],
    ['cluster', 'clock'],
    ['cluster', 'kind Rollout'],
    ['shop', 'rights'],
    ['shop', 'release'],
  ] as const) {
    expect([name, outcome(made, about, name)]).toEqual([name, 'ok']);
  }
  expect(outcome(made, 'github', 'token')).toBe('skipped');
});

describe('Git:', () => {
  test('no repository', async () => {
    await using hour = await firstHour(files);
    const repo = noRepo(inputError('GIT_FAILED', 'this is no repository'));
    const made = await hour.doctor({}, { repo });
    expect([made.exit, outcome(made, 'git', 'repository'), outcome(made, 'cluster', 'server')]).toEqual([
      2,
      'error GIT_FAILED',
      'ok',
    ]);
  });

  test('no stepgate.yaml on the policy branch', async () => {
    await using hour = await firstHour(files);
    const made = await hour.doctor();
    expect([made.exit, outcome(made, 'git', 'stepgate.yaml')]).toEqual([2, 'error CONFIG_NOT_FOUND']);
  });

  test('every problem of a stepgate.yaml, with its place', async () => {
    await using hour = await firstHour({
      ...files,
      'stepgate.yaml': 'version: 1\ndeliveries: [{ delivery: shop, name: x }]\nwrong: 1\n',
    });
    const made = await hour.doctor();
    expect(made.exit).toBe(2);
    expect(words(made, 'git', 'stepgate.yaml')).toMatch(/stepgate\.yaml:2:\d+: [\s\S]*stepgate\.yaml:3:1: /);
  });

  test('a remote that does not answer', async () => {
    await using hour = await delivered();
    await hour.clone.git('remote', 'set-head', 'origin', 'main');
    await hour.remote.stop();
    const made = await hour.doctor();
    expect([made.exit, outcome(made, 'git', 'remote')]).toEqual([3, 'error GIT_FAILED']);
    expect(outcome(made, 'shop', 'release')).toBe('ok');
    await hour.remote.start();
  });

  test('a shallow clone', async () => {
    await using hour = await delivered();
    await hour.clone.git(
      '-c',
      `url.file://${hour.remote.folder}.insteadOf=${hour.remote.url}`,
      'fetch',
      '--quiet',
      '--depth=1',
      'origin',
      'main',
    );
    expect(outcome(await hour.doctor(), 'git', 'history')).toBe('warning GIT_SHALLOW');
  });
});

describe('the cluster:', () => {
  test('a server that does not answer', async () => {
    await using hour = await delivered();
    const away = () => Promise.reject(new ClusterError(503, '', 'away'));
    const made = await hour.doctor({}, { through: (cluster) => ({ ...cluster, user: away }) });
    expect([made.exit, outcome(made, 'cluster', 'server'), outcome(made, 'shop', 'delivery')]).toEqual([
      3,
      'error CLUSTER_UNREACHABLE',
      'skipped',
    ]);
  });

  test('no engine', async () => {
    await using hour = await delivered();
    const made = await hour.doctor(
      {},
      {
        through: (cluster) => ({
          ...cluster,
          discover: async (version, kind, signal) =>
            kind === 'Rollout' ? null : cluster.discover(version, kind, signal),
        }),
      },
    );
    expect([made.exit, outcome(made, 'cluster', 'kind Rollout')]).toEqual([3, 'error ENGINE_MISSING']);
  });

  test('another clock', async () => {
    await using hour = await delivered();
    const made = await hour.doctor(
      {},
      {
        through: (cluster) => ({ ...cluster, now: () => new Date((cluster.now()?.getTime() ?? 0) + 120_000) }),
      },
    );
    expect([made.exit, outcome(made, 'cluster', 'clock')]).toEqual([0, 'warning CLOCKS_DIFFER']);
  });

  test('rights that are missing', async () => {
    await using hour = await delivered();
    const reader = await hour.doctor(
      {},
      { through: (cluster) => ({ ...cluster, may: async ({ verb }) => ['get', 'list', 'watch'].includes(verb) }) },
    );
    expect(outcome(reader, 'shop', 'rights')).toBe('warning CLUSTER_FORBIDDEN');
    expect(words(reader, 'shop', 'rights')).toMatch(/^this identity may read, .*and not plan, doctor, deploy, promote/);
    const nobody = await hour.doctor({}, { through: (cluster) => ({ ...cluster, may: async () => false }) });
    expect([nobody.exit, outcome(nobody, 'shop', 'rights')]).toEqual([4, 'error CLUSTER_FORBIDDEN']);
  });

  test('a server without reviews of access', async () => {
    await using hour = await delivered();
    const none = () => Promise.reject(new ClusterError(404, '', 'not found'));
    const made = await hour.doctor({}, { through: (cluster) => ({ ...cluster, may: none }) });
    expect([made.exit, outcome(made, 'shop', 'rights')]).toEqual([0, 'skipped']);
  });
});

describe('KubeVela:', () => {
  const application = (type: string) =>
    documents({
      apiVersion: 'core.oam.dev/v1beta1',
      kind: 'Application',
      metadata: { name: 'site' },
      spec: { components: [{ name: 'shop', type, properties: { image: 'app:v1', replicas: 4 } }] },
    });
  /** A running controller of KubeVela, as its chart installs it. */
  function installed(hour: FirstHour): void {
    const labels = { app: 'vela' };
    const containers = [{ name: 'core', image: 'oamdev/vela-core:v1.10.9' }];
    const spec = {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    };
    const metadata = { name: 'kubevela-vela-core', namespace: 'vela-system' };
    hour.cluster.api.create('Deployment', { metadata, spec } as never, { manager: 'helm' });
  }
  const names = ({ checks }: Checked) => checks.filter(({ about }) => about === 'cluster').map(({ name }) => name);

  test('its controller, its trait, and the engine of its addon', async () => {
    const stepgate = config({ more: ['target: vela-application'] });
    await using hour = await firstHour(
      { 'stepgate.yaml': stepgate, 'deploy/shop.yaml': application('webservice') },
      { kubevela: true, rollouts: 'v1beta1' },
    );
    installed(hour);
    await hour.wait(10);
    const made = await hour.doctor();
    expect(words(made, 'cluster', 'KubeVela')).toMatch(/^oamdev\/vela-core:v1\.10\.9, 1 available/);
    expect(outcome(made, 'cluster', 'kind Application')).toBe('ok');
    expect(names(made)).toEqual(expect.arrayContaining(['trait kruise-rollout', 'engine']));
    const without = await hour.doctor(
      {},
      {
        through: (cluster) => ({
          ...cluster,
          // The embedded server has no kind TraitDefinition.
          discover: async (version, kind, signal) =>
            kind === 'TraitDefinition'
              ? { apiVersion: version, kind, plural: 'traitdefinitions', namespaced: true }
              : cluster.discover(version, kind, signal),
          get: async (ref, signal) => (ref.kind.kind === 'TraitDefinition' ? null : cluster.get(ref, signal)),
        }),
      },
    );
    expect([without.exit, outcome(without, 'cluster', 'trait kruise-rollout')]).toEqual([4, 'error ENGINE_MISSING']);
  });

  test('v1.1 with AppRollouts needs no Kruise Rollouts', async () => {
    const stepgate = config({ kind: 'CloneSet', more: ['target: vela-approllout'] });
    await using hour = await firstHour(
      { 'stepgate.yaml': stepgate, 'deploy/shop.yaml': application('clone') },
      { approllout: 'v1.1.13' },
    );
    const made = await hour.doctor();
    expect([outcome(made, 'cluster', 'kind AppRollout'), outcome(made, 'cluster', 'KubeVela')]).toEqual([
      'ok',
      'skipped',
    ]);
    expect(names(made).filter((name) => /engine|feature gates|holds templates|kind Rollout/.test(name))).toEqual([]);
  });
});

describe('a delivery:', () => {
  test('what a plan finds', async () => {
    await using hour = await delivered();
    await hour.push({
      'deploy/shop.yaml': documents({ ...workload({ namespace: 'shop' }), apiVersion: 'apps/v1beta1' }),
    });
    const made = await hour.doctor();
    expect([made.exit, outcome(made, 'shop', 'plan')]).toEqual([2, 'error SOURCE_INVALID']);
  });

  /** The Deployment as a broken release leaves it: paused, with the mark of the engine, and without a Rollout. */
  async function broken(hour: FirstHour, template: object = {}) {
    const { api } = hour.cluster;
    api.remove('Rollout', 'shop', 'shop', { uid: api.get('Rollout', 'shop', 'shop')?.metadata.uid ?? '' });
    await hour.wait(30);
    const annotations = { 'batchrelease.rollouts.kruise.io/control-info': '{}' };
    const body = { metadata: { annotations }, spec: { paused: true, ...template } };
    api.patch('Deployment', 'shop', 'shop', body as never, { type: 'merge', manager: 'kruise-rollout' });
    await hour.wait(5);
  }
  const paused = (hour: FirstHour) => hour.cluster.api.get('Deployment', 'shop', 'shop')?.spec;

  test('a workload that a broken release has left paused is set free by --fix', async () => {
    await using hour = await delivered();
    await broken(hour);
    const seen = await hour.doctor();
    expect([seen.exit, outcome(seen, 'shop', 'left-overs')]).toEqual([4, 'error WEDGED']);
    expect(seen.fixes).toMatchObject([{ name: 'unpause', delivery: 'shop', done: false }]);
    expect(paused(hour)).toMatchObject({ paused: true });
    const mended = await hour.doctor({ fix: ['true'] });
    expect(mended.fixes).toMatchObject([{ name: 'unpause', delivery: 'shop', done: true }]);
    expect(outcome(mended, 'shop', 'left-overs')).toBe('ok');
    expect(paused(hour)).not.toHaveProperty('paused');
    expect(outcome(await hour.doctor(), 'shop', 'left-overs')).toBe('');
  });

  test('a fix is not made where somebody else has written the workload meanwhile', async () => {
    await using hour = await delivered();
    await broken(hour);
    const meddled = await hour.doctor(
      { fix: ['true'] },
      {
        through: (cluster) => ({
          ...cluster,
          patch(ref, body, options) {
            const annotations = { somebody: 'else' };
            const change = { metadata: { annotations } };
            hour.cluster.api.patch('Deployment', 'shop', 'shop', change as never, {
              type: 'merge',
              manager: 'kubectl',
            });
            return cluster.patch(ref, body, options);
          },
        }),
      },
    );
    expect(meddled.fixes).toMatchObject([{ name: 'unpause', done: false }]);
    expect(outcome(meddled, 'shop', 'left-overs')).toBe('error WEDGED');
    expect(paused(hour)).toMatchObject({ paused: true });
  });

  test('a run of a workflow fixes nothing', async () => {
    await using hour = await firstHour(files);
    const run = { by: 'github', id: '1', attempt: 1, event: 'workflow_dispatch', url: 'https://github.com/x' } as const;
    await expect(hour.doctor({ fix: ['true'] }, { run })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('it is left alone where pods would change', async () => {
    await using hour = await delivered();
    await broken(hour, { template: { metadata: { labels: { app: 'shop', more: 'x' } } } });
    const made = await hour.doctor({ fix: ['true'] });
    expect(made.fixes).toEqual([]);
    expect(outcome(made, 'shop', 'left-overs')).toBe('error WEDGED');
    expect(paused(hour)).toMatchObject({ paused: true });
  });
});

test('a delivery that the policy no longer has, and whose Rollout is still there', async () => {
  await using hour = await firstHour({
    ...files,
    'deploy/web.yaml': documents(workload({ namespace: 'shop', name: 'web' }), service('web', 'shop')),
  });
  const { config: both } = await hour.init();
  await hour.push();
  for (const name of ['shop', 'web']) await hour.deliver(name);
  expect(outcome(await hour.doctor(), 'shop', 'policy')).toBe('');
  const { deliveries, ...rest } = parse(both);
  const alone = deliveries.filter(({ delivery }: { delivery: string }) => delivery === 'web');
  await hour.push({ 'stepgate.yaml': stringify({ ...rest, deliveries: alone }) });
  const rests = await hour.doctor();
  expect([rests.exit, outcome(rests, 'shop', 'policy')]).toEqual([0, 'warning DELIVERY_UNKNOWN']);
  expect(words(rests, 'shop', 'policy')).toContain('stepgate retire --delivery shop --namespace shop gives it up');

  await hour.push({
    'stepgate.yaml': both,
    'deploy/shop.yaml': documents(workload({ namespace: 'shop', version: 'v2' }), service('shop', 'shop')),
  });
  expect((await hour.stepgate('deploy --delivery shop')).state).toBe('waiting');
  await hour.push({ 'stepgate.yaml': stringify({ ...rest, deliveries: alone }) });
  const midway = words(await hour.doctor(), 'shop', 'policy');
  expect(midway).toContain('is under way at the Rollout shop in shop, and nothing goes on there');
  const back = /stepgate (rollback --delivery shop --namespace shop)$/.exec(midway)?.[1] ?? '';
  expect(await hour.stepgate(`${back} --reason gone`)).toMatchObject({ exit: 3, code: 'DELIVERY_UNKNOWN' });
  expect(hour.image('Deployment', 'shop', 'shop')).toBe('app:v1');
  expect(words(await hour.doctor(), 'shop', 'policy')).toContain('was rolled back at the Rollout shop in shop');

  // One of another policy, whose commits this repository does not have, is none of its business.
  const { api } = hour.cluster;
  const notes = api.get('Rollout', 'shop', 'shop')?.metadata.annotations ?? {};
  const others = Object.fromEntries(
    Object.entries(notes).map(([key, text]) => [key, text.replaceAll(/[0-9a-f]{40}/g, 'f'.repeat(40))]),
  );
  api.patch('Rollout', 'shop', 'shop', { metadata: { annotations: others } }, { type: 'merge', manager: 'stepgate' });
  expect(outcome(await hour.doctor(), 'shop', 'policy')).toBe('');
});

describe('what a release that broke off has left:', () => {
  const version = (image: string) => ({
    'deploy/shop.yaml': documents(
      workload({ namespace: 'shop', version: image }),
      service('shop', 'shop'),
      ingress('shop', 'shop'),
    ),
  });

  /** v2 waits at its first step, with a share of the requests. */
  async function waiting(style: 'canary' | 'partition'): Promise<FirstHour> {
    const steps = ['{ name: one, replicas: 1, traffic: 20% }', '{ name: all, replicas: 100% }'];
    const stepgate = config({ style, steps, more: ['traffic: { service: shop, ingress: { name: shop } }'] });
    const hour = await firstHour({ 'stepgate.yaml': stepgate, ...version('v1') });
    await hour.deliver('shop');
    await hour.push(version('v2'));
    await hour.stepgate('deploy --delivery shop');
    return hour;
  }

  /** Somebody deletes the Deployment in mid-release, and creates it again as it was before (T51). */
  async function deleted(style: 'canary' | 'partition'): Promise<FirstHour> {
    const hour = await waiting(style);
    const { api } = hour.cluster;
    api.remove('Deployment', 'shop', 'shop');
    await hour.wait(60);
    const { metadata, spec } = workload({ namespace: 'shop' });
    api.create('Deployment', { metadata, spec } as never, { manager: 'kubectl' });
    await hour.wait(60);
    return hour;
  }

  const left = ({ checks }: Checked) =>
    checks.flatMap(({ about, name, is, code }) =>
      about === 'shop' && /^(left|pinned|deletion)/.test(name)
        ? [`${name}: ${is}${code === null ? '' : ` ${code}`}`]
        : [],
    );

  test('nothing, once a release is delivered or taken back', async () => {
    await using hour = await waiting('canary');
    expect(left(await hour.doctor())).toEqual(['left objects: skipped']);
    await hour.stepgate('rollback --delivery shop --reason slow');
    await hour.wait(60);
    expect(left(await hour.doctor())).toEqual(['left objects: ok']);
  });

  test('its batch, its route and its Services where the workload was deleted in mid-release', async () => {
    await using hour = await deleted('partition');
    const made = await hour.doctor();
    expect(left(made)).toEqual([
      'left BatchRelease: error LEFT_BEHIND',
      'left route: error LEFT_BEHIND',
      'left Service: warning LEFT_BEHIND',
      'pinned Service: warning LEFT_BEHIND',
    ]);
    expect(words(made, 'shop', 'left route')).toBe(
      'Ingress/shop-canary may still take 20% of the requests of Ingress/shop, to Service/shop-canary\nkubectl -n shop delete ingress shop-canary',
    );
    const { api } = hour.cluster;
    for (const [kind, name] of [
      ['BatchRelease', 'shop'],
      ['Ingress', 'shop-canary'],
      ['Service', 'shop-canary'],
    ] as const) {
      api.remove(kind, 'shop', name);
    }
    const selector = { app: 'shop', 'pod-template-hash': null };
    api.patch('Service', 'shop', 'shop', { spec: { selector } } as never, { type: 'merge', manager: 'kubectl' });
    await hour.wait(30);
    expect(left(await hour.doctor())).toEqual(['left objects: ok']);
  });

  test('the extra Deployment of canary style, which goes with the batch', async () => {
    await using hour = await deleted('canary');
    const made = await hour.doctor();
    expect(left(made).slice(0, 2)).toEqual([
      'left BatchRelease: error LEFT_BEHIND',
      'left Deployment: warning LEFT_BEHIND',
    ]);
    expect(words(made, 'shop', 'left Deployment')).toMatch(/with 1 available pod: [\s\S]*delete BatchRelease\/shop/);
    hour.cluster.api.remove('BatchRelease', 'shop', 'shop');
    await hour.wait(30);
    expect(left(await hour.doctor()).filter((line) => /BatchRelease|Deployment/.test(line))).toEqual([]);
  });

  test('a Service that selects pods which are gone', async () => {
    await using hour = await deleted('partition');
    const selector = { app: 'shop', 'pod-template-hash': 'gone' };
    hour.cluster.api.patch('Service', 'shop', 'shop', { spec: { selector } } as never, {
      type: 'merge',
      manager: 'kubectl',
    });
    const made = await hour.doctor();
    expect(outcome(made, 'shop', 'pinned Service')).toBe('error LEFT_BEHIND');
    expect(words(made, 'shop', 'pinned Service')).toContain(
      `kubectl -n shop patch service shop --type=json -p '[{"op":"remove","path":"/spec/selector/pod-template-hash"}]'`,
    );
  });

  test('nothing is said of a release that has begun since the Rollout was read', async () => {
    await using hour = await delivered();
    const batch = { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'BatchRelease', metadata: { name: 'shop' } };
    const { api } = hour.cluster;
    const made = await hour.doctor(
      {},
      {
        through: (cluster) => ({
          ...cluster,
          async get(ref, signal) {
            if (ref.kind.kind !== 'BatchRelease') return cluster.get(ref, signal);
            const annotations = { 'rollouts.kruise.io/in-progressing': '{}' };
            api.patch('Deployment', 'shop', 'shop', { metadata: { annotations } } as never, {
              type: 'merge',
              manager: 'kruise-rollout',
            });
            return batch;
          },
        }),
      },
    );
    expect(left(made)).toEqual(['left objects: ok']);
  });

  test('what this identity may not read is said to be not looked at', async () => {
    await using hour = await deleted('partition');
    const no = () => Promise.reject(new ClusterError(403, 'Forbidden', 'no'));
    const made = await hour.doctor(
      {},
      {
        through: (cluster) => ({
          ...cluster,
          get: (ref, signal) => (ref.kind.kind === 'BatchRelease' ? no() : cluster.get(ref, signal)),
          list: (query, signal) => (query.kind.kind === 'Ingress' ? no() : cluster.list(query, signal)),
        }),
      },
    );
    expect(left(made)).toEqual([
      'left Service: warning LEFT_BEHIND',
      'pinned Service: warning LEFT_BEHIND',
      'left objects: skipped',
    ]);
    expect(words(made, 'shop', 'left objects')).toContain('may not read BatchRelease, Ingress in shop');
  });
});

describe('GitHub:', () => {
  const forge: Forge = {
    ...memoryForge(() => new Date()).as(),
    pullRequestsFrom: async () => [],
    deployments: async () => [],
    branchHead: async () => 'a'.repeat(40),
    branchRules: async () => ({ ...noRules, reviews: 1 }),
  };

  test('a token that is known', async () => {
    await using hour = await delivered();
    const made = await hour.doctor({}, { forge });
    const ours = made.checks.filter(({ about }) => about === 'github');
    expect(ours.map(({ name, is }) => [name, is])).toEqual([
      ['token', 'ok'],
      ['pull requests', 'ok'],
      ['deployments', 'ok'],
      ['policy branch', 'ok'],
      ['policy branch rules', 'ok'],
      ['pull requests by workflows', 'ok'],
    ]);
  });

  test('a token that is wrong, or may not read everything', async () => {
    await using hour = await delivered();
    const refused = () => Promise.reject(new ForgeError('unknownToken', 'bad credentials'));
    const made = await hour.doctor({}, { forge: { ...forge, viewer: refused } });
    expect([made.exit, outcome(made, 'github', 'token')]).toEqual([0, 'warning FORGE_REFUSED']);
    const less = () => Promise.reject(new ForgeError('forbidden', 'no', { needs: 'deployments: read' }));
    const other = await hour.doctor({}, { forge: { ...forge, deployments: less } });
    expect(words(other, 'github', 'deployments')).toContain('give the token deployments: read');
  });

  test('pull requests by workflows are looked at where the policy needs them', async () => {
    await using hour = await delivered();
    const needless = await hour.doctor({}, { forge: { ...forge, branchRules: async () => noRules } });
    expect(outcome(needless, 'github', 'pull requests by workflows')).toBe('');
    const off = async () => ({ mayOpenPullRequests: false, byDefault: 'read' }) as const;
    const made = await hour.doctor({}, { forge: { ...forge, workflowRights: off } });
    expect([made.exit, outcome(made, 'github', 'pull requests by workflows')]).toEqual([0, 'warning']);
    expect(words(made, 'github', 'pull requests by workflows')).toContain('the reverts of shop need them');
    const less = () => Promise.reject(new ForgeError('forbidden', 'it needs administration: read'));
    const job = await hour.doctor({}, { forge: { ...forge, workflowRights: less } });
    expect([job.exit, outcome(job, 'github', 'pull requests by workflows')]).toEqual([0, 'skipped']);
    expect(words(job, 'github', 'pull requests by workflows')).toMatch(
      /^it needs administration: read; a person sees it under Settings > Actions > General: "Allow GitHub Actions/,
    );
  });

  test('a policy branch without rules is a warning, and so is a plan that has none', async () => {
    await using hour = await delivered();
    const open = await hour.doctor({}, { forge: { ...forge, branchRules: async () => noRules } });
    expect([open.exit, outcome(open, 'github', 'policy branch rules')]).toEqual([0, 'warning']);
    expect(words(open, 'github', 'policy branch rules')).toMatch(
      /whoever may push to main .*\nrequire a pull request/s,
    );
    const none = () => Promise.reject(new ForgeError('refused', 'not in this plan'));
    const poor = await hour.doctor({}, { forge: { ...forge, branchRules: none } });
    expect(outcome(poor, 'github', 'policy branch rules')).toBe('warning');
    expect(words(poor, 'github', 'policy branch rules')).toMatch(/^not in this plan; without rules, whoever may push/);
  });

  test('a review of the owners counts where CODEOWNERS names owners of the policy', async () => {
    await using hour = await delivered();
    const owners = { ...forge, branchRules: async () => ({ ...noRules, reviews: 0, ownersReview: true }) };
    await hour.push({ '.github/CODEOWNERS': '/deploy/ @ada\n' });
    const open = await hour.doctor({}, { forge: owners });
    expect(words(open, 'github', 'policy branch rules')).toContain('name the owners of stepgate.yaml');
    await hour.push({ '.github/CODEOWNERS': '/stepgate.yaml @ada\n' });
    expect(outcome(await hour.doctor({}, { forge: owners }), 'github', 'policy branch rules')).toBe('ok');
  });

  test.each([
    ['forbidden', 'skipped', 'a person sees it under Settings > Rules'],
    ['limited', 'warning FORGE_UNREACHABLE', 'try again'],
  ] as const)('rules that are %s', async (trouble, is, says) => {
    await using hour = await delivered();
    const refused = () =>
      Promise.reject(new ForgeError(trouble, 'it needs contents: read', { needs: 'contents: read' }));
    const made = await hour.doctor({}, { forge: { ...forge, branchRules: refused } });
    expect([made.exit, outcome(made, 'github', 'policy branch rules')]).toEqual([0, is]);
    expect(words(made, 'github', 'policy branch rules')).toContain(`it needs contents: read`);
    expect(words(made, 'github', 'policy branch rules')).toContain(says);
  });
});

describe('the settings of a repository at GitHub:', () => {
  const config = `version: 1
approvals: { sre: { by: [environment], from: [ada, bob], notAuthor: true } }
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/shop.yaml] }
    strategy: partition
    rollback: { git: pull-request }
    steps:
      - { name: one, replicas: 1, leaveWhen: [{ approval: sre }] }
      - { name: all, replicas: 100%, leaveWhen: [] }
`;
  const job = '.github/workflows/environment.yml';
  const lines = ({ checks }: Checked) =>
    checks
      .filter(
        ({ about, name }) => about === 'github' && /^(policy branch rules|pull requests by|environment)/.test(name),
      )
      .map(({ name, is }) => `${name}: ${is}`);

  async function atGitHub() {
    const example = await readFile(new URL('../../examples/environment.yml', import.meta.url), 'utf8');
    const hour = await firstHour({ ...files, 'stepgate.yaml': config, [job]: example });
    const hub = await shop();
    const admin = hub.as(hub.hub.app('admin', { ...everything, administration: 'read' }).token());
    return {
      hour,
      hub,
      doctor: (forge = admin) => hour.doctor({}, { forge }),
      async [Symbol.asyncDispose]() {
        await hub[Symbol.asyncDispose]();
        await hour[Symbol.asyncDispose]();
      },
    };
  }

  test('as a new repository has them', async () => {
    await using at = await atGitHub();
    const made = await at.doctor();
    expect(lines(made)).toEqual([
      'policy branch rules: warning',
      'pull requests by workflows: warning',
      'environment promotion: warning',
    ]);
    expect(words(made, 'github', 'environment promotion')).toContain('there are no votes for sre');
    expect(at.hub.hub.requests.all.filter(({ method, path }) => method !== 'GET' && path !== '/graphql')).toEqual([]);
  });

  test('as a release needs them', async () => {
    await using at = await atGitHub();
    const { repo, ada } = at.hub;
    repo.protect('main', { by: 'ruleset', reviews: 1 });
    repo.settings.actionsMayOpenPullRequests = true;
    repo.environment('promotion', { reviewers: [ada], preventSelfReview: true });
    const made = await at.doctor();
    expect(lines(made)).toEqual([
      'policy branch rules: ok',
      'pull requests by workflows: ok',
      'environment promotion: ok',
    ]);
    expect(words(made, 'github', 'environment promotion')).toMatch(/^ada review it, for sre/);
  });

  test('as the token of a job may read them: what it may not is said, with the permission', async () => {
    await using at = await atGitHub();
    const { hub, repo } = at.hub;
    const poor = at.hub.as(hub.runFor(repo.event('push'), { permissions: { contents: 'read' } }).token);
    const made = await at.doctor(poor);
    expect(lines(made)).toEqual([
      'policy branch rules: warning',
      'pull requests by workflows: skipped',
      'environment promotion: skipped',
    ]);
    expect(made.checks.filter(({ about, is }) => about === 'github' && is === 'error')).toEqual([]);
    expect(words(made, 'github', 'pull requests by workflows')).toContain('it needs administration: read');
    expect(words(made, 'github', 'environment promotion')).toContain('it needs actions: read');
  });

  test('workflows that do not tell the environment', async () => {
    await using at = await atGitHub();
    const { repo, ada } = at.hub;
    repo.environment('promotion', { reviewers: [ada] });
    const text = await readFile(new URL('../../examples/environment.yml', import.meta.url), 'utf8');
    const hidden = text.replace('environment: promotion', `environment: \${{ inputs.step }}`);
    await at.hour.push({ [job]: hidden, '.github/workflows/broken.yml': 'jobs: [', '.github/workflows/x/y.yml': text });
    const made = await at.doctor();
    expect(lines(made).slice(2)).toEqual([
      'environments of .github/workflows/broken.yml: skipped',
      'environment of promote: skipped',
    ]);
    await at.hour.push({ [job]: 'on: push\njobs: {}\n', '.github/workflows/broken.yml': 'on: push\n' });
    expect(lines(await at.doctor()).slice(2)).toEqual(['environments: warning']);
  });
});
