import type { Deployment, DeploymentState } from '../release/forge.ts';
import type { ForgeRun } from './forge-run.ts';
import type { Teller } from './releases.ts';
import type { RunFacts } from './reporter.ts';
import type { Standing, Told } from './standing.ts';

/** GitHub calls it delivered only at `success`, so a release that waits is in progress. */
const states = {
  moving: 'in_progress',
  waiting: 'in_progress',
  delivered: 'success',
  failed: 'failure',
  broken: 'error',
  superseded: 'inactive',
} satisfies Record<Standing, DeploymentState>;

/** States in which a deployment has ended. */
const ended: readonly DeploymentState[] = ['inactive', 'failure', 'error'];

/** A deployment a release, in an environment with the delivery's name. */
export function deployment(): Teller {
  return {
    missing: 'the deployment of the release is not up to date',
    again: 'report',
    async tell(told, facts, run) {
      if (run !== null) await tellOne(run, told, facts);
    },
  };
}

async function tellOne(run: ForgeRun, told: Told, facts: RunFacts): Promise<void> {
  const all = await run.deployments(told, facts.signal);
  if (all === null) return;
  const own = all.find(({ key }) => key === told.key);
  const state = states[told.standing];
  if (own === undefined && told.standing === 'superseded') return;
  const mine = own ?? (await create(run, told, facts));
  await writeStatus(run, mine, { state, description: run.description(told) }, facts);
  const older = own === undefined ? all : all.slice(all.indexOf(own) + 1);
  for (const other of older) await settle(run, other, told, facts);
}

function create({ forge }: ForgeRun, { delivery: { name }, release, key }: Told, { signal }: RunFacts) {
  return forge.createDeployment(
    { environment: name, commit: release.commit, key, isProduction: isProduction(name) },
    signal,
  );
}

/** How GitHub shows the environment. A delivery without a name for its environment has one environment. */
function isProduction(name: string): boolean {
  const [, environment = 'production'] = name.split('@');
  return /^(?:prod|live)/iu.test(environment);
}

async function writeStatus(
  { forge }: ForgeRun,
  { id, status, environment }: Deployment,
  { state, description }: { readonly state: DeploymentState; readonly description: string },
  { url, signal }: RunFacts,
): Promise<void> {
  if (status?.state === state && status.description === description) return;
  await forge.writeDeploymentStatus(id, { state, description, logUrl: url, environment }, signal);
}

/**
 * Brings the status of another release's deployment to its end. GitHub does it only for environments that are not for
 * production.
 */
async function settle(run: ForgeRun, other: Deployment, told: Told, facts: RunFacts): Promise<void> {
  const wanted = whatBecame(other, told);
  if (wanted === null || wanted.state === other.status?.state || !run.affords(1)) return;
  await writeStatus(run, other, wanted, facts);
}

/** Null where it stays as it is. */
function whatBecame(
  { commit, status }: Deployment,
  { delivery, release, standing }: Told,
): { readonly state: DeploymentState; readonly description: string } | null {
  const serves = delivery.release;
  if (standing === 'failed' && serves !== null && commit === serves.commit && commit !== release.commit) {
    return { state: 'success', description: `serves again: ${serves.id}` };
  }
  // A run that followed an older release says nothing about the newer one.
  if (status === null || standing === 'superseded' || ended.includes(status.state)) return null;
  if (status.state === 'success') {
    return standing === 'delivered' ? { state: 'inactive', description: `${release.id} was delivered` } : null;
  }
  return { state: 'inactive', description: `superseded by ${release.id}` };
}
