import { isObject, type Json } from '../release/json.ts';
import type { Path } from './yaml.ts';

/** The image of a container, in its parts. */
export interface Image {
  /** With the registry, as it is written: `ghcr.io/acme/shop`. */
  readonly repository: string;
  readonly tag: string | null;
  /** `sha256:` and 64 digits. */
  readonly digest: string | null;
}

/** The parts of an image; null for a text that is none. */
export function parseImage(text: string): Image | null {
  const [, name = '', digest = null] = /^([^@]*)(?:@(sha256:[0-9a-f]{64}))?$/.exec(text) ?? [];
  // A colon before a slash is that of a port.
  const [, repository = '', tag = null] = /^(.*?)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?$/.exec(name) ?? [];
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*(?::\d+(?=\/))?(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/.test(repository)) return null;
  return { repository, tag, digest };
}

export function imageText({ repository, tag, digest }: Image): string {
  return `${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}

/** Whether two names lead to the same repository: `nginx` is `docker.io/library/nginx`. */
export function isSameRepository(left: string, right: string): boolean {
  return fullName(left) === fullName(right);
}

function fullName(repository: string): string {
  const [first = ''] = repository.split('/');
  const hasHost = repository.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  if (!hasHost) return `docker.io/${repository.includes('/') ? '' : 'library/'}${repository}`;
  return repository.replace(/^index\.docker\.io\//, 'docker.io/');
}

/** Whether an image is the one that is wanted. A tag that nobody asked for does not matter beside the digest. */
export function isWanted(found: Image, wanted: Image): boolean {
  return (
    isSameRepository(found.repository, wanted.repository) &&
    found.digest === wanted.digest &&
    (wanted.tag === null || found.tag === wanted.tag)
  );
}

/** The image of a container in an object. */
export interface Placed {
  /** Its own name, or that of the nearest part around it that has one. */
  readonly container: string;
  readonly image: string;
  readonly path: Path;
}

/** Every image in the spec of an object, by the key `image`. */
export function imagesIn(object: Json): readonly Placed[] {
  const found: Placed[] = [];
  const visit = (value: Json | undefined, path: Path, around: string): void => {
    if (Array.isArray(value)) for (const [index, one] of value.entries()) visit(one, [...path, index], around);
    if (!isObject(value)) return;
    const name = typeof value['name'] === 'string' ? value['name'] : around;
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'image' && typeof inner === 'string')
        found.push({ container: name, image: inner, path: [...path, key] });
      else if (key !== 'metadata' && key !== 'status') visit(inner, [...path, key], name);
    }
  };
  visit(object, [], '');
  return found;
}
