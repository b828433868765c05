import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { hostIn, type Load, loadsIn, pluginLoadsIn } from '../config/kustomization.ts';
import { kustomizations } from '../config/repository-path.ts';
import { inputError } from '../release/error.ts';

/** More folders than any kustomization has. */
const mostFolders = 1_000;

/**
 * Checks everything that the kustomization of a folder opens, there and in every folder that it names, before kustomize runs. Throws
 * SOURCE_INVALID, with the place, for what would be loaded from another host than these, or from outside of the tree. What is
 * not there is left to kustomize. A base that is loaded from a host is not seen here.
 */
export async function checkLoads(
  folder: string,
  { tree, hosts }: { readonly tree: string; readonly hosts: readonly string[] },
): Promise<void> {
  const root = await realpath(tree).catch(() => tree);
  const open = [await realpath(folder).catch(() => folder)];
  const seen = new Set<string>();
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    if (seen.has(here)) continue;
    seen.add(here);
    if (seen.size > mostFolders) {
      throw inputError('SOURCE_INVALID', `the kustomization names more than ${mostFolders} folders`, {
        hint: 'split it into several deliveries',
      });
    }
    for (const name of kustomizations) {
      const text = await textOf(path.join(here, name));
      if (text === null) continue;
      const file = path.relative(root, path.join(here, name));
      for (const load of loadsIn({ file, text })) await check(here, load, (next) => open.push(next));
    }
  }

  async function check(here: string, load: Load, visit: (folder: string) => void): Promise<void> {
    const found = path.resolve(here, load.name);
    const real = load.name.includes('\0') ? null : await realpath(found).catch(() => null);
    const is = real === null ? null : await stat(real);
    const host = hostIn(load.name);
    // A name such as github.com/a/b is ambiguous: kustomize reads it as a local file if there is one, else as a repository. A URL with
    // a scheme is never a local file.
    if (host !== null && !(is?.isFile() === true && host === 'other' && !load.name.includes('://'))) {
      if (host !== 'other' && hosts.includes(host.host)) return;
      throw refused(load, host === 'other' ? null : host.host);
    }
    if (real === null || is === null) return;
    if (real !== root && !real.startsWith(`${root}${path.sep}`)) {
      throw inputError(
        'SOURCE_INVALID',
        `kustomize would read ${JSON.stringify(load.name)}, which is outside of the repository`,
        {
          hint: 'copy it into the repository',
          at: load.at,
        },
      );
    }
    if (is.isDirectory()) visit(real);
    else if (load.isPlugin) {
      const text = (await textOf(real)) ?? '';
      const inside = pluginLoadsIn({ file: path.relative(root, real), text });
      for (const one of inside) await check(here, { ...one, isPlugin: false }, visit);
    }
  }
}

function refused({ name, at }: Load, host: string | null) {
  const what = JSON.stringify(name.slice(0, 200));
  if (host === null) {
    return inputError('SOURCE_INVALID', `kustomize would load ${what}, which is no address over https`, {
      hint: 'copy it into the repository, or load it over https from a host of fetch in stepgate.yaml',
      at,
    });
  }
  return inputError('SOURCE_INVALID', `kustomize would load ${what}, and the policy allows nothing from ${host}`, {
    hint: `copy it into the repository, or allow the host in stepgate.yaml on the policy branch: fetch: [${host}]`,
    at,
  });
}

async function textOf(file: string): Promise<string | null> {
  const found = await stat(file).catch(() => null);
  return found?.isFile() === true ? readFile(file, 'utf8') : null;
}
