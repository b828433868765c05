import { ownersOf } from '../../config/codeowners.ts';
import { asksForPromotion } from '../../gates/index.ts';
import { policyBranchSaid, unruledBranchSaid } from '../../release/branch-rules.ts';
import { type Check, checkOf, type Said } from '../../release/check.ts';
import { everyCondition } from '../../release/delivery.ts';
import { type Forge, ForgeError } from '../../release/forge.ts';
import type { BranchRules } from '../../release/repository-settings.ts';
import { OPENING, pullRequestsFor, workflowRightsSaid } from '../../release/workflow-rights.ts';
import type { Context } from '../context.ts';
import { codeownersAt } from '../forge-groups.ts';
import type { Policy } from '../load.ts';
import { environmentChecks } from './environments.ts';
import { read } from './read-setting.ts';

/**
 * Checks the settings of the repository at GitHub that can stop a first release. Only reads. A setting that the token may not read
 * becomes a line `not looked at`.
 */
export async function settingsChecks(
  about: string,
  context: Context,
  forge: Forge,
  policy: Policy,
): Promise<readonly Check[]> {
  const { deliveries } = policy;
  const checks: Check[] = [];
  const rules = await branchRules(context, forge, policy);
  if (rules.said !== null) checks.push(checkOf(about, 'policy branch rules', rules.said));
  const promoting = deliveries.filter((one) => everyCondition(one).some(asksForPromotion));
  const needed = pullRequestsFor(deliveries, promoting, rules.found);
  if (needed.length > 0) {
    const said = await read(OPENING, async () =>
      workflowRightsSaid(await forge.workflowRights(context.signal), needed),
    );
    checks.push(checkOf(about, 'pull requests by workflows', said));
  }
  checks.push(...(await environmentChecks(about, context, forge, policy)));
  return checks;
}

/** The rules of the policy branch, where they can be read, and what they mean; nothing where there is no such branch. */
async function branchRules(
  { signal, repo, config: { file } }: Context,
  forge: Forge,
  { branch, commit, deliveries }: Policy,
): Promise<{ readonly found: BranchRules | null; readonly said: Said | null }> {
  if (branch === null) return { found: null, said: null };
  let found: BranchRules | null = null;
  const said = await read('Settings > Rules, and Settings > Branches', async () => {
    try {
      found = await forge.branchRules(branch.branch, signal);
      if (found === null) return null;
      const text = await codeownersAt({ repo }, commit);
      const isOwned = text !== null && ownersOf(text, [file]).length > 0;
      return policyBranchSaid({ name: branch.branch, file, isOwned }, found, deliveries);
    } catch (error) {
      // A private repository has no rules at all in the plan of some owners.
      if (error instanceof ForgeError && error.trouble === 'refused')
        return unruledBranchSaid(branch.branch, error.message);
      throw error;
    }
  });
  return { found, said };
}
