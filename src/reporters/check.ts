import type { Check } from '../release/forge.ts';
import { releaseSection } from '../views/comment-section.ts';
import type { Section } from '../views/living-comment.ts';
import type { Teller } from './releases.ts';
import type { RunFacts } from './reporter.ts';
import { needOf, type Standing, shortened, standingWords, type Told } from './standing.ts';

/** GitHub takes 65,535 characters as the summary of a check. */
const LONGEST = 65_000;
/** A longer title is cut where people see it. */
const TITLE = 200;

const states = {
  moving: 'running',
  waiting: 'waiting',
  delivered: 'passed',
  failed: 'failed',
  broken: 'failed',
  superseded: 'waiting',
} satisfies Record<Standing, Check['is']>;

/** A check a delivery, on the commit of the release. */
export function check(): Teller {
  return {
    missing: 'the check of the release is not up to date',
    again: 'report',
    async tell(told, facts, run) {
      const made = checkOf(told, facts);
      if (made !== null) await run?.forge.writeCheck(made, facts.signal);
    },
  };
}

/** Null for a delivery without a release. */
function checkOf({ delivery, release, standing, key }: Told, facts: RunFacts): Check | null {
  const section = releaseSection(delivery, facts);
  if (section === null) return null;
  const need = needOf(delivery);
  return {
    name: `stepgate / ${delivery.name}`,
    key,
    commit: release.commit,
    is: states[standing],
    title: shortened(need === null ? standingWords(delivery) : `${standingWords(delivery)}: ${need.words}`, TITLE),
    summary: summaryOf(section),
    // Not the page of the run: it differs from run to run.
    url: delivery.pullRequests[0]?.url ?? null,
  };
}

/** The section without its footer, as far as it fits: whole parts, so that no markup is cut. */
function summaryOf({ parts }: Section): string {
  const kept: string[] = [];
  let length = 0;
  for (const { is, text } of parts) {
    if (is === 'footer' || length + text.length + 2 > LONGEST) continue;
    kept.push(text);
    length += text.length + 2;
  }
  return kept.length === 0
    ? 'The summary is too long for a check. The summary of the run has everything.'
    : kept.join('\n\n');
}
