import { isAncestor, mergeBase } from '../../git/history.ts';
import { latestStatuses } from '../../state/checks.ts';
import { commitTree } from '../../state/commit.ts';
import {
  addStatus,
  type Deployment,
  deploymentStates,
  environmentNamed,
  madeInactive,
} from '../../state/deployments.ts';
import { GitHubError, invalid, notFound } from '../../state/github-error.ts';
import { mergedTree } from '../../state/pulls.ts';
import { changeRef } from '../../state/refs.ts';
import { type Answer, type Call, created, type Handler, ok, page } from '../call.ts';
import type { OperationId } from '../permissions.ts';
import { deploymentShape, deploymentStatusShape, environmentShape } from '../shapes/deployment.ts';

export const deployments = {
  'repos/create-deployment': (call) => {
    const { world, repository, by, body } = call;
    const ref = body.text('ref') ?? '';
    const commit = repository.bare.resolve(ref);
    if (commit === null) throw invalid([], `No ref found for: ${ref}`);
    // auto_merge and required_contexts are on by default.
    const merged = body.flag('auto_merge') === false ? null : autoMerge(call, ref, commit.id);
    if (merged !== null) return merged;
    requireContexts(call, commit.id);
    const environment = environmentNamed(world, repository, body.text('environment') ?? 'production');
    const id = world.nextId();
    const now = world.now();
    const deployment: Deployment = {
      id,
      nodeId: `DE_${id}`,
      sha: commit.id,
      ref,
      task: body.text('task') ?? 'deploy',
      payload: body.raw('payload') ?? {},
      environment: environment.name,
      description: body.text('description') ?? null,
      transient: body.flag('transient_environment') ?? false,
      production: body.flag('production_environment') ?? environment.name === 'production',
      creator: by.account,
      app: by.app,
      createdAt: now,
      updatedAt: now,
      statuses: [],
    };
    repository.deployments.push(deployment);
    return created(deploymentShape(world, repository, deployment));
  },

  'repos/list-deployments': (call) => {
    const { world, repository, query } = call;
    const [sha, ref, task, environment] = ['sha', 'ref', 'task', 'environment'].map((name) => query.get(name));
    const found = repository.deployments
      .filter((one) => (sha ?? one.sha) === one.sha && (ref ?? one.ref) === one.ref)
      .filter((one) => (task ?? one.task) === one.task && (environment ?? one.environment) === one.environment)
      .toReversed();
    return page(call, found, (deployment) => deploymentShape(world, repository, deployment));
  },

  'repos/get-deployment': (call) => ok(deploymentShape(call.world, call.repository, deploymentIn(call))),

  'repos/create-deployment-status': (call) => {
    const { world, repository, by, body } = call;
    const deployment = deploymentIn(call);
    const description = body.text('description') ?? '';
    if (description.length > 140) {
      throw invalid([
        {
          resource: 'DeploymentStatus',
          code: 'custom',
          message: 'description is too long (maximum is 140 characters)',
        },
      ]);
    }
    const state = body.oneOf('state', deploymentStates) ?? 'error';
    const [environment, url, log, target, inactive] = [
      body.text('environment') ?? deployment.environment,
      body.text('environment_url') ?? '',
      body.text('log_url'),
      body.text('target_url') ?? '',
      body.flag('auto_inactive') ?? true,
    ];
    if (state === 'success' && inactive) {
      for (const older of madeInactive(repository.deployments, deployment)) {
        const same = { environment: older.environment, environmentUrl: '', logUrl: '' };
        addStatus(world, older, by, { ...same, state: 'inactive', description: '' });
      }
    }
    const given = { state, description, environment, environmentUrl: url, logUrl: log ?? target };
    return created(deploymentStatusShape(world, repository, deployment, addStatus(world, deployment, by, given)));
  },

  'repos/list-deployment-statuses': (call) => {
    const deployment = deploymentIn(call);
    return page(call, deployment.statuses.toReversed(), (status) =>
      deploymentStatusShape(call.world, call.repository, deployment, status),
    );
  },

  'repos/get-environment': (call) => {
    const found = call.repository.environments.get(call.text('environment_name').toLowerCase());
    if (found === undefined) throw notFound();
    return ok(environmentShape(call.world, call.repository, found));
  },
} satisfies Partial<Record<OperationId, Handler>>;

function deploymentIn(call: Call): Deployment {
  const found = call.repository.deployments.find(({ id }) => id === call.number('deployment_id'));
  if (found === undefined) throw notFound();
  return found;
}

/** auto_merge: a branch that is behind the default branch gets a merge commit, and no deployment is created. */
function autoMerge({ world, repository, by }: Call, ref: string, head: string): Answer | null {
  const { bare, defaultBranch } = repository;
  const branch = `refs/heads/${ref}`;
  const base = bare.tip(`refs/heads/${defaultBranch}`);
  const behind = base !== null && bare.tip(branch) !== null && !isAncestor(bare.store, base, head);
  if (base === null || !behind || mergeBase(bare.store, base, head) === null) return null;
  const tree = mergedTree(repository, head, base);
  if (tree === null) throw new GitHubError(409, `Conflict merging ${defaultBranch} into ${ref}.`);
  const message = `Merge ${defaultBranch} into ${ref}`;
  const after = commitTree(world, repository, { tree, parents: [head, base], message, by, signed: true });
  changeRef(world, repository, { ref: branch, before: head, after, by });
  return { status: 202, body: { message: `Auto-merged ${defaultBranch} into ${ref} on deployment.` } };
}

/** Without `required_contexts`, every status of the commit has to be a success. */
function requireContexts({ repository, body }: Call, sha: string): void {
  const latest = latestStatuses(repository.statuses, sha);
  const asked = body.has('required_contexts') ? body.texts('required_contexts') : latest.map(({ context }) => context);
  const missing = asked.filter((name) => latest.find(({ context }) => context === name)?.state !== 'success');
  if (missing.length > 0) {
    throw new GitHubError(409, `Conflict: Commit status checks failed for ${sha}.`, {
      errors: [{ resource: 'Deployment', field: 'required_contexts', code: 'invalid' }],
    });
  }
}
