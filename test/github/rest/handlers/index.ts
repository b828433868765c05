import type { Handler } from '../call.ts';
import type { OperationId } from '../permissions.ts';
import { checks } from './checks.ts';
import { commits } from './commits.ts';
import { deployments } from './deployments.ts';
import { issues } from './issues.ts';
import { pulls } from './pulls.ts';
import { repositories } from './repositories.ts';
import { runs } from './runs.ts';
import { teams } from './teams.ts';

/** Every operation except `rate-limit/get`, which needs the counters: see rest/rate-limit.ts. */
export const handlers = {
  ...checks,
  ...commits,
  ...deployments,
  ...issues,
  ...pulls,
  ...repositories,
  ...runs,
  ...teams,
} satisfies Record<Exclude<OperationId, 'rate-limit/get'>, Handler>;
