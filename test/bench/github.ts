import { setTimeout as sleep } from 'node:timers/promises';
import { at } from '../../src/release/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { serve } from '../../src/simulator/server/serve.ts';
import { runAction, type Step } from '../action/runner.ts';
import { deployment } from '../action/workspace.ts';
import { folder } from '../adapters/kubernetes/server.ts';
import type { GitHubEvent } from '../github/events/event.ts';
import { startGitHub } from '../github/github.ts';
import { checkoutWith } from '../github/hub/checkout.ts';
import { sharedClock } from '../github/scenarios/clock.ts';

/** The budget: so many requests a run, and so many more for each release that people are told about. */
const A_RUN = 20;
const A_RELEASE = 2;

/** So many runs more tell of all releases what the deploy and the tick after it have left out. */
const RUNS_TO_TELL_ALL = 5;
/** Longest wait for the engine, in milliseconds. */
const LONGEST = 120_000;

/** The requests of one run to GitHub, without those of git. */
export interface Requests {
  readonly run: string;
  readonly rest: number;
  readonly graphql: number;
  readonly all: number;
  readonly budget: number;
  /** Whether the log says that something was left out. */
  readonly leavesOut: boolean;
}

/**
 * Prints the requests to GitHub of each kind of run of the built Action, beside the budget. GitHub is the fake, the engine is
 * the embedded one. Asserts nothing: test/github/scenarios/budget.test.ts does.
 */
export async function requestsAtGitHub(): Promise<void> {
  console.log(
    '\nrequests of one run to GitHub, without those of git (budget: 20, and 2 for each release that is told)',
  );
  line(['run', 'REST', 'GraphQL', 'all', 'budget', 'left out']);
  for (const count of [1, 5]) await play(count, 'one pull request', print);
  await play(25, 'a pull request each', print);
}

function print({ run, rest, graphql, all, budget, leavesOut }: Requests): void {
  const most = all > budget ? `${budget} OVER` : String(budget);
  line([run, String(rest), String(graphql), String(all), most, leavesOut ? 'yes' : '']);
}

function line([run = '', ...columns]: readonly string[]): void {
  console.log(`  ${run.padEnd(46)}${columns.map((one) => one.padStart(9)).join('')}`);
}

