import type { Operation } from '../../../src/adapters/github/operations.ts';
import type { Forge } from '../../../src/release/forge.ts';
import type { Shop } from './live.ts';
import { never } from './scripted.ts';

/** One call of each operation in a shop, prepared by people. */
export function calls(at: Shop): Readonly<Record<Operation, (forge: Forge) => Promise<unknown>>> {
  const { hub, repo, ada, bob, first, job } = at;
  repo.settings.actionsMayOpenPullRequests = true;
  const pull = repo.openPullRequest({ by: ada, files: { a: 'a' }, branch: 'open' });
  const merged = bob.merges(repo.openPullRequest({ by: ada, files: { b: 'b' }, branch: 'merged' }));
  const tip = ada.pushes(repo, { branch: 'ready', files: { c: 'c' } });
  ada.pushes(repo, { files: { '.github/workflows/smoke.yml': 'on: workflow_dispatch\n' } });
  const comment = ada.comments(pull, 'hello');
  hub.team('acme/sre', [ada]);
  return {
    viewer: (forge) => forge.viewer(never),
    pullRequestsOf: (forge) => forge.pullRequestsOf([merged], 'main', never),
    pullRequest: (forge) => forge.pullRequest(pull.number, never),
    pullRequestsFrom: (forge) => forge.pullRequestsFrom('open', never),
    comments: (forge) => forge.comments(pull.number, never),
    reviews: (forge) => forge.reviews(pull.number, never),
    right: (forge) => forge.right('ada', never),
    members: (forge) => forge.members('acme/sre', never),
    workflowRun: (forge) => forge.workflowRun(String(job.run.id), never),
    workflowRuns: (forge) => forge.workflowRuns('release.yml', 'schedule', never),
    checkOf: (forge) => forge.checkOf(first, 'build', never),
    startWorkflow: (forge) =>
      forge.startWorkflow({ file: 'smoke.yml', branch: 'main', inputs: { step: 'one' } }, never),
    environmentVotes: (forge) => forge.environmentVotes(String(job.run.id), never),
    issuesLabelled: (forge) => forge.issuesLabelled('freeze', never),
    comment: (forge) => forge.comment(pull.number, 'x', never),
    editComment: (forge) => forge.editComment(comment.id, 'x', never),
    react: (forge) => forge.react(comment.id, 'eyes', never),
    writeCheck: (forge) =>
      forge.writeCheck(
        { name: 'n', key: 'k', commit: first, is: 'passed', title: 't', summary: 's', url: null },
        never,
      ),
    deployments: (forge) => forge.deployments('prod', never),
    createDeployment: (forge) =>
      forge.createDeployment({ environment: 'prod', commit: first, key: 'k', isProduction: true }, never),
    writeDeploymentStatus: (forge) => {
      const id = repo.state.deployments[0]?.id ?? 0;
      return forge.writeDeploymentStatus(
        id,
        { state: 'queued', description: '', logUrl: null, environment: 'prod' },
        never,
      );
    },
    branchHead: (forge) => forge.branchHead('main', never),
    branchRules: (forge) => forge.branchRules('main', never),
    workflowRights: (forge) => forge.workflowRights(never),
    environment: (forge) => forge.environment('prod', never),
    createBranch: (forge) => forge.createBranch('new', first, never),
    deleteBranch: (forge) => forge.deleteBranch('merged', never),
    commitFiles: (forge) =>
      forge.commitFiles({ branch: 'ready', onto: tip, message: 'm', files: new Map([['d', 'd']]) }, never),
    openPullRequest: (forge) => forge.openPullRequest({ title: 't', body: '', head: 'ready', base: 'main' }, never),
    editPullRequest: (forge) => forge.editPullRequest(pull.number, { title: 'x' }, never),
    mergePullRequest: (forge) => forge.mergePullRequest(pull.number, pull.pull.head.sha, never),
  };
}
