import { at, stringAt } from '../../../src/release/json.ts';
import { runAction, type Step } from '../../action/runner.ts';
import { deployment } from '../../action/workspace.ts';
import { typed } from '../../support/command-line.ts';
import type { GitHubEvent } from '../events/event.ts';
import type { Job } from '../events/job.ts';
import { readCommit } from '../git/commits.ts';
import { diffTrees } from '../git/diff.ts';
import type { GitHub } from '../github.ts';
import { checkoutWith } from '../hub/checkout.ts';
import type { Participant } from '../hub/participant.ts';
import type { Repo } from '../hub/repo.ts';
import type { PullRequest } from '../state/pulls.ts';
import { currentAttempt, type WorkflowRun } from '../state/runs.ts';
import { appTokenInputs, example, type Started } from './workflow.ts';

/** The people of acme/shop: ada, bob and cid may write; mallory may read and comment, as everybody may. */
type People = Readonly<Record<'ada' | 'bob' | 'cid' | 'mallory', Participant>>;

/**
 * The repository acme/shop at the GitHub of the tests. The workflows are those of examples/; each run is the built Action with what
 * its file says: the title, the permissions, the checkout, the inputs.
 */
export interface Acme extends People {
  readonly hub: GitHub;
  readonly repo: Repo;
  /**
   * The run of a workflow that GitHub starts for the event. Throws when its file says that there is none, and when its job does
   * not begin, because a reviewer of its environment is missing or has rejected it.
   */
  play(workflow: string, event: GitHubEvent, how?: Playing): Promise<Step>;
  /** Another attempt of the run that was played last, started by somebody. */
  again(by: Participant, how?: Pick<Playing, 'reviewed'>): Promise<Step>;
  /** The workflow of release.yml by its schedule. */
  scheduled(): Promise<Step>;
  /** A pull request with this image in the Deployment, which somebody opens. */
  proposes(by: Participant, image: string): PullRequest;
  /** Deploys the first commit by a command line, which is faster than a run. Throws when that fails. */
  deploysFirst(): Promise<void>;
}

export interface Playing {
  /** What reviewers do while the run waits for its environment. */
  readonly reviewed?: (run: WorkflowRun, environment: string) => void;
  /** The title of the run, where the workflow is not the example's own in this. */
  readonly runName?: string;
  /** Inputs of the step beside those of the file. */
  readonly inputs?: Readonly<Record<string, string>>;
}

export interface AcmeOptions {
  /** stepgate.yaml. */
  readonly config: string;
  /** The temporary folder of the runners, with the file `kubeconfig`. */
  readonly temp: string;
  /** Whether the workflows have the step of app-token.yml; else they use the job's own token. */
  readonly app?: boolean;
  /** The environment of a run that begins now. */
  readonly env?: () => Readonly<Record<string, string>>;
}

const workflows = [
  'release.yml',
  'rollback.yml',
  'comments.yml',
  'promotions.yml',
  'freeze.yml',
  'plan.yml',
  'environment.yml',
];

/** Makes the people and the repository, whose first commit has version 1. */
export function acmeAt(hub: GitHub, { config, temp, app = false, env = () => ({}) }: AcmeOptions): Acme {
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
  const installed = app ? hub.app('stepgate', appPermissions) : null;

  let last: { readonly name: string; readonly job: Job } | null = null;

  const contextsOf = (event: GitHubEvent) => ({
    github: { event_name: event.name, event: event.payload },
    inputs: at(event.payload, 'inputs') ?? {},
    runner: { temp },
    steps: { app: { outputs: { token: installed?.token() ?? '' } } },
  });

  const play: Acme['play'] = async (name, event, { runName = null, ...how } = {}) => {
    const workflow = example(name);
    const contexts = contextsOf(event);
    if (!workflow.starts(startedBy(event), contexts)) throw new Error(`${name} does not run on ${event.name}`);
    const title = runName ?? workflow.runName(contexts);
    const job = hub.runFor(event, {
      permissions: workflow.permissions,
      workflow: workflow.path,
      workflowName: workflow.name,
      ...(title === null ? {} : { runName: title }),
    });
    return await attempt(name, job, how);
  };

  /** One attempt of a run: its environment, its checkout, its step. */
  async function attempt(name: string, job: Job, { reviewed, inputs = {} }: Omit<Playing, 'runName'>): Promise<Step> {
    last = { name, job };
    const workflow = example(name);
    const { event } = job;
    const contexts = contextsOf(event);
    if (workflow.environment !== null && hub.waitsFor(job, workflow.environment)) {
      reviewed?.(job.run, workflow.environment);
      const { status } = currentAttempt(job.run);
      if (status !== 'in_progress') throw new Error(`the job of ${name} does not begin: its run is ${status}`);
    }
    await using here = await checkoutWith(repo, workflow.keepsToken ? job.token : null, {
      depth: workflow.depth,
      merged: event.name.startsWith('pull_request') ? (event.issue?.number ?? null) : null,
    });
    const step = await runAction({
      workspace: here.folder,
      with: { ...workflow.inputs(contexts), ...(app ? appTokenInputs(contexts) : {}), ...inputs },
      env: env(),
      github: job.context,
      payload: job.payload,
    });
    hub.ends(job, step.code === 0 ? 'success' : 'failure');
    return step;
  }

  return {
    ...people,
    hub,
    repo,
    play,
    async again(by, how = {}) {
      if (last === null) throw new Error('no run was played yet');
      return await attempt(last.name, hub.runAgain(last.job, by), how);
    },
    scheduled: () => play('release.yml', repo.schedule('*/10 * * * *', people.ada)),
    proposes: (by, image) =>
      repo.openPullRequest({ by, title: `Release ${image}`, files: { 'deploy/shop.yaml': deployment(image) } }),
    async deploysFirst() {
      await using here = await checkoutWith(repo, people.ada.token, { depth: null });
      const ended = await typed(['deploy', '--kubeconfig', `${temp}/kubeconfig`], { cwd: here.folder });
      if (ended.code !== 0) throw new Error(`the first deploy failed: ${ended.stdout}${ended.stderr}`);
    },
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

/** What GitHub filters workflows by. The paths of a push are those that differ between its two ends. */
function startedBy({ name, action, ref, payload, repository }: GitHubEvent): Started {
  if (name !== 'push') return { event: name, action };
  const { bare } = repository;
  const [before, after] = ['before', 'after'].map((end) => readCommit(bare.store, stringAt(payload, end) ?? '')?.tree);
  const paths =
    before === undefined || after === undefined ? [] : diffTrees(bare.store, before, after).map(({ path }) => path);
  return { event: name, action, branch: ref.replace('refs/heads/', ''), paths };
}
