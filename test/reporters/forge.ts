import type { Forge, NoForge } from '../../src/release/forge.ts';
import type { DeliveryReport } from '../../src/release/report.ts';
import { openReporters, reportAll } from '../../src/reporters/index.ts';
import type { RunFacts, Runner } from '../../src/reporters/reporter.ts';
import { type MemoryForge, memoryForge } from '../support/memory-forge.ts';
import { delivery, now, release, report, steps } from '../views/builder.ts';

export const pulls = [{ number: 12, url: 'https://github.com/acme/shop/pull/12' }] as const;
export const approval = {
  step: 'smoke',
  missing: ['acme/sre'],
  ways: ['command', 'comment'],
  pullRequest: null,
} as const;
export const stable = { id: 'fedcba9876-10fedcba', commit: 'fedcba9876543210fedcba9876543210fedcba98' };

/** A release that waits for an approval at its first step. */
export function waiting(more: Partial<DeliveryReport> = {}): DeliveryReport {
  return delivery({
    state: 'waiting',
    reason: 'GATE_SHUT',
    message: 'waits for an approval',
    release,
    stable,
    step: { index: 1, of: 2, name: 'smoke' },
    steps: steps('smoke waiting, all'),
    approval,
    pullRequests: pulls,
    todo: 'stepgate promote --delivery shop@prod --release 0123456789-abcdef01 --step smoke',
    ...more,
  });
}

/** The same, on its way to the step. */
export function rolling(more: Partial<DeliveryReport> = {}): DeliveryReport {
  const moved = {
    state: 'rolling',
    reason: 'UPGRADING',
    message: 'pods move',
    steps: steps('smoke moving, all'),
  } as const;
  return waiting({ ...moved, approval: null, todo: null, ...more });
}

export function done(more: Partial<DeliveryReport> = {}): DeliveryReport {
  const ended = { state: 'done', reason: 'DELIVERED', message: 'delivered whole, and serving', step: null } as const;
  const at = now.toISOString();
  const events = [{ at, what: 'stable', text: 'stable' }] as const;
  return waiting({ ...ended, stable: release, approval: null, todo: null, events, ...more });
}

/** The error of the run in which the policy rolled a release back. */
export const byPolicy = {
  family: 'environment',
  code: 'ROLLED_BACK',
  message: 'rolled back by policy: no pod',
  hint: 'release another commit',
  at: null,
} as const;

export function rolledBack(more: Partial<DeliveryReport> = {}): DeliveryReport {
  const back = {
    state: 'rolledBack',
    reason: 'ROLLED_BACK',
    message: 'rolled back by ana: it fails',
    step: null,
  } as const;
  const again = { ...stable, id: `${stable.id}-2` };
  return done({ ...back, release: again, stable: again, rolledBack: release, ...more });
}

/** What a person would be told of a run: its messages, and the warnings and `left out` lines of its log. */
export interface Run {
  readonly messages: Readonly<Record<string, string | null>>[];
  readonly warnings: string[];
  readonly leftOut: string[];
  /** Requests that this run sent, and those that changed something. */
  readonly asked: readonly string[];
  readonly written: readonly string[];
  /** How many requests it sent, by the forge's own count. */
  readonly requests: number;
}

/** Reports to a forge as the Action does, each time with the requests of a new run. */
export function reporting(at: MemoryForge = memoryForge()) {
  return {
    at,
    tell: (...deliveries: readonly DeliveryReport[]) => tell(deliveries),
    tellWith: (
      facts: Partial<RunFacts> & { readonly webhook?: () => void },
      ...deliveries: readonly DeliveryReport[]
    ) => tell(deliveries, facts),
  };

  async function tell(
    deliveries: readonly DeliveryReport[],
    { webhook = () => {}, ...facts }: Partial<RunFacts> & { readonly webhook?: () => void } = {},
  ): Promise<Run> {
    const [asked, written, requests] = [at.asked.length, at.written.length, at.forge.requests];
    const run: Pick<Run, 'messages' | 'warnings' | 'leftOut'> = { messages: [], warnings: [], leftOut: [] };
    const runner: Runner = {
      info: (line) => line.startsWith('left out: ') && run.leftOut.push(line),
      warning: (line) => run.warnings.push(line),
      notice: () => {},
      error: () => {},
      setOutput: () => {},
      addSummary: async () => {},
    };
    const reporters = openReporters({
      runner,
      forge: async () => countedAnew(at.forge),
      webhook: {
        async post(message) {
          webhook();
          run.messages.push(message);
        },
      },
    });
    const all = { tells: { is: 'release' as const }, url: 'https://github.com/acme/shop/actions/runs/17', ...facts };
    await reportAll(
      reporters,
      report(...deliveries),
      {
        now,
        log: { format: 'text', color: false },
        yaml: null,
        problems: [],
        exitCode: 0,
        signal: AbortSignal.timeout(60_000),
        ...all,
      },
      runner,
    );
    return {
      ...run,
      asked: at.asked.slice(asked),
      written: at.written.slice(written),
      requests: at.forge.requests - requests,
    };
  }
}

/** The forge as a new process meets it: it has sent no request yet. */
function countedAnew(forge: Forge): Forge | NoForge {
  const before = forge.requests;
  return {
    ...forge,
    get requests() {
      return forge.requests - before;
    },
  };
}
