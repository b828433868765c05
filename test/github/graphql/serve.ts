import { readFileSync } from 'node:fs';
import { buildSchema, execute, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import { Fields } from '../rest/fields.ts';
import type { RateLimits } from '../rest/rate-limit.ts';
import { type Checked, failure } from '../rest/serve.ts';
import { GitHubError } from '../state/github-error.ts';
import { stamp } from '../state/stamp.ts';
import type { Token } from '../state/tokens.ts';
import type { World } from '../state/world.ts';
import { actorNode, contextOf, repositoryNamed } from './context.ts';
import { nodeWith } from './deployment.ts';
import { mutations } from './mutations.ts';
import { repositoryNode } from './repository.ts';

let schema: GraphQLSchema | null = null;

/** The slice of GitHub's schema that cut.ts made. */
function theSchema(): GraphQLSchema {
  schema ??= buildSchema(readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8'));
  return schema;
}

/** Answers a GraphQL request. A document that is invalid against the schema is a violation. */
export async function serveGraphql(
  world: World,
  limits: RateLimits,
  token: Token | null,
  text: string,
): Promise<Checked> {
  if (token === null) {
    const message = 'This endpoint requires you to be authenticated.';
    return { answer: failure(new GitHubError(401, message)), violations: [] };
  }
  const body = new Fields(JSON.parse(text));
  const source = body.text('query') ?? '';
  const wrong = problems(source);
  if (wrong.length > 0) {
    const errors = wrong.map((message) => ({ message }));
    return {
      answer: { status: 200, body: { errors } },
      violations: wrong.map((problem) => `graphql: ${problem}\n${source}`),
    };
  }
  return run(world, limits, token, source, body.record('variables'));
}

function problems(source: string): readonly string[] {
  try {
    return validate(theSchema(), parse(source)).map(({ message }) => message);
  } catch (error) {
    if (error instanceof GraphQLError) return [error.message];
    throw error;
  }
}

async function run(
  world: World,
  limits: RateLimits,
  token: Token,
  source: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Checked> {
  const context = contextOf(world, token);
  const { data, errors = [] } = await execute({
    schema: theSchema(),
    document: parse(source),
    variableValues: variables,
    rootValue: {
      ...mutations(context),
      // Its type is User, which has no bots: the login of a bot is whole here.
      viewer: () => ({ ...actorNode(token.account), login: token.account.login }),
      nodes: ({ ids }: { ids: readonly string[] }) => ids.map(async (id) => nodeWith(context, id)),
      rateLimit: () => rateLimit(limits, token),
      repository: ({ owner, name }: { owner: string; name: string }) =>
        repositoryNode(context, repositoryNamed(context, owner, name)),
    },
  });
  // Without data nothing was executed: the variables do not fit.
  const violations = data === undefined ? errors.map(({ message }) => `graphql: ${message}\n${source}`) : [];
  const failed = errors.length === 0 ? {} : { errors: errors.map(errorShape) };
  return { answer: { status: 200, body: { data: data ?? null, ...failed } }, violations };
}

function rateLimit(limits: RateLimits, token: Token) {
  const { limit, used, remaining, reset } = limits.overview(token, 'graphql');
  return { limit, used, remaining, cost: 1, nodeCount: 0, resetAt: stamp(new Date(reset * 1000)) };
}

/** An entry of `errors`. Any error that is not GitHub's refusal is a bug of the fake, and thrown. */
function errorShape({ message, path, locations, originalError }: GraphQLError): object {
  if (originalError instanceof GitHubError) return { type: originalError.type, path, locations, message };
  if (originalError !== undefined && originalError !== null && !(originalError instanceof GraphQLError))
    throw originalError;
  return { path, locations, message };
}
