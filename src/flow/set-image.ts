import {
  type Image,
  imagesIn,
  imageText,
  isSameRepository,
  isWanted,
  type Placed,
  parseImage,
} from '../config/image.ts';
import {
  type Edit,
  editsOfKustomization,
  editsOfManifests,
  editsOfValues,
  type ImageChange,
} from '../config/image-edits.ts';
import { kustomizations } from '../config/repository-path.ts';
import type { TextFile } from '../config/yaml.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError, inputError, refusal } from '../release/error.ts';
import { isObject } from '../release/json.ts';
import { writtenOf } from '../release/target.ts';
import type { Context } from './context.ts';
import type { Policy } from './load.ts';
import { touchedBy } from './revert-effects.ts';
import { renderAt, sourceAt, sourcePaths } from './source.ts';

/** An image that a container of a delivery shall have. */
export interface WantedImage {
  readonly delivery: Delivery;
  /** Null for the container that has an image of the same repository. */
  readonly container: string | null;
  readonly image: Image;
}

/** What became of it. */
export interface ImageSet {
  readonly delivery: Delivery;
  readonly container: string;
  readonly from: string;
  readonly to: string;
  /** The files that change for it; empty where the source has the image already. */
  readonly files: readonly string[];
}

export interface ImagesSet {
  readonly sets: readonly ImageSet[];
  /** The new texts of all files that change. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Writes images into the sources of deliveries, on top of a commit. Each edit is rendered before it counts: it has to change the image of
 * that container, and no other one. Writes objects of Git, and no branch. Throws IMAGE_NOT_FOUND, and IMAGE_TOUCHES_OTHERS unless `also`.
 */
export async function setImages(
  context: Context,
  policy: Policy,
  { wanted, tip, also }: { readonly wanted: readonly WantedImage[]; readonly tip: string; readonly also: boolean },
): Promise<ImagesSet> {
  const files = new Map<string, string>();
  const sets: ImageSet[] = [];
  let here = tip;
  for (const one of wanted) {
    const made = await setImage(context, one, here, files);
    sets.push(made.set);
    for (const [path, text] of made.files) files.set(path, text);
    here = made.commit;
  }
  const changed = sets.filter((one) => one.files.length > 0);
  if (!also) {
    for (const { delivery, files: paths } of changed) {
      const { others, siblings } = await touchedBy({ context, policy, delivery }, tip, here, paths);
      const named = wanted.map((one) => one.delivery.name);
      const touched = [...others, ...siblings.map(({ name }) => name)].filter((name) => !named.includes(name));
      if (touched.length === 0) continue;
      throw refusal(
        'IMAGE_TOUCHES_OTHERS',
        `${paths.join(', ')} is a source of ${touched.join(', ')} too, which would change with ${delivery.name}`,
        'name these deliveries too, or add --also; or give the delivery a file of its own, such as an overlay or a file of values',
      );
    }
  }
  return { sets, files };
}

interface Made {
  readonly set: ImageSet;
  readonly files: Edit;
  /** A commit that has every edit so far. It is on no branch. */
  readonly commit: string;
}

async function setImage(
  context: Context,
  { delivery, container, image }: WantedImage,
  commit: string,
  before: ReadonlyMap<string, string>,
): Promise<Made> {
  const rendered = await containersAt(context, delivery, commit);
  const current = chosen(delivery, rendered, { container, image });
  const set = { delivery, container: current.container, from: current.image, to: imageText(image), files: [] };
  const now = parseImage(current.image);
  if (now === null) {
    throw inputError('IMAGE_NOT_FOUND', `${delivery.name}: the image of ${current.container} is ${current.image}`, {
      hint: 'edit it by hand: it is no name of an image',
    });
  }
  if (isWanted(now, image)) return { set, files: new Map(), commit };
  const change: ImageChange = { container: current.container, current: now, wanted: image };
  let trouble = '';
  for (const edit of await editsFor(context, delivery, commit, change)) {
    const all = new Map([...before, ...edit]);
    const made = await context.repo.commitFiles({
      onto: commit,
      files: edit,
      message: 'a trial of set-image',
      isTrial: true,
    });
    if (made === null) continue;
    trouble = await wrongIn(context, delivery, made, { rendered, change });
    if (trouble === '') return { set: { ...set, files: [...edit.keys()].sort() }, files: all, commit: made };
  }
  throw notSet(delivery, change, trouble);
}

/** The images of the workload's containers, as a commit renders them. */
async function containersAt(context: Context, delivery: Delivery, commit: string): Promise<readonly Placed[]> {
  return imagesIn(writtenOf(await renderAt(context, delivery, commit, 1)));
}

/** The container that is meant. Throws IMAGE_NOT_FOUND. */
function chosen(
  { name }: Delivery,
  rendered: readonly Placed[],
  { container, image }: Pick<WantedImage, 'container' | 'image'>,
): Placed {
  const found = rendered.filter((one) =>
    container === null
      ? isSameRepository(parseImage(one.image)?.repository ?? '', image.repository)
      : one.container === container,
  );
  const [only, second] = found;
  if (only !== undefined && second === undefined) return only;
  const there = rendered.map((one) => `${one.container} (${one.image})`).join(', ') || 'none';
  const [first] = found.length > 0 ? found : rendered;
  const hint = `name the container: ${name}/${first?.container ?? 'CONTAINER'}=${imageText(image)}`;
  if (container !== null) {
    throw inputError('IMAGE_NOT_FOUND', `${name} has ${found.length} containers named ${container}; there: ${there}`, {
      hint: found.length === 0 ? 'correct the name of the container' : 'edit it by hand',
    });
  }
  const what = found.length === 0 ? 'no container' : `${found.length} containers`;
  throw inputError('IMAGE_NOT_FOUND', `${name}: ${what} with an image of ${image.repository}; there: ${there}`, {
    hint,
  });
}

/** The edits that may do it, the likeliest first. */
async function editsFor(
  context: Context,
  delivery: Delivery,
  commit: string,
  change: ImageChange,
): Promise<readonly Edit[]> {
  const source = await sourceAt(context, delivery, commit);
  const read = async (file: string): Promise<TextFile> => ({
    file,
    text: (await context.repo.read(commit, file)) ?? '',
  });
  const inFolder = (folder: string, name: string) => (folder === '.' ? name : `${folder}/${name}`);
  switch (source.kind) {
    case 'files': {
      const { isIts } = context.targets.of(delivery).inSource(delivery);
      const files = await Promise.all((await sourcePaths(context, delivery, [commit])).map(read));
      return editsOfManifests(files, (object) => isObject(object) && isIts(object), change);
    }
    case 'kustomize': {
      const there = await context.repo.files(commit, source.folder === '.' ? '' : source.folder);
      const own = kustomizations.map((name) => inFolder(source.folder, name)).filter((path) => there.includes(path));
      return (await Promise.all(own.map(read))).flatMap((file) => editsOfKustomization(file, change));
    }
    case 'helm': {
      const own = await read(inFolder(source.chart, 'values.yaml'));
      return editsOfValues({ own, named: await Promise.all(source.values.map(read)) }, change);
    }
  }
}

/** Why an edit does not count; empty where it does. */
async function wrongIn(
  context: Context,
  delivery: Delivery,
  commit: string,
  { rendered, change }: { readonly rendered: readonly Placed[]; readonly change: ImageChange },
): Promise<string> {
  try {
    const after = await containersAt(context, delivery, commit);
    for (const [index, { container, image }] of after.entries()) {
      const found = parseImage(image);
      if (container === change.container) {
        if (found === null || !isWanted(found, change.wanted)) return `${container} would have ${image}`;
      } else if (image !== rendered[index]?.image) return `${container} would change too, to ${image}`;
    }
    return '';
  } catch (error) {
    const known = asError(error);
    if (known.family !== 'input') throw error;
    return known.message;
  }
}

function notSet({ name, source }: Delivery, { container, current, wanted }: ImageChange, trouble: string) {
  const said = trouble === '' ? '' : `: ${trouble}`;
  const more =
    source.kind === 'helm' && wanted.tag === null ? ', or give a tag with the digest: IMAGE:TAG@sha256:...' : '';
  return inputError(
    'IMAGE_NOT_FOUND',
    `${name}: ${lookedAt(source)} nothing was found that sets the image ${imageText(current)} of ${container}${said}`,
    { hint: `edit it by hand${more}` },
  );
}

function lookedAt(source: Delivery['source']): string {
  switch (source.kind) {
    case 'files':
      return `in ${source.patterns.join(', ')}`;
    case 'kustomize':
      return `in images of the kustomization in ${source.folder}`;
    case 'helm':
      return `in ${[`${source.chart}/values.yaml`, ...source.values].join(', ')} (a map with repository and tag or digest, or a text image)`;
  }
}
