import { didYouMean } from '../config/check.ts';
import type { Context } from '../flow/context.ts';
import type { Policy } from '../flow/load.ts';
import { openPolicy, type PolicySource } from '../flow/policy.ts';
import type { Goal } from '../flow/tick.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError, inputError, type StepgateError } from '../release/error.ts';
import { type DeliveryReport, errorReport, type Report } from '../release/report.ts';
import type { CommandName } from './index.ts';
import type { InputOf, ValuesOf } from './input.ts';
import type { OptionName } from './options.ts';

/** What a command is run with. Its input has the options that this command takes, and no other. */
export interface Run<C extends CommandName> {
  readonly context: Context;
  readonly input: InputOf<C>;
  /** When it began. Whatever it waits for, one after another: `--timeout` counts from here. */
  readonly startedAt: Date;
  /** Prints an interim report (`--watch`). */
  show(report: Report): void;
}

/** What runs each of these commands. The type keeps a command's name and its input together. */
export type Runners<C extends CommandName, R> = { readonly [K in C]: (run: Run<K>) => Promise<R> };

/** The run of any command that takes these options. */
export interface RunWith<O extends OptionName> {
  readonly context: Context;
  readonly input: ValuesOf<O>;
  readonly startedAt: Date;
}

/** The policy. `fetched` reads it from the remote first: for commands that write by it. */
export function policyOf(
  { context, input }: RunWith<'policy-ref'>,
  fetched: 'fetched' | 'known' = 'known',
): Promise<PolicySource> {
  return openPolicy(context, { policyRef: input['policy-ref'], fetched: fetched === 'fetched' });
}

/** The deliveries a command works on: those named, or all. Throws DELIVERY_REQUIRED where `needsOne` and there are several. */
export function chosen(
  policy: Policy,
  { delivery: names }: ValuesOf<'delivery'>,
  needsOne: boolean,
): readonly Delivery[] {
  const known = policy.deliveries.map((delivery) => delivery.name);
  const missing = names.find((name) => !known.includes(name));
  if (missing !== undefined) {
    throw inputError('DELIVERY_UNKNOWN', `there is no delivery '${missing}' in ${policy.ref}`, {
      hint: `${didYouMean(missing, known)}known: ${known.join(', ')}`,
    });
  }
  if (names.length > 0) return policy.deliveries.filter((delivery) => names.includes(delivery.name));
  if (needsOne && policy.deliveries.length > 1) {
    throw inputError('DELIVERY_REQUIRED', `${policy.deliveries.length} deliveries are configured`, {
      hint: `name one or more: --delivery ${known.slice(0, 3).join(' --delivery ')}`,
    });
  }
  return policy.deliveries;
}

export function cancelled(): StepgateError {
  return asError(inputError('CANCELLED', 'cancelled; the rollout stays as it is'));
}

/** A delivery about which nothing but the error is known. */
export function failed(delivery: Delivery, error: StepgateError, changed: boolean): DeliveryReport {
  return {
    ...unread(delivery),
    state: error.code === 'HELD' ? 'held' : error.code === 'FROZEN' ? 'waiting' : 'failed',
    reason: error.code,
    message: error.message,
    changed,
    error: errorReport(error),
  };
}

/** The report of a delivery whose cluster was not asked. */
export function unread({ name }: Delivery): DeliveryReport {
  const none = { ready: 0, total: 0 };
  return {
    name,
    state: 'idle',
    reason: 'OFFLINE',
    message: 'the cluster was not asked',
    release: null,
    stable: null,
    step: null,
    steps: [],
    next: null,
    todo: null,
    hold: null,
    pods: { stable: none, canary: none },
    batches: [],
    trouble: [],
    restarts: [],
    diagnosis: null,
    gates: [],
    metrics: [],
    findings: [],
    changes: [],
    forecast: [],
    touched: null,
    events: [],
    approval: null,
    rolledBack: null,
    pullRequests: [],
    changed: false,
    error: null,
  };
}

export function reportOf(command: string, deliveries: readonly DeliveryReport[]): Report {
  const changed = deliveries.some((delivery) => delivery.changed);
  return { version: 1, command, changed, error: null, lastTick: null, deliveries };
}

/** When `--timeout` ends. It is one for the whole run, however many releases it follows one after another. */
export function deadline({ startedAt, input }: RunWith<'timeout'>): Date {
  return new Date(startedAt.getTime() + input.timeout * 1000);
}

/** To look once, and to write nothing. Nothing is waited for, so there is no deadline. */
export const lookOnce: Goal = {
  until: 'observe',
  advance: false,
  retryGit: false,
  loud: false,
  deadline: null,
  follows: null,
};

/** To follow a release until then, for as long as `--timeout` says. */
export function goal(
  run: RunWith<'timeout'>,
  until: Exclude<Goal['until'], 'observe'>,
  more: Partial<Goal> = {},
): Goal {
  return {
    until,
    advance: until === 'act' || until === 'done',
    retryGit: false,
    loud: false,
    follows: null,
    deadline: deadline(run),
    ...more,
  };
}
