import { inputError } from '../../release/error.ts';

/** Returns a full commit id. Any other text is a defect of the caller, which has to resolve refs first. */
export function commitId(commit: string): string {
  if (/^[0-9a-f]{40}$/.test(commit)) return commit;
  throw inputError('REF_UNKNOWN', `${quoted(commit)} is not a commit id of 40 hex digits`);
}

/**
 * A path of the repository in git's form: relative, forward slashes, no `.` or `..`; '' is the root. SOURCE_INVALID for any
 * other path, so that no path in a config leads out of the repository, in git or in the file system.
 */
export function repositoryPath(path: string): string {
  const plain = path.replace(/^(\.\/+)+/, '').replace(/(?<!\/)\/+$/, '');
  if (plain === '.' || path === '') return '';
  const parts = plain.split('/');
  if (plain === '' || plain.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw inputError('SOURCE_INVALID', `${quoted(path)} is not a path inside the repository`, {
      hint: 'write it relative to the root of the repository, without .. in it',
    });
  }
  return plain;
}

/** A branch name by the rules of git check-ref-format; USAGE otherwise. */
export function branchName(branch: string): string {
  if (isBranchName(branch)) return branch;
  throw inputError('USAGE', `${quoted(branch)} is not a branch name`);
}

/** Whether a text can be the name of a branch or tag. `HEAD` can't: in a remote it stands for the default branch. */
export function isBranchName(branch: string): boolean {
  const parts = branch.split('/');
  const bad =
    branch === '' ||
    branch.length > 1_000 ||
    branch === '@' ||
    branch === 'HEAD' ||
    branch.startsWith('-') ||
    branch.endsWith('.') ||
    branch.includes('..') ||
    branch.includes('@{') ||
    /[\x00-\x20\x7f~^:?*[\\]/.test(branch) ||
    parts.some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock'));
  return !bad;
}

/** Foreign text for a message: one line, shortened. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}...` : value);
}
