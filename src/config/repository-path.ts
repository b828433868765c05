/** Functions on paths in a repository. A path has `/` between its parts, and '' is the root. */

/** Whether a path is in a folder; every path is in ''. */
export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

/** The folder of a path; '' for the root. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The names that the file of a kustomization may have, in the order in which kustomize looks for them. */
export const kustomizations: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Whether a path is the file of a kustomization, by its name. */
export function isKustomization(path: string): boolean {
  return kustomizations.includes(nameOf(path));
}
