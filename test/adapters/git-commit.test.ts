import { expect, it } from 'vitest';
import { openRepo } from '../../src/adapters/git.ts';
import { repository } from '../support/repository.ts';

it('makes a commit with files that are new, changed and removed, and touches nothing else', async () => {
  await using made = await repository({
    files: {
      'a.yaml': 'a1\n',
      'gone.yaml': 'here',
      'run.sh': { program: '#!/bin/sh\n' },
      '.gitattributes': '*.crlf text eol=crlf\n',
    },
  });
  const onto = await made.head();
  await made.write({ 'a.yaml': 'being edited', 'new.yaml': 'not committed' });
  const repo = await openRepo(made);
  const files = new Map([
    ['a.yaml', 'a2\n'],
    ['gone.yaml', null],
    ['never/was', null],
    ['run.sh', '#!/bin/sh -e\n'],
    ['.stepgate/freezes/x.yaml', 'by: "ädä"\r\n'],
    ['b.crlf', 'one\ntwo\n'],
  ]);
  const message = 'Freeze shop\n\nStepgate-Freeze: x\n';
  const commit = (await repo.commitFiles({ onto, files, message })) ?? '';
  expect(await made.git('diff', '--name-status', onto, commit)).toBe(
    'A\t.stepgate/freezes/x.yaml\nM\ta.yaml\nA\tb.crlf\nD\tgone.yaml\nM\trun.sh',
  );
  expect(await repo.read(commit, '.stepgate/freezes/x.yaml')).toBe('by: "ädä"\r\n');
  expect(await repo.read(commit, 'b.crlf')).toBe('one\ntwo\n');
  expect(await made.git('ls-tree', commit, 'run.sh')).toMatch(/^100755 /);
  expect(await made.git('log', '-1', '--format=%B', commit)).toBe(message.trim());
  expect(await made.git('rev-parse', `${commit}^@`)).toBe(onto);
  expect([await made.head(), await made.git('status', '--short')]).toEqual([onto, 'M a.yaml\n?? new.yaml']);
});

it('is null where nothing differs, and refuses a path out of the repository', async () => {
  await using made = await repository({ files: { a: '1', 'b/c': '1' } });
  const repo = await openRepo(made);
  const onto = await made.head();
  const of = (path: string, text: string | null) =>
    repo.commitFiles({ onto, files: new Map([[path, text]]), message: 'x' });
  expect([await of('a', '1'), await of('never/was', null)]).toEqual([null, null]);
  await expect(of('../x', '1')).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
  // Nothing that is in the place of the file or of its folder is removed.
  await expect(of('a/b', '1')).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
  await expect(of('b', '1')).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
});
