import { isKubeconfigPath, pathHint } from '../config/kubeconfig-path.ts';
import { inputError } from '../release/error.ts';

/** The option as it was given. Throws USAGE, without a word of it, for what may be the kubeconfig itself. */
export function readKubeconfigPath(text: string | null): string | null {
  if (text === null || isKubeconfigPath(text)) return text;
  throw inputError('USAGE', 'kubeconfig is not a path', { hint: pathHint });
}
