import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/release/report.ts';
import { filesOf } from '../action/workspace.ts';
import { typed } from '../support/command-line.ts';
import { repository } from '../support/repository.ts';

describe('threat 13: paths and links that leave the repository: no source is', () => {
  test.each([
    ['a folder above', '../*.yaml', /leads out of its folder/],
    ['a folder above, behind one inside', 'deploy/../../*.yaml', /leads out of its folder/],
    ['an absolute path', '/etc/*.yaml', /is absolute/],
    ['a link to a file above', 'link.yaml', /symbolic link link\.yaml, which leads out of the repository/],
    ['a link to a file above, by a pattern', '*.yaml', /symbolic link link\.yaml, which leads out of the repository/],
    ['a file in a linked folder', 'linked/hostname', /symbolic link linked, which leads out of the repository/],
    ["git's own folder", '.git/config', /leads into git's own folder/],
  ])('%s', async (_, pattern, says) => {
    const policy = String(filesOf(['shop'])['stepgate.yaml']).replace('deploy/shop.yaml', JSON.stringify(pattern));
    const links = { 'link.yaml': { link: '../../../../../../etc/hostname' }, linked: { link: '/etc' } };
    await using here = await repository({ files: { 'stepgate.yaml': policy, ...links } });
    const { code, stdout } = await typed(['plan', '--offline', '--json'], { cwd: here.folder });
    const { error, deliveries } = JSON.parse(stdout) as Report;
    expect([code, (error ?? deliveries[0]?.error)?.message]).toEqual([2, expect.stringMatching(says)]);
  });
});
