import { nearest } from '../../config/found.ts';
import { inputError, type StepgateError } from '../../release/error.ts';
import { type Clone, tooShallow, whereToLook } from './clone.ts';
import { quoted } from './names.ts';
import { done, failed, gitWords, text } from './ran.ts';
import type { Run, RunOptions } from './run.ts';

/**
 * In a partial clone (blob:none) git fetches a missing object when it is used. This is turned off here: it would wait for a
 * server, and fetch commits that are on no branch. git before 2.44 ignores the setting.
 */
const local: RunOptions = { set: { GIT_NO_LAZY_FETCH: '1' } };

/** Whether this clone has the commit. */
export async function has(run: Run, commit: string): Promise<boolean> {
  const ran = await run(['cat-file', '--batch-check=%(objecttype)'], { ...local, input: `${commit}\n` });
  return done(ran, 'look for a commit').toString().trim() === 'commit';
}

/** Resolves a ref from outside. REF_UNKNOWN when git has none, or when a tag and a branch have that name. */
export async function resolve(clone: Clone, ref: string): Promise<string> {
  const { run } = clone;
  if (ref === '' || ref.length > 1_000 || ref.startsWith('-') || /[\x00-\x1f\x7f]/.test(ref)) {
    throw inputError('REF_UNKNOWN', `${quoted(ref)} is not a commit, branch or tag`);
  }
  const found = clone.isPartial ? null : await clone.objects.ask(`${ref}^{commit}`);
  const known = found?.id ?? '';
  if (!/^[0-9a-f]{40}$/.test(known)) return resolveWithWords(clone, ref);
  await refuseAmbiguous(run, ref);
  return known;
}

/**
 * Does what `resolve` does by `git rev-parse`, which says why a ref names no commit. `git cat-file`, which `resolve` asks first, does not.
 */
