import { isForge } from '../release/forge.ts';
import { logLine } from '../views/neutral.ts';
import { ForgeRun } from './forge-run.ts';
import type { ReporterPorts } from './reporter.ts';

/** The ports of reporters, and what they share at the forge. */
export interface SharedPorts extends ReporterPorts {
  /** Null when the run has no forge, which the log says once. */
  forgeRun(): Promise<ForgeRun | null>;
}

export function sharedPorts(ports: ReporterPorts): SharedPorts {
  let opened: Promise<ForgeRun | null> | null = null;
  return {
    ...ports,
    forgeRun() {
      opened ??= open();
      return opened;
    },
  };

  async function open(): Promise<ForgeRun | null> {
    const found = await ports.forge();
    if (isForge(found)) return new ForgeRun(found, ports.runner);
    ports.runner.info(logLine(`left out: comments, checks and deployments: ${found.missing}`));
    return null;
  }
}
