import { renderMarkdown } from '../views/markdown.ts';
import { codeFence } from '../views/neutral.ts';
import { yamlWithoutCommands } from '../views/yaml-in-log.ts';
import type { Reporter, ReporterPorts } from './reporter.ts';

/** Longer YAML is only in the log. Half of GitHub's limit for the summary of one step, in bytes. */
const LONGEST = 500_000;

/** The job summary, written on failure too. */
export function summary({ runner }: ReporterPorts): Reporter {
  return {
    missing: 'no job summary was written',
    async report(report, { now, yaml }) {
      await runner.addSummary(yaml === null ? renderMarkdown(report, { now }) : yamlPage(report.command, yaml));
    },
  };
}

function yamlPage(command: string, yaml: string): string {
  const fits = Buffer.byteLength(yaml) < LONGEST;
  return `## stepgate ${command}\n\n${fits ? codeFence(yamlWithoutCommands(yaml).trimEnd(), 'yaml') : 'The output is too long for a summary; it is in the log.'}\n`;
}
