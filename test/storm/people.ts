import type { Given } from '../../src/commands/input.ts';
import type { Condition } from '../../src/release/delivery.ts';
import { actAtForge, noteMerged } from './at-forge.ts';
import type { Action, Deed, Naming, Who } from './case.ts';
import { conditionNamed } from './conditions.ts';
import { type Named, notedIn, pointOf } from './facts.ts';
import { foreign } from './foreign.ts';
import { acting } from './ports.ts';
import { contentIn, imageIn, withVersion } from './source.ts';
import { stageName } from './stage.ts';
import { type Asked, plainly, type World } from './world.ts';

/** What an action asks of stepgate now; null where it is no command. */
export function askedBy(world: World, action: Action): Asked | null {
  const { who, skew, via } = action;
  const plain = (given: Given): Omit<Asked, 'command' | 'fault'> => ({ ...plainly, who, skew, via, given });
  switch (action.do) {
    case 'deploy': {
      const [older = null] = world.remote.at(world.remote.tip).parents;
      const given = {
        until: [action.until],
        timeout: ['2m'],
        ...(action.at === 'older' && older !== null ? { at: [older] } : {}),
        ...(action.at === 'aside' && world.remote.aside !== null ? { at: [world.remote.aside] } : {}),
        ...(action.takeOver ? { 'take-over': ['kubectl'] } : {}),
      };
      return { ...plain(given), command: 'deploy', fault: action.fault };
    }
    case 'promote':
      return promotion(world, action);
    case 'tick': {
      const given = { until: [action.until], timeout: ['2m'], method: [action.method] };
      return { ...plain(given), command: 'tick', fault: action.fault };
    }
    case 'rollback': {
      const [release, to] = [named(world, action.release), named(world, action.to)];
      const given = {
        reason: ['bad'],
        timeout: ['2m'],
        ...(release === null ? {} : { release: [release] }),
        ...(to === null ? {} : { to: [to] }),
        ...(action.undo ? { undo: ['true'] } : {}),
        ...(action.also ? { also: ['true'] } : {}),
      };
      const wants = { act: 'rollback', release: release === 'live' ? null : release, to, undo: action.undo } as const;
      return { ...plain(given), command: 'rollback', fault: action.fault, wants };
    }
    case 'hold':
    case 'resume': {
      const release = named(world, action.release);
      const digest = entriesOf(world).find((one) => one.id === release)?.digest ?? null;
      const given = release === null ? {} : { release: [release] };
      return { ...plain(given), command: action.do, fault: action.fault, wants: { act: action.do, release, digest } };
    }
    case 'stage': {
      // Nobody goes on with what does not start there.
      if (imageIn(world.remote.at(world.remote.tip).files).endsWith(':broken')) return null;
      const given = { delivery: [stageName], until: ['done'], timeout: ['2m'] };
      return { ...plain(given), command: 'deploy', fault: action.fault };
    }
    case 'again': {
      const last = world.last();
      if (last === null) return null;
      return { ...last, who, skew, fault: action.fault, via: { ...last.via, attempt: last.via.attempt + 1 } };
    }
    case 'answer': {
      const number = action.on === 'release' ? pullOfRelease(world) : null;
      const given = { timeout: ['2m'], ...(number === null ? {} : { 'pull-request': [String(number)] }) };
      return { ...plain(given), via: 'workflow', command: 'answer', fault: action.fault };
    }
    case 'freeze': {
      const end = action.minutes === null ? {} : { end: [`${action.minutes}m`] };
      return { ...plain({ reason: ['stocktaking'], ...end }), all: true, command: 'freeze', fault: action.fault };
    }
    case 'thaw':
      return { ...plain({}), all: true, command: 'thaw', fault: action.fault };
    case 'push':
    case 'remote':
    case 'lose':
    case 'foreign':
    case 'say':
    case 'unsay':
    case 'promotion':
    case 'leave':
    case 'forge':
      return null;
  }
}

/** The pull request that brought the release that is asked for; null for none. */
function pullOfRelease({ forge, cluster }: World): number | null {
  const { release } = notedIn(cluster.api.store.get('Rollout', 'shop', 'shop'));
  return release === null ? null : (forge?.pullsOf(release.commit)[0]?.number ?? null);
}

/** Every release that the record names, the newest first. */
function entriesOf({ cluster }: World): readonly Named[] {
  const { release, history, rollback } = notedIn(cluster.api.store.get('Rollout', 'shop', 'shop'));
  const around = rollback === null ? [] : [rollback.from, rollback.to, ...rollback.bad];
  return [...(release === null ? [] : [release]), ...history, ...around];
}

/** The id that somebody types, from what the record has at that moment; null for none. */
function named(world: World, naming: Naming): string | null {
  const { release, history, rollback } = notedIn(world.cluster.api.store.get('Rollout', 'shop', 'shop'));
  switch (naming) {
    case 'none':
      return null;
    case 'live':
      return 'live';
    case 'rolled back':
      return rollback?.from.id ?? null;
    case 'stable':
      return history[0]?.id ?? null;
    case 'oldest':
      return history.at(-1)?.id ?? null;
    case 'asked':
      return release?.id ?? null;
    case 'unknown':
      return '0123456789-01234567';
  }
}

