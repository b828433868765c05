import { describe, expect, test } from 'vitest';
import { type Command, commands } from '../../src/commands/index.ts';
import { likelyPlural } from '../../src/release/kinds.ts';
import { duties } from '../../src/release/right.ts';
import { kinds } from '../../src/simulator/api/kinds.ts';
import type { Files } from '../support/memory-git.ts';
import { documentsIn, grantsIn } from '../support/roles.ts';
import { config, environments, manifest } from './files.ts';
import { openShop } from './shop.ts';

/** What `stepgate permissions` prints, and what it refuses. What its roles are enough for is in rights.test.ts. */

const ci = 'system:serviceaccount:ci:stepgate';

async function printed(args: string, files: Files = {}) {
  using shop = openShop({ files });
  const told = await shop.person('ada')(`permissions${args === '' ? '' : ` ${args}`}`);
  return { ...told, documents: told.text === '' ? [] : documentsIn(told.text) };
}

const titles = (documents: readonly Record<string, unknown>[]) =>
  documents.map(({ kind, metadata }) => {
    const { name, namespace } = metadata as { name: string; namespace?: string };
    return `${kind} ${name}${namespace === undefined ? '' : ` in ${namespace}`}`;
  });

test('every command that connects to a cluster has a duty', () => {
  const known = Object.values(duties).flatMap((duty) => duty.commands);
  const connecting = Object.entries<Command>(commands).flatMap(([name, { options }]) =>
    options.includes('kubeconfig') ? [name] : [],
  );
  expect(connecting.filter((name) => !known.includes(name))).toEqual([]);
});

test('the plural of every kind that is known here', () => {
  expect(kinds.filter(({ kind, plural }) => likelyPlural(kind) !== plural)).toEqual([]);
});

test.for([
  ['Endpoints', 'endpoints'],
  ['Gateway', 'gateways'],
  ['StorageClass', 'storageclasses'],
  ['NetworkPolicy', 'networkpolicies'],
  ['VirtualService', 'virtualservices'],
] as const)('the plural of %s is %s', ([kind, plural]) => {
  expect(likelyPlural(kind)).toBe(plural);
});

describe('without an identity', () => {
  test('every role, and no binding', async () => {
    const { documents, text } = await printed('');
    expect(titles(documents)).toEqual([
      ...Object.keys(duties).flatMap((duty) => [
        `Role stepgate-${duty} in shop`,
        ...(duty === 'plan' || duty === 'doctor' ? [`ClusterRole stepgate-${duty}.shop`] : []),
        ...(duty === 'doctor' ? ['Role stepgate-doctor.shop in kruise-rollout'] : []),
      ]),
    ]);
    expect(text).toContain('# --identity binds the roles');
  });

  test('the roles of a duty', async () => {
    expect(titles((await printed('--duty hold --duty read')).documents)).toEqual([
      'Role stepgate-hold in shop',
      'Role stepgate-read in shop',
    ]);
  });
});

describe('with identities', () => {
  const subjectsOf = (documents: readonly Record<string, unknown>[], duty: string) =>
    documents.find(({ kind, metadata }) => {
      const { name } = metadata as { name: string };
      return kind === 'RoleBinding' && name === `stepgate-${duty}`;
    })?.['subjects'];

  test('those roles are bound that they are named for', async () => {
    const { documents } = await printed(
      `--identity deploy,plan=${ci} --identity promote=group:sre --identity hold=cn=ada`,
    );
    const rbac = 'rbac.authorization.k8s.io';
    expect(subjectsOf(documents, 'deploy')).toEqual([{ kind: 'ServiceAccount', namespace: 'ci', name: 'stepgate' }]);
    expect(subjectsOf(documents, 'promote')).toEqual([{ kind: 'Group', apiGroup: rbac, name: 'sre' }]);
    expect(subjectsOf(documents, 'hold')).toEqual([{ kind: 'User', apiGroup: rbac, name: 'cn=ada' }]);
    expect(subjectsOf(documents, 'rollback')).toBeUndefined();
  });

  const variablesOf = (documents: readonly Record<string, unknown>[]) => {
    const policy = documents.find(({ kind, metadata }) => {
      const { name } = metadata as { name: string };
      return kind === 'ValidatingAdmissionPolicy' && name === 'stepgate-rollouts.shop';
    });
    if (policy === undefined) throw new Error('there is no policy');
    const { variables } = policy['spec'] as { variables: { name: string; expression: string }[] };
    return Object.fromEntries(variables.map(({ name, expression }) => [name, expression]));
  };

  test('the policy names who writes, who approves, and who only plans', async () => {
    const { documents } = await printed(
      '--identity read=eve --identity plan=pia --identity hold=hal --identity promote=group:sre',
    );
    const { writes = '', approves = '' } = variablesOf(documents);
    const engine = '"system:serviceaccount:kruise-rollout:kruise-rollout-controller-manager"';
    expect(writes).toBe(
      `(request.userInfo.username in [${engine}, "hal"] || request.userInfo.?groups.orValue([]).exists(g, g in ["sre"])) || (request.userInfo.username in ["pia"] && request.?dryRun.orValue(false))`,
    );
    expect(approves).toBe(
      `(request.userInfo.username in [${engine}] || request.userInfo.?groups.orValue([]).exists(g, g in ["sre"]))`,
    );
    expect(titles(documents)).toContain('ValidatingAdmissionPolicy stepgate-dry-run.shop');
  });

  test('the policy names who deletes: who gives up, the controllers, and the collectors of the cluster', async () => {
    const { documents } = await printed(`--identity deploy,tick,rollback=${ci} --identity retire=rita`);
    const { removes = '', writes = '' } = variablesOf(documents);
    const names = (text: string) => JSON.parse(/\[.*\]/.exec(text)?.[0] ?? '[]') as readonly string[];
    const engine = 'system:serviceaccount:kruise-rollout:kruise-rollout-controller-manager';
    expect(names(removes)).toEqual([
      engine,
      'rita',
      'system:serviceaccount:kube-system:namespace-controller',
      'system:serviceaccount:kube-system:generic-garbage-collector',
      'system:kube-controller-manager',
    ]);
    expect(names(writes)).toEqual([engine, ci, 'rita']);
  });

  test('who plans and deploys is not kept to dry-runs', async () => {
    const { documents } = await printed(`--identity plan,deploy=${ci}`);
    expect(titles(documents).filter((title) => title.includes('dry-run'))).toEqual([]);
  });

  test('--controller takes the place of the engine', async () => {
    const { documents } = await printed(`--identity ${ci} --controller group:engines`);
    const { approves } = variablesOf(documents);
    expect(approves).toContain('"engines"');
    expect(approves).not.toContain('kruise-rollout');
  });

  test('with --duty no policy is printed, because it would name these identities alone', async () => {
    const { documents, text } = await printed(`--duty promote --identity ${ci}`);
    expect(titles(documents)).toEqual(['Role stepgate-promote in shop', 'RoleBinding stepgate-promote in shop']);
    expect(text).toContain('# With --duty the ValidatingAdmissionPolicy is left out');
  });

  test.for([
    ['deploi,tick=ada', "identity is 'deploi'"],
    ['system:serviceaccount:ci', "identity is 'system:serviceaccount:ci'"],
    ['system:serviceaccounts:ci', "identity is 'system:serviceaccounts:ci'"],
    ['system:serviceaccount:CI:x', "identity is 'system:serviceaccount:CI:x'"],
    ['deploy=', "identity is ''"],
    ['group:', "identity is 'group:'"],
    ['ada\u001b[2J', 'identity is'],
  ] as const)('%j is refused', async ([identity, message]) => {
    using shop = openShop();
    await expect(shop.person('ada')(`permissions --identity ${identity}`)).resolves.toMatchObject({
      exit: 2,
      error: { code: 'USAGE', message: expect.stringContaining(message) },
    });
  });
});

