import { describe, expect, test } from 'vitest';
import { branchState, carriesBad } from '../../src/flow/branch-state.ts';
import type { Release } from '../../src/release/delivery.ts';
import { createOrigin, type Origin } from '../support/memory-git.ts';

/** A branch in words: each letter is a commit with that content of the path; `.` changes another path. */
const paths = ['app'];

interface Told {
  readonly origin: Origin;
  /** The commits of the branch, oldest first. */
  readonly commits: readonly string[];
}

function branch(contents: string): Told {
  const [first = ''] = contents;
  const origin = createOrigin({ app: first, other: '0' });
  const commits = [origin.tip()];
  for (const [index, content] of [...contents.slice(1)].entries()) {
    const files = content === '.' ? { other: String(index + 1) } : { app: content };
    commits.push(origin.commit(files, { subject: `${content}${index + 1}` }));
  }
  return { origin, commits };
}

function release(commit: string): Release {
  return { id: `id of ${commit.slice(0, 6)}`, commit, digest: commit.padEnd(64, '0') };
}

/** The state of a branch whose release `bad` (places in it) was taken back to its first commit. */
async function state({ origin, commits }: Told, bad: readonly number[], tip = origin.tip()): Promise<string> {
  const said = await branchState(origin.clone().repo, {
    bad: bad.map((place) => release(commits[place] ?? '')),
    to: commits[0] ?? '',
    tip,
    paths,
  });
  const names = (all: readonly { readonly commit: string }[]) =>
    all.map(({ commit }) => commits.indexOf(commit)).join(' ');
  switch (said.is) {
    case 'reverted':
      return 'reverted';
    case 'bad':
      return `bad, undone ${names(said.undone)}`;
    case 'ahead':
      return `ahead by ${names(said.newer)}`;
  }
}

describe('a branch and the release that was taken back to a', () => {
  test.for([
    // contents, places of the bad releases, what it comes to
    ['ab', [1], 'bad, undone 1'],
    ['ab.', [1], 'bad, undone 1'],
    ['a.b..', [2], 'bad, undone 2'],
    ['abc', [1], 'ahead by 2'],
    ['abcd', [1], 'ahead by 3 2'],
    ['ab.c.', [1], 'ahead by 3'],
    ['aba', [1], 'reverted'],
    ['abac', [1], 'reverted'],
    ['aba.c', [1], 'reverted'],
    ['abca', [1], 'reverted'],
    ['abcad', [1], 'reverted'],
    // The bad content again: the revert of a fix, and the revert of the revert.
    ['abcb', [1], 'bad, undone 3 2 1'],
    ['abcbd', [1], 'ahead by 4'],
    ['abab', [1], 'bad, undone 3 2 1'],
    ['ababa', [1], 'reverted'],
    // What lies between stable and the bad release goes with it.
    ['abc', [2], 'bad, undone 2 1'],
    ['abcd', [2], 'ahead by 3'],
    // Stable's content once before the bad release is no revert of it.
    ['abac', [3], 'bad, undone 3 2 1'],
    // Two that were taken back one after the other.
    ['abc', [2, 1], 'bad, undone 2 1'],
    ['abcd', [2, 1], 'ahead by 3'],
    ['abcb', [2, 1], 'bad, undone 3 2 1'],
    ['a', [0], 'reverted'],
  ] as readonly [string, number[], string][])('%s, bad %j: %s', async ([contents, bad, wanted]) => {
    expect(await state(branch(contents), bad)).toBe(wanted);
  });

  test('a release that no clone has is on no branch of it', async () => {
    const { origin, commits } = branch('ac');
    const gone = release('f'.repeat(40));
    const told = await branchState(origin.clone().repo, {
      bad: [gone],
      to: commits[0] ?? '',
      tip: origin.tip(),
      paths,
    });
    expect(told).toMatchObject({ is: 'ahead' });
  });

  test('a fix that was begun before the bad release and is merged after it stands on top of it', async () => {
    const { origin, commits } = branch('ab');
    origin.commit({ app: 'c' }, { branch: 'fix', from: commits[0] ?? '' });
    expect(await state({ origin, commits }, [1], origin.merge('fix'))).toMatch(/^ahead/);
  });

  test('the merge of another path changes nothing of it', async () => {
    const { origin, commits } = branch('ab');
    origin.commit({ other: 'x' }, { branch: 'docs', from: commits[0] ?? '' });
    expect(await state({ origin, commits }, [1], origin.merge('docs'))).toBe('bad, undone 1');
  });

  test('a revert that a merge brings is one', async () => {
    const { origin, commits } = branch('ab');
    origin.commit({ app: 'a' }, { branch: 'undo', from: commits[1] ?? '' });
    origin.merge('undo');
    expect(await state({ origin, commits }, [1], origin.commit({ app: 'c' }))).toBe('reverted');
  });
});

describe('a commit and the release that was taken back', () => {
  const carries = async ({ origin, commits }: Told, bad: readonly number[], commit = origin.tip()) => {
    let asked = false;
    const found = await carriesBad(origin.clone().repo, {
      bad: bad.map((place) => release(commits[place] ?? 'f'.repeat(40))),
      to: commits[0] ?? '',
      commit,
      async pathsOf() {
        asked = true;
        return paths;
      },
    });
    return { carries: found === null ? null : commits.indexOf(found.commit), asked };
  };

  test.for([
    ['ab', [1], 1],
    ['ab.', [1], 1],
    ['abc', [1], 1],
    ['abcd', [2, 1], 2],
    ['abcb', [1], 1],
    ['abab', [1], 1],
    ['aba', [1], null],
    ['abac', [1], null],
    ['abcad', [1], null],
  ] as readonly [string, number[], number | null][])('%s, bad %j: %j', async ([contents, bad, wanted]) => {
    expect((await carries(branch(contents), bad)).carries).toBe(wanted);
  });

  test('that lies on another branch has it not, and no path is looked for', async () => {
    const told = branch('ab');
    const other = told.origin.commit({ app: 'c' }, { branch: 'release', from: told.commits[0] ?? '' });
    expect(await carries(told, [1], other)).toEqual({ carries: null, asked: false });
    expect(await carries(told, [1], told.commits[0])).toEqual({ carries: null, asked: false });
  });

  test('where the clone is too shallow to tell, or lacks stable, has it', async () => {
    const { origin, commits } = branch('abc');
    const { repo } = origin.clone();
    const given = {
      bad: [release(commits[1] ?? '')],
      to: commits[0] ?? '',
      commit: origin.tip(),
      pathsOf: async () => paths,
    };
    expect(await carriesBad({ ...repo, contains: async () => 'unknown' }, given)).toMatchObject({ commit: commits[1] });
    const without = { ...repo, has: async (commit: string) => commit !== commits[0] && repo.has(commit) };
    expect(await carriesBad(without, given)).toMatchObject({ commit: commits[1] });
  });
});
