import type { Account, Actor, App } from './accounts.ts';
import type { Repository } from './repository.ts';
import type { World } from './world.ts';

export const deploymentStates = [
  'error',
  'failure',
  'inactive',
  'in_progress',
  'queued',
  'pending',
  'success',
] as const;
export type DeploymentState = (typeof deploymentStates)[number];

export interface DeploymentStatus {
  readonly id: number;
  readonly nodeId: string;
  readonly state: DeploymentState;
  readonly description: string;
  readonly environment: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly creator: Account;
  readonly app: App | null;
  readonly at: Date;
}

export interface Deployment {
  readonly id: number;
  readonly nodeId: string;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly payload: unknown;
  readonly environment: string;
  readonly description: string | null;
  readonly transient: boolean;
  readonly production: boolean;
  readonly creator: Account;
  readonly app: App | null;
  readonly createdAt: Date;
  updatedAt: Date;
  readonly statuses: DeploymentStatus[];
}

export interface Environment {
  readonly id: number;
  readonly nodeId: string;
  readonly name: string;
  /** One of them has to approve; empty for an unprotected environment. */
  readonly reviewers: readonly Account[];
  readonly preventSelfReview: boolean;
  readonly createdAt: Date;
}

export function addStatus(
  world: World,
  deployment: Deployment,
  by: Actor,
  of: Pick<DeploymentStatus, 'description' | 'environment' | 'environmentUrl' | 'logUrl' | 'state'>,
): DeploymentStatus {
  const id = world.nextId();
  const status = { ...of, id, nodeId: `DES_${id}`, creator: by.account, app: by.app, at: world.now() };
  deployment.statuses.push(status);
  deployment.updatedAt = status.at;
  return status;
}

/**
 * The older deployments that a success makes inactive: of the same environment, neither transient nor production.
 */
export function madeInactive(all: readonly Deployment[], newest: Deployment): readonly Deployment[] {
  return all.filter(
    (one) =>
      one !== newest &&
      one.environment === newest.environment &&
      !one.transient &&
      !one.production &&
      one.statuses.length > 0 &&
      one.statuses.at(-1)?.state !== 'inactive',
  );
}

/** Finds an environment, or creates it. As on GitHub, one that is created by its first use has no protection. */
export function environmentNamed(
  world: World,
  { environments }: Repository,
  name: string,
  of: Pick<Environment, 'preventSelfReview' | 'reviewers'> = { reviewers: [], preventSelfReview: false },
): Environment {
  const known = environments.get(name.toLowerCase());
  if (known !== undefined) return known;
  const id = world.nextId();
  const made = { ...of, id, nodeId: `EN_${id}`, name, createdAt: world.now() };
  environments.set(name.toLowerCase(), made);
  return made;
}
