import { type Said, skipped, warning } from '../../release/check.ts';
import { asError } from '../../release/error.ts';
import { ForgeError } from '../../release/forge.ts';
import { forgeTrouble } from '../forge-trouble.ts';

/** What a question came to; a sentence about it where the token may not ask it. `where`: the page that shows it to a person. */
export async function read<S extends Said | null>(where: string, question: () => Promise<S>): Promise<S | Said> {
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
