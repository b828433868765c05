import { type Forge, ForgeError } from '../../src/release/forge.ts';
import { Killed, late, type Way } from './ports.ts';

/** A forge whose requests take their time, and come to the faults that are counted in them. */
export function faultyForge(inner: Forge, way: Way): Forge {
  const slowly =
    <A extends readonly unknown[], T>(ask: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      await late(way);
      const { fault } = way;
      way.requests += 1;
      const here = fault?.fault === 'forge' && fault.call === way.requests ? fault : null;
      if (here !== null) way.met(here);
      if (here?.when === 'away') throw new ForgeError('away', 'the forge does not answer');
      if (here !== null) {
        if (here.when === 'after') await ask(...given).catch(() => {});
        way.die();
        throw new Killed();
      }
      const answer = await ask(...given);
      await late(way);
      return answer;
    };
  return {
    title: inner.title,
    url: inner.url,
    get requests() {
      return inner.requests;
    },
    viewer: slowly(inner.viewer),
    pullRequestsOf: slowly(inner.pullRequestsOf),
    pullRequest: slowly(inner.pullRequest),
    pullRequestsFrom: slowly(inner.pullRequestsFrom),
    comments: slowly(inner.comments),
    reviews: slowly(inner.reviews),
    right: slowly(inner.right),
    members: slowly(inner.members),
    workflowRun: slowly(inner.workflowRun),
    workflowRuns: slowly(inner.workflowRuns),
    checkOf: slowly(inner.checkOf),
    startWorkflow: slowly(inner.startWorkflow),
    environmentVotes: slowly(inner.environmentVotes),
    issuesLabelled: slowly(inner.issuesLabelled),
    comment: slowly(inner.comment),
    editComment: slowly(inner.editComment),
    react: slowly(inner.react),
    writeCheck: slowly(inner.writeCheck),
    deployments: slowly(inner.deployments),
    createDeployment: slowly(inner.createDeployment),
    writeDeploymentStatus: slowly(inner.writeDeploymentStatus),
    branchHead: slowly(inner.branchHead),
    branchRules: slowly(inner.branchRules),
    environment: slowly(inner.environment),
    workflowRights: slowly(inner.workflowRights),
    createBranch: slowly(inner.createBranch),
    deleteBranch: slowly(inner.deleteBranch),
    commitFiles: slowly(inner.commitFiles),
    openPullRequest: slowly(inner.openPullRequest),
    editPullRequest: slowly(inner.editPullRequest),
    mergePullRequest: slowly(inner.mergePullRequest),
  };
}
