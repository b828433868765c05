import { policyBranchSaid, unruledBranchSaid } from '../../release/branch-rules.ts';
import { type Check, checkOf, type Said, skipped, warning } from '../../release/check.ts';
import { asError } from '../../release/error.ts';
import { type Forge, ForgeError } from '../../release/forge.ts';
import type { Context } from '../context.ts';
import { forgeTrouble } from '../forge-trouble.ts';
import type { Policy } from '../load.ts';

/** The settings of the repository at the forge that the first release meets. Only reads; what this token may not read is said. */
export async function settingsChecks(
  about: string,
  { signal }: Context,
  forge: Forge,
  { branch, deliveries }: Policy,
): Promise<readonly Check[]> {
  if (branch === null) return [];
  const rules = await read('Settings > Rules, and Settings > Branches', async () => {
    try {
      const found = await forge.branchRules(branch.branch, signal);
      return found === null ? null : policyBranchSaid(branch.branch, found, deliveries);
    } catch (error) {
      // A private repository has no rules at all in the plan of some owners.
      if (error instanceof ForgeError && error.trouble === 'refused')
        return unruledBranchSaid(branch.branch, error.message);
      throw error;
    }
  });
  return rules === null ? [] : [checkOf(about, 'policy branch rules', rules)];
}

/** What a question came to; a sentence about it where the token may not ask it. `where`: the page that shows it to a person. */
async function read(where: string, question: () => Promise<Said | null>): Promise<Said | null> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    if (error.trouble === 'forbidden' || error.trouble === 'missing')
      return skipped(`${error.message}; a person sees it under ${where}`);
    const { message, hint, code } = asError(forgeTrouble(error));
    return warning(message, hint ?? `look under ${where}`, code);
  }
}
