import { describe, expect, test } from 'vitest';
import { isRepeated, refuseBlindRerun } from '../../src/commands/rerun.ts';
import type { Work } from '../../src/flow/work.ts';
import type { RunRef } from '../../src/release/actor.ts';
import type { RunEntry } from '../../src/release/record.ts';
import { ago, record, v2 } from '../release/situation.ts';

const host: RunRef = { by: 'host', host: 'laptop', user: 'ada' };
const run = (id: string, attempt: number): RunRef => ({ by: 'github', id, attempt, event: 'push', url: '' });
const asked = (id: number, own: RunRef): RunRef => ({
  ...own,
  comment: { id, at: ago(90).toISOString(), url: `https://forge.example/comments/${id}` },
});
const entry = (of: RunRef | null, command = 'promote', about = 'r2 1'): RunEntry => ({
  ...{ by: 'ada', at: ago(60).toISOString() },
  ...{ run: of, command, about },
});

/** As much of a run and its work as is looked at. */
function of(own: RunRef): Pick<Work, 'context'> {
  return { context: { run: own } } as Pick<Work, 'context'>;
}

describe('an earlier attempt has acted already', () => {
  test.for([
    ['in this run', run('7', 2), [entry(run('7', 1))], true],
    ['in the attempt before the last', run('7', 3), [entry(run('8', 1)), entry(run('7', 1))], true],
    ['in the same attempt', run('7', 1), [entry(run('7', 1))], false],
    ['in another run', run('7', 2), [entry(run('8', 1))], false],
    ['with another command', run('7', 2), [entry(run('7', 1), 'hold')], false],
    ['about something else', run('7', 2), [entry(run('7', 1), 'promote', 'r2 2')], false],
    ['on a command line', host, [entry(host)], false],
    ['in a run that left no name', run('7', 2), [entry(null)], false],
    ['nowhere', run('7', 2), [], false],
    ['for the same comment in another run', asked(1, run('8', 1)), [entry(asked(1, run('7', 1)))], true],
    ['for the same comment on a command line', asked(1, host), [entry(asked(1, run('7', 1)))], true],
    ['for another comment in this run', asked(2, run('7', 2)), [entry(asked(1, run('7', 1)))], false],
    ['for a comment, and now by the run itself', run('7', 2), [entry(asked(1, run('7', 1)))], false],
    ['by the run itself, and now for a comment', asked(1, run('7', 2)), [entry(run('7', 1))], false],
    ['for the same comment with another command', asked(1, run('7', 1)), [entry(asked(1, run('7', 1)), 'hold')], false],
  ] as readonly [string, RunRef, RunEntry[], boolean][])('%s: %4$s', ([, own, runs, wanted]) => {
    const work = of(own) as Work;
    expect(isRepeated(work, record(v2, { runs }), 'promote', 'r2 1')).toBe(wanted);
  });

  test('about anything, where it is not said about what', () => {
    const work = of(run('7', 2)) as Work;
    expect(isRepeated(work, record(v2, { runs: [entry(run('7', 1), 'rollback', 'r1')] }), 'rollback')).toBe(true);
  });
});

test.for([
  ['a first attempt', run('7', 1), null, false],
  ['a re-run that says nothing', run('7', 2), null, true],
  ['a re-run that means what is live, which may be another by now', run('7', 2), 'live', true],
  ['a re-run that names a release', run('7', 2), v2.id, false],
  ['a command line', host, null, false],
  ['a re-run that reads a comment', asked(1, run('7', 2)), null, false],
] as const)('%s is refused: %4$s', ([, own, release, refused]) => {
  const ask = () => refuseBlindRerun(of(own), release);
  if (refused) expect(ask).toThrow(expect.objectContaining({ family: 'refused', code: 'RELEASE_REQUIRED' }));
  else expect(ask).not.toThrow();
});
