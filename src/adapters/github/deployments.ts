import { type Deployment, type DeploymentState, deploymentStates, type Forge } from '../../release/forge.ts';
import { at, isObject, listAt, stringAt } from '../../release/json.ts';
import { path } from './answer.ts';
import type { Client } from './client.ts';
import { accountAt, commitIn, numberIn, textIn } from './foreign.ts';
import { once } from './once.ts';

/** Marks a deployment as one of ours. */
const TASK = 'deploy:stepgate';
/** How many are read of one environment, and of all environments. */
const MOST = 30;
const MOST_OF_ALL = 100;
const LONGEST_DESCRIPTION = 140;

/** REST lists deployments without their states. Their ids are too large for GraphQL's Int: these are the node's. */
const STATES = `query($ids: [ID!]!) {
  nodes(ids: $ids) { id ... on Deployment { latestStatus { state description } } }
}`;

type Deployments = Pick<Forge, 'deployments' | 'createDeployment' | 'writeDeploymentStatus'>;

/** Deployments. Only those that this identity has made are ours. */
export function deployments(client: Client, viewer: Forge['viewer']): Deployments {
  const { owner, name } = client.place;
  const base = path`/repos/${owner}/${name}`;

  async function list(environment: string | null, signal: AbortSignal): Promise<readonly Deployment[]> {
    const of = environment === null ? { per_page: MOST_OF_ALL } : { environment, per_page: MOST };
    const query = { ...of, task: TASK };
    const { data } = await client.rest('deployments', { method: 'GET', url: `${base}/deployments`, query }, signal);
    const me = await viewer(signal);
    const found = listAt({ data }, 'data')
      .filter(isObject)
      .filter((one) => accountAt(one, 'creator')?.id === me.id);
    const ids = found.map((one) => textIn(one, 'node_id'));
    const states = ids.length === 0 ? {} : await client.query('deployments', STATES, { ids }, signal);
    const status = new Map(
      listAt(states, 'nodes').map((node) => [stringAt(node, 'id'), statusIn(at(node, 'latestStatus'))]),
    );
    return found.map((one) => deploymentIn(one, status.get(textIn(one, 'node_id')) ?? null));
  }

  return {
    deployments: list,

    async createDeployment({ environment, commit, key, isProduction }, signal) {
      const body = {
        ref: commit,
        environment,
        task: TASK,
        payload: { key },
        production_environment: isProduction,
        // Two defaults of GitHub are turned off here. It would merge the default branch into the ref first, and it would refuse a
        // commit whose checks have not passed.
        auto_merge: false,
        required_contexts: [],
      };
      const request = { method: 'POST', url: `${base}/deployments`, body } as const;
      return await once(
        async () => deploymentIn((await client.rest('createDeployment', request, signal)).data, null),
        async () => {
          const there = await list(environment, signal);
          return there.find((one) => one.key === key && one.commit === commit);
        },
      );
    },

    async writeDeploymentStatus(id, { state, description, logUrl, environment }, signal) {
      const url = `${base}${path`/deployments/${id}/statuses`}`;
      const body = {
        state,
        environment,
        description: cut(description),
        ...(logUrl === null ? {} : { log_url: logUrl }),
      };
      // The same state twice is one state.
      await client.rest('writeDeploymentStatus', { method: 'POST', url, body, repeatable: true }, signal);
    },
  };
}

function deploymentIn(found: unknown, status: Deployment['status']): Deployment {
  return {
    id: numberIn(found, 'id'),
    environment: textIn(found, 'environment'),
    commit: commitIn(found, 'sha'),
    key: keyIn(at(found, 'payload')),
    status,
  };
}

/** The key in a payload, which is an object or its JSON; empty in the payload of somebody else. */
function keyIn(payload: unknown): string {
  if (typeof payload !== 'string') return stringAt(payload, 'key') ?? '';
  try {
    return stringAt(JSON.parse(payload), 'key') ?? '';
  } catch {
    return '';
  }
}

/** GraphQL writes states in capitals, and has some more, which all are before the start. */
function statusIn(found: unknown): Deployment['status'] {
  const text = stringAt(found, 'state')?.toLowerCase() ?? null;
  if (text === null) return null;
  const state: DeploymentState = deploymentStates.find((one) => one === text) ?? 'queued';
  return { state, description: stringAt(found, 'description') ?? '' };
}

function cut(text: string): string {
  return text.length <= LONGEST_DESCRIPTION ? text : `${text.slice(0, LONGEST_DESCRIPTION - 1).toWellFormed()}…`;
}