describe('several deliveries', () => {
  const block = (name: string, more = '') =>
    `  - { delivery: ${name}, namespace: shop, ${more}workload: { kind: Deployment, name: ${name} }, source: { files: [${name}/*.yaml] }, strategy: partition, steps: [{ replicas: 1 }, { replicas: 100% }] }\n`;
  const two = (more = '') => ({
    'stepgate.yaml': `version: 1\ndeliveries:\n${block('shop', more)}${block('cart')}`,
    'shop/a.yaml': manifest('v1'),
    'cart/a.yaml': manifest('v1', { name: 'cart' }),
  });

  test('of one namespace share a role, whichever is chosen', async () => {
    const { text, log } = await printed('--delivery cart --duty promote', two());
    const named = (grantsIn(text).get('promote') ?? []).filter(({ resource }) => resource === 'rollouts/status');
    expect(named.map(({ name }) => name)).toEqual(['shop', 'cart']);
    expect(log).toContain('shop is printed too: it shares the namespace');
  });

  test('of several clusters are printed one cluster at a time', async () => {
    const files = environments([
      'staging: { plan: p, cluster: { context: stg } }',
      'prod: { plan: p, after: staging, cluster: { context: prod } }',
    ]);
    expect(await printed('', files)).toMatchObject({
      exit: 2,
      error: { code: 'USAGE', message: 'the deliveries are in 2 clusters: stg, prod' },
    });
    expect(await printed('--context other', files)).toMatchObject({
      exit: 2,
      error: { hint: 'the policy names stg, prod' },
    });
    // A gate of prod asks about staging, which is in the other cluster.
    const { documents } = await printed('--context stg --duty deploy', files);
    expect(titles(documents)).toEqual(['Role stepgate-deploy in staging', 'Role stepgate-deploy.prod in staging']);
    // And the revert of a rollback in staging asks what prod runs.
    expect(titles((await printed('--context prod --duty deploy', files)).documents)).toEqual([
      'Role stepgate-deploy in prod',
      'Role stepgate-deploy.staging in prod',
    ]);
  });
});

test('a role in the source takes more than the verbs, which is said and not granted', async () => {
  const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: { name: shop }\nrules: []\n';
  const ref = 'roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: shop }\nsubjects: []\n';
  const binding = role.replace('kind: Role', 'kind: RoleBinding').replace('rules: []\n', ref);
  const { text } = await printed('--duty deploy', {
    'stepgate.yaml': config(),
    'deploy/more.yaml': `${role}---\n${binding}`,
  });
  const lines = text.split('\n').filter((line) => line.includes('the API server also asks for'));
  expect(lines.map((line) => /or for (.*), which an/.exec(line)?.[1])).toEqual([
    'escalate on roles',
    'bind on its role',
  ]);
  const verbs = (grantsIn(text).get('deploy') ?? []).map(({ verb }) => verb);
  expect(verbs).not.toContain('escalate');
  expect(verbs).not.toContain('bind');
});

test('an object of the source that nobody here has heard of is in the roles', async () => {
  const files = {
    'stepgate.yaml': config(),
    'deploy/more.yaml': 'apiVersion: example.com/v1\nkind: Policy\nmetadata: { name: shop }\n',
  };
  const { text } = await printed('--duty deploy', files);
  expect(text).toContain('the source renders a Policy, whose plural is a guess');
  const found = (grantsIn(text).get('deploy') ?? []).filter(({ group }) => group === 'example.com');
  expect(found.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual([
    'get policies',
    'create policies',
    'patch policies',
  ]);
});
