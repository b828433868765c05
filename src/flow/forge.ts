import { inputError } from '../release/error.ts';
import { type Account, atLeast, type Forge, isForge } from '../release/forge.ts';
import type { Context } from './context.ts';
import { forgeTrouble } from './forge-trouble.ts';

/** The forge of a command that can't do without it. Throws USAGE. */
export async function forgeOf(context: Context, command: string): Promise<Forge> {
  const forge = await context.forge();
  if (isForge(forge)) return forge;
  throw inputError('USAGE', `${command} needs the forge, and there is none because ${forge.missing}`, {
    hint: 'give github-token a token, and the job the permission pull-requests: write',
  });
}

/** Whether an account may write in the repository now. */
export async function mayWrite(forge: Forge, { login }: Pick<Account, 'login'>, signal: AbortSignal): Promise<boolean> {
  return atLeast(await forge.right(login, signal), 'write');
}

/** Asks the forge. Throws FORGE_UNREACHABLE or FORGE_REFUSED when it gives no answer that can be used. */
export async function asked<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw forgeTrouble(error);
  }
}
