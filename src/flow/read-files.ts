import { limits } from '../config/guard.ts';
import { tooLarge } from '../config/manifest.ts';
import type { TextFile } from '../config/yaml.ts';
import { inputError } from '../release/error.ts';
import type { Repo } from '../release/ports.ts';

/** How many files are read at once. */
const AT_ONCE = 64;

/**
 * The texts of files at a commit. They are read a few at a time, and not to the end where they are too large together: a commit may have
 * any number of them. Throws SOURCE_INVALID then.
 */
export async function readFiles(
  repo: Pick<Repo, 'read'>,
  commit: string,
  paths: readonly string[],
): Promise<readonly TextFile[]> {
  const files: TextFile[] = [];
  let total = 0;
  for (let start = 0; start < paths.length; start += AT_ONCE) {
    const some = paths.slice(start, start + AT_ONCE);
    const read = await Promise.all(some.map(async (file) => ({ file, text: (await repo.read(commit, file)) ?? '' })));
    for (const { file, text } of read) {
      total += Buffer.byteLength(text);
      if (total <= limits.sourceBytes) continue;
      const { message, hint } = tooLarge(limits.sourceBytes);
      throw inputError('SOURCE_INVALID', message, { hint, at: { file, line: null, column: null } });
    }
    files.push(...read);
  }
  return files;
}
