import { constants, open } from 'node:fs/promises';
import { stringAt } from '../../release/json.ts';
import { isBranchName } from './names.ts';
import type { Env } from './run.ts';

/**
 * Reads the default branch from the event of this job. `origin` returns the URL of the remote of that name. Null outside of
 * a job, when that URL is not of the event's repository, and when the event has no usable value.
 */
export type EventBranch = (origin: () => Promise<string>) => Promise<string | null>;

/** GitHub's own limit for an event is 25 MB. */
const sizeLimit = 32 * 1024 * 1024;

/** Reads the event that the environment names, once, when it is first needed. */
export function eventBranch(env: Env): EventBranch {
  if (env['GITHUB_ACTIONS'] !== 'true') return async () => null;
  const server = webAddress(env['GITHUB_SERVER_URL'] ?? '');
  const repository = env['GITHUB_REPOSITORY'] ?? '';
  const path = env['GITHUB_EVENT_PATH'] ?? '';
  if (server === null || !/^[\w.-]+\/[\w.-]+$/.test(repository) || path === '') return async () => null;

  let known: Promise<string | null> | null = null;
  return async (origin) => {
    if (!isRepository(await origin(), server, repository)) return null;
    known ??= branchIn(path, repository);
    return known;
  };
}

/** The default branch in the payload. Null for any problem of the file, because another source can be tried. */
async function branchIn(path: string, repository: string): Promise<string | null> {
  const event = await payload(path);
  const name = stringAt(event, 'repository', 'full_name');
  const branch = stringAt(event, 'repository', 'default_branch');
  if (name?.toLowerCase() !== repository.toLowerCase()) return null;
  return branch !== null && isBranchName(branch) ? branch : null;
}

/** The parsed payload of an event; null when there is none that can be read. */
export async function payload(path: string): Promise<unknown> {
  try {
    // Reading a pipe instead of a file would wait for ever.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile() || found.size > sizeLimit) return null;
    return JSON.parse(await file.readFile('utf8'));
  } catch (thrown) {
    if (thrown instanceof SyntaxError || (thrown instanceof Error && 'syscall' in thrown)) return null;
    throw thrown;
  }
}

interface WebAddress {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

function webAddress(url: string): WebAddress | null {
  const [, scheme, host, port] = /^(https?):\/\/([a-z0-9.-]+)(?::(\d+))?\/*$/i.exec(url) ?? [];
  if (scheme === undefined || host === undefined) return null;
  return { scheme: scheme.toLowerCase(), host: host.toLowerCase(), port: portOf(scheme, port) };
}

function portOf(scheme: string, port: string | undefined): string {
  return port ?? (scheme.toLowerCase() === 'https' ? '443' : '80');
}

/**
 * The forms of a repository's URL. They are not parsed with `URL`, because for some text (a backslash, a second @) `URL`
 * finds another host than git.
 */
const overWeb = /^(https?):\/\/(?:[^@/\\\s]*@)?([a-z0-9.-]+)(?::(\d+))?\/+([\w.-]+\/[\w.-]+)\/*$/i;
const overSsh = /^ssh:\/\/(?:[\w.-]+@)?([a-z0-9.-]+)(?::\d+)?\/+([\w.-]+\/[\w.-]+)\/*$/i;
const shortSsh = /^(?:[\w.-]+@)?([a-z0-9.-]+):\/*([\w.-]+\/[\w.-]+)\/*$/i;

/** Whether a git URL leads to this repository on this server, by http(s) or by ssh on any port. */
function isRepository(url: string, server: WebAddress, repository: string): boolean {
  const isNamed = (path: string | undefined) =>
    path !== undefined && path.toLowerCase().replace(/\.git$/, '') === repository.toLowerCase();

  const [, scheme, host, port, path] = overWeb.exec(url) ?? [];
  if (scheme !== undefined) {
    const isServer =
      scheme.toLowerCase() === server.scheme &&
      host?.toLowerCase() === server.host &&
      portOf(scheme, port) === server.port;
    return isServer && isNamed(path);
  }
  const [, sshHost, sshPath] = overSsh.exec(url) ?? shortSsh.exec(url) ?? [];
  return sshHost?.toLowerCase() === server.host && isNamed(sshPath);
}
