import { environmentError } from '../../release/error.ts';
import { named, type Programs } from '../programs.ts';
import { quoted } from './names.ts';
import { gitWords, type Ran } from './ran.ts';
import type { Env, Run, RunOptions } from './run.ts';

/** The formats of gpg.format, with the signing program and the package that has it. */
const formats = {
  openpgp: { program: 'gpg', from: 'GnuPG' },
  ssh: { program: 'ssh-keygen', from: 'OpenSSH 8.2 or newer' },
  x509: { program: 'gpgsm', from: "GnuPG's gpgsm" },
} as const;

type Format = keyof typeof formats;

const orUnsigned = 'or set commit.gpgSign to false if the branch accepts unsigned commits';

/** How to sign commits. */
export interface Signing {
  readonly args: readonly string[];
  readonly options: Pick<RunOptions, 'signers'> & { readonly set: Readonly<Record<string, string>> };
  /** The error for a commit that could not be signed. */
  failed(ran: Ran): Error;
}

/**
 * How commits have to be signed by git's configuration; null when they don't. Only format and key are read. A program in the
 * configuration is not run, because somebody who can write to .git/config could then run a program in the process that has
 * the cluster's credentials. Throws GIT_FAILED for unusable settings, TOOL_MISSING when the signing program is missing.
 */
export async function signing({
  run,
  settings,
  env,
  programs,
}: {
  readonly run: Run;
  readonly settings: ReadonlyMap<string, string>;
  readonly env: Env;
  readonly programs: Programs;
}): Promise<Signing | null> {
  if (!(await isAsked(run, settings))) return null;
  const format = formatOf(settings.get('gpg.format') ?? 'openpgp');
  const key = settings.get('user.signingkey') ?? '';
  if (format === 'ssh' && key === '') {
    throw environmentError(
      'GIT_FAILED',
      'git is configured to sign commits with ssh, but user.signingKey names no key',
      {
        hint: `git config user.signingKey PATH-OF-KEY, ${orUnsigned}`,
      },
    );
  }
  const { program, from } = formats[format];
  const path = await programs.find(program);
  if (path === null) {
    throw environmentError(
      'TOOL_MISSING',
      `git is configured to sign commits (commit.gpgSign, gpg.format ${format}), but ${program} is not on PATH`,
      { hint: `install ${from} into an absolute folder of PATH outside of the repository, ${orUnsigned}` },
    );
  }
  return {
    // Without a key: git uses user.signingKey itself, or for openpgp the committer's name.
    args: ['-S'],
    options: {
      // git reads one of these settings for this format; all have the program that was found.
      signers: [
        ...['gpg.program', 'gpg.openpgp.program', 'gpg.x509.program', 'gpg.ssh.program'].map((one) => `${one}=${path}`),
        'gpg.ssh.defaultKeyCommand=',
      ],
      set: named(env, ['GNUPGHOME', 'GPG_TTY']),
    },
    failed: (ran) =>
      environmentError('GIT_FAILED', `the commit could not be signed (gpg.format ${format}): ${gitWords(ran)}`, {
        hint: `${key === '' ? 'name a key with user.signingKey' : `give this run the key that user.signingKey names, ${quoted(key)}`}, ${orUnsigned}`,
      }),
  };
}

/** Whether git reads commit.gpgSign as true. */
async function isAsked(run: Run, settings: ReadonlyMap<string, string>): Promise<boolean> {
  if (!settings.has('commit.gpgsign')) return false;
  const ran = await run(['config', '--type=bool', '--get', 'commit.gpgSign']);
  if (ran.exit === 0) return ran.out.toString().trim() === 'true';
  throw environmentError('GIT_FAILED', `git can not read commit.gpgSign in its configuration: ${gitWords(ran)}`, {
    hint: 'set it: git config commit.gpgSign true, or false',
  });
}

function formatOf(found: string): Format {
  if (found === 'openpgp' || found === 'ssh' || found === 'x509') return found;
  throw environmentError('GIT_FAILED', `git is configured to sign commits, but its gpg.format is ${quoted(found)}`, {
    hint: 'set it to openpgp, ssh or x509: git config gpg.format FORMAT',
  });
}