/** One release of so many deliveries that one pull request changes, or a pull request each, from the first deploy to the end. */
export async function play(
  count: number,
  by: 'a pull request each' | 'one pull request',
  seen: (requests: Requests) => void,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const clock = stack.use(sharedClock('2026-06-03T09:00:00Z'));
  const hub = stack.use(await startGitHub({ now: clock.now }));
  const cluster = createCluster({ timeline: clock.timeline });
  stack.defer(() => cluster.stop());
  cluster.api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'bench' });
  const server = stack.use(await serve(cluster, { seen: clock.catchUp }));
  const secret = stack.use(await folder());
  const kubeconfig = await secret.write('kubeconfig', server.kubeconfig);
  const [ada, bob] = [hub.person('ada'), hub.person('bob')];
  const names = Array.from(
    { length: count },
    (_, index) => ['shop', 'cart', 'mail', 'user', 'bill'][index] ?? `app-${index}`,
  );
  const images = (image: string, of: readonly string[]) =>
    Object.fromEntries(of.map((name) => [`${name}/app.yaml`, deployment(image, name)]));
  const repo = hub.repository('acme/shop', {
    collaborators: { ada: 'write', bob: 'write' },
    files: {
      'stepgate.yaml': `version: 1\n${approvals}deliveries:\n${names.map(block).join('')}`,
      '.github/workflows/deploy.yml': 'on: workflow_dispatch\n',
      ...images('app:v1', names),
    },
  });

  async function run(
    what: string,
    event: GitHubEvent,
    given: Readonly<Record<string, string>>,
    { told, runName }: { readonly told: number; readonly runName?: string },
  ): Promise<Step> {
    const job = hub.runFor(event, { permissions, ...(runName === undefined ? {} : { runName }) });
    await using here = await checkoutWith(repo, job.token, { depth: null });
    hub.requests.clear();
    const step = await runAction({
      workspace: here.folder,
      with: { kubeconfig, ...given },
      env: { ...clock.env, HOME: here.folder },
      github: job.context,
      payload: job.payload,
    });
    // GitHub does not count an answer that has not changed.
    const all = hub.requests.api.filter(({ status }) => status !== 304).length;
    const graphql = hub.requests.of('graphql').length;
    hub.ends(job);
    if (step.code !== 0) throw new Error(`${what} ended with ${step.code}:\n${step.log.join('\n')}`);
    seen({
      run: count === 1 ? what : `${what}, ${count} deliveries`,
      rest: all - graphql,
      graphql,
      all,
      budget: A_RUN + A_RELEASE * told,
      leavesOut: step.log.some((one) => one.includes('left out: ')),
    });
    return step;
  }

  const push = () => repo.event('push');
  const deploy = { command: 'deploy', delivery: names.join('\n') };
  const tick = (what: string, told: number) =>
    run(what, repo.schedule('*/10 * * * *', ada), { command: 'tick' }, { told });
  const waitsAt = (step: number) =>
    until(`step ${step}`, () =>
      names.every((name) => {
        const status = at(cluster.api.get('Rollout', 'shop', name), 'status', 'canaryStatus');
        return at(status, 'currentStepIndex') === step && at(status, 'currentStepState') === 'StepPaused';
      }),
    );

  ada.pushes(repo, { files: { 'README.md': '# shop\n' } });
  await run('first deploy', push(), deploy, { told: count });
  // A release that has ended is told for an hour.
  await tick('tick after it', count);
  clock.pass('2h');
  await tick('tick at rest', 0);
  const pulls =
    by === 'one pull request'
      ? [repo.openPullRequest({ by: ada, files: images('app:v2', names), title: 'Version 2' })]
      : names.map((name) =>
          repo.openPullRequest({ by: ada, files: images('app:v2', [name]), title: `Version 2 of ${name}` }),
        );
  const opened = repo.event('pull_request');
  await run('plan of a pull request', opened, { command: 'plan' }, { told: 0 });
  await run('the same plan again', opened, { command: 'plan' }, { told: 0 });
  for (const one of pulls) bob.merges(one);
  const waiting = await run('deploy, to the first wait', push(), deploy, { told: count });
  await tick('tick after it', count);
  for (let more = 0; more < (count > 5 ? RUNS_TO_TELL_ALL : 0); more += 1) {
    clock.pass('10m');
    await tick('tick, tells what was left out', count);
  }
  await tick('tick, nothing new', count);
  // Several deliveries have no single release for the output.
  if (count > 1) return;

  const release = waiting.outputs['release-id'] ?? '';
  const [pull] = pulls;
  if (pull === undefined) throw new Error('there is no pull request');
  ada.comments(pull, `/stepgate promote shop ${release} one`);
  await run('answer: a comment approves a step', repo.event('issue_comment'), { command: 'answer' }, { told: 1 });
  await waitsAt(2);
  await tick('tick, at the next step', 1);
  await tick('tick, nothing new', 1);
  ada.dispatches(repo, 'deploy.yml');
  const promote = { command: 'promote', delivery: 'shop', release, step: 'most' };
  const runName = `promote shop ${release} most`;
  await run('promote by a workflow', repo.event('workflow_dispatch'), promote, { told: 1, runName });
  await until('the end', () => at(cluster.api.get('Rollout', 'shop', 'shop'), 'status', 'phase') === 'Healthy');
  await tick('tick at the end', 1);
  await tick('tick at rest', 0);
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + LONGEST; !holds(); await sleep(50)) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
  }
}

const permissions = {
  contents: 'write',
  'pull-requests': 'write',
  checks: 'write',
  deployments: 'write',
  actions: 'read',
} as const;

const approvals = `approvals: { team: { by: [command, comment], from: [ada, bob] } }
`;

function block(name: string): string {
  return `  - delivery: ${name}
    namespace: shop
    workload: { kind: Deployment, name: ${name} }
    source: { files: [${name}/*.yaml] }
    strategy: partition
    steps:
      - { name: one, replicas: 1, leaveWhen: [{ approval: team }] }
      - { name: most, replicas: 60%, leaveWhen: [{ approval: team }] }
      - { name: all, replicas: 100%, leaveWhen: [] }
`;
}

if (import.meta.main) await requestsAtGitHub();
