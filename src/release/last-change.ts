import type { ReleaseRecord } from './record.ts';
import { contentId } from './whole.ts';

/**
 * What was changed last in the cluster, as text: whoever looks for a cause, or is about to go back, reads it first. `live`: the id on
 * the workload. Null where stepgate has changed nothing yet.
 */
export function lastChange({ release, history }: ReleaseRecord, live: string | null): string | null {
  const [stable, before] = history;
  if (release !== null && release.id === live && stable?.id !== live) {
    const settings = release.settings === undefined ? '' : `, which has taken on the settings of ${release.settings}`;
    return `changed last: release ${release.id}, asked for by ${release.by} at ${release.at}${settings}`;
  }
  if (stable === undefined) return null;
  const isSettings = stable.settings !== undefined && before?.digest === stable.digest;
  const what = isSettings ? 'settings' : 'release';
  return `changed last: ${what} ${contentId(stable)} (commit ${stable.commit.slice(0, 10)}), delivered at ${stable.at}`;
}
