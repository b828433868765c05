import { needsOf } from '../gates/index.ts';
import { everyCondition } from '../release/delivery.ts';
import type { Finding } from '../release/finding.ts';
import { isForge } from '../release/forge.ts';
import { type ForgeNeed, isForgeNeed } from '../release/verdict.ts';
import { askerOf } from './forge-answers.ts';
import { membersOf } from './forge-groups.ts';
import type { Work } from './work.ts';

/**
 * What the gates of a delivery need of the forge and can't have: with this token a release would wait there for ever. `commit`:
 * the one that is planned, whose paths have owners.
 */
export async function forgeFindings(work: Work, commit: string): Promise<readonly Finding[]> {
  const { context, today } = work;
  const needs = needsOf(everyCondition(today)).filter(isForgeNeed);
  if (needs.length === 0) return [];
  const forge = await context.forge();
  const wanted = needs.map(needWords);
  if (!isForge(forge)) {
    return [
      {
        code: 'FORGE_NEEDED',
        severity: 'warning',
        message: `gates of ${today.name} ask the service that holds the repository, and this run can't: ${forge.missing}`,
        facts: wanted,
        wayOut: 'run it in a workflow with github-token, or on a command line with GITHUB_TOKEN',
      },
    ];
  }
  const asker = askerOf(context, forge, 'known');
  const groups = needs.flatMap((need) => (need.is === 'group' ? [need.name] : []));
  const found = await Promise.all(
    groups.map(async (name) => ({ name, members: await membersOf(work, asker, name, { commit }) })),
  );
  return found.flatMap(({ name, members }): readonly Finding[] => {
    if (members.is === 'unknown')
      return [groupFinding(name, `who belongs to ${name} can't be learned, so nobody of it counts: ${members.why}`)];
    return members.value.length > 0 ? [] : [groupFinding(name, `${name} has no member, so nobody of it can approve`)];
  });
}

function groupFinding(name: string, message: string): Finding {
  return {
    code: 'FORGE_NEEDED',
    severity: 'warning',
    message,
    facts: [`${name} is in from of an approval`],
    wayOut: 'give a token that may read it, or name the people in from',
  };
}

function needWords(need: ForgeNeed): string {
  switch (need.is) {
    case 'votes':
      return `approvals by ${need.ways.join(', ')}`;
    case 'group':
      return `the members of ${need.name}`;
    case 'authors':
      return 'who wrote and merged the release';
    case 'state':
      return `the check ${need.name}`;
    case 'run':
      return `the runs of ${need.job.workflow}, and to start one`;
  }
}
