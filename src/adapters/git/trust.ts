import { splitWords } from './words.ts';

/** One setting of git's configuration, and whose file it is in. */
export interface Setting {
  readonly scope: string;
  /** Section and name in lower case, as git prints it; what stands between them as it is written. */
  readonly key: string;
  readonly value: string;
}

/** What git is given in place of settings of the repository's own configuration. `settings` are given in their order. */
export interface Trusted {
  readonly settings: readonly (readonly [key: string, value: string])[];
  /** Further environment variables, for a setting that only they can replace. */
  readonly set: Readonly<Record<string, string>>;
  /** Keys in the repository's own configuration that are overridden, because they could start a program. */
  readonly ignored: readonly string[];
  /** Keys in the repository's own configuration that start a program and can't be overridden: opening the repository fails. */
  readonly refused: readonly string[];
}

/** Reads the output of `git config --list -z --show-scope`. */
export function readSettings(out: string): readonly Setting[] {
  const parts = out.split('\0');
  return Array.from({ length: Math.floor(parts.length / 2) }, (_, index) => {
    const [key = '', ...lines] = (parts[index * 2 + 1] ?? '').split('\n');
    return { scope: parts[index * 2] ?? '', key, value: lines.join('\n') };
  });
}

/**
 * Settings that keep the repository's configuration from starting programs. The user's (global) and the machine's (system)
 * configuration are trusted: whoever writes them may start programs anyway. `.git/config` and the files it includes are not trusted:
 * they may come from an archive, a cache, or an earlier step of a job. Of them only these are kept: URLs and HTTP headers of servers,
 * credential helpers by plain name, and ssh with a key, as actions/checkout writes them. Aliases, filters, editors and merge drivers
 * need no setting here, because stepgate calls no git command that runs them. Settings that never vary are in `config` in run.ts.
 */
export function trusted(all: readonly Setting[], ssh: string | null): Trusted {
  const own = all.filter(({ scope }) => scope !== 'local' && scope !== 'worktree' && scope !== 'unknown');
  const here = all.filter((one) => !own.includes(one));
  const settings: (readonly [string, string])[] = [];
  const ignored = new Set<string>();
  const refused = new Set<string>();
  const set: Record<string, string> = {};
  const lastOf = (key: string) => own.findLast((one) => one.key === key)?.value;

  for (const { key, value } of here) {
    // Of these the first value counts: that of a person, where there is one.
    const plain = /^remote\..*\.(uploadpack|receivepack)$/s.exec(key)?.[1];
    if (plain !== undefined && value !== plain.replace(/^(upload|receive)/, 'git-$1-') && lastOf(key) === undefined)
      refused.add(key);
    const usual = replacement(key);
    if (usual === null) continue;
    if (key === 'core.sshcommand') {
      const command = ssh === null ? null : sshCommand(value, ssh);
      if (command === null) ignored.add(key);
      settings.push([key, command ?? lastOf(key) ?? usual]);
    } else if (key === 'core.gitproxy') {
      // The first value of the files counts, so a later one replaces nothing; an empty variable does.
      ignored.add(key);
      set['GIT_PROXY_COMMAND'] = '';
    } else {
      ignored.add(key);
      settings.push([key, lastOf(key) ?? usual]);
    }
  }

  const helpers = all.filter(({ key }) => isHelper(key));
  const bad = helpers.filter((one) => here.includes(one) && !isPlainHelper(one.value));
  if (bad.length > 0) {
    for (const { key } of bad) ignored.add(key);
    // An empty value takes away all that stand before it, of every server.
    settings.push(
      ['credential.helper', ''],
      ...helpers.flatMap((one) => (bad.includes(one) ? [] : [[one.key, one.value] as const])),
    );
  }
  return { settings, set, ignored: [...ignored], refused: [...refused] };
}

/** What is set in place of a setting that starts a program on a command that stepgate calls; null for every other setting. */
function replacement(key: string): string | null {
  switch (key) {
    case 'core.sshcommand':
      return 'ssh';
    case 'core.gitproxy':
      return '';
    case 'core.alternaterefscommand':
      return 'true';
  }
  // Hooks of newer versions of git, which core.hooksPath does not switch off.
  if (/^hook\..*\.enabled$/s.test(key)) return 'false';
  if (/^hook\..*\.event$/s.test(key)) return '';
  return /^hook\..*\.command$/s.test(key) ? 'true' : null;
}

function isHelper(key: string): boolean {
  return key === 'credential.helper' || /^credential\..*\.helper$/s.test(key);
}

/** A helper that git finds by its name, such as `cache --timeout=300`. git gives any other to a shell. */
function isPlainHelper(value: string): boolean {
  return value === '' || /^[a-z][a-z0-9-]*( --?[a-z-]+([= ][\w./@~+-]+)?)*$/.test(value);
}

/** ssh options that can't start a program. */
const harmless =
  /^(StrictHostKeyChecking|CheckHostIP|UserKnownHostsFile|IdentitiesOnly|BatchMode|ConnectTimeout)=[^%`$\n]+$/i;

/** The ssh command with the absolute path of ssh; null when it has another program, or an option that is not in `harmless`. */
function sshCommand(value: string, ssh: string): string | null {
  const [program, ...args] = splitWords(value) ?? [];
  if (program === undefined || !/(^|\/)ssh$/.test(program)) return null;
  const kept: string[] = [];
  for (let index = 0; index < args.length; index += 2) {
    const [flag, given = ''] = args.slice(index, index + 2);
    const good = flag === '-i' ? /^[^-\s%][^%]*$/.test(given) : flag === '-o' && harmless.test(given);
    if (!good || flag === undefined) return null;
    kept.push(flag, quote(given));
  }
  return [quote(ssh), ...kept].join(' ');
}

/** A word for the shell to which git gives the command. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
