import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { areKubeconfigPaths, pathHint, shownPath } from '../../config/kubeconfig-path.ts';
import type { Material } from './kubeconfig.ts';
import { invalid, type Source } from './login.ts';
import type { Environment } from './plugin.ts';

/** Which files may be read: what a person named, and what lies in these places. */
export interface Places {
  readonly kubeconfig: string | null;
  readonly env: Environment;
  /** Where a pod finds its service account. */
  readonly serviceAccount?: string;
}

/** The kubeconfig files there are; null when we are to use the pod's own service account. */
export async function kubeconfigs(options: Places): Promise<readonly Source[] | null> {
  const { env } = options;
  const home = env['HOME'] ?? env['USERPROFILE'] ?? '';
  if (options.kubeconfig !== null) return sourceOf(expanded(options.kubeconfig, home), true);
  const given = env['KUBECONFIG'] ?? '';
  if (!areKubeconfigPaths(given, path.delimiter))
    throw invalid('KUBECONFIG is not a path, nor a list of paths', pathHint);
  const listed = given.split(path.delimiter).filter((file) => file !== '');
  if (listed.length > 0) {
    // As with kubectl, some of the list may be missing, but not all of it.
    const found = (await Promise.all(listed.map((file) => sourceOf(file, listed.length === 1)))).flat();
    if (found.length === 0)
      throw invalid(`none of the files in KUBECONFIG is there: ${listed.map(shownPath).join(', ')}`);
    return found;
  }
  const usual = path.join(home, '.kube', 'config');
  const found = home === '' ? [] : await sourceOf(usual, false);
  if (found.length > 0) return found;
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined) return null;
  throw invalid(
    `there is no kubeconfig: --kubeconfig and KUBECONFIG are not given, and ${usual} is not there`,
    howToGive,
  );
}

export const howToGive = 'give --kubeconfig or KUBECONFIG, or run inside a cluster with a service account';

function expanded(file: string, home: string): string {
  return file.startsWith('~/') && home !== '' ? path.join(home, file.slice(2)) : file;
}

/** The file, or nothing where it isn't there and need not be. */
async function sourceOf(file: string, required: boolean): Promise<readonly Source[]> {
  const absolute = path.resolve(file);
  const content = await readSmall(absolute, `the kubeconfig ${shownPath(file)}`);
  if (content !== null) return [{ file, folder: path.dirname(absolute), text: content.toString('utf8') }];
  if (required) throw invalid(`the kubeconfig ${shownPath(file)} is not there`, howToGive);
  return [];
}

export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A certificate or key, from wherever it is. */
export async function read(material: Material, options: Places): Promise<Buffer> {
  if (material.is === 'inline') return Buffer.from(material.base64, 'base64');
  return readReferred(material.path, material.key, material.source, options);
}

/**
 * The content of a file that a kubeconfig refers to. It has to lie in the kubeconfig's folder, the user's home, the
 * runner's temporary folder or the pod's service account, symbolic links resolved: a kubeconfig from elsewhere shall
 * not choose what is read on this machine.
 */
export async function readReferred(file: string, key: string, source: Source, options: Places): Promise<Buffer> {
  const what = `${source.file}: the file of ${key} (${file})`;
  const { env } = options;
  const account = options.serviceAccount ?? serviceAccountFolder;
  const real = await realOr(path.resolve(source.folder, file), null);
  if (real === null) throw invalid(`${what} is not there`);
  for (const folder of [source.folder, env['HOME'], env['USERPROFILE'], env['RUNNER_TEMP'], account]) {
    if (folder === undefined || !path.isAbsolute(folder)) continue;
    if (isWithin(await realOr(folder, folder), real)) return (await readSmall(real, what)) ?? Buffer.alloc(0);
  }
  throw invalid(
    `${what} lies outside of the kubeconfig's folder and the user's home`,
    'put it next to the kubeconfig, or into it (kubectl config view --flatten --raw)',
  );
}

function isWithin(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  // With the root folder as a home, everything would be in it.
  if (folder === path.parse(folder).root) return false;
  return relative !== '' && relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative);
}

const sizeLimit = 1024 * 1024;

/** A regular file's content; null where there is none. */
async function readSmall(file: string, what: string): Promise<Buffer | null> {
  try {
    const found = await stat(file);
    // A FIFO or a device would hang or never end.
    if (!found.isFile()) throw invalid(`${what} is not a regular file`);
    if (found.size > sizeLimit) throw invalid(`${what} is larger than ${sizeLimit} bytes`);
    return await readFile(file);
  } catch (error) {
    const code = systemCode(error);
    if (isMissing(code)) return null;
    throw invalid(`${what} cannot be read (${code})`, 'check its permissions');
  }
}

/** The path without symbolic links; `otherwise` where nothing of that name can be seen. */
async function realOr<T>(file: string, otherwise: T): Promise<string | T> {
  try {
    return await realpath(file);
  } catch (error) {
    systemCode(error);
    return otherwise;
  }
}

/** ENOENT and the like; throws what is no error of the system. */
export function systemCode(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string')
    return error.code;
  throw error;
}

function isMissing(code: string): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}
