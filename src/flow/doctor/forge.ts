import { type Check, checkOf, ok, type Said, skipped, warning } from '../../release/check.ts';
import { type Forge, ForgeError, isForge } from '../../release/forge.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../load.ts';
import { settingsChecks } from './forge-settings.ts';

const ABOUT = 'github';

/**
 * Looks at the service that holds the repository: whether the token is known, what of it can be read, and the settings that a release
 * under this policy meets; null where there is none. Writes nothing.
 */
export async function forgeChecks(context: Context, policy: Policy | null): Promise<readonly Check[]> {
  const branch = policy?.branch?.branch ?? null;
  const forge = await context.forge();
  if (!isForge(forge)) return [checkOf(ABOUT, 'token', skipped(forge.missing))];
  const { signal } = context;
  const checks: Check[] = [];
  const ask = async (name: string, read: (forge: Forge) => Promise<Said>) => {
    checks.push(checkOf(ABOUT, name, await told(() => read(forge))));
  };
  await ask('token', async () => ok(`${forge.title}, as ${(await forge.viewer(signal)).login}`));
  if (checks.some(({ is }) => is !== 'ok')) return checks;
  await ask('pull requests', async () => {
    await forge.pullRequestsFrom('stepgate/', signal);
    return ok('can be read');
  });
  await ask('deployments', async () => {
    await forge.deployments(null, signal);
    return ok('can be read');
  });
  if (branch !== null) {
    await ask('policy branch', async () => {
      const head = await forge.branchHead(branch, signal);
      return head === null
        ? warning(`there is no branch ${branch}`, 'check the address of the remote, and --policy-ref')
        : ok(`${branch} is at ${head.slice(0, 10)}`);
    });
  }
  if (policy !== null) checks.push(...(await settingsChecks(ABOUT, context, forge, policy)));
  return checks;
}

async function told(read: () => Promise<Said>): Promise<Said> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    const needs = error.needs === null ? 'check the token' : `give the token ${error.needs}`;
    return warning(
      error.message,
      `${needs}; releases go on without it, and people are not told there`,
      'FORGE_REFUSED',
    );
  }
}
