import { Refusal } from '../api/answers.ts';
import { at, listAt, textAt } from '../api/json.ts';
import type { Thing } from '../api/things.ts';

/** Which log of a pod is asked for; an empty container is the only one. */
export interface AskedLog {
  readonly container: string;
  readonly previous: boolean;
}

/**
 * The log of a container. Containers of the model run no program and log nothing, so it is empty; one that has not run
 * has none, and the answer is the 400 of a real server.
 */
export function logOf(pod: Thing, { container, previous }: AskedLog): string {
  const { name } = pod.metadata;
  const names = ['containers', 'initContainers'].flatMap((kind) =>
    listAt(pod, 'spec', kind).map((one) => textAt(one, 'name')),
  );
  const [only, second] = names;
  if (container === '' && second !== undefined) {
    throw bad(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`);
  }
  const found = container === '' ? only : names.find((one) => one === container);
  if (found === undefined) throw bad(`container ${container} is not valid for pod ${name}`);
  const statuses = ['containerStatuses', 'initContainerStatuses'].flatMap((kind) => listAt(pod, 'status', kind));
  const status = statuses.find((one) => textAt(one, 'name') === found);
  if (previous) {
    if (at(status, 'lastState', 'terminated') !== undefined) return '';
    throw bad(`previous terminated container "${found}" in pod "${name}" not found`);
  }
  if (at(status, 'state', 'running') !== undefined || at(status, 'state', 'terminated') !== undefined) return '';
  const reason = textAt(status, 'state', 'waiting', 'reason');
  const because = reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason;
  throw bad(`container "${found}" in pod "${name}" is waiting to start: ${because}`);
}

function bad(message: string): Refusal {
  return new Refusal(400, 'BadRequest', message);
}