async function resolveWithWords(clone: Clone, ref: string): Promise<string> {
  const { run } = clone;
  const ran = await run(['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`], local);
  const commit = ran.out.toString().trim();
  if (ran.exit !== 0 || !/^[0-9a-f]{40}$/.test(commit)) {
    if (/^[0-9a-f]{64}$/.test(commit))
      throw inputError('GIT_FAILED', 'repositories with SHA-256 ids are not supported');
    throw await unknownRef(clone, ref, ran.exit === 0 ? '' : gitWords(ran));
  }
  await refuseAmbiguous(run, ref);
  return commit;
}

/** The error for a ref that git does not have: no commit at all, a name that is spelled otherwise, or history that is missing. */
async function unknownRef(clone: Clone, ref: string, said: string): Promise<StepgateError> {
  const format = '--format=%(refname:lstrip=2)';
  const listed = await clone.run(['for-each-ref', format, 'refs/heads/', 'refs/tags/', 'refs/remotes/']);
  const names = text(listed, 'list branches and tags')
    .split('\n')
    .filter((name) => name !== '');
  if (ref === 'HEAD' && names.length === 0) {
    return inputError('REF_UNKNOWN', 'this repository has no commits yet: nothing in it is committed', {
      hint: 'commit first what is to be released: git add FILES && git commit',
    });
  }
  // For a name that does not exist, git only says how many it needs.
  const why = said === '' || said === 'Needed a single revision' ? '' : `: ${said}`;
  const close = nearest(ref, names) ?? names.find((name) => name.endsWith(`/${ref}`) || name.startsWith(ref)) ?? null;
  const look = whereToLook(await clone.isShallow());
  return inputError('REF_UNKNOWN', `git has no commit, branch or tag ${quoted(ref)}${why}`, {
    hint: close === null ? look : `did you mean ${close}? Else ${look}`,
  });
}

/**
 * In git a tag wins over a branch of the same name, and `origin/main` may be a tag. Somebody who may push tags could thus
 * put another commit, and another policy, under the name of a branch.
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

export async function contains(clone: Clone, commit: string, ancestor: string): Promise<boolean | 'unknown'> {
  if (commit === ancestor) return true;
  // Not `--is-ancestor`: simple-git waits 50 ms after commands that print nothing.
  const ran = await clone.run(['merge-base', ancestor, commit], local);
  if (ran.exit > 1) {
    const missing = await missingCommit(clone, commit);
    if (missing !== null) throw missing;
    if (await has(clone.run, ancestor)) throw failed(ran, 'compare two commits');
    // A complete clone has every ancestor of its commits, so a missing commit is not an ancestor.
  } else {
    const base = ran.out.toString().trim();
    if (base === ancestor) return true;
    // When `commit` is an ancestor of `ancestor`, the reverse is impossible, even in a shallow clone.
    if (base === commit) return false;
  }
  return (await clone.isShallow()) ? 'unknown' : false;
}

export async function log(clone: Clone, from: string, to: string, paths: readonly string[]) {
  const ran = await clone.run([
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
  if (ran.exit !== 0) {
    for (const commit of [from, to]) {
      const missing = await missingCommit(clone, commit);
      if (missing !== null) throw missing;
    }
  }
  const out = text(ran, `list the commits ${from}..${to}`);
  if (await clone.isShallow()) await refuseCutRange(clone.run, from, to);
  return out
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => ({ commit: record.slice(0, 40), subject: record.slice(41).trimEnd() }));
}

/** Commits whose message contains the words. */
export async function commitsSaying(clone: Clone, { from, to, words }: { from: string; to: string; words: string }) {
  const options = ['-z', '--format=%H%n%B', '--date-order', '--no-color', '--no-ext-diff', '--no-textconv'];
  const search = ['--fixed-strings', '--regexp-ignore-case', `--grep=${words}`];
  const ran = await clone.run(['log', ...options, ...search, `${from}..${to}`, '--'], local);
  if (ran.exit !== 0) {
    for (const commit of [from, to]) {
      const missing = await missingCommit(clone, commit);
      if (missing !== null) throw missing;
    }
  }
  const out = text(ran, `search the commits ${from}..${to}`);
  if (await clone.isShallow()) await refuseCutRange(clone.run, from, to);
  return out
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => ({ commit: record.slice(0, 40), message: record.slice(41) }));
}

/** The paths that differ between a commit and where it left another one. */
export async function changedOn(clone: Clone, head: string, base: string): Promise<readonly string[]> {
  const options = ['--name-only', '-z', '--no-renames', '--no-ext-diff', '--no-textconv', '--ignore-submodules=none'];
  const ran = await clone.run(['diff', ...options, `${base}...${head}`, '--'], local);
  if (ran.exit !== 0) {
    for (const commit of [head, base]) {
      const missing = await missingCommit(clone, commit);
      if (missing !== null) throw missing;
    }
    if (await clone.isShallow()) throw tooShallow(`to tell what ${head} changes`);
  }
  return text(ran, `list what ${head} changes`)
    .split('\0')
    .filter((path) => path !== '');
}

/** In a shallow clone, a commit without parents may have parents that the clone lacks; the range is then incomplete. */
async function refuseCutRange(run: Run, from: string, to: string): Promise<void> {
  const ran = await run(['rev-list', '--max-parents=0', '--max-count=1', `${from}..${to}`, '--']);
  if (text(ran, `list the commits ${from}..${to}`).trim() === '') return;
  throw tooShallow(`to list the commits between ${from} and ${to}`);
}

/** The error for a commit that this clone lacks; null when it has the commit. */
export async function missingCommit(clone: Clone, commit: string): Promise<StepgateError | null> {
  if (await has(clone.run, commit)) return null;
  if (await clone.isShallow()) return tooShallow(`to have commit ${commit}`);
  return inputError('REF_UNKNOWN', `git has no commit ${commit}`, { hint: 'fetch it first' });
}
