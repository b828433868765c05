import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { built } from './build.ts';
import { type Connection, kubectl } from './connection.ts';
import { freePort, type Household, type Service } from './processes.ts';

const namespace = 'kruise-rollout';
const service = { namespace, name: 'kruise-rollout-webhook-service' };
/** The service account that its own manifests run it by. */
const account = { namespace, name: 'kruise-rollout-controller-manager' };

/** v0.6.2, and v0.3.0, which serves v1alpha1 alone. `converted`: the CRDs of which it serves two versions. */
const engines = {
  'v0.6': {
    program: built('kruise-rollouts'),
    module: built('rollouts-module'),
    converted: ['rollouts.rollouts.kruise.io', 'batchreleases.rollouts.kruise.io'],
  },
  'v0.3': { program: built('kruise-rollouts-v0.3'), module: built('rollouts-v0.3-module'), converted: [] },
} as const satisfies Record<string, Engine>;

type Engine = { readonly program: string; readonly module: string; readonly converted: readonly string[] };
export type EngineVersion = keyof typeof engines;

export type Manifest = {
  kind: string;
  metadata: { name: string };
  spec?: Record<string, unknown>;
  webhooks?: Webhook[];
};
export type Webhook = {
  name: string;
  objectSelector?: unknown;
  clientConfig: { url?: string; caBundle?: string; service?: Record<string, unknown> };
};

/**
 * What the engine wants to find: its namespace, its CRDs and its webhook configurations, read from its own module, and
 * the HTTPRoute CRD. The engine only fills in where it listens; without the configurations it ends after 20 s.
 */
export async function engineManifests(version: EngineVersion): Promise<Manifest[]> {
  const { module, converted } = engines[version];
  const config = join(module, 'config');
  const crdDir = join(config, 'crd', 'bases');
  const files = (await readdir(crdDir)).map((file) => join(crdDir, file));
  const httpRoute = 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml';
  const crds = (await Promise.all([...files, join(built('gateway-api-module'), httpRoute)].map(readManifests))).flat();
  const webhooks = await readManifests(join(config, 'webhook', 'manifests.yaml'));
  const selectors = await readManifests(join(config, 'webhook', 'patch_manifests.yaml'));
  return [
    { kind: 'Namespace', apiVersion: 'v1', metadata: { name: namespace } } as Manifest,
    ...(await accountManifests(module)),
    ...crds.map((crd) => withConversion(crd, converted)),
    ...webhooks.map((each) => withSelectors(each, selectors)),
  ];
}

/** Its service account, with the two roles of its own manifests and no other right. */
async function accountManifests(module: string): Promise<Manifest[]> {
  const roles = await readManifests(join(module, 'config', 'rbac', 'role.yaml'));
  const name = 'kruise-rollout-manager-role';
  const subjects = [{ kind: 'ServiceAccount', ...account }];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account } as Manifest,
    ...roles.flatMap((role) => {
      const metadata = role.kind === 'Role' ? { name, namespace } : { name };
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: role.kind, name };
      return [
        { ...role, metadata },
        { ...role, kind: `${role.kind}Binding`, metadata, rules: undefined, roleRef, subjects },
      ];
    }),
  ];
}

/** A kubeconfig with a token of its service account, which has to be there. */
async function accountKubeconfig(connection: Connection): Promise<string> {
  const words = ['create', 'token', account.name, '--namespace', namespace, '--duration=24h'];
  const token = (await kubectl(connection, words)).trim();
  const admin = JSON.parse(await readFile(connection.kubeconfig, 'utf8')) as object;
  const file = join(connection.dir, 'kubeconfig-engine');
  await writeFile(file, JSON.stringify({ ...admin, users: [{ name: 'test', user: { token } }] }), { mode: 0o600 });
  return file;
}

function withConversion(crd: Manifest, converted: readonly string[]): Manifest {
  if (!converted.includes(crd.metadata.name)) return crd;
  const webhook = {
    clientConfig: { service: { ...service, path: '/convert' } },
    conversionReviewVersions: ['v1', 'v1beta1'],
  };
  return { ...crd, spec: { ...crd.spec, conversion: { strategy: 'Webhook', webhook } } };
}

function withSelectors(configuration: Manifest, patches: readonly Manifest[]): Manifest {
  const patch = patches.find(
    ({ kind, metadata }) => kind === configuration.kind && metadata.name === configuration.metadata.name,
  );
  return {
    ...configuration,
    metadata: { name: `kruise-rollout-${configuration.metadata.name}` },
    webhooks: (configuration.webhooks ?? []).map((webhook) => ({
      ...webhook,
      ...patch?.webhooks?.find(({ name }) => name === webhook.name),
      clientConfig: { service: { ...webhook.clientConfig.service, ...service } },
    })),
  };
}

export async function readManifests(file: string): Promise<Manifest[]> {
  const documents = parseAllDocuments(await readFile(file, 'utf8'));
  return documents.map((document) => document.toJS() as Manifest | null).filter((manifest) => manifest !== null);
}

/** The real Kruise Rollouts controller, by its own service account. It counts as ready once it has put its own address into every webhook. */
export async function engineService(
  household: Household,
  connection: Connection,
  version: EngineVersion,
): Promise<Service> {
  const { program, module, converted } = engines[version];
  const probe = `127.0.0.1:${await freePort()}`;
  return household.service({
    name: 'kruise-rollouts',
    program,
    args: [
      `--kubeconfig=${await accountKubeconfig(connection)}`,
      '--feature-gates=AdvancedDeployment=true',
      '--metrics-bind-address=0',
      `--health-probe-bind-address=${probe}`,
    ],
    // Its Lua files are read from ./lua_configuration.
    cwd: module,
    env: {
      POD_NAMESPACE: namespace,
      WEBHOOK_HOST: '127.0.0.1',
      WEBHOOK_PORT: String(await freePort()),
      WEBHOOK_CERT_DIR: join(connection.dir, 'engine-certificates'),
    },
    ready: async () =>
      (await answers(`http://${probe}/readyz`)) && (await webhooksPointTo(connection, 'kruise-rollout-', converted)),
  });
}

export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** Whether the webhook configurations of that prefix, and the conversions of those CRDs, have the address of who serves them. */
export async function webhooksPointTo(
  connection: Connection,
  prefix: string,
  converts: readonly string[],
): Promise<boolean> {
  const kinds = 'mutatingwebhookconfigurations,validatingwebhookconfigurations,customresourcedefinitions';
  const { items } = JSON.parse(await kubectl(connection, ['get', kinds, '-o', 'json'])) as { items: Manifest[] };
  return items
    .flatMap(({ metadata: { name }, spec, webhooks }) => {
      if (converts.includes(name)) return [(spec as { conversion: { webhook: Webhook } }).conversion.webhook];
      return name.startsWith(prefix) ? (webhooks ?? []) : [];
    })
    .every(({ clientConfig }) => clientConfig.url !== undefined && clientConfig.caBundle !== undefined);
}
