import type { Work } from '../flow/work.ts';
import type { Differ } from '../release/changes/compared.ts';
import { isTelling } from '../release/secret-values.ts';
import { diffObjects } from '../views/redact.ts';

/**
 * Makes the diffs of a report. A person at a terminal sees all values but those of Secrets and credentials; what is published
 * or piped shows them where the policy says `diff: full`, else only at the listed paths.
 */
export function differOf({ context, policy }: Pick<Work, 'context' | 'policy'>): Differ {
  const { are, fingerprint, hide } = context.readers;
  const values = are === 'person' ? 'full' : policy.diff;
  const found = (secret: string) => {
    if (isTelling(secret)) hide(secret);
  };
  return (before, after) => diffObjects(before, after, { values, fingerprint, found });
}
