import { expect, onTestFinished, test } from 'vitest';
import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { status } from '../../src/commands/status.ts';
import { tick } from '../../src/commands/tick.ts';
import type { Report } from '../../src/release/report.ts';
import { doorman } from '../support/doorman.ts';
import { letApprovedStepsGo, manyFiles, manyReleases, runOver } from '../support/many-releases.ts';
import { repository } from '../support/repository.ts';

/** What commands that wait ask of a cluster, for one delivery, for as many as are worked on at once, and for more. */

const policy = { 'policy-ref': ['HEAD'] };

async function waiting(count: number) {
  const fleet = { count, namespaces: 3, dueEvery: 1 };
  const repo = await repository({ files: manyFiles(fleet, 'v2') });
  onTestFinished(() => repo[Symbol.asyncDispose]());
  const api = await manyReleases(fleet);
  onTestFinished(letApprovedStepsGo(api, count));
  const door = doorman(embeddedCluster({ api }));
  const end = new AbortController();
  return { repo, door, end };
}

const rows = [
  { count: 1, lists: 3, watches: 3 },
  { count: 8, lists: 24, watches: 24 },
  { count: 40, lists: 3, watches: 3 },
] as const;

test.each(rows)(
  'status --watch over $count releases: $lists lists, $watches watches, every release shown',
  async (row) => {
    const { repo, door, end } = await waiting(row.count);
    const run = await runOver('status', repo, async () => door.cluster, {
      given: { ...policy, watch: ['true'] },
      signal: end.signal,
    });
    let shown = 0;
    const show = ({ deliveries }: Report) => {
      shown = Math.max(shown, deliveries.length);
      // What begins last begins its watches after it was shown.
      if (shown === row.count) setTimeout(() => end.abort(), 200);
    };
    await status({ ...run, show });
    expect([shown, door.lists.length, door.watches.length, door.open]).toEqual([
      row.count,
      row.lists,
      row.watches,
      { now: 0, most: row.watches },
    ]);
    expect(door.asked).toHaveLength(row.lists + row.watches);
  },
);

test.each(rows)(
  'tick --until done over $count releases, all approved: $watches watches, one write each',
  async (row) => {
    const { repo, door, end } = await waiting(row.count);
    const given = { ...policy, until: ['done'] };
    const run = await runOver('tick', repo, async () => door.cluster, { given, signal: end.signal });
    const upgrading = new Set<string>();
    const decided: typeof run.context.decided = ({ delivery, observation }) => {
      if (observation.engine.at === 'moving') upgrading.add(delivery.name);
      if (upgrading.size === row.count) setTimeout(() => end.abort(), 200);
    };
    await tick({ ...run, context: { ...run.context, decided } });
    const writes = door.asked.filter((words) => words.startsWith('patch '));
    expect([writes.length, door.lists.length, door.watches.length, door.open]).toEqual([
      row.count,
      row.lists,
      row.watches,
      { now: 0, most: row.watches },
    ]);
  },
);
