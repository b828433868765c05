import path from 'node:path';
import { at } from '../../../src/release/json.ts';
import { isGoing, type Thing } from '../../../src/simulator/api/things.ts';
import { createCluster, type EmbeddedCluster } from '../../../src/simulator/cluster.ts';
import { serve } from '../../../src/simulator/server/serve.ts';
import { imagesOf } from '../../../src/simulator/workloads/pods.ts';
import { isReady } from '../../../src/simulator/workloads/types.ts';
import { runAction, type Step } from '../../action/runner.ts';
import { deployment } from '../../action/workspace.ts';
import { folder } from '../../adapters/kubernetes/server.ts';
import { typed } from '../../support/command-line.ts';
import type { GitHubEvent } from '../events/event.ts';
import { type GitHub, startGitHub } from '../github.ts';
import { checkoutWith } from '../hub/checkout.ts';
import type { Participant } from '../hub/participant.ts';
import type { Repo } from '../hub/repo.ts';
import type { PullRequest } from '../state/pulls.ts';
import { type SharedClock, sharedClock } from './clock.ts';
import { appTokenInputs, example, type Started } from './workflow.ts';

/** The people of acme/shop: ada, bob and cid may write; mallory may read and comment, as everybody may. */
type People = Readonly<Record<'ada' | 'bob' | 'cid' | 'mallory', Participant>>;

/**
 * A shop with its repository at the GitHub of the tests, and its cluster. The workflows are those of examples/; each run is the
 * built Action with what its file says: the title, the permissions, the checkout, the inputs.
 */
export interface Scene extends AsyncDisposable, People {
  readonly hub: GitHub;
  readonly repo: Repo;
  readonly clock: SharedClock;
  readonly cluster: EmbeddedCluster;
  /** The run of a workflow that GitHub starts for the event. Throws when its file says that there is none. */
  play(workflow: string, event: GitHubEvent): Promise<Step>;
  /** The workflow of release.yml by its schedule. */
  scheduled(): Promise<Step>;
  /** A pull request with this image in the Deployment, which somebody opens. */
  proposes(by: Participant, image: string): PullRequest;
  /** The images of the ready pods, each with their number. */
  readonly serving: Readonly<Record<string, number>>;
  readonly rollout: Thing | undefined;
}

export interface SceneOptions {
  /** stepgate.yaml. */
  readonly config: string;
  /** When it begins. */
  readonly start?: string;
  /** Whether the workflows have the step of app-token.yml; else they use the job's own token. */
  readonly app?: boolean;
  /** Whether the first commit is deployed already: by a command line, which is faster than a run. */
  readonly stands?: boolean;
}

const workflows = ['release.yml', 'rollback.yml', 'comments.yml', 'promotions.yml', 'freeze.yml', 'plan.yml'];

/** A shop with its first commit, on a Wednesday unless `start` says otherwise. */
export async function openScene(options: SceneOptions): Promise<Scene> {
  const { config, start = '2026-06-03T09:00:00Z', app = false, stands = true } = options;
  await using stack = new AsyncDisposableStack();
  const clock = stack.use(sharedClock(start));
  const cluster = createCluster({ timeline: clock.timeline });
  stack.defer(() => cluster.stop());
  cluster.api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'tests' });
  // The Date of every answer is of the moment of its request.
  const server = stack.use(await serve(cluster, { seen: clock.catchUp }));
  const secret = stack.use(await folder());
  await secret.write('kubeconfig', server.kubeconfig);
  const hub = stack.use(await startGitHub({ now: clock.now }));
  const people = {
    ada: hub.person('ada'),
    bob: hub.person('bob'),
    cid: hub.person('cid'),
    mallory: hub.person('mallory'),
  };
  hub.organization('acme', { sre: [people.bob, people.cid] });
  const repo = hub.repository('acme/shop', {
    private: true,
    collaborators: { ada: 'write', bob: 'write', cid: 'write', mallory: 'read' },
    files: {
      'stepgate.yaml': config,
      'deploy/shop.yaml': deployment('app:v1'),
      ...Object.fromEntries(workflows.map((name) => [example(name).path, example(name).text])),
    },
  });
  if (stands) {
    await using here = await checkoutWith(repo, people.ada.token, { depth: null });
    const ended = await typed(['deploy', '--kubeconfig', path.join(secret.path, 'kubeconfig')], { cwd: here.folder });
    if (ended.code !== 0) throw new Error(`the first deploy failed: ${ended.stdout}${ended.stderr}`);
  }
  const installed = app ? hub.app('stepgate', appPermissions) : null;
  const owned = stack.move();

  const play: Scene['play'] = async (name, event) => {
    const workflow = example(name);
    const contexts = {
      github: { event_name: event.name, event: event.payload },
      inputs: at(event.payload, 'inputs') ?? {},
      runner: { temp: secret.path },
      steps: { app: { outputs: { token: installed?.token() ?? '' } } },
    };
    if (!workflow.starts(startedBy(event), contexts)) throw new Error(`${name} does not run on ${event.name}`);
    const runName = workflow.runName(contexts);
    const job = hub.runFor(event, {
      permissions: workflow.permissions,
      workflow: workflow.path,
      workflowName: workflow.name,
      ...(runName === null ? {} : { runName }),
    });
    await using here = await checkoutWith(repo, workflow.keepsToken ? job.token : null, {
      depth: workflow.depth,
      merged: event.name.startsWith('pull_request') ? (event.issue?.number ?? null) : null,
    });
    const step = await runAction({
      workspace: here.folder,
      with: { ...workflow.inputs(contexts), ...(app ? appTokenInputs(contexts) : {}) },
      env: clock.env,
      github: job.context,
      payload: job.payload,
    });
    hub.ends(job, step.code === 0 ? 'success' : 'failure');
    return step;
  };
  return {
    ...people,
    hub,
    repo,
    clock,
    cluster,
    play,
    scheduled: () => play('release.yml', repo.schedule('*/10 * * * *', people.ada)),
    proposes: (by, image) =>
      repo.openPullRequest({ by, title: `Release ${image}`, files: { 'deploy/shop.yaml': deployment(image) } }),
    get serving() {
      const ready = cluster.api.list('Pod', 'shop').filter((pod) => isReady(pod) && !isGoing(pod));
      const counts: Record<string, number> = {};
      for (const image of ready.flatMap(imagesOf)) counts[image] = (counts[image] ?? 0) + 1;
      return counts;
    },
    get rollout() {
      return cluster.api.get('Rollout', 'shop', 'shop');
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What docs/github.md says that an App needs. */
const appPermissions = {
  actions: 'read',
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  members: 'read',
  'pull-requests': 'write',
} as const;

function startedBy({ name, action, ref, payload }: GitHubEvent): Started {
  if (name !== 'push') return { event: name, action };
  const paths = listAt(payload, 'commits').flatMap((commit) =>
    ['added', 'modified', 'removed'].flatMap((key) => listAt(commit, key).map(String)),
  );
  return { event: name, action, branch: ref.replace('refs/heads/', ''), paths };
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const found = at(value, key);
  return Array.isArray(found) ? found : [];
}
