import { describe, expect, test } from 'vitest';
import { shop } from './live.ts';
import { never, troubleOf } from './scripted.ts';

test('the head of a branch, whatever it is called', async () => {
  await using at = await shop();
  const { repo, ada, first, forge } = at;
  expect(await forge.branchHead('main', never)).toBe(first);
  for (const branch of ['stepgate/promote/a', 'a#b', 'a%2Fb', 'ä', 'mai']) {
    expect(await forge.branchHead(branch, never)).toBe(null);
    const commit = ada.pushes(repo, { branch, files: { [branch]: 'x' } });
    expect(await forge.branchHead(branch, never)).toBe(commit);
  }
  expect(await forge.branchHead('..', never)).toBe(null);
});

test('a branch is made once, and never moved', async () => {
  await using at = await shop();
  const { repo, ada, first, forge } = at;
  await forge.createBranch('x/y', first, never);
  await forge.createBranch('x/y', first, never);
  expect(repo.tip('x/y')).toBe(first);
  const next = ada.pushes(repo, { branch: 'x/y', files: { a: 'a' } });
  const error = await troubleOf(forge.createBranch('x/y', first, never));
  expect(error).toMatchObject({ trouble: 'conflict', message: expect.stringContaining(`it is there, at ${next}`) });
  expect(repo.tip('x/y')).toBe(next);
  expect(await troubleOf(forge.createBranch('z', 'f'.repeat(40), never))).toMatchObject({ trouble: 'refused' });
});

test('a branch is deleted, and one that is not there is no error', async () => {
  await using at = await shop();
  const { repo, first, forge } = at;
  await forge.createBranch('x', first, never);
  await forge.deleteBranch('x', never);
  expect(repo.tip('x')).toBe(null);
  await forge.deleteBranch('x', never);
});

describe('a commit', () => {
  test('is signed by GitHub, and moves the branch', async () => {
    await using at = await shop();
    const { repo, ada, forge } = at;
    const onto = ada.pushes(repo, { files: { 'old.txt': 'old' } });
    const files = new Map([
      ['deploy/ä.yaml', 'a: ü\n'],
      ['old.txt', null],
    ]);
    const made = await forge.commitFiles(
      { branch: 'main', onto, message: 'Go back\n\nBecause\n\nStepgate: x', files },
      never,
    );
    expect(repo.tip()).toBe(made);
    expect([repo.read('deploy/ä.yaml'), repo.read('old.txt')]).toEqual(['a: ü\n', null]);
    expect(repo.messages()[0]?.trim()).toBe('Go back\n\nBecause\n\nStepgate: x');
    expect(repo.madeByGitHub(made)).toBe(true);
  });

  test('on a branch that has moved is a conflict', async () => {
    await using at = await shop();
    const { repo, ada, first, forge } = at;
    const tip = ada.pushes(repo, { files: { a: 'a' } });
    const files = new Map([['b', 'b']]);
    const error = await troubleOf(forge.commitFiles({ branch: 'main', onto: first, message: 'x', files }, never));
    expect(error).toMatchObject({ trouble: 'conflict' });
    expect(repo.tip()).toBe(tip);
  });
});
