import type { Deployment } from '../workloads/types.ts';
import { type Answer, found, identifierOf, type Mover, ownedBySomebody, sameIdentifier, type Turn } from './mover.ts';
import { claimed, patchWorkload, released } from './owners.ts';
import { goalAfter, unreadyAllowed, wrongForRollout } from './sums.ts';

interface Pair {
  readonly source: Deployment;
  readonly target: Deployment;
}

/** Grows one Deployment and shrinks another, in the order of the plan's strategy. */
export function deploymentMover(turn: Turn, names: { readonly source: string; readonly target: string }): Mover {
  const { world, rollout, spec, machine } = turn;
  const { status } = machine;
  const { plan } = spec;

  function pair(): Pair | null {
    const source = found(turn, 'Deployment', names.source);
    const target = source === null ? null : found(turn, 'Deployment', names.target);
    return source === null || target === null ? null : { source, target };
  }

  const goal = () => goalAfter(plan, 0, status.targetSize, status.currentBatch);
  const allowed = () => unreadyAllowed(plan, status.currentBatch, status.targetSize);

  function scale(deployment: Deployment, replicas: number): void {
    patchWorkload(world, 'Deployment', deployment, { spec: { replicas } });
  }

  function verified({ source, target }: Pair): Answer {
    if (plan.targetSize !== null && plan.targetSize < source.spec.replicas) {
      return { fails: `target size \`${plan.targetSize}\` less than source size \`${source.spec.replicas}\`` };
    }
    // Here the size is in the status before the sums are checked.
    status.targetSize = plan.targetSize ?? source.spec.replicas;
    const identifier = identifierOf(target);
    if (identifier === status.lastIdentifier) return sameIdentifier(identifier);
    const wrong = wrongForRollout(plan, status.targetSize);
    if (wrong !== null) return { fails: wrong };
    for (const [what, deployment] of [['source', source] as const, ['target', target] as const]) {
      const { name } = deployment.metadata;
      const { paused = false, replicas } = deployment.spec;
      if (!paused && replicas !== (deployment.status?.replicas ?? 0)) {
        return { fails: `the ${what} deployment ${name} is still being reconciled, need to be paused or stable` };
      }
    }
    const owned =
      ownedBySomebody(`target deployment ${names.target}`, target) ??
      ownedBySomebody(`source deployment ${names.source}`, source);
    if (owned !== null) return owned;
    status.identifier = identifier;
    return 'done';
  }

  function claim(deployment: Deployment, size: number | null): void {
    const replicas = size === null ? {} : { replicas: size };
    const owners = claimed(deployment, rollout);
    patchWorkload(world, 'Deployment', deployment, { owners, spec: { paused: false, ...replicas } });
  }

  /** The first half of a batch, or nothing where the goal is reached already: then nobody looks whether pods are ready. */
  function firstHalf({ source, target }: Pair): Answer {
    if (plan.strategy === 'IncreaseFirst') {
      if (target.spec.replicas >= goal()) return reached();
      scale(target, goal());
      return 'again';
    }
    if (plan.strategy !== 'DecreaseFirst') {
      return { fails: `encountered an unknown rolloutStrategy \`${plan.strategy}\`` };
    }
    if (source.spec.replicas <= status.targetSize - goal()) return reached();
    scale(source, status.targetSize - goal());
    return 'again';
  }

  function secondHalf({ source, target }: Pair): Answer {
    const left = status.targetSize - goal();
    if (plan.strategy === 'DecreaseFirst') {
      const pods = source.status?.replicas ?? 0;
      if (pods !== left) return wait(`with ${pods} source pods`);
      scale(target, goal());
      return reached();
    }
    const ready = target.status?.readyReplicas ?? 0;
    if (ready + allowed() < goal()) return wait(`with ${ready} target pods ready`);
    scale(source, left);
    return reached();
  }

  function reached(): Answer {
    status.upgraded = goal();
    return 'done';
  }

  function wait(why: string): Answer {
    machine.retry(`the batch ${status.currentBatch} is not ready yet ${why}`);
    return 'again';
  }

  return {
    verify() {
      const both = pair();
      return both === null ? 'again' : verified(both);
    },

    initialize() {
      const both = pair();
      if (both === null) return 'again';
      claim(both.source, null);
      // On the way back this first takes good pods away: the total is less than what a broken source still asks for.
      claim(both.target, status.targetSize - both.source.spec.replicas);
      return 'done';
    },

    roll() {
      const both = pair();
      if (both === null) return 'again';
      const asked = both.source.spec.replicas + both.target.spec.replicas;
      return asked === status.targetSize ? firstHalf(both) : secondHalf(both);
    },

    check() {
      const both = pair();
      if (both === null) return 'again';
      const [ready, pods] = [both.target.status?.readyReplicas ?? 0, both.source.status?.replicas ?? 0];
      const isDone =
        plan.strategy === 'DecreaseFirst' ? allowed() + ready >= goal() : pods <= status.targetSize - goal();
      if (!isDone) {
        return wait(`with ${ready} target pods ready and ${pods} source pods with ${allowed()} unavailable allowed`);
      }
      status.ready = ready;
      return 'done';
    },

    finishBatch() {
      const both = pair();
      if (both === null) return 'again';
      const [source, target] = [both.source.spec.replicas, both.target.spec.replicas];
      if (source + target === status.targetSize) return 'done';
      const message = `deployment targets don't match total rollout, sourceTarget = ${source}, targetTarget = ${target}, rolloutTargetSize = ${status.targetSize}`;
      return { fails: message };
    },

    finalize() {
      const both = pair();
      if (both === null) return 'again';
      for (const one of [both.source, both.target]) patchWorkload(world, 'Deployment', one, { owners: released(one) });
      status.lastIdentifier = status.identifier;
      return 'done';
    },
  };
}
