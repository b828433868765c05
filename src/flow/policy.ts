import { emptyCatalog } from '../gates/index.ts';
import { planDigest, planOf } from '../policy/plan-digest.ts';
import type { Delivery } from '../release/delivery.ts';
import { environmentError, refusal, type StepgateError } from '../release/error.ts';
import type { KubeObject } from '../release/ports.ts';
import type { ReleaseRecord } from '../release/record.ts';
import type { Context } from './context.ts';
import { configAt, loadPolicy, type Policy } from './load.ts';

/** A policy that was fetched so lately is read again for nothing. Milliseconds. */
const FRESH = 5_000;

/** The policy of one run: read at its begin, and again before anything goes on by it. */
export interface PolicySource {
  readonly current: Policy;
  /** Fetches the policy's branch and reads it again. Throws GIT_FAILED (environment) where the remote does not answer. */
  renew(): Promise<Policy>;
  /** The deliveries as an earlier commit of the policy had them; null where that can't be read any more. */
  at(commit: string): Promise<readonly Delivery[] | null>;
}

/** Reads the policy. `fetched`: from the remote, as writes by it need; else as it was fetched last. */
export async function openPolicy(
  context: Context,
  { policyRef, fetched }: { readonly policyRef: string | null; readonly fetched: boolean },
): Promise<PolicySource> {
  let current = await loadPolicy(context, { policyRef, fetched });
  let renewedAt = fetched ? context.clock.now().getTime() : Number.NEGATIVE_INFINITY;
  let underWay: Promise<Policy> | null = null;
  return {
    get current() {
      return current;
    },
    async renew() {
      if (context.clock.now().getTime() - renewedAt < FRESH) return current;
      underWay ??= loadPolicy(context, { policyRef, fetched: true }).finally(() => {
        underWay = null;
      });
      const found = await underWay;
      renewedAt = context.clock.now().getTime();
      // The same commit says the same: who holds a delivery of it need not look again.
      if (found.commit !== current.commit) current = found;
      return current;
    },
    async at(commit) {
      return (await configAt(context, commit))?.deliveries ?? null;
    },
  };
}

/** A policy that could not be read: what needs none (a rollback, a hold) goes by the delivery that the cluster tells. */
export function noPolicy(delivery: Delivery, why: StepgateError): PolicySource {
  const current: Policy = {
    ref: 'none',
    commit: '',
    branch: null,
    fetchable: null,
    deliveries: [delivery],
    commits: { allow: 'policyBranch' },
    people: { by: 'name' },
    ...emptyCatalog,
    missing: why,
  };
  return {
    current,
    async renew() {
      throw environmentError('POLICY_MISSING', why.message, {
        ...(why.hint === null ? {} : { hint: why.hint }),
        cause: why,
      });
    },
    async at() {
      return null;
    },
  };
}

/** The delivery of that name as the policy has it now. Throws DELIVERY_UNKNOWN where it is gone. */
export function deliveryNamed({ deliveries, ref }: Policy, name: string): Delivery {
  const found = deliveries.find((one) => one.name === name);
  if (found === undefined) throw refusal('DELIVERY_UNKNOWN', `${ref} has no delivery ${name} any more`);
  return found;
}

const combined = new WeakMap<Delivery, WeakMap<Delivery, Delivery>>();

/**
 * The delivery with the plan that its release goes by: the one it started with, once its template is written; until then
 * today's. People and schedules are always today's. Where the cluster has today's steps, today's plan holds.
 */
export async function planInForce(
  source: PolicySource,
  today: Delivery,
  { release }: ReleaseRecord,
  {
    live,
    rollout,
    differences,
  }: {
    readonly live: string | null;
    readonly rollout: KubeObject | null;
    differences(delivery: Delivery, rollout: KubeObject): readonly string[];
  },
): Promise<Delivery> {
  if (release === null || release.id !== live || release.policy === null || rollout === null) return today;
  if (release.plan === null || release.plan === planDigest(today)) return today;
  const deliveries = await source.at(release.policy);
  const started = deliveries?.find((one) => one.name === today.name);
  if (started === undefined || planDigest(started) !== release.plan) return today;
  const known = combined.get(started)?.get(today);
  const inForce = known ?? planOf(started, today, source.current);
  const byToday = combined.get(started) ?? new WeakMap<Delivery, Delivery>();
  combined.set(started, byToday);
  byToday.set(today, inForce);
  const changed = differences(inForce, rollout).length > 0 && differences(today, rollout).length === 0;
  return changed ? today : inForce;
}
