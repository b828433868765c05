import { setTimeout as sleep } from 'node:timers/promises';
import { at } from '../../src/release/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { serve } from '../../src/simulator/server/serve.ts';
import { realTimeline } from '../../src/simulator/time.ts';
import { runAction, type Step } from '../action/runner.ts';
import { deployment } from '../action/workspace.ts';
import { folder } from '../adapters/kubernetes/server.ts';
import type { GitHubEvent } from '../github/events/event.ts';
import { startGitHub } from '../github/github.ts';
import { checkoutWith } from '../github/hub/checkout.ts';

/** The budget: so many requests a run, and so many more for each release under way. */
const A_RUN = 20;
const A_RELEASE = 2;

/** Longest wait for the engine, in milliseconds. */
const LONGEST = 120_000;

/**
 * Prints the requests to GitHub of each kind of run of the built Action, beside the budget. GitHub is the fake, the engine is
 * the embedded one. Asserts nothing.
 */
export async function requestsAtGitHub(): Promise<void> {
  console.log('\nrequests of one run to GitHub, without those of git (budget: 20, and 2 for each release under way)');
  print(['run', 'REST', 'GraphQL', 'all', 'budget', 'left out']);
  for (const count of [1, 5]) await play(count);
}

function print([run = '', ...columns]: readonly string[]): void {
  console.log(`  ${run.padEnd(46)}${columns.map((one) => one.padStart(9)).join('')}`);
}

/** One release of so many deliveries that one pull request changes, from the first deploy to the end. */
async function play(count: number): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await startGitHub());
  const cluster = createCluster({ timeline: realTimeline() });
  stack.defer(() => cluster.stop());
  cluster.api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'bench' });
  const server = stack.use(await serve(cluster));
  const secret = stack.use(await folder());
  const kubeconfig = await secret.write('kubeconfig', server.kubeconfig);
  const [ada, bob] = [hub.person('ada'), hub.person('bob')];
  const names = ['shop', 'cart', 'mail', 'user', 'bill'].slice(0, count);
  const images = (image: string) =>
    Object.fromEntries(names.map((name) => [`${name}/app.yaml`, deployment(image, name)]));
  const repo = hub.repository('acme/shop', {
    collaborators: { ada: 'write', bob: 'write' },
    files: {
      'stepgate.yaml': `version: 1\n${approvals}deliveries:\n${names.map(block).join('')}`,
      '.github/workflows/deploy.yml': 'on: workflow_dispatch\n',
      ...images('app:v1'),
    },
  });

  async function run(
    what: string,
    event: GitHubEvent,
    given: Readonly<Record<string, string>>,
    { underWay, runName }: { readonly underWay: number; readonly runName?: string },
  ): Promise<Step> {
    const job = hub.runFor(event, { permissions, ...(runName === undefined ? {} : { runName }) });
    await using here = await checkoutWith(repo, job.token, { depth: null });
    hub.requests.clear();
    const step = await runAction({
      workspace: here.folder,
      with: { kubeconfig, ...given },
      env: { HOME: here.folder },
      github: job.context,
      payload: job.payload,
    });
    // GitHub does not count an answer that has not changed.
    const all = hub.requests.api.filter(({ status }) => status !== 304).length;
    const graphql = hub.requests.of('graphql').length;
    hub.ends(job);
    if (step.code !== 0) throw new Error(`${what} ended with ${step.code}:\n${step.log.join('\n')}`);
    const budget = A_RUN + A_RELEASE * underWay;
    const left = step.log.some((line) => line.includes('left out: ')) ? 'yes' : '';
    print([
      count === 1 ? what : `${what}, ${count} deliveries`,
      ...[all - graphql, graphql, all].map(String),
      all > budget ? `${budget} OVER` : String(budget),
      left,
    ]);
    return step;
  }

  const push = () => repo.event('push');
  const deploy = { command: 'deploy', delivery: names.join('\n') };
  const tick = (what: string, underWay: number) =>
    run(what, repo.schedule('*/10 * * * *', ada), { command: 'tick' }, { underWay });
  const waitsAt = (step: number) =>
    until(`step ${step}`, () =>
      names.every((name) => {
        const status = at(cluster.api.get('Rollout', 'shop', name), 'status', 'canaryStatus');
        return at(status, 'currentStepIndex') === step && at(status, 'currentStepState') === 'StepPaused';
      }),
    );

  ada.pushes(repo, { files: { 'README.md': '# shop\n' } });
  await run('first deploy', push(), deploy, { underWay: count });
  await tick('tick after it', 0);
  await tick('tick at rest', 0);
  const pull = repo.openPullRequest({ by: ada, files: images('app:v2'), title: 'Version 2' });
  const opened = repo.event('pull_request');
  await run('plan of a pull request', opened, { command: 'plan' }, { underWay: 0 });
  await run('the same plan again', opened, { command: 'plan' }, { underWay: 0 });
  bob.merges(pull);
  const waiting = await run('deploy, to the first wait', push(), deploy, { underWay: count });
  await tick('tick after it', count);
  await tick('tick, nothing new', count);
  // Several deliveries have no single release for the output.
  if (count > 1) return;

  const release = waiting.outputs['release-id'] ?? '';
  ada.comments(pull, `/stepgate promote shop ${release} one`);
  await run('answer: a comment approves a step', repo.event('issue_comment'), { command: 'answer' }, { underWay: 1 });
  await waitsAt(2);
  await tick('tick, at the next step', 1);
  await tick('tick, nothing new', 1);
  ada.dispatches(repo, 'deploy.yml');
  const promote = { command: 'promote', delivery: 'shop', release, step: 'most' };
  const runName = `promote shop ${release} most`;
  await run('promote by a workflow', repo.event('workflow_dispatch'), promote, { underWay: 1, runName });
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
