import { same } from '../api/json.ts';
import type { Change } from '../api/store.ts';
import { keyOf, namespaceOf } from '../api/things.ts';
import type { Controller, Outcome } from '../controllers.ts';
import type { World } from '../world.ts';
import type { Memory, Pass } from './context.ts';
import { finalise } from './finalising.ts';
import { findWorkload } from './finder.ts';
import { calculate } from './phase.ts';
import { prepare } from './prepare.ts';
import { reconcileProgressing } from './progressing.ts';
import { conditionOf, printStatus, readStatus, setCondition } from './status.ts';
import type { Rollout } from './types.ts';
import { manager, recheck } from './words.ts';
import { isMovable, referringTo } from './workload-ref.ts';

/** The Rollout controller. */
export function rolloutController(world: World, memory: Memory): Controller {
  return {
    name: 'rollouts',
    lags: true,
    wakes: (change) => wakes(world, change),
    look(namespace, name) {
      const read = world.api.get('Rollout', namespace, name);
      const rollout = read === undefined ? null : prepare(world, read);
      // Every pass first labels the workload, which takes time, and then decides what to do (docs/engine.md#one-pass).
      return read === undefined || rollout === null ? {} : { proceed: () => reconcile(world, memory, read, rollout) };
    },
  };
}

function wakes(world: World, change: Change): readonly string[] {
  if (change.kind === 'Rollout') return [keyOf(change.object)];
  // A BatchRelease has its Rollout's name.
  if (change.kind === 'BatchRelease') return change.type === 'MODIFIED' ? [keyOf(change.object)] : [];
  return isMovable(change.kind)
    ? referringTo(world.api.list('Rollout', namespaceOf(change.object)), change.kind, change.object).map(keyOf)
    : [];
}

function reconcile(world: World, memory: Memory, read: Rollout, rollout: Rollout): Outcome {
  const old = readStatus(read);
  const status = readStatus(read);
  const found = findWorkload(world, rollout);
  const pass: Pass = {
    world,
    memory,
    rollout,
    old,
    status,
    workload: found.is === 'found' ? found.workload : null,
    again: null,
  };
  if (!calculate(pass, found.is)) return { again: recheck };
  switch (old.phase) {
    case 'Progressing':
      if (pass.workload !== null) reconcileProgressing(pass, pass.workload);
      break;
    case 'Terminating':
      terminate(pass);
      break;
    case 'Disabling':
      disable(pass);
      break;
  }
  const next = printStatus(status);
  const again = pass.again === null ? {} : { again: pass.again };
  if (same(next, printStatus(old)) && read.status !== undefined) return again;
  return {
    ...again,
    // Writes the whole status, and overwrites changes since it was read (E4).
    finish() {
      const live = world.api.get('Rollout', namespaceOf(read), read.metadata.name);
      if (live?.metadata.uid === read.metadata.uid)
        world.api.update('Rollout', { ...withoutVersion(live), status: next }, { manager, subresource: 'status' });
    },
  };
}

function withoutVersion(rollout: Rollout): object {
  return { ...rollout, metadata: { ...rollout.metadata, resourceVersion: undefined } };
}

function terminate(pass: Pass): void {
  const { status } = pass;
  const cond = conditionOf(pass.old, 'Terminating');
  if (cond === undefined || cond.reason === 'Completed') return;
  if (finalise(pass, 'let go')) setCondition(status, { ...cond, status: 'False', reason: 'Completed' });
  else pass.again = recheck;
}

function disable(pass: Pass): void {
  if (!finalise(pass, 'let go')) {
    pass.again = recheck;
    return;
  }
  pass.status.phase = 'Disabled';
  pass.status.message = 'Rollout is disabled';
}
