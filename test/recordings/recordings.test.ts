import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/policy/schema.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { lasting } from '../fidelity/actions.ts';
import { parseRecording, type RecordedEvent } from '../fidelity/recording.ts';
import { features } from './features.ts';
import { type Played, playThrough } from './play.ts';
import { difference, type Rest, restsOf, restWords } from './rests.ts';
import type { Row } from './row.ts';
import type { Outcome } from './stage.ts';
import { counts, rows } from './table.ts';

const folder = fileURLToPath(new URL('../fidelity/recordings/', import.meta.url));

test('every recording has exactly one row', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  expect(rows.map(({ recording }) => `${recording}.json`).toSorted()).toEqual(files.toSorted());
});

test('so many follow their recording, and so many are refused', () => {
  expect(counts()).toEqual({ follows: 100, refused: 21, instead: 20, notYet: 0 });
});

test('the tests that are named are there', () => {
  const named = Object.values(features).flatMap(({ tests }) => tests.map(String));
  expect(named.filter((path) => !existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url))))).toEqual([]);
});

describe('the input of a recording through stepgate', () => {
  const played = rows.filter((row) => !('notYet' in row));
  test.for(played.map((row) => [row.recording, row] as const))('%s', async ([, row]) => {
    const events = recorded(row);
    const came = await playThrough(events, optionsFor(row));
    expect(configProblems(came), 'what the config does not say').toEqual(
      row.unsaid === undefined ? [] : expect.arrayContaining([expect.stringContaining(row.unsaid)]),
    );
    const rests = restsOf(events);
    const firstDeploy = came.outcomes.find(({ acted }) => acted.act.act === 'deploy')?.acted.number ?? 0;
    for (const outcome of came.outcomes) {
      if (outcome.acted.number >= firstDeploy) compareAct(row, outcome, rests);
    }
    compareEnd(row, came);
  });
});

function recorded({ recording }: Row): readonly RecordedEvent[] {
  return lasting(parseRecording(readFileSync(`${folder}${recording}.json`, 'utf8')).events);
}

function optionsFor(row: Row) {
  const adopts = row.adopts ?? false;
  if ('instead' in row) {
    const { at, code } = row.instead;
    return { adopts, until: at, ...(code === 'WAITING_FOR_WINDOW' ? { asks: at } : {}) };
  }
  const last = 'refused' in row && row.goesOn === undefined ? row.refused.at(-1)?.at : undefined;
  return { adopts, ...(last === undefined ? {} : { until: last }) };
}

/** The imported configs, as stepgate reads them, render to the recorded Rollouts; a line for each difference. */
function configProblems({ configs }: Played): readonly string[] {
  return configs.flatMap(({ rollout, config }) => {
    const [delivery] = deliveriesOf(config);
    return delivery === undefined ? [] : kruise.planDifferences(kruise.rolloutOf(delivery), rollout);
  });
}

/** None where the config does not load: deploys are refused then. */
function deliveriesOf(text: string) {
  try {
    return parseConfig({ file: 'stepgate.yaml', text, readInclude: () => [] }).deliveries;
  } catch {
    return [];
  }
}

function compareAct(row: Row, outcome: Outcome, rests: ReadonlyMap<number, readonly Rest[]>): void {
  const { acted, commands, answer, states, settled } = outcome;
  const { number, event } = acted;
  const title = `action ${number} (${acted.act.act})`;
  const refused = 'refused' in row ? row.refused.find(({ at }) => at === number) : undefined;
  if (refused !== undefined && 'refused' in row) {
    const ran = commands.find(({ line }) => !line.startsWith('import'));
    expect({ code: ran?.told.code, writes: ran?.writes }, title).toEqual({
      code: refused.code,
      writes: row.wrote ?? [],
    });
    return;
  }
  if ('instead' in row && row.instead.at === number) {
    const codes = commands.flatMap(({ told }) => [told.code, ...told.findings]);
    expect(codes, title).toContain(row.instead.code);
    return;
  }
  expect(commands.flatMap(errorOf), title).toEqual([]);
  if (answer !== null) expect(answer, title).toBe(event.answer);
  const found = difference(rests.get(number) ?? [], states, settled);
  const isNoted = row.differs?.some(({ at }) => at === number) ?? false;
  expect(found, title).toEqual(isNoted ? expect.any(String) : null);
}

/** A rollback ends whether or not its revert can be pushed: a version that was merged meanwhile keeps it back. */
function errorOf({ line, told }: Outcome['commands'][number]): readonly string[] {
  return told.error === null || told.code === 'GIT_AHEAD' ? [] : [`${line}: ${told.code}: ${told.error.message}`];
}

/** Beside the rests: that a row of `instead` ends as it says, and that what follows comes to the recorded end. */
function compareEnd(row: Row, { outcomes }: Played): void {
  const last = outcomes.at(-1);
  if ('instead' in row) expect(restWords(last?.states.at(-1))).toBe(row.ends);
  if ('follows' in row) expect(row.differs?.map(({ at }) => at) ?? []).not.toContain(last?.acted.number);
}
