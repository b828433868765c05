import { folderOf, isBelow, nameOf } from '../../config/repository-path.ts';

/** The folders of charts. Those inside of another chart are its subcharts, and are part of it. */
export function chartFolders(paths: readonly string[]): readonly string[] {
  const folders = paths.filter((path) => nameOf(path) === 'Chart.yaml').map(folderOf);
  return folders.filter((folder) => !folders.some((other) => other !== folder && isBelow(folder, other)));
}
