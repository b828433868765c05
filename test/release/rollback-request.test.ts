import { describe, expect, test } from 'vitest';
import type { RunRef } from '../../src/release/actor.ts';
import type { AskedFor, ReleaseRecord } from '../../src/release/record.ts';
import { nextId, type RollbackScene, requestedRollback } from '../../src/release/rollback-request.ts';
import { ago, asked, record, rollback, v1, v2, v3, was } from './situation.ts';

const v4 = asked('v4');
const run: RunRef = { by: 'host', host: 'laptop', user: 'ann' };
const names = new Map([v1, v2, v3, v4].map((one, index) => [one.commit, `v${index + 1}`]));

/** v1 and v2 were delivered, v3 is live in one of its steps or was delivered too. */
const midway = record(v3, { history: [was(v2), was(v1)] });
const whole = record(v3, { history: [was(v3), was(v2), was(v1)] });
/** v4 was asked for and waits for its start while v3 serves. */
const pending = record(v4, { history: [was(v3), was(v2), was(v1)] });
/** v4 was asked for while v3 was in its steps. */
const superseding = record(v4, { before: v3, history: [was(v2), was(v1)] });

const as = (release: AskedFor, id: string): AskedFor => ({ ...release, id });
/** v3 is being taken back to v2. */
const underWay = { ...whole, rollback: rollback(v3, v2) };
/** v3 was taken back to v2, which serves under another id. */
const back = as(v2, `${v2.id}-2`);
const rested = (git: 'todo' | 'done' | 'ahead'): ReleaseRecord =>
  record(back, { history: [was(back), was(v1)], rollback: rollback(v3, v2, { cluster: 'done', git }) });
/** Something new was asked for since. */
const later = record(v4, { history: [was(back), was(v1)], rollback: rollback(v3, v2, { cluster: 'done' }) });

interface Asks {
  readonly release?: string;
  readonly to?: string;
  readonly seen?: string | null;
  readonly now?: string | null;
  readonly git?: RollbackScene['git'];
}

