import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout, type Repository } from '../../support/repository.ts';
import type { Repo } from './repo.ts';

/**
 * The workspace of a job, as actions/checkout leaves it: one branch, shallow by default, and the token in the configuration of git, so
 * that fetches and pushes use it; null for `persist-credentials: false`. `merged`: of a job of this pull request, whose test merge is
 * checked out. The first fetch reads the disk, which is faster; it is not in the request log.
 */
export async function checkoutWith(
  repo: Repo,
  token: string | null,
  {
    merged = null,
    ...options
  }: { readonly depth?: number | null; readonly branch?: string; readonly merged?: number | null } = {},
): Promise<Repository> {
  const made = await checkout(repo, options);
  if (merged !== null) {
    await made.git('fetch', '--quiet', '--no-tags', `file://${repo.folder}`, `refs/pull/${merged}/merge`);
    await made.git('checkout', '--quiet', '--detach', 'FETCH_HEAD');
  }
  if (token === null) return made;
  const { origin } = new URL(repo.url);
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const section = `[http "${origin}/"]\n\textraheader = AUTHORIZATION: basic ${basic}\n`;
  await appendFile(join(made.folder, '.git', 'config'), section);
  return made;
}
