import type { NamedRef, RefQuery } from '../../release/ports.ts';
import type { Clone } from './clone.ts';
import { policyRemote } from './default-branch.ts';
import { isBranchName, quoted } from './names.ts';
import { matcher } from './patterns.ts';
import { failed, text } from './ran.ts';
import { knownRemote, quietFetch } from './remote.ts';
import type { Run } from './run.ts';

/** The matching branches and tags of the clone, with their commits. Tags of other objects are left out. */
export async function refs(clone: Clone, query: RefQuery): Promise<readonly NamedRef[]> {
  const { run } = clone;
  const remote = query.branches.length === 0 ? null : await policyRemote(clone);
  const heads = remote === null ? 'refs/heads/' : `refs/remotes/${remote}/`;
  const wanted = [
    { prefix: heads, patterns: query.branches },
    { prefix: 'refs/tags/', patterns: query.tags },
  ]
    .filter(({ patterns }) => patterns.length > 0)
    .map(({ prefix, patterns }) => ({ prefix, isWanted: matcher(patterns) }));

  const found = (
    await listed(
      run,
      wanted.map(({ prefix }) => prefix),
    )
  ).flatMap((ref) => {
    const kind = wanted.find(({ prefix }) => ref.name.startsWith(prefix));
    const name = ref.name.slice(kind?.prefix.length ?? 0);
    // `origin/HEAD` is not a branch; it names the default branch.
    return kind === undefined || name === 'HEAD' || !kind.isWanted(name) ? [] : [{ ...ref, name }];
  });
  const nested = await peeled(
    run,
    found.filter(({ type }) => type === 'tag').map(({ id }) => id),
  );
  return found.flatMap(({ name, id, type }) => {
    const commit = type === 'commit' ? id : nested.get(id);
    return commit === undefined ? [] : [{ name, commit }];
  });
}

interface Listed {
  readonly name: string;
  /** The target of the ref. For an annotated tag, its target, which may be another tag. */
  readonly id: string;
  readonly type: string;
  /** The object that the ref itself names. */
  readonly holds: string;
}

async function listed(run: Run, prefixes: readonly string[]): Promise<readonly Listed[]> {
  if (prefixes.length === 0) return [];
  const format = '%(refname) %(objectname) %(objecttype) %(*objectname) %(*objecttype)';
  const ran = await run(['for-each-ref', `--format=${format}`, '--end-of-options', ...prefixes]);
  const lines = text(ran, 'list branches and tags').split('\n');
  return lines.flatMap((line) => {
    const [name = '', holds = '', ownType = '', target = '', targetType = ''] = line.split(' ');
    if (name === '') return [];
    return [{ name, holds, id: target || holds, type: targetType || ownType }];
  });
}

/** The commits of tags of tags, with one process. */
async function peeled(run: Run, tags: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (tags.length === 0) return new Map();
  const ran = await run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    input: tags.map((id) => `${id}^{commit}\n`).join(''),
  });
  const lines = text(ran, 'look up tags').split('\n');
  return new Map(
    tags.flatMap((tag, index) => {
      const commit = /^([0-9a-f]{40}) commit$/.exec(lines[index] ?? '')?.[1];
      return commit === undefined ? [] : [[tag, commit] as const];
    }),
  );
}

/**
 * Fetches the matching branches and tags of the remote. It lists the remote's refs first, and fetches only those that the
 * clone lacks or has at another commit. A matching tag that was moved on the remote is moved in the clone too.
 */
export async function fetchRefs(clone: Clone, remote: string, query: RefQuery): Promise<void> {
  const { run } = clone;
  const name = await knownRemote(clone, remote);
  const kinds = [
    { flag: '--heads', from: 'refs/heads/', to: `refs/remotes/${name}/`, patterns: query.branches },
    { flag: '--tags', from: 'refs/tags/', to: 'refs/tags/', patterns: query.tags },
  ].filter(({ patterns }) => patterns.length > 0);
  if (kinds.length === 0) return;

  const asked = await run(['ls-remote', ...kinds.map(({ flag }) => flag), '--refs', '--', name], { quick: true });
  if (asked.exit !== 0) throw failed(asked, `list the branches and tags of ${quoted(name)}`);
  const there = asked.out.toString().split('\n');
  const here = new Map(
    (
      await listed(
        run,
        kinds.map(({ to }) => to),
      )
    ).map((ref) => [ref.name, ref.holds]),
  );
  const wanted = kinds.flatMap(({ from, to, patterns }) => {
    const isWanted = matcher(patterns);
    return there.flatMap((line) => {
      const [id = '', ref = ''] = line.split('\t');
      const short = ref.slice(from.length);
      if (!ref.startsWith(from) || !isBranchName(short) || !isWanted(short)) return [];
      return here.get(`${to}${short}`) === id ? [] : [`+${ref}:${to}${short}\n`];
    });
  });
  if (wanted.length === 0) return;
  // On standard input, because thousands of tags are too long for a command line.
  const ran = await run([...quietFetch, '--stdin', '--', name], { input: wanted.join('') });
  if (ran.exit !== 0) throw failed(ran, `fetch ${wanted.length} branches and tags from ${quoted(name)}`);
}