/** In words: what begins, or `same`, or the code of what is refused. */
function answer(of: ReleaseRecord, { release, to, now, git = 'branch', ...more }: Asks): string {
  const live = now === undefined ? (of.release?.id ?? null) : now;
  const scene = { liveNow: live, isMade: true, liveThen: more.seen === undefined ? live : more.seen, git };
  const request = {
    release: release ?? null,
    to: to ?? null,
    reason: 'bad',
    also: false,
    way: null,
    by: 'ann',
    at: ago(0).toISOString(),
    run,
  };
  try {
    const said = requestedRollback(of, request, scene);
    if (said.is === 'same') return 'same';
    const { from, to: goal, bad, dropped } = said.rollback;
    const drops = dropped === undefined ? '' : `, drops ${names.get(dropped.commit)}`;
    const others = bad.slice(1).map((one) => names.get(one.commit));
    const also = others.length === 0 ? '' : ` and ${others.join(' and ')}`;
    return `${names.get(from.commit)}${also} to ${goal.id.replace(v1.id, 'v1').replace(v2.id, 'v2')}${drops}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

describe('a request for a rollback', () => {
  test.for([
    // What is meant.
    ['of a release in its steps', midway, {}, 'v3 to v2-2'],
    ['of a delivered one', whole, {}, 'v3 to v2-2'],
    ['that names what is live', whole, { release: v3.id }, 'v3 to v2-2'],
    ['that goes further', whole, { to: v1.id }, 'v3 to v1-2'],
    ['that names a delivered one, which is not live', whole, { release: v2.id }, 'RELEASE_CHANGED'],
    ['that names nothing known', whole, { release: 'x' }, 'RELEASE_CHANGED'],
    ['where another is live than when it was made', whole, { seen: v2.id }, 'RELEASE_CHANGED'],
    ['where nothing was live when it was made', whole, { seen: null }, 'RELEASE_CHANGED'],
    ['where nothing is live any more', whole, { seen: v3.id, now: null }, 'RELEASE_CHANGED'],
    ['where somebody else’s label is live', whole, { now: 'theirs' }, 'v3 to v2-2'],
    // Of what was asked for, and of what serves beside it.
    ['of what waits, by its id', pending, { release: v4.id, now: v3.id }, 'v4 to 3333333333-33333333'],
    ['of what serves meanwhile', pending, { now: v3.id }, 'v3 to v2-2, drops v4'],
    ['of what serves meanwhile, by its id', pending, { release: v3.id, now: v3.id }, 'v3 to v2-2, drops v4'],
    ['of what was superseded and still serves', superseding, { now: v3.id }, 'v3 to v2-2, drops v4'],
    ['of what supersedes it', superseding, { release: v4.id, now: v3.id }, 'v4 to v2-2'],
    ['of what was superseded and serves no more', superseding, { release: v3.id, now: v4.id }, 'RELEASE_CHANGED'],
    // Made before.
    ['while one is under way', underWay, {}, 'same'],
    ['while one is under way, by what it takes back', underWay, { release: v3.id, now: `${v2.id}-2` }, 'same'],
    ['while one is under way, by where it goes', underWay, { release: `${v2.id}-2` }, 'same'],
    ['while one is under way, to the same', underWay, { to: v2.id }, 'same'],
    ['while one is under way, made before it', underWay, { seen: v3.id, now: `${v2.id}-2` }, 'same'],
    ['while one is under way, of something else', underWay, { release: v1.id }, 'RELEASE_CHANGED'],
    ['once it is back', rested('done'), {}, 'same'],
    ['once it is back, and Git is not', rested('todo'), {}, 'same'],
    ['once it is back, and Git is ahead', rested('ahead'), {}, 'same'],
    ['once it is back, by what was taken back', rested('done'), { release: v3.id }, 'same'],
    ['once it is back, to the same by its first id', rested('done'), { to: v2.id }, 'same'],
    ['once it is back, to the same by its id now', rested('done'), { to: back.id }, 'same'],
    // Overtaken.
    ['that overtakes one under way', underWay, { to: v1.id }, 'v3 to v1-2'],
    ['that overtakes one whose Git half is open', rested('todo'), { to: v1.id }, 'v2 and v3 to v1-2'],
    ['that goes on from one that is done', rested('done'), { to: v1.id }, 'v2 to v1-2'],
    ['that would go to what is taken back', underWay, { to: v3.id }, 'NOTHING_TO_ROLL_BACK_TO'],
    ['to what was taken back', rested('done'), { to: v3.id }, 'NOTHING_TO_ROLL_BACK_TO'],
    // After something new.
    ['after something new was released', later, {}, 'v4 to v2-3'],
    ['that names what was taken back before', later, { release: v3.id }, 'RELEASE_CHANGED'],
    // Nothing there.
    ['where nothing was released', record(null), {}, 'NO_RELEASE'],
    ['of the first release', record(v1), {}, 'NOTHING_TO_ROLL_BACK_TO'],
    ['to what was never delivered', whole, { to: v4.id }, 'NOTHING_TO_ROLL_BACK_TO'],
    ['to what is live itself', whole, { to: v3.id }, 'NOTHING_TO_ROLL_BACK_TO'],
    [
      'past a release of the same template',
      record(v3, { history: [was(v3), was({ ...v2, digest: v3.digest }), was(v1)] }),
      {},
      'v3 to v1-2',
    ],
  ] as readonly [string, ReleaseRecord, Asks, string][])('%s', ([, of, asks, wanted]) => {
    expect(answer(of, asks)).toBe(wanted);
  });

  test('says who, why, and how far it is', () => {
    const request = {
      release: null,
      to: null,
      reason: 'r'.repeat(2000),
      also: true,
      way: 'pull-request' as const,
      by: 'ann',
      at: ago(0).toISOString(),
      run,
    };
    const scene = { liveThen: v3.id, liveNow: v3.id, isMade: true, git: 'branch' } as const;
    const made = requestedRollback(whole, request, scene).rollback;
    expect(made).toMatchObject({
      by: 'ann',
      run,
      also: true,
      way: 'pull-request',
      cluster: 'todo',
      beside: 'todo',
      git: 'todo',
      undo: null,
    });
    expect(made.reason).toHaveLength(1000);
    expect(made.to).toMatchObject({ template: v2.template, revision: null });
    const none = requestedRollback(whole, request, { ...scene, git: 'none' }).rollback;
    expect([none.git, none.trouble]).toEqual(['none', 'there is no remote to push a revert to']);
    // Without a policy nobody knows whether there is a remote: a later tick finds out.
    expect(requestedRollback(whole, request, { ...scene, git: 'unknown' }).rollback.git).toBe('todo');
  });
});

describe('the next id of a version', () => {
  test.for([
    ['was never out', record(v2), v3, null, v3.id],
    ['is stable', record(v2), v1, null, `${v1.id}-2`],
    ['is asked for', record(v2), v2, null, `${v2.id}-2`],
    ['serves, by the label alone', record(v2), v3, v3.id, `${v3.id}-2`],
    ['was out several times', record(as(v2, `${v2.id}-4`)), v2, null, `${v2.id}-5`],
    ['was taken back', record(v1, { rollback: rollback(v3, v1) }), v3, null, `${v3.id}-2`],
    ['was where a rollback went', record(v1, { rollback: rollback(v3, v2) }), v2, null, `${v2.id}-3`],
    ['was asked for and never started', record(v1, { spent: [`${v3.id}-6`] }), v3, null, `${v3.id}-7`],
    ['went out by a detour', record(v1), v3, `${v3.id}-3-via-stable`, `${v3.id}-4`],
    ['has the commit of another', record(v2), { ...v2, digest: v3.digest }, null, '2222222222-33333333'],
    ['has the digest of another', record(v2), { ...v3, digest: v2.digest }, null, '3333333333-22222222'],
    ['has a label of somebody else', record(v2), v3, 'theirs', v3.id],
  ] as readonly [string, ReleaseRecord, AskedFor, string | null, string][])(
    'that %s',
    ([, of, version, live, wanted]) => {
      expect(nextId(of, version, live)).toBe(wanted);
    },
  );
});
