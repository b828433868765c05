import { environmentError, inputError, type StepgateError } from '../../release/error.ts';
import { quoted } from './names.ts';
import { done, failed, gitWords, type Run, text } from './run.ts';

const deeper = 'clone with the whole history: in a workflow, actions/checkout with fetch-depth: 0';

export async function isShallow(run: Run): Promise<boolean> {
  return text(await run(['rev-parse', '--is-shallow-repository']), 'look at the clone').trim() === 'true';
}

/** Whether the commit is in this clone. */
export async function has(run: Run, commit: string): Promise<boolean> {
  const ran = await run(['cat-file', '--batch-check=%(objecttype)'], { input: `${commit}\n` });
  return done(ran, 'look for a commit').toString().trim() === 'commit';
}

/** The commit that a ref from outside means. REF_UNKNOWN where git has none, or where a tag and a branch go by that name. */
export async function resolve(run: Run, ref: string): Promise<string> {
  if (ref === '' || ref.length > 1_000 || ref.startsWith('-') || /[\x00-\x1f\x7f]/.test(ref)) {
    throw inputError('REF_UNKNOWN', `${quoted(ref)} is not a commit, branch or tag`);
  }
  const ran = await run(['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`]);
  const commit = ran.out.toString().trim();
  if (ran.exit !== 0 || !/^[0-9a-f]{40}$/.test(commit)) {
    if (/^[0-9a-f]{64}$/.test(commit))
      throw inputError('GIT_FAILED', 'repositories with SHA-256 ids are not supported');
    const shallow = await isShallow(run);
    throw inputError(
      'REF_UNKNOWN',
      `git has no commit, branch or tag ${quoted(ref)}${ran.exit === 0 ? '' : `: ${gitWords(ran)}`}`,
      {
        hint: shallow ? `this clone is shallow and may lack it: ${deeper}` : 'fetch it first, or check the spelling',
      },
    );
  }
  await refuseAmbiguous(run, ref);
  return commit;
}

/**
 * git lets a tag win over a branch of the same name, and `origin/main` be a tag. Whoever may push tags could so put
 * another commit, and another policy, under a branch's name.
 */
async function refuseAmbiguous(run: Run, ref: string): Promise<void> {
  if (/^[0-9a-f]{40}$/.test(ref) || /[~^:?*[\\@\s]/.test(ref) || ref.startsWith('refs/') || ref === 'HEAD') return;
  const names = ['refs/tags/', 'refs/heads/', 'refs/remotes/'].map((prefix) => `${prefix}${ref}`);
  const ran = await run([
    'for-each-ref',
    '--format=%(refname) %(objectname) %(*objectname)',
    '--end-of-options',
    ...names,
  ]);
  const found = text(ran, `resolve ${quoted(ref)}`)
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([name]) => name !== undefined && names.includes(name));
  if (new Set(found.map(([, id, peeled]) => peeled || id)).size < 2) return;
  const spelled = found.map(([name]) => name);
  throw inputError('REF_UNKNOWN', `${quoted(ref)} is ambiguous: ${spelled.join(' and ')} are different commits`, {
    hint: `write one of them in full: ${spelled.join(', ')}`,
  });
}

export async function contains(run: Run, commit: string, ancestor: string): Promise<boolean | 'unknown'> {
  if (commit === ancestor) return true;
  const missing = await missingCommit(run, commit);
  if (missing !== null) throw missing;
  // A whole clone has every ancestor of what it has: a commit that isn't there is none.
  if (!(await has(run, ancestor))) return (await isShallow(run)) ? 'unknown' : false;
  // Not `--is-ancestor`: simple-git waits 50 ms after commands that print nothing.
  const ran = await run(['merge-base', ancestor, commit]);
  if (ran.exit > 1) throw failed(ran, 'compare two commits');
  const base = ran.out.toString().trim();
  if (base === ancestor) return true;
  // Where `commit` is an ancestor of `ancestor` the reverse can't be, however much of the history is missing.
  if (base === commit) return false;
  return (await isShallow(run)) ? 'unknown' : false;
}

export async function log(run: Run, from: string, to: string, paths: readonly string[]) {
  const shallow = await isShallow(run);
  for (const commit of [from, to]) {
    const missing = await missingCommit(run, commit);
    if (missing !== null) throw missing;
  }
  if (shallow) await refuseCutRange(run, from, to);
  const ran = await run([
    'log',
    '-z',
    '--format=%H %s',
    '--date-order',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    `${from}..${to}`,
    '--',
    ...paths,
  ]);
  return text(ran, `list the commits ${from}..${to}`)
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => ({ commit: record.slice(0, 40), subject: record.slice(41).trimEnd() }));
}

/** In a shallow clone a commit without parents may be one whose parents were cut off: then the range has unseen commits. */
async function refuseCutRange(run: Run, from: string, to: string): Promise<void> {
  const ran = await run(['rev-list', '--max-parents=0', '--max-count=1', `${from}..${to}`, '--']);
  if (text(ran, `list the commits ${from}..${to}`).trim() === '') return;
  throw tooShallow(`to tell what lies between ${from} and ${to}`);
}

/** The error for a commit that this clone lacks; null where it has it. */
export async function missingCommit(run: Run, commit: string): Promise<StepgateError | null> {
  if (await has(run, commit)) return null;
  if (await isShallow(run)) return tooShallow(`to have commit ${commit}`);
  return inputError('REF_UNKNOWN', `git has no commit ${commit}`, { hint: 'fetch it first' });
}

export function tooShallow(forWhat: string) {
  return environmentError('GIT_SHALLOW', `the clone is too shallow ${forWhat}`, { hint: deeper });
}
