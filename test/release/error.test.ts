import { expect, test } from 'vitest';
import { asError } from '../../src/release/error.ts';

const system = (code: string, syscall: string) =>
  Object.assign(new Error(`${code}: ${syscall} '/x'`), { code, syscall });

test.each([
  ['a temporary folder that is not there', system('ENOENT', 'mkdtemp'), 'FOLDER_UNWRITABLE', /^TMPDIR names no folder/],
  ['a temporary folder of somebody else', system('EACCES', 'mkdtemp'), 'FOLDER_UNWRITABLE', /^let TMPDIR name/],
  ['a full disk', system('ENOSPC', 'write'), 'FOLDER_UNWRITABLE', /^the disk is full/],
  ['a quota', system('EDQUOT', 'write'), 'FOLDER_UNWRITABLE', /^the disk is full/],
  ['a read-only disk', system('EROFS', 'open'), 'FOLDER_UNWRITABLE', /read-only/],
  ['too many files', system('EMFILE', 'open'), 'FOLDER_UNWRITABLE', /ulimit/],
  ['another error of the system', system('ENOENT', 'open'), 'BUG', /defect of stepgate/],
  ['an error without a system', new TypeError('x'), 'BUG', /defect of stepgate/],
  ['a text', 'x', 'BUG', /defect of stepgate/],
])('%s', (_, thrown, code, hint) => {
  expect(asError(thrown)).toMatchObject({ code, hint: expect.stringMatching(hint), cause: thrown });
});
