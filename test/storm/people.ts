import type { Given } from '../../src/commands/input.ts';
import { actAtForge } from './at-forge.ts';
import type { Action, Deed, Naming, Who } from './case.ts';
import { type Named, notedIn, pointOf } from './facts.ts';
import { foreign } from './foreign.ts';
import { noteMetric } from './metric-states.ts';
import { acting } from './ports.ts';
import { push } from './pushes.ts';
import { imageIn } from './source.ts';
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
        ...(action.urgent ? { urgent: ['true'], reason: ['it burns'] } : {}),
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
      const shallow = action.shallow === true;
      return { ...plain(given), command: 'rollback', shallow, fault: action.fault, wants };
    }
    case 'hold':
    case 'resume': {
      const release = named(world, action.release);
      const digest = entriesOf(world).find((one) => [one.id, one.settings].includes(release ?? ''))?.digest ?? null;
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
    case 'measure':
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
      return rollback?.from.settings ?? rollback?.from.id ?? null;
    case 'stable':
      return history[0]?.settings ?? history[0]?.id ?? null;
    case 'oldest':
      return history.at(-1)?.settings ?? history.at(-1)?.id ?? null;
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
    case 'push':
      push(world, deed.what, who);
      return;
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
    case 'measure':
      noteMetric(world.observer.metrics, deed, world.now());
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
