import { check } from './check.ts';
import { deployment } from './deployment.ts';
import { isForbidden, reportFailure } from './failed.ts';
import type { ForgeRun } from './forge-run.ts';
import { message } from './message.ts';
import type { SharedPorts } from './ports.ts';
import type { Reporter, RunFacts } from './reporter.ts';
import { type Told, toldReleases } from './standing.ts';

/** Tells people about one release at one place. */
export interface Teller {
  /** What is missing when `tell` rejects; the beginning of the warning. */
  readonly missing: string;
  /** What the next run does again then. */
  readonly again: 'message' | 'report';
  /** `run` is null when the run has no forge. */
  tell(told: Told, facts: RunFacts, run: ForgeRun | null): Promise<void>;
}

/** Every place at which a release is told, in order. The deployment is the last: it remembers the others. */
const rows: readonly ((ports: SharedPorts) => Teller | null)[] = [message, check, deployment];

/** Requests that say what an earlier run told: the deployments of a delivery, and their states. */
const LOOK = 2;
/** Requests after that: two for the check of a release, and two for its deployment, which is made or marked first. */
const COST = 4;

/** Tells release after release, so that each is told wholly while the run may send requests. */
export function releases(ports: SharedPorts): Reporter {
  return {
    missing: 'the releases are not up to date',
    async report(report, facts) {
      const told = toldReleases(report, facts);
      if (told.length === 0) return;
      const run = await ports.forgeRun(told);
      const tellers = rows.flatMap((open) => open(ports) ?? []);
      const broken = new Map<Teller, 'forbidden' | 'failed'>();
      const left: Told[] = [];
      for (const one of told) {
        if (run === null) await tellOne(one, run);
        else if (!one.delivery.changed && (await run.knowsAtOnce(one, facts.signal))) continue;
        else if (!run.affords(LOOK)) left.push(one);
        else if (((await run.knows(one, facts.signal)) || run.isBlind) && !one.delivery.changed) continue;
        else if (!run.affords(COST)) left.push(one);
        else await tellOne(one, run);
      }
      run?.leftOut('check and deployment', left);

      async function tellOne(one: Told, at: ForgeRun | null): Promise<void> {
        await at?.begin(one, facts.signal);
        // A message needs no memory to be worth its while: it goes out for what this run has changed.
        for (const teller of tellers.filter(({ again }) => at?.isBlind !== true || again === 'message')) {
          if (!broken.has(teller)) {
            try {
              await teller.tell(one, facts, at);
              continue;
            } catch (cause) {
              broken.set(teller, isForbidden(cause) ? 'forbidden' : 'failed');
              reportFailure(ports.runner, teller.missing, cause);
            }
          }
          if (broken.get(teller) === 'failed') at?.missed(one, teller.again);
        }
      }
    },
  };
}
