import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { built } from './build.ts';
import type { Connection } from './connection.ts';
import { answers, type Manifest, readManifests, webhooksPointTo } from './engine.ts';
import { freePort, type Household, type Service } from './processes.ts';

const namespace = 'kruise-system';
const service = { namespace, name: 'kruise-webhook-service' };
const converted = ['statefulsets.apps.kruise.io'];
const prefix = 'kruise-';

/** The webhooks of the kinds that are released; those of every pod, Service and Ingress are left out. */
const webhooksFor = /^[mv](cloneset|daemonset|statefulset)\.kb\.io$/;

/** What OpenKruise's manager wants to find: its namespaces, its CRDs and its webhook configurations, from its own module. */
export async function kruiseManifests(): Promise<Manifest[]> {
  const config = join(built('kruise-module'), 'config');
  const crdDir = join(config, 'crd', 'bases');
  const files = (await readdir(crdDir)).map((file) => join(crdDir, file));
  const crds = (await Promise.all(files.map(readManifests))).flat();
  const webhooks = await readManifests(join(config, 'webhook', 'manifests.yaml'));
  return [
    ...[namespace, 'kruise-daemon-config'].map(
      (name) => ({ kind: 'Namespace', apiVersion: 'v1', metadata: { name } }) as Manifest,
    ),
    ...crds.map(withConversion),
    ...webhooks.map(ofService),
  ];
}

function withConversion(crd: Manifest): Manifest {
  if (!converted.includes(crd.metadata.name)) return crd;
  const webhook = {
    clientConfig: { service: { ...service, path: '/convert' } },
    conversionReviewVersions: ['v1', 'v1beta1'],
  };
  return { ...crd, spec: { ...crd.spec, conversion: { strategy: 'Webhook', webhook } } };
}

function ofService(configuration: Manifest): Manifest {
  return {
    ...configuration,
    metadata: { name: `${prefix}${configuration.metadata.name}` },
    webhooks: (configuration.webhooks ?? [])
      .filter(({ name }) => webhooksFor.test(name))
      .map((webhook) => ({ ...webhook, clientConfig: { service: { ...webhook.clientConfig.service, ...service } } })),
  };
}

/** OpenKruise's manager: the controllers and webhooks of CloneSet and the Advanced kinds. */
export async function kruiseService(household: Household, connection: Connection): Promise<Service> {
  const [probe, metrics] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  return household.service({
    name: 'kruise-manager',
    program: built('kruise-manager'),
    args: [
      `--kubeconfig=${connection.kubeconfig}`,
      `--metrics-addr=${metrics}`,
      `--health-probe-addr=${probe}`,
      '--enable-pprof=false',
      '--enable-leader-election=false',
      '--feature-gates=EnableExternalCerts=false',
      '--rest-config-qps=200',
      '--rest-config-burst=400',
    ],
    cwd: built('kruise-module'),
    env: {
      POD_NAMESPACE: namespace,
      WEBHOOK_HOST: '127.0.0.1',
      WEBHOOK_PORT: String(await freePort()),
      WEBHOOK_CERT_DIR: join(connection.dir, 'kruise-certificates'),
    },
    ready: async () =>
      (await answers(`http://${probe}/readyz`)) && (await webhooksPointTo(connection, `${prefix}mutating`, converted)),
  });
}
