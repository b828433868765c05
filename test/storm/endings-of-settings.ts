import type { Noted } from './facts.ts';
import { commitsOf, copyOf, isOfHand, neighbour, settingsText } from './facts-of-settings.ts';
import { type SettingsName, settingsIn, settingsNames } from './source.ts';
import type { World } from './world.ts';

/** The contents of which copies may be there: those of the last two entries of the record, and of what serves. */
const mostCopies = 3;

/** The laws about how settings are at the end. */
export function judgeSettings(world: World, { release, rollback }: Noted): void {
  const { cluster, observer, remote, written } = world;
  const { store } = cluster.api;
  for (const name of settingsNames) {
    const copies = store.list('ConfigMap', 'shop').filter((one) => copyOf(one) === name);
    if (copies.length > mostCopies) observer.breaks('copies do not pile up', `${copies.length} of ${name}`);
  }
  if (release === null || release.over !== undefined) return;
  if (observer.idOf(store.get(written.kind, 'shop', written.name)) !== release.id) return;
  for (const name of settingsNames) {
    const wanted = settingsIn(remote.at(release.commit).files, name);
    const found = settingsText(store.get('ConfigMap', 'shop', name));
    if (wanted === null || found === wanted || isOthers(world, name)) continue;
    if (rollback === null && observer.isUnwritten(name, found)) continue;
    // A rollback without Git restores what was there before the bad release, also where somebody had edited that by hand.
    const copies = store.list('ConfigMap', 'shop').filter((one) => copyOf(one) === name && isOfHand(one));
    if (rollback !== null && copies.some((copy) => settingsText(copy) === found)) continue;
    const what = `${name} is '${found}', and ${release.id} has '${wanted}'`;
    observer.breaks(rollback === null ? 'what serves has its settings' : 'a rollback restores settings', what);
  }
}

/** Whether somebody has changed a ConfigMap by hand, or another delivery renders it too. */
function isOthers({ cluster, observer }: World, name: SettingsName): boolean {
  return observer.isEdited(name) || neighbour in commitsOf(cluster.api.store.get('ConfigMap', 'shop', name));
}

/** The settings and their copies at rest. */
export function restingSettings({ cluster }: World): unknown {
  const { store } = cluster.api;
  const all = store.list('ConfigMap', 'shop');
  return {
    texts: settingsNames.map((name) => settingsText(store.get('ConfigMap', 'shop', name))),
    copies: all.flatMap((one) => (copyOf(one) === null ? [] : [`${copyOf(one)} ${settingsText(one)}`])).sort(),
  };
}