function promotion(world: World, action: Action & { readonly do: 'promote' }): Asked {
  const { store } = world.cluster.api;
  const rollout = store.get('Rollout', 'shop', 'shop');
  const point = pointOf(rollout);
  const here = Math.max(1, point.step);
  const named = ['step', 'both'].includes(action.names)
    ? here
    : action.names === 'next'
      ? here + 1
      : action.names === 'wrong step'
        ? here - 1
        : null;
  const steps = world.policy().steps.length;
  const step = named === null || named < 1 || named > steps ? null : named;
  const release =
    action.names === 'both' || (action.via === 'workflow' && action.names === 'step')
      ? (notedIn(rollout).release?.id ?? null)
      : action.names === 'wrong release'
        ? '0123456789-01234567'
        : null;
  const to = action.jump === null ? null : Math.min(steps, Math.max(1, here + action.jump));
  const given = {
    method: [action.method],
    timeout: ['2m'],
    ...(step === null ? {} : { step: [String(step)] }),
    ...(release === null ? {} : { release: [release] }),
    ...(to === null ? {} : { to: [String(to)] }),
    ...(action.force ? { force: ['true'] } : {}),
  };
  const means = { release, step, to, force: action.force };
  const { who, skew, via, fault } = action;
  return { ...plainly, command: 'promote', who, skew, via, given, means, fault };
}

/** What people do without stepgate. */
export function meddle(world: World, deed: Deed, who: Who = 'ada'): void {
  switch (deed.do) {
    case 'push': {
      const { tip } = world.remote;
      push(world, deed.what);
      const brings = ['good', 'broken', 'line', 'older'].includes(deed.what) && world.remote.tip !== tip;
      if (brings) noteMerged(world, who);
      return;
    }
    case 'say':
    case 'unsay':
    case 'promotion':
    case 'leave':
    case 'forge':
      actAtForge(world, deed, who);
      return;
    case 'remote':
      world.remote.away = deed.is === 'away';
      if (deed.is === 'back') world.remote.refusals = 0;
      if (deed.is === 'back' || deed.is === 'closed') world.remote.closed = deed.is === 'closed';
      if (deed.is === 'refusing') world.remote.refusals = 2;
      return;
    case 'lose':
      lose(world, deed.times);
      return;
    case 'foreign':
      foreign(world, deed.what);
      return;
    case 'deploy':
    case 'promote':
    case 'tick':
    case 'rollback':
    case 'hold':
    case 'resume':
    case 'stage':
    case 'again':
    case 'answer':
    case 'freeze':
    case 'thaw':
      return;
  }
}

function push(world: World, what: (Deed & { readonly do: 'push' })['what']): void {
  const { rollback } = notedIn(world.cluster.api.store.get('Rollout', 'shop', 'shop'));
  if (rollback?.git === 'todo' && ['good', 'line', 'broken'].includes(what)) world.observer.counts.fixes += 1;
  const { remote } = world;
  const { files } = remote.at(remote.tip);
  const delivery = world.policy();
  const shop = contentIn(files);
  const version = Number(/app\/v(\d+)/.exec(shop)?.[1] ?? 1);
  switch (what) {
    case 'good':
    case 'broken': {
      const highest = Number(files['highest'] ?? version) + 1;
      const image = `app/v${highest}:${what === 'good' ? 'ok' : 'broken'}`;
      remote.commit(image, { 'deploy/shop.json': withVersion(shop, image), highest: String(highest) });
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
    case 'plan': {
      const steps = delivery.steps.map((step, index) =>
        index === 0 && step.replicas.unit === 'percent' && step.replicas.value < 100
          ? { ...step, replicas: { ...step.replicas, value: Math.max(10, step.replicas.value - 10) } }
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

/** An approval that names people names others from now on, and back. */
function byOthers(condition: Condition): Condition {
  if (condition.kind !== 'approval' || condition.from.length === 0) return condition;
  return condition.from.includes('cid') ? conditionNamed(condition.name) : { ...condition, from: ['cid'], count: 1 };
}

/** The engine's next write undoes an approval by status, so often: a pass that began before writes over it (E4). */
function lose(world: World, times: number): void {
  const { cluster, stage, observer } = world;
  let left = times;
  const unlisten = cluster.api.store.listen((change) => {
    if (
      change.kind !== 'Rollout' ||
      change.object.metadata.namespace !== 'shop' ||
      change.old === undefined ||
      !stage.actor.startsWith('run ')
    )
      return;
    const [is, was] = [pointOf(change.object), pointOf(change.old)];
    if (was.state !== 'StepPaused' || (is.state !== 'StepReady' && is.next === was.next)) return;
    const { old } = change;
    left -= 1;
    if (left === 0) unlisten();
    cluster.world.timeline.after(1, () => {
      const live = cluster.api.store.get('Rollout', 'shop', 'shop');
      if (live === undefined || pointOf(live).state === 'Completed' || pointOf(live).step !== was.step) return;
      const status = (old as { readonly status?: unknown }).status;
      const { resourceVersion: _version, ...metadata } = live.metadata;
      acting(stage, 'engine', () =>
        cluster.api.update(
          'Rollout',
          { ...live, metadata, status },
          { manager: 'kruise-rollout', subresource: 'status' },
        ),
      );
      observer.counts.lost += 1;
    });
  });
}
