import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Bare } from '../simulator/fixture.ts';
import { type Answer, type Live, plain, type Rule } from './rule.ts';
import { liveSpec } from './rules-of-releases.ts';

/** How long the webhook is asked again while it takes what its cache does not refuse yet. Milliseconds. */
const CATCHES_UP = 5000;

/** A real API server, or the embedded one. */
export interface Server {
  readonly to: Bare;
  /** Makes an empty namespace; its name. */
  readonly namespace: () => Promise<string>;
}

/** Asks a server for each rule's answer by a dry-run; the releases that edits need are started first, and left there. */
export async function answers(server: Server, rules: readonly Rule[]): Promise<readonly Answer[]> {
  const releases = new Map<string, Promise<string>>();
  const release = (live: Live, deleted: boolean) => {
    const key = `${live} ${deleted}`;
    const started = releases.get(key) ?? inRelease(server, live, deleted);
    releases.set(key, started);
    return started;
  };
  const bare = await server.namespace();
  return Promise.all(
    rules.map(async ({ breaks }) => {
      switch (breaks.by) {
        case 'create': {
          const namespace = breaks.beside === undefined ? bare : await withRollout(server, breaks.beside, breaks.spec);
          return breaks.beside === undefined
            ? refusal(server.to, breaks.spec, namespace)
            : settledRefusal(server.to, breaks.spec, namespace);
        }
        case 'edit': {
          const namespace = await release(breaks.live, breaks.deleted === true);
          return settledRefusal(server.to, breaks.spec, namespace);
        }
      }
    }),
  );
}

/** The webhook judges what is there by a cache of its own, a moment behind the API server: what it takes is asked again. */
async function settledRefusal(to: Bare, spec: object, namespace: string): Promise<Answer> {
  const deadline = Date.now() + CATCHES_UP;
  for (;;) {
    const answer = await refusal(to, spec, namespace);
    if (answer.code !== 200 || Date.now() > deadline) return answer;
    await sleep(200);
  }
}

async function withRollout(server: Server, name: string, spec: object): Promise<string> {
  const namespace = await server.namespace();
  await applied(server.to, rolloutOf(name, spec), namespace);
  return namespace;
}

/** A namespace with a release under way, whose Rollout is being deleted if asked. */
async function inRelease({ to, namespace: make }: Server, live: Live, deleted: boolean): Promise<string> {
  const namespace = await make();
  const path = `/apis/rollouts.kruise.io/v1beta1/namespaces/${namespace}/rollouts/shop`;
  await applied(to, deployment('v1'), namespace);
  await applied(to, rolloutOf('shop', liveSpec(live)), namespace);
  const gates = async () =>
    at(await sent(to, deployment('v2'), { namespace, dryRun: true }), 'spec', 'paused') === true;
  await until(gates, `${live} gates a new version`);
  await applied(to, deployment('v2'), namespace);
  await until(async () => (await phase(to, path)) === 'Progressing', `a release in ${live} style`);
  if (!deleted) return namespace;
  // With a finalizer of its own it is not gone before the edit comes.
  const headers = { 'content-type': 'application/merge-patch+json' };
  await ask(to, { method: 'PATCH', path, headers, body: '{"metadata":{"finalizers":["stepgate.dev/test"]}}' });
  await ask(to, { method: 'DELETE', path });
  await until(async () => (await phase(to, path)) === 'Terminating', 'the Rollout on its way out');
  return namespace;
}

async function phase(to: Bare, path: string): Promise<unknown> {
  const { json } = await ask(to, { path });
  return at(json, 'status', 'phase');
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`timed out waiting for ${what}`);
    await sleep(100);
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((inner, key) => (isMap(inner) ? inner[key] : undefined), value);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

interface Written {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

async function applied(to: Bare, object: Written, namespace: string): Promise<void> {
  const json = await sent(to, object, { namespace, dryRun: false });
  if (at(json, 'kind') !== object.kind)
    throw new Error(`${object.kind}/${object.metadata.name}: ${String(at(json, 'message'))}`);
}

/** What the server answers to a server-side apply, as stepgate sends it. */
async function sent(
  to: Bare,
  object: Written,
  { namespace, dryRun }: { readonly namespace: string; readonly dryRun: boolean },
): Promise<unknown> {
  const { apiVersion, kind, metadata } = object;
  const query = new URLSearchParams({
    fieldManager: 'stepgate',
    force: 'true',
    fieldValidation: 'Strict',
    ...(dryRun ? { dryRun: 'All' } : {}),
  });
  const { json } = await ask(to, {
    method: 'PATCH',
    path: `/apis/${apiVersion}/namespaces/${namespace}/${kind.toLowerCase()}s/${metadata.name}?${query}`,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify({ ...object, metadata: { ...metadata, namespace } }),
  });
  return json;
}

/** The refusal of a Rollout; of one that is taken, the code 200 without a text. */
async function refusal(to: Bare, spec: object, namespace: string): Promise<Answer> {
  const json = await sent(to, rolloutOf('shop', spec), { namespace, dryRun: true });
  const code = at(json, 'code');
  return typeof code === 'number'
    ? { code, text: plain(String(at(json, 'message')), namespace) }
    : { code: 200, text: '' };
}

function rolloutOf(name: string, spec: object) {
  return { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout', metadata: { name }, spec };
}

function deployment(version: string) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop' },
    spec: {
      replicas: 5,
      selector: { matchLabels: { app: 'shop' } },
      template: {
        metadata: { labels: { app: 'shop' } },
        spec: { containers: [{ name: 'main', image: `app:${version}` }] },
      },
    },
  };
}
