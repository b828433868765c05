/** JSON pointers (RFC 6901) into a Kubernetes object. */
export function annotationPath(name: string): string {
  return `/metadata/annotations/${pointer(name)}`;
}

/** Escapes a key for a JSON pointer. */
export function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
