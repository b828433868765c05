import { describe, expect, test } from 'vitest';
import { ownersOf } from '../../src/config/codeowners.ts';

const file = `
# everybody
*              @ada
/deploy/       @acme/sre   # the release team
/deploy/shop/*.yaml @bob @acme/shop mail@example.com
deploy/free/
!deploy/shop/  @eve
deploy/[ab]/   @eve
`;

describe('the owners of paths', () => {
  const rows: readonly (readonly [what: string, paths: readonly string[], owners: readonly string[]])[] = [
    ['the first line matches all', ['README.md'], ['ada']],
    ['a folder, at any depth below it', ['deploy/a/b/c.yaml'], ['acme/sre']],
    ['the last line that matches counts alone; mail is left out', ['deploy/shop/web.yaml'], ['bob', 'acme/shop']],
    ['one star is one folder', ['deploy/shop/base/web.yaml'], ['acme/sre']],
    ['a line without owners takes them away', ['deploy/free/x.yaml'], []],
    ['every path adds its own, each once', ['README.md', 'deploy/x', 'docs/y'], ['ada', 'acme/sre']],
    ['no path', [], []],
  ];
  test.each(rows)('%s', (_what, paths, owners) => {
    expect(ownersOf(file, paths)).toEqual(owners);
  });

  test('lines may end as on Windows, and an empty file owns nothing', () => {
    expect(ownersOf('*.go @ada\r\n*.ts @bob\r\n', ['src/x.ts'])).toEqual(['bob']);
    expect(ownersOf('', ['src/x.ts'])).toEqual([]);
  });
});
