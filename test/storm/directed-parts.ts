import type { Condition, Delivery } from '../../src/release/delivery.ts';
import type { Action, Carrier, Case, Deed, Fault, Meddling, Naming } from './case.ts';
import type { Shape } from './workloads.ts';

type Deploy = Deed & { readonly do: 'deploy' };
type Promote = Deed & { readonly do: 'promote' };
type Rollback = Deed & { readonly do: 'rollback' };

/** A deed, and what is not as usual: ada does it, at once, when everything before has ended. */
type Step = Deed & Partial<Pick<Action, 'who' | 'gap' | 'after' | 'skew' | 'via'>>;

export const push: Deed = { do: 'push', what: 'good' };
export const byPlan: Deed = { do: 'tick', until: 'done', method: 'plan', fault: null };
export const away: Deed = { do: 'remote', is: 'away' };
export const closed: Deed = { do: 'remote', is: 'closed' };
export const again: Deed = { do: 'again', fault: null };
export const back: Deed = { do: 'remote', is: 'back' };
export const hold: Deed = { do: 'hold', release: 'none', fault: null };

export function deploy(other: Partial<Deploy> = {}): Deploy {
  return { do: 'deploy', until: 'wait', at: 'tip', takeOver: false, fault: null, ...other };
}

export function promote(other: Partial<Promote> = {}): Promote {
  return { do: 'promote', names: 'nothing', force: false, jump: null, method: 'status', fault: null, ...other };
}

export function tick(until: 'wait' | 'done' = 'done'): Deed {
  return { do: 'tick', until, method: 'status', fault: null };
}

export function rollback(other: Partial<Rollback> = {}): Rollback {
  return { do: 'rollback', release: 'none', to: 'none', undo: false, also: false, fault: null, ...other };
}

export function pushed(what: (Deed & { readonly do: 'push' })['what']): Deed {
  return { do: 'push', what };
}

/** So many releases that were delivered whole. */
export function whole(count: number): readonly Step[] {
  return Array.from({ length: count }, () => [push, deploy({ until: 'done' })]).flat();
}

export function resume(release: Naming = 'none'): Deed & { readonly do: 'hold' | 'resume' } {
  return { do: 'resume', release, fault: null };
}

export function killedAfter(write: number): Fault {
  return { fault: 'kill', write, when: 'after' };
}

export function slow(write: number, late: number): Fault {
  return { fault: 'slow', write, late };
}

export function meddle(what: Meddling): Deed {
  return { do: 'foreign', what };
}

/** What is not as usual in a directed case. */
export interface Setting extends Partial<Delivery> {
  /** Percents of the steps; 50 and 100 by default. */
  readonly sizes?: readonly number[];
  /** What the second step waits for, where that is something else. */
  readonly second?: readonly Condition[];
  /** Hour of the day, UTC, in which it begins; noon by default. */
  readonly hour?: number;
  readonly replicas?: number;
  readonly shape?: Shape;
  readonly forge?: true;
  readonly carrier?: Carrier;
  /** Settings beside the workload. */
  readonly settled?: true;
  /** Who times a single soak. */
  readonly timer?: 'engine';
}

const plain: Shape = { parallel: false, inPlace: false };

/** A partition release of four pods, whose steps but the last wait for these conditions. */
export function small(gates: readonly Condition[], steps: readonly Step[], setting: Setting = {}): Case {
  const {
    sizes = [50, 100],
    second = gates,
    hour = 12,
    replicas = 4,
    shape = plain,
    timer = 'stepgate',
    forge = false,
    carrier = null,
    settled = false,
    ...other
  } = setting;
  const delivery: Delivery = {
    name: 'shop',
    environment: null,
    namespace: 'shop',
    cluster: { context: null, exec: [] },
    workload: { kind: 'Deployment', name: 'shop' },
    source: { kind: 'files', patterns: ['deploy/*'] },
    style: 'partition',
    steps: sizes.map((value, index) => {
      const leaveWhen = index === sizes.length - 1 ? [] : index === 1 ? second : gates;
      const isSoak = leaveWhen.length === 1 && leaveWhen[0]?.kind === 'soak';
      return {
        name: `s${index + 1}`,
        replicas: { unit: 'percent', value },
        traffic: other.traffic && value <= 50 ? value : null,
        matches: [],
        leaveWhen,
        requestHeaders: null,
        timer: isSoak ? timer : 'stepgate',
      };
    }),
    traffic: null,
    settings: {},
    startWhen: [],
    doneWhen: [],
    rollback: { on: [], stuckAfterSeconds: 300, git: 'commit' },
    ...other,
  };
  const actions = steps.map((one): Action => ({ who: 'ada', gap: 0, after: true, skew: 0, via: 'shell', ...one }));
  return {
    seed: 1,
    delivery,
    replicas,
    shape,
    carrier,
    settled,
    forge,
    start: Date.UTC(2026, 2, 2, hour),
    latency: 0,
    kind: 'storm',
    from: null,
    rests: true,
    actions,
  };
}

/** While the action before is still under way. */
export const meanwhile = { after: false, gap: 1_000 } as const;
export const soon = { gap: 5_000 } as const;
export const later = { gap: 30_000 } as const;
export const muchLater = { gap: 400_000 } as const;
export const three = { sizes: [25, 50, 100] } as const;
