import { expect, test } from 'vitest';
import { manifest } from './files.ts';
import { shopWith } from './shop.ts';

test('a plan of a branch says whether the branch changes the files of the source', async () => {
  using shop = await shopWith(['v1']);
  const ada = shop.person('ada');
  const touched = async (commit: string, more = '') =>
    (await ada(`plan --at ${commit}${more}`)).delivery?.touched ?? null;
  const changed = shop.origin.commit({ 'deploy/shop.yaml': manifest('v2') }, { branch: 'feature' });
  const beside = shop.origin.commit({ 'README.md': 'more' }, { branch: 'docs' });
  expect([await touched(changed), await touched(changed, ' --offline')]).toEqual([true, true]);
  expect([await touched(beside), await touched(beside, ' --offline')]).toEqual([false, false]);
  // What the policy branch has got meanwhile is not of this branch.
  shop.push('v3');
  expect(await touched(beside)).toBe(false);
  expect((await ada('status')).delivery?.touched).toBeNull();
});
