import { at, stringAt } from '../../release/json.ts';
import { payload } from '../git/event.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The number of the pull request or issue whose comment started this run; null when another event did. Nothing else of the
 * payload is used: the forge is asked again.
 */
export async function commentedOn(env: Env): Promise<number | null> {
  if (env['GITHUB_ACTIONS'] !== 'true' || env['GITHUB_EVENT_NAME'] !== 'issue_comment') return null;
  const found = await payload(env['GITHUB_EVENT_PATH'] ?? '');
  const number = at(found, 'issue', 'number');
  const repository = stringAt(found, 'repository', 'full_name');
  if (repository?.toLowerCase() !== (env['GITHUB_REPOSITORY'] ?? '').toLowerCase()) return null;
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : null;
}
