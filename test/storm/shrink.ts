import type { Action, Case } from './case.ts';
import { type Played, play } from './play.ts';

export interface Shrunk {
  readonly case: Case;
  readonly played: Played;
}

/** The smallest case found that still breaks the law: actions left out, faults, latency, gaps and gates taken away. */
export async function shrink(of: Case, law: string, tries = 300): Promise<Shrunk> {
  let smallest: Shrunk = { case: of, played: await play(of) };
  let left = tries;
  const smaller = async (candidate: Case): Promise<boolean> => {
    left -= 1;
    const played = await play(candidate);
    if (!played.broken.some((one) => one.law === law)) return false;
    smallest = { case: candidate, played };
    return true;
  };
  for (let changed = true; changed && left > 0; ) {
    changed = false;
    for (let index = smallest.case.actions.length - 1; index >= 0 && left > 0; index -= 1) {
      if (await smaller({ ...smallest.case, actions: smallest.case.actions.toSpliced(index, 1) })) changed = true;
    }
    for (const next of plainer(smallest.case)) {
      if (left <= 0) break;
      if (await smaller(next(smallest.case))) changed = true;
    }
  }
  return smallest;
}

/** Each makes one thing plainer; only those that would change something. */
function plainer(of: Case): readonly ((of: Case) => Case)[] {
  const steps: ((of: Case) => Case)[] = [];
  const { delivery } = of;
  if (of.latency > 0) steps.push((one) => ({ ...one, latency: 0 }));
  if (of.replicas > 2 && of.from === null) steps.push((one) => ({ ...one, replicas: one.replicas - 1 }));
  for (const key of ['startWhen', 'doneWhen'] as const)
    if (delivery[key].length > 0 && of.from === null)
      steps.push((one) => ({ ...one, delivery: { ...one.delivery, [key]: [] } }));
  if (delivery.rollback.on.length > 0 && of.from === null)
    steps.push((one) => ({ ...one, delivery: { ...one.delivery, rollback: { ...one.delivery.rollback, on: [] } } }));
  for (const [index, action] of of.actions.entries()) {
    const to = (next: Action) => (one: Case) => ({ ...one, actions: one.actions.with(index, next) });
    if ('fault' in action && action.fault !== null) steps.push(to({ ...action, fault: null }));
    if (!action.after) steps.push(to({ ...action, after: true }));
    if (action.skew !== 0) steps.push(to({ ...action, skew: 0 }));
    if (action.via !== 'shell') steps.push(to({ ...action, via: 'shell' }));
    if ('to' in action && action.to !== 'none') steps.push(to({ ...action, to: 'none' }));
    if ('release' in action && action.release !== 'none') steps.push(to({ ...action, release: 'none' }));
    if (action.gap !== 0 && of.kind === 'storm') steps.push(to({ ...action, gap: 0 }));
  }
  return steps;
}
