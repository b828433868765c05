import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deploy } from '../../src/commands/deploy.ts';
import { type Given, readInput } from '../../src/commands/input.ts';
import { promote } from '../../src/commands/promote.ts';
import type { Run } from '../../src/commands/run.ts';
import type { Context } from '../../src/flow/context.ts';
import type { Repo } from '../../src/release/ports.ts';
import type { Report } from '../../src/release/report.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { conduct } from '../../src/simulator/conductor.ts';
import type { Call, Faults } from '../../src/simulator/faults.ts';
import { serve } from '../../src/simulator/server/serve.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { runOver } from '../support/many-releases.ts';
import { type Repository, repository } from '../support/repository.ts';
import { clientOf } from './fixture.ts';
import { lockstep } from './lockstep.ts';

/** Virtual time over HTTP: the real adapter over real sockets, and nothing of it depends on how fast they are. */

const config = `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/*.yaml] }
    strategy: partition
    steps:
      - { name: one, replicas: 20% }
      - { name: half, replicas: 60%, leaveWhen: [{ soak: 2m }] }
      - { name: all, replicas: 100% }
`;
const deployment = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 5
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: main, image: "${image}" }] }
`;

let repo: Repository;
let base: Run<'deploy'>;
let commits: readonly [string, string];

beforeAll(async () => {
  repo = await repository({ files: { 'stepgate.yaml': config, 'deploy/shop.yaml': deployment('app:v1') } });
  base = await runOver('deploy', repo, () => Promise.reject(new Error('each play has its own cluster')));
  commits = [await repo.head(), await repo.commit({ 'deploy/shop.yaml': deployment('app:v2') })];
});
afterAll(() => repo[Symbol.asyncDispose]());

interface Played {
  /** Every request in its order, with the virtual moment at which it came. */
  readonly requests: readonly string[];
  readonly reports: readonly Report[];
  /** Virtual seconds from the first request to the end. */
  readonly seconds: number;
}

/** v1 delivered; v2 deployed, promoted past its first step, soaked and delivered. */
async function play(seed: number, disturb = (_faults: Faults) => {}): Promise<Played> {
  const start = Date.UTC(2026, 10, 25, 9);
  const timeline = virtualTimeline(start);
  const cluster = createCluster({ timeline, seed });
  cluster.api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'tests' });
  const requests: string[] = [];
  await using server = await serve(cluster, {
    noticed: () => conductor.touch(),
    seen: (call) => requests.push(`${timeline.now() - start} ${text(call)}`),
  });
  disturb(server.faults);
  const steps = lockstep(cluster, server);
  const conductor = conduct(timeline, steps.busy);
  await using client = await clientOf(server.kubeconfig, {}, () => timeline.now());
  const context: Context = {
    ...base.context,
    connect: async () => steps.of(client),
    clock: conductor.clock,
    repo: tracked(base.context.repo, conductor.track),
  };
  const [v1, v2] = commits;
  const reports: Report[] = [];
  const play = async (command: () => Promise<Report>) => reports.push(await conductor.run(command));
  const deployed = (given: Given) => play(() => deploy({ ...base, context, input: readInput('deploy', given) }));
  await deployed({ at: [v1] });
  await deployed({ at: [v2] });
  await play(() => promote({ ...base, context, input: readInput('promote', { step: ['1'] }) }));
  await deployed({ at: [v2], until: ['done'] });
  cluster.stop();
  return { requests, reports, seconds: (timeline.now() - start) / 1000 };
}

function text({ verb, kind, namespace, name, subresource, dryRun, manager }: Call): string {
  return [
    verb,
    kind,
    namespace,
    name,
    subresource,
    dryRun ? 'dry' : '',
    verb === 'apply' || verb === 'patch' ? manager : '',
  ]
    .filter((part) => part !== null && part !== '')
    .join(' ');
}

/** Git's answers come from other processes: time stands meanwhile. Each question is put to git once, for all plays. */
function tracked(git: Repo, track: <T>(work: () => Promise<T>) => Promise<T>): Repo {
  const once = <T>(question: string, work: () => Promise<T>): Promise<T> =>
    track(() => {
      const answer = answers.get(question) ?? work();
      answers.set(question, answer);
      return answer as Promise<T>;
    });
  return {
    ...git,
    resolve: (ref) => once(`resolve ${ref}`, () => git.resolve(ref)),
    defaultBranch: () => once('branch', () => git.defaultBranch()),
    read: (commit, file) => once(`read ${commit} ${file}`, () => git.read(commit, file)),
    files: (commit, folder) => once(`files ${commit} ${folder}`, () => git.files(commit, folder)),
    links: (commit) => once(`links ${commit}`, () => git.links(commit)),
    uncommitted: (commit, isWanted) => once(`uncommitted ${commit}`, () => git.uncommitted(commit, isWanted)),
    remoteBranch: (ref) => once(`branch of ${ref}`, () => git.remoteBranch(ref)),
    has: (commit) => once(`has ${commit}`, () => git.has(commit)),
    contains: (commit, ancestor) => once(`contains ${commit} ${ancestor}`, () => git.contains(commit, ancestor)),
  };
}

const answers = new Map<string, Promise<unknown>>();

function digest(played: Played): string {
  return createHash('sha256').update(JSON.stringify(played)).digest('hex');
}

test('the same seed gives the same requests at the same moments and the same reports, beside five others', async () => {
  const first = await play(1);
  expect(first.reports.map(({ deliveries }) => deliveries.map(({ reason }) => reason))).toEqual([
    ['FIRST_DEPLOY'],
    ['GATE_SHUT'],
    ['UPGRADING'],
    ['DELIVERED'],
  ]);
  // Two minutes of soak have passed, in which the release was watched.
  expect(first.seconds).toBeGreaterThan(120);
  expect(first.requests.filter((line) => line.includes(' watch ')).length).toBeGreaterThan(5);
  // Side by side, so that each is disturbed by the others' sockets.
  const others = await Promise.all(Array.from({ length: 5 }, () => play(1)));
  for (const other of others) expect(other).toEqual(first);
}, 240_000);

test('so it does under faults, and the release ends as well as without them', async () => {
  const disturb = (faults: Faults) => {
    faults.next({ match: { kind: 'Rollout', subresource: 'status' }, fault: { is: 'overwritten' } });
    faults.next({ match: { verb: 'watch', kind: 'Rollout' }, fault: { is: 'drop', after: 2 }, times: 3 });
    faults.next({ match: { verb: 'watch', kind: 'Pod' }, fault: { is: 'gone' } });
    faults.next({ match: { verb: 'list', kind: 'Deployment' }, fault: { is: 'broken' } });
    faults.next({ match: { verb: 'apply', dryRun: false }, fault: { is: 'busy', retryAfter: 0 } });
  };
  const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => play(1, disturb)));
  expect(first?.reports.map(({ deliveries: [one] }) => one?.reason)).toEqual([
    'FIRST_DEPLOY',
    'GATE_SHUT',
    'UPGRADING',
    'DELIVERED',
  ]);
  // The approval that the engine wrote over was sent again.
  const approvals = first?.requests.filter((line) => line.endsWith('patch Rollout shop shop status stepgate-promote'));
  expect(approvals).toHaveLength(3);
  for (const other of others) expect(other).toEqual(first);
}, 240_000);

test('another seed gives another run', async () => {
  expect(digest(await play(2))).not.toBe(digest(await play(3)));
});
