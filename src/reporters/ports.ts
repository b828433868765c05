import { isForge } from '../release/forge.ts';
import { logLine } from '../views/neutral.ts';
import { ForgeRun } from './forge-run.ts';
import type { ReporterPorts } from './reporter.ts';
import type { Told } from './standing.ts';

/** The ports of reporters, and what they share at the forge. */
export interface SharedPorts extends ReporterPorts {
  /** Null when the run has no forge, which the log says once. `told`: every release that people are told about. */
  forgeRun(told: readonly Told[]): Promise<ForgeRun | null>;
}

export function sharedPorts(ports: ReporterPorts): SharedPorts {
  let opened: Promise<ForgeRun | null> | null = null;
  return {
    ...ports,
    forgeRun({ length }) {
      opened ??= open(length);
      return opened;
    },
  };

  async function open(releases: number): Promise<ForgeRun | null> {
    const found = await ports.forge();
    if (isForge(found)) return new ForgeRun(found, ports.runner, releases);
    ports.runner.info(logLine(`left out: comments, checks and deployments: ${found.missing}`));
    return null;
  }
}
