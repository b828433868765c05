import { readTree } from '../git/trees.ts';
import type { Actor } from './accounts.ts';
import { invalid, notFound } from './github-error.ts';
import type { Repository } from './repository.ts';
import { startRun, type WorkflowRun, workflowAt } from './runs.ts';
import type { World } from './world.ts';

const MOST_INPUTS = 25;

/**
 * Emits `workflow_dispatch`. The workflow file has to exist and to have this trigger. `withRun` creates the run at once, because
 * the answer contains its id.
 */
export function dispatch(
  world: World,
  repository: Repository,
  by: Actor,
  of: {
    /** A file name in .github/workflows, or a whole path. */
    readonly workflow: string;
    readonly ref: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly withRun: boolean;
  },
): WorkflowRun | null {
  const { bare } = repository;
  const path = of.workflow.includes('/') ? of.workflow : `.github/workflows/${of.workflow}`;
  const ref = of.ref.startsWith('refs/') ? of.ref : `refs/heads/${of.ref}`;
  const commit = bare.resolve(ref);
  if (commit === null) throw invalid([], `No ref found for: ${of.ref}`);
  const file = readTree(bare.store, commit.tree).get(path);
  if (file === undefined) throw notFound();
  if (!bare.store.get(file.id, 'blob').includes('workflow_dispatch')) {
    throw invalid([], "Workflow does not have 'workflow_dispatch' trigger");
  }
  if (Object.keys(of.inputs).length > MOST_INPUTS) {
    throw invalid([], `you may only define up to ${MOST_INPUTS} \`inputs\` for a \`workflow_dispatch\` event`);
  }
  const workflow = workflowAt(world, repository, path, path);
  const run = of.withRun
    ? startRun(world, {
        repository,
        workflow,
        event: 'workflow_dispatch',
        title: workflow.name,
        headBranch: ref.replace(/^refs\/(heads|tags)\//, ''),
        headSha: commit.id,
        headRepository: repository,
        actor: by.account,
      })
    : null;
  world.emit({ name: 'workflow_dispatch', action: null, repository, by, ref, workflow: path, inputs: of.inputs, run });
  return run;
}
