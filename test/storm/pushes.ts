import type { Condition } from '../../src/release/delivery.ts';
import { noteMerged } from './at-forge.ts';
import type { Deed, Who } from './case.ts';
import { conditionNamed } from './conditions.ts';
import { notedIn } from './facts.ts';
import type { Files } from './repo.ts';
import { imageIn, settingsIn, withSettings, withVersion, workloadIn } from './source.ts';
import type { World } from './world.ts';

type What = (Deed & { readonly do: 'push' })['what'];

/** What changes the content of a release. */
const bringsSome: readonly What[] = [
  'good',
  'broken',
  'line',
  'older',
  'settings',
  'other',
  'shared',
  'settings with image',
  'settings again',
];

/** Somebody pushes; where there is a forge, what brings a version comes by a pull request of theirs. */
export function push(world: World, what: What, who: Who): void {
  const { tip } = world.remote;
  pushPlainly(world, what);
  if (bringsSome.includes(what) && world.remote.tip !== tip) noteMerged(world, who);
}

function pushPlainly(world: World, what: What): void {
  const { rollback } = notedIn(world.cluster.api.store.get('Rollout', 'shop', 'shop'));
  if (rollback?.git === 'todo' && ['good', 'line', 'broken'].includes(what)) world.observer.counts.fixes += 1;
  const { remote } = world;
  const { files } = remote.at(remote.tip);
  const delivery = world.policy();
  const shop = workloadIn(files);
  const version = Number(/app\/v(\d+)/.exec(shop)?.[1] ?? 1);
  switch (what) {
    case 'good':
    case 'broken': {
      const highest = Number(files['highest'] ?? version) + 1;
      const image = `app/v${highest}:${what === 'good' ? 'ok' : 'broken'}`;
      remote.commit(image, { 'deploy/shop.json': withVersion(shop, image), highest: String(highest) });
      return;
    }
    case 'settings':
    case 'other':
    case 'shared':
      remote.commit(what, { ...withSettings(what, `text-${Number(files['texts'] ?? 0) + 1}`), ...nextText(files) });
      return;
    case 'settings with image': {
      const highest = Number(files['highest'] ?? version) + 1;
      const image = `app/v${highest}:ok`;
      const content = { 'deploy/shop.json': withVersion(shop, image), highest: String(highest) };
      remote.commit(image, {
        ...content,
        ...withSettings('settings', `text-${Number(files['texts'] ?? 0) + 1}`),
        ...nextText(files),
      });
      return;
    }
    case 'settings again': {
      const [parent = remote.tip] = remote.at(remote.tip).parents;
      const text = settingsIn(remote.at(parent).files, 'settings') ?? '';
      remote.commit(`again ${text}`, withSettings('settings', text));
      return;
    }
    case 'docs':
      remote.commit('docs', { README: String(world.now()) });
      return;
    case 'older': {
      const [parent = null] = remote.at(remote.tip).parents;
      const image = parent === null ? '' : imageIn(remote.at(parent).files);
      if (image !== '') remote.commit(`again ${image}`, { 'deploy/shop.json': withVersion(shop, image) });
      return;
    }
    case 'plan':
    case 'lower plan': {
      const [, second] = delivery.steps;
      const most = second?.replicas.unit === 'percent' ? second.replicas.value : 100;
      const changed = (value: number) => (what === 'plan' ? Math.min(most, value + 10) : Math.max(10, value - 10));
      const steps = delivery.steps.map((step, index) =>
        index === 0 && step.replicas.unit === 'percent' && step.replicas.value < 100
          ? { ...step, replicas: { ...step.replicas, value: changed(step.replicas.value) } }
          : step,
      );
      remote.commit('another plan', { 'stepgate.yaml': JSON.stringify({ ...delivery, steps }) });
      return;
    }
    case 'line': {
      const line = `line-${Math.floor(world.now())}`;
      remote.commit(line, { 'deploy/shop.json': withVersion(shop, imageIn(files), line) });
      return;
    }
    case 'people': {
      const others = (conditions: readonly Condition[]) => conditions.map(byOthers);
      const steps = delivery.steps.map((step) => ({ ...step, leaveWhen: others(step.leaveWhen) }));
      const [startWhen, doneWhen] = [others(delivery.startWhen), others(delivery.doneWhen)];
      remote.commit('other people', { 'stepgate.yaml': JSON.stringify({ ...delivery, startWhen, steps, doneWhen }) });
      return;
    }
    case 'aside':
    case 'merge': {
      const highest = Number(files['highest'] ?? version) + 1;
      const content = {
        'deploy/shop.json': withVersion(shop, `app/v${highest}:ok`),
        highest: String(highest),
      };
      if (what === 'aside') remote.branch(`aside v${highest}`, content);
      else remote.merge('merge what was aside', content);
    }
  }
}

function nextText(files: Files): Files {
  return { texts: String(Number(files['texts'] ?? 0) + 1) };
}

/** An approval that names people names others from now on, and back. */
function byOthers(condition: Condition): Condition {
  if (condition.kind !== 'approval' || condition.from.length === 0) return condition;
  return condition.from.includes('cid') ? conditionNamed(condition.name) : { ...condition, from: ['cid'], count: 1 };
}
