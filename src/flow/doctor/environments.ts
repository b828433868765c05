import { type PromotingJob, promotingJobs, WORKFLOWS } from '../../config/promoting-jobs.ts';
import { gates } from '../../gates/index.ts';
import { type Check, checkOf, type Said, skipped } from '../../release/check.ts';
import { type Delivery, everyCondition } from '../../release/delivery.ts';
import type { Forge } from '../../release/forge.ts';
import {
  ENVIRONMENTS,
  type EnvironmentApproval,
  environmentSaid,
  type FoundEnvironment,
  noEnvironmentSaid,
} from '../../release/reviewed-environment.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../load.ts';
import { read } from './read-setting.ts';

/**
 * Looks at the environments whose reviewers can give an approval of the policy. The policy names none: they are those of the jobs that
 * run `promote`, in the workflows of the policy's commit.
 */
export async function environmentChecks(
  about: string,
  { repo, signal }: Context,
  forge: Forge,
  { deliveries, commit }: Policy,
): Promise<readonly Check[]> {
  const approvals = approvalsOf(deliveries);
  if (approvals.length === 0) return [];
  const { jobs, unreadable } = await jobsAt(repo, commit);
  const unknown = [
    ...unreadable.map((file) => checkOf(about, `environments of ${file}`, skipped('the workflow can not be read'))),
    ...jobs
      .filter(({ environment }) => environment === null)
      .map(({ file, job }) =>
        checkOf(
          about,
          `environment of ${job}`,
          skipped(`an expression names it in ${file}: look under ${ENVIRONMENTS}`),
        ),
      ),
  ];
  const named = [...new Set(jobs.flatMap(({ environment }) => environment ?? []))];
  if (named.length + unknown.length === 0) return [checkOf(about, 'environments', noEnvironmentSaid(approvals))];
  const found: FoundEnvironment[] = [];
  const untold: Check[] = [];
  for (const name of named) {
    const said = await read<Said | null>(ENVIRONMENTS, async () => {
      found.push({ name, found: await forge.environment(name, signal) });
      return null;
    });
    if (said !== null) untold.push(checkOf(about, `environment ${name}`, said));
  }
  const all = unknown.length + untold.length === 0 ? found : null;
  const told = found.map((one) => checkOf(about, `environment ${one.name}`, environmentSaid(one, approvals, all)));
  return [...told, ...untold, ...unknown];
}

/** The approvals that a reviewer of an environment can give, each once. */
function approvalsOf(deliveries: readonly Delivery[]): readonly EnvironmentApproval[] {
  const found = new Map<string, EnvironmentApproval>();
  for (const condition of deliveries.flatMap(everyCondition)) {
    const approvers = gates[condition.kind].approvers(condition);
    if (approvers?.by.includes('environment') !== true) continue;
    const { from, notAuthor } = approvers;
    found.set(condition.name, { name: condition.name, from, notAuthor });
  }
  return [...found.values()];
}

/** The jobs that promote in an environment, and the workflows that can't be read. */
async function jobsAt(
  repo: Context['repo'],
  commit: string,
): Promise<{ readonly jobs: readonly PromotingJob[]; readonly unreadable: readonly string[] }> {
  const jobs: PromotingJob[] = [];
  const unreadable: string[] = [];
  for (const file of await repo.files(commit, WORKFLOWS)) {
    if (!/^[^/]+\.ya?ml$/.test(file.slice(WORKFLOWS.length + 1))) continue;
    const text = await repo.read(commit, file);
    const found = text === null ? [] : promotingJobs({ file, text });
    if (found === null) unreadable.push(file);
    else jobs.push(...found);
  }
  return { jobs, unreadable };
}
