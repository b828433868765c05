import { openStage } from '../../src/adapters/stage.ts';
import { type Given, readInput } from '../../src/commands/input.ts';
import { parseManifests } from '../../src/config/manifest.ts';
import type { Context } from '../../src/flow/context.ts';
import { parseRoot, resolveConfig } from '../../src/policy/schema.ts';
import { rehearse } from '../../src/rehearse/rehearse.ts';
import type { Rehearsal, RehearsedDelivery } from '../../src/rehearse/timeline.ts';
import { stationTitle } from '../../src/rehearse/timeline-phases.ts';
import type { Clock, HelmChart, Repo } from '../../src/release/ports.ts';
import { targets } from '../../src/targets/index.ts';
import { noMetrics, noPage } from '../support/no-metrics.ts';
import { everybody } from '../support/readers.ts';

export type Files = Readonly<Record<string, string>>;

export const commit = '0123456789abcdef0123456789abcdef01234567';

/** A repository of one commit with a remote: whatever would write to it or fetch throws. */
function repoOf(files: Files): Repo {
  const never = async (): Promise<never> => {
    throw new Error('a rehearsal only reads');
  };
  return {
    resolve: async () => commit,
    defaultBranch: async () => ({ remote: 'origin', branch: 'main', ref: 'refs/remotes/origin/main' }),
    remoteBranch: async () => null,
    read: async (_, path) => files[path] ?? null,
    files: async () => Object.keys(files),
    links: async () => new Map(),
    has: async () => true,
    sameAt: async () => true,
    refs: async () => [{ name: 'main', commit }],
    contains: async () => true,
    uncommitted: async () => [],
    ensureHistory: async () => true,
    log: async () => [],
    commitsSaying: async () => [],
    changedOn: async () => [],
    tree: async () => ({ folder: '/tree', [Symbol.asyncDispose]: async () => {} }),
    revert: never,
    commitFiles: never,
    fetch: never,
    fetchRefs: never,
    fetchCommit: never,
    push: never,
  };
}

const never: Clock = {
  now: () => {
    throw new Error('a rehearsal with a start asks no clock');
  },
  sleep: async () => {
    throw new Error('nobody waits for the real time');
  },
};

/** A run of somebody in a clone of these files, without a cluster. */
export function contextOf(files: Files, clock: Clock = never, signal = new AbortController().signal): Context {
  const parser = {
    includes: (file: string, text: string) => parseRoot({ file, text }).include,
    resolve: (
      root: { readonly file: string; readonly text: string },
      included: readonly { readonly file: string; readonly text: string }[],
    ) => resolveConfig(parseRoot(root), included),
  };
  return {
    repo: repoOf(files),
    forge: async () => ({ missing: 'there is no forge here' }),
    metrics: noMetrics,
    page: noPage,
    helm: { template: async ({ chart }: HelmChart) => files[`${chart.replace('/tree/', '')}/built.yaml`] ?? '' },
    kustomize: { build: async (folder: string) => files[`${folder.replace('/tree/', '')}/built.yaml`] ?? '' },
    clock,
    readers: everybody,
    targets,
    connect: async () => {
      throw new Error('no cluster is asked');
    },
    parseManifests: (all: readonly { readonly file: string; readonly text: string }[]) =>
      parseManifests(all).map(({ object }) => object),
    actor: { name: 'somebody', is: 'person', known: 'given' } as const,
    run: { by: 'host', host: 'here', user: 'somebody' } as const,
    config: { parser, file: 'stepgate.yaml' },
    log: () => {},
    signal,
  };
}

/** Rehearses what these files say. */
export async function rehearsed(
  files: Files,
  given: Readonly<Record<string, string>>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Rehearsal> {
  const input = readInput(
    'rehearse',
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value]])) as Given,
  );
  return rehearse(
    { context: contextOf(files, never, signal), input, startedAt: new Date(0), show: () => {} },
    openStage,
  );
}

/** `Mon 30 08:00`, in UTC. What runners and people do is on whole minutes here; the model's own seconds are its business. */
function when(iso: string | null): string {
  if (iso === null) return '-';
  const [, day = '', time = ''] = /^\w{3}, (\d\d) \w{3} \d{4} (\d\d:\d\d)/.exec(new Date(iso).toUTCString()) ?? [];
  return `${new Date(iso).toUTCString().slice(0, 3)} ${day} ${time}`;
}

/** A rehearsed delivery in a notation: stations with from, waits and left; gates that were shut; people; the end. */
export function story({ stations, people, ending }: RehearsedDelivery): readonly string[] {
  return [
    ...stations.flatMap((station) => [
      `${stationTitle(station)}: ${[station.from, station.waits, station.left].map(when).join(', ')}`,
      ...station.gates
        .filter(({ shut }) => shut !== null)
        .map(({ name, shut, opened }) => `  ${name} ${when(shut)} > ${when(opened)}`),
      ...people
        .filter((one) => one.station === station.number && station.kind !== 'rollback')
        .map(({ who, gate, from, answered }) => `  ${who} for ${gate} ${when(from)} > ${when(answered)}`),
    ]),
    `${ending.is} ${when(ending.at)}${'why' in ending ? ` ${ending.code}: ${ending.why}` : ''}`,
  ];
}

export function only(rehearsal: Rehearsal): RehearsedDelivery {
  const [first, second] = rehearsal.deliveries;
  if (first === undefined || second !== undefined) throw new Error(`${rehearsal.deliveries.length} deliveries`);
  return first;
}

export const deployment = (replicas: number | null = 4, image = 'shop:v1') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  ${replicas === null ? '' : `replicas: ${replicas}`}
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: main
          image: ${image}
          readinessProbe: { httpGet: { path: /, port: 80 } }
`;

/** A delivery `shop` with this plan, as the keys of its entry; `more` goes to the root of the config. */
export function shop(plan: string, more = ''): Files {
  return {
    'stepgate.yaml': `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/*.yaml] }
${plan.replace(/^/gm, '    ')}
${more}
`,
    'deploy/shop.yaml': deployment(),
  };
}
