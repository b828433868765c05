import { at, isObject, listAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';

/** An image that a pod can't pull. */
export interface FailedPull {
  readonly registry: string;
  /** The image without its tag. */
  readonly repository: string;
  readonly reason: string;
  /** The words of the kubelet. Foreign text. */
  readonly message: string;
}

const reasons = ['ErrImagePull', 'ImagePullBackOff', 'RegistryUnavailable'];

/** The first image that a pod can't pull; null when it can, or has not tried. */
export function failedPull(pod: KubeObject): FailedPull | null {
  const containers = [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')];
  for (const container of containers) {
    const waiting = at(container, 'state', 'waiting');
    const reason = stringAt(waiting, 'reason') ?? '';
    if (!isObject(waiting) || !reasons.includes(reason)) continue;
    const image = stringAt(container, 'image') ?? '';
    return { ...placeOf(image), reason, message: stringAt(waiting, 'message') ?? '' };
  }
  return null;
}

/** Whose fault a failed pull is: `registry`: nobody can pull from it now; `image`: it answers, and has not this image. */
export function faultOf({ reason, message }: FailedPull): 'registry' | 'image' | 'unknown' {
  if (reason === 'RegistryUnavailable') return 'registry';
  if (/not found|manifest unknown|does not exist|denied|unauthorized|forbidden|authentication required/i.test(message))
    return 'image';
  const isRegistry =
    /time(d )?out|connection (refused|reset)|unexpected EOF|deadline exceeded|no route to host|network is unreachable|toomanyrequests|too many requests|bad gateway|service unavailable|server misbehaving|internal server error|(status|code|http)[^\d\n]{0,30}5\d\d\b|\b5\d\d (internal|bad|service|gateway)/i;
  return isRegistry.test(message) ? 'registry' : 'unknown';
}

/** An image names its registry where its first part looks like a host; any other is of Docker Hub. */
function placeOf(image: string): { readonly registry: string; readonly repository: string } {
  const repository = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const [first = '', ...rest] = repository.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return { registry: isHost ? first : 'docker.io', repository };
}
