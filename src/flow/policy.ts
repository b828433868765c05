import { emptyCatalog } from '../gates/index.ts';
import { planDigest, planOf } from '../policy/plan-digest.ts';
import type { Delivery } from '../release/delivery.ts';
import { environmentError, refusal, type StepgateError } from '../release/error.ts';
import type { KubeObject } from '../release/ports.ts';
import type { ReleaseRecord } from '../release/record.ts';
import type { Context } from './context.ts';
import { configAt, loadPolicy, type Policy } from './load.ts';

/**
 * For this long after it was fetched, the policy is not fetched again. Short, because a freeze that was merged before a write
 * has to stop it; the deliveries of a run share one fetch. Milliseconds.
 */
const FRESH = 1_000;

/** The policy of one run. It is read at the start, and again before a release starts or advances. */
export interface PolicySource {
  readonly current: Policy;
  /** Fetches the policy's branch and reads it again. Throws GIT_FAILED (environment) when the remote does not answer. */
  renew(): Promise<Policy>;
  /** The deliveries in an earlier commit of the policy; null when that commit can't be read. */
  at(commit: string): Promise<readonly Delivery[] | null>;
}

/**
 * Reads the policy. `fetched`: fetches it from the remote first, as every write under the policy needs; otherwise uses
 * the last fetched one.
 */
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
      // Callers compare policies by identity, so the object of the same policy is kept.
      if (found.commit !== current.commit || isOtherFreeze(found, current)) current = found;
      return current;
    },
    async at(commit) {
      return (await configAt(context, commit))?.deliveries ?? null;
    },
  };
}

/** Whether issues that are freezes have changed: they are in no commit. */
function isOtherFreeze(one: Policy, other: Policy): boolean {
  return JSON.stringify(one.freezes) !== JSON.stringify(other.freezes);
}

/** A source without a policy, for a rollback or a hold, which need none. Its only delivery comes from the cluster. */
export function noPolicy(delivery: Delivery, why: StepgateError): PolicySource {
  const current: Policy = {
    ref: 'none',
    commit: '',
    branch: null,
    freezes: [],
    fetchable: null,
    deliveries: [delivery],
    commits: { allow: 'policyBranch' },
    people: { by: 'name' },
    diff: 'listed',
    freezesByIssue: false,
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

/** The delivery of that name in the policy. Throws DELIVERY_UNKNOWN when there is none. */
export function deliveryNamed({ deliveries, ref }: Policy, name: string): Delivery {
  const found = deliveries.find((one) => one.name === name);
  if (found === undefined) throw refusal('DELIVERY_UNKNOWN', `${ref} has no delivery ${name} any more`);
  return found;
}

const combined = new WeakMap<Delivery, WeakMap<Delivery, Delivery>>();

/**
 * The delivery with the plan in force. Once the template of a release is written, that is the plan it started with; until
 * then it is today's plan. It is also today's plan when the cluster has today's steps. People and schedules are always
 * today's.
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
