import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { built } from './build.ts';
import { type Connection, kubectl } from './connection.ts';
import { answers, readManifests } from './engine.ts';
import { freePort, type Household, makeHousehold, type Service } from './processes.ts';
import { kruiseRolloutTrait } from './vela-trait.ts';

const namespace = 'vela-system';

/** KubeVela's controller beside a cluster. It goes when it is disposed of, or when this process dies; what it made stays. */
export type Vela = AsyncDisposable & { readonly controller: Service };

export type VelaOptions = {
  /** How often it puts back what was edited by hand while no workflow runs; it would be five minutes. */
  readonly reSync?: string;
};

/**
 * Starts KubeVela's controller on a cluster with the Kruise Rollouts engine; `buildMissing` must have run. One cluster
 * takes one: two would both act on every Application.
 */
export async function bootVela(on: Connection, { reSync = '10s' }: VelaOptions = {}): Promise<Vela> {
  const household = await makeHousehold();
  try {
    await install(on);
    const controller = await velaController(household, on, reSync);
    await controller.start();
    return { controller, [Symbol.asyncDispose]: household.release };
  } catch (error) {
    await household.release();
    throw error;
  }
}

/** Its namespace and CRDs, two types of component and the trait `scaler`, from its own module; and our `kruise-rollout`. */
async function install(on: Connection): Promise<void> {
  const chart = join(built('kubevela-module'), 'charts', 'vela-core');
  const crdDir = join(chart, 'crds');
  const crds = (await Promise.all((await readdir(crdDir)).map((file) => readManifests(join(crdDir, file))))).flat();
  await put(on, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, ...crds]);
  const names = crds.map(({ metadata }) => `customresourcedefinition/${metadata.name}`);
  await kubectl(on, ['wait', '--for=condition=Established', ...names, '--timeout=60s']);
  const definitions = await Promise.all(['webservice', 'k8s-objects', 'scaler'].map((name) => definition(chart, name)));
  await put(on, [...definitions, kruiseRolloutTrait]);
}

/** In a definition of its chart only the namespace is left to Helm. */
async function definition(chart: string, name: string): Promise<object> {
  const text = await readFile(join(chart, 'templates', 'defwithtemplate', `${name}.yaml`), 'utf8');
  return parse(text.replaceAll('{{ include "systemDefinitionNamespace" . }}', namespace)) as object;
}

/** May be done twice to a cluster. */
async function put(on: Connection, items: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl(on, ['apply', '--server-side', '--force-conflicts', '--validate=false', '-f', '-'], { input });
}

async function velaController(household: Household, on: Connection, reSync: string): Promise<Service> {
  const health = `127.0.0.1:${await freePort()}`;
  return household.service({
    name: 'kubevela',
    program: built('kubevela'),
    args: [
      `--metrics-addr=127.0.0.1:${await freePort()}`,
      `--health-addr=${health}`,
      '--use-webhook=false',
      '--enable-leader-election=false',
      // In seconds, the longest it waits before it looks again at a component that is not healthy, or whose step failed.
      '--max-workflow-wait-backoff-time=1',
      '--max-workflow-failed-backoff-time=1',
      `--application-re-sync-period=${reSync}`,
    ],
    // It has no flag for it, and ends without a word where it finds none.
    env: { KUBECONFIG: on.kubeconfig },
    ready: () => answers(`http://${health}/readyz`),
  });
}
