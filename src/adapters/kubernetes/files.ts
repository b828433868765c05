import type { Stats } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { textOf } from '../../config/encoding.ts';
import { areKubeconfigPaths, pathHint, shownPath } from '../../config/kubeconfig-path.ts';
import type { Env } from '../programs.ts';
import type { Material } from './kubeconfig.ts';
import { invalid, type Source } from './login.ts';

/** The files that may be read: those that a person named, and those in these folders. */
export interface Places {
  readonly kubeconfig: string | null;
  readonly env: Env;
  /** The folder of a pod's service account. */
  readonly serviceAccount?: string;
}

/** The kubeconfig files; null when the pod's service account is used. */
export async function kubeconfigs(options: Places): Promise<readonly Source[] | null> {
  const { env } = options;
  const home = env['HOME'] ?? env['USERPROFILE'] ?? '';
  if (options.kubeconfig !== null) return sourceOf(expanded(options.kubeconfig, home), true);
  const given = env['KUBECONFIG'] ?? '';
  if (!areKubeconfigPaths(given, path.delimiter))
    throw invalid('KUBECONFIG is neither a path nor a list of paths', pathHint);
  const listed = given.split(path.delimiter).filter((file) => file !== '');
  if (listed.length > 0) {
    // As in kubectl, some files of the list may be missing, but not all.
    const found = (await Promise.all(listed.map((file) => sourceOf(file, listed.length === 1)))).flat();
    if (found.length === 0)
      throw invalid(`none of the files in KUBECONFIG exists: ${listed.map(shownPath).join(', ')}`, howToGive);
    return found;
  }
  const usual = path.join(home, '.kube', 'config');
  const found = home === '' ? [] : await sourceOf(usual, false);
  if (found.length > 0) return found;
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined) return null;
  throw invalid(
    `there is no kubeconfig: --kubeconfig and KUBECONFIG are not given, and ${usual} does not exist`,
    howToGive,
  );
}

export const howToGive = 'give --kubeconfig or KUBECONFIG, or run inside a cluster with a service account';

function expanded(file: string, home: string): string {
  return file.startsWith('~/') && home !== '' ? path.join(home, file.slice(2)) : file;
}

/** The file; nothing when it does not exist and is not required. */
async function sourceOf(file: string, required: boolean): Promise<readonly Source[]> {
  const absolute = path.resolve(file);
  const content = await readSmall(absolute, `the kubeconfig ${shownPath(file)}`);
  if (content !== null) return [{ file, folder: path.dirname(absolute), text: textOf(content) }];
  if (required) throw invalid(`the kubeconfig ${shownPath(file)} does not exist`, howToGive);
  return [];
}

export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Reads a certificate or key, inline or from a file. */
export async function read(material: Material, options: Places): Promise<Buffer> {
  if (material.is === 'inline') return Buffer.from(material.base64, 'base64');
  return readReferred(material.path, material.key, material.source, options);
}

/**
 * The content of a certificate or key file that a kubeconfig names. After symbolic links are resolved, the file has to be in the
 * kubeconfig's folder, the user's home, the runner's temporary folder or the folder of the pod's service account. Otherwise a
 * kubeconfig from somebody else could have any file of this machine read.
 */
async function readReferred(file: string, key: string, source: Source, options: Places): Promise<Buffer> {
  const { env } = options;
  const account = options.serviceAccount ?? serviceAccountFolder;
  return readWithin([source.folder, env['HOME'], env['USERPROFILE'], env['RUNNER_TEMP'], account], {
    file,
    source,
    what: `${source.file}: the file of ${key} (${file})`,
    outside: "is outside of the kubeconfig's folder and the user's home",
  });
}

/**
 * The content of the file of `tokenFile`, which is sent to the server that the same kubeconfig names. Other credentials must not
 * go there: the file has to be below the kubeconfig's folder, where nothing else lies, or in that of the pod's service account.
 * Null when `mayMiss` and there is no such file.
 */
export async function readTokenFile(
  file: string,
  source: Source,
  options: Places,
  mayMiss: boolean,
): Promise<Buffer | null> {
  if (mayMiss && (await realOr(path.resolve(source.folder, file), null)) === null) return null;
  const { env } = options;
  const account = options.serviceAccount ?? serviceAccountFolder;
  const own = await realOr(source.folder, source.folder);
  const common = [env['HOME'], env['USERPROFILE'], env['RUNNER_TEMP'], tmpdir()].flatMap((folder) =>
    folder !== undefined && path.isAbsolute(folder) ? [folder] : [],
  );
  const reals = await Promise.all(common.map((folder) => realOr(folder, folder)));
  const isShared = reals.some((folder) => folder === own || isWithin(own, folder));
  return readWithin([isShared ? undefined : source.folder, account], {
    file,
    source,
    what: `${source.file}: the file of tokenFile (${file})`,
    outside: isShared
      ? 'is not read, because others keep their files in that folder too'
      : "is outside of the kubeconfig's folder",
  });
}

async function readWithin(
  folders: readonly (string | undefined)[],
  {
    file,
    source,
    what,
    outside,
  }: { readonly file: string; readonly source: Source; readonly what: string; readonly outside: string },
): Promise<Buffer> {
  const real = await realOr(path.resolve(source.folder, file), null);
  if (real === null) throw invalid(`${what} does not exist`, 'a relative path starts at the folder of the kubeconfig');
  for (const folder of folders) {
    if (folder === undefined || !path.isAbsolute(folder)) continue;
    if (isWithin(await realOr(folder, folder), real)) return (await readSmall(real, what)) ?? Buffer.alloc(0);
  }
  throw invalid(
    `${what} ${outside}`,
    'give the kubeconfig a folder of its own, with its files in it, or include them (kubectl config view --flatten --raw)',
  );
}

function isWithin(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  // With the root folder as home, every file would be allowed.
  if (folder === path.parse(folder).root) return false;
  return relative !== '' && relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative);
}

const sizeLimit = 1024 * 1024;

/** The content of a regular file; null when it does not exist. */
async function readSmall(file: string, what: string): Promise<Buffer | null> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw invalid(`${what} is a folder`, 'give the path of the file in it');
    // Reading a FIFO or a device may never end.
    if (!found.isFile()) throw invalid(`${what} is ${kindOf(found)}, and not a regular file`, pathHint);
    if (found.size > sizeLimit) throw invalid(`${what} is larger than ${sizeLimit} bytes`);
    return await readFile(file);
  } catch (error) {
    const code = systemCode(error);
    if (isMissing(code)) return null;
    if (code === 'ELOOP') throw invalid(`${what} is a symbolic link that leads to itself`, 'give the path of a file');
    throw invalid(`${what} cannot be read (${code})`, 'check its permissions');
  }
}

/** What something is that is neither a file nor a folder, such as /dev/null, or what a shell makes of `<(command)`. */
function kindOf(found: Stats): string {
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

/** The path without symbolic links; `otherwise` when it does not exist. */
async function realOr<T>(file: string, otherwise: T): Promise<string | T> {
  try {
    return await realpath(file);
  } catch (error) {
    systemCode(error);
    return otherwise;
  }
}

/** The code of a system error, such as ENOENT; throws every other error. */
export function systemCode(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string')
    return error.code;
  throw error;
}

function isMissing(code: string): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}
