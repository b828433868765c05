/**
 * Cuts the types and fields that the fake serves out of GitHub's GraphQL schema, without descriptions.
 * Run by hand after a change of the table below, or for a newer schema:
 *
 *   npm pack @octokit/graphql-schema@15.26.1 && tar xzf octokit-graphql-schema-15.26.1.tgz package/schema.graphql
 *   node test/github/graphql/cut.ts package/schema.graphql
 */
import { readFile, writeFile } from 'node:fs/promises';
import { type DefinitionNode, Kind, parse, print, type TypeNode, visit } from 'graphql';

/** The fields to keep of each object type and interface. Enums, inputs, scalars and unions are added where a kept field needs them. */
const kept: Readonly<Record<string, string>> = {
  Query: 'id nodes rateLimit repository viewer',
  Mutation: 'addComment createCommitOnBranch minimizeComment revertPullRequest unminimizeComment',
  Actor: 'login',
  AddCommentPayload: 'clientMutationId commentEdge subject',
  AddedToMergeQueueEvent: 'actor createdAt enqueuer id',
  Bot: 'databaseId id login',
  ClosedEvent: 'actor createdAt id',
  Commit:
    'abbreviatedOid associatedPullRequests author authoredDate authors committedDate committer id message messageHeadline oid parents signature url',
  CommitConnection: 'nodes pageInfo totalCount',
  CreateCommitOnBranchPayload: 'clientMutationId commit ref',
  Deployment: 'databaseId id latestStatus',
  DeploymentStatus: 'description id state',
  GitActor: 'date email name user',
  GitActorConnection: 'nodes pageInfo totalCount',
  GitObject: 'abbreviatedOid id oid',
  GitSignature: 'isValid state wasSignedByGitHub',
  GpgSignature: 'isValid state wasSignedByGitHub',
  HeadRefForcePushedEvent: 'actor afterCommit beforeCommit createdAt id',
  Issue: 'author body comments createdAt id number state title updatedAt url',
  IssueConnection: 'nodes pageInfo totalCount',
  IssueComment:
    'author authorAssociation body createdAt databaseId editor fullDatabaseId id includesCreatedEdit isMinimized lastEditedAt minimizedReason updatedAt url viewerDidAuthor',
  IssueCommentConnection: 'edges nodes pageInfo totalCount',
  IssueCommentEdge: 'cursor node',
  Label: 'id name',
  LabelConnection: 'nodes pageInfo totalCount',
  MergeQueueEntry: 'baseCommit enqueuedAt enqueuer headCommit id position pullRequest',
  MergedEvent: 'actor commit createdAt id',
  MinimizeCommentPayload: 'clientMutationId minimizedComment',
  Minimizable: 'isMinimized minimizedReason',
  Node: 'id',
  Organization: 'databaseId id login',
  PageInfo: 'endCursor hasNextPage hasPreviousPage startCursor',
  PullRequest:
    'author authorAssociation baseRefName baseRefOid body closed closedAt comments commits createdAt files fullDatabaseId headRefName headRefOid headRepository headRepositoryOwner id isCrossRepository isDraft isInMergeQueue labels latestOpinionatedReviews mergeCommit mergeQueueEntry mergeable merged mergedAt mergedBy number repository reviewDecision reviews state timelineItems title updatedAt url viewerDidAuthor',
  PullRequestChangedFile: 'additions changeType deletions path',
  PullRequestChangedFileConnection: 'nodes pageInfo totalCount',
  PullRequestCommit: 'commit id',
  PullRequestCommitConnection: 'nodes pageInfo totalCount',
  PullRequestConnection: 'nodes pageInfo totalCount',
  PullRequestReview:
    'author authorAssociation authorCanPushToRepository body commit databaseId fullDatabaseId id isMinimized lastEditedAt minimizedReason state submittedAt url viewerDidAuthor',
  PullRequestReviewConnection: 'nodes pageInfo totalCount',
  PullRequestTimelineItemsConnection: 'nodes pageInfo totalCount',
  RateLimit: 'cost limit nodeCount remaining resetAt used',
  Ref: 'associatedPullRequests id name prefix target',
  RefConnection: 'nodes pageInfo totalCount',
  RemovedFromMergeQueueEvent: 'actor createdAt id reason',
  ReopenedEvent: 'actor createdAt id',
  Repository:
    'databaseId defaultBranchRef id isFork isPrivate issueOrPullRequest issues name nameWithOwner object owner pullRequest pullRequests ref refs url viewerPermission',
  RepositoryOwner: 'id login',
  RevertPullRequestPayload: 'clientMutationId pullRequest revertPullRequest',
  UnminimizeCommentPayload: 'clientMutationId unminimizedComment',
  User: 'databaseId id login name',
};

const [, , source] = process.argv;
if (source === undefined) throw new Error('name the file schema.graphql');
const whole = parse(await readFile(source, 'utf8'));
const byName = new Map(
  whole.definitions.flatMap((one): [string, DefinitionNode][] =>
    'name' in one && one.name !== undefined && one.kind !== Kind.DIRECTIVE_DEFINITION ? [[one.name.value, one]] : [],
  ),
);

const slice = new Map<string, DefinitionNode>();
const open = Object.keys(kept);
for (let name = open.pop(); name !== undefined; name = open.pop()) {
  const definition = byName.get(name);
  if (slice.has(name) || definition === undefined) continue;
  const cut = cutDown(name, definition);
  slice.set(name, cut);
  visit(cut, { NamedType: ({ name: used }) => void open.push(used.value) });
}

const text = [...slice]
  .sort(([one], [other]) => (one < other ? -1 : 1))
  .map(([, definition]) => print(definition))
  .join('\n\n');
await writeFile(new URL('./schema.graphql', import.meta.url), `${text}\n`);
console.log(`${slice.size} types, ${text.length} bytes`);

function cutDown(name: string, definition: DefinitionNode): DefinitionNode {
  const fields = kept[name]?.split(' ');
  const lean = visit(definition, {
    Directive: () => null,
    StringValue: (node, key) => (key === 'description' ? null : node),
  });
  if (lean.kind === Kind.UNION_TYPE_DEFINITION) {
    return { ...lean, types: (lean.types ?? []).filter((one) => one.name.value in kept) };
  }
  if (lean.kind !== Kind.OBJECT_TYPE_DEFINITION && lean.kind !== Kind.INTERFACE_TYPE_DEFINITION) return lean;
  if (fields === undefined) throw new Error(`a kept field has the type ${name}: add ${name} to the table`);
  const own = (lean.fields ?? []).filter((field) => fields.includes(field.name.value));
  const missing = fields.filter((field) => !own.some((one) => one.name.value === field));
  if (missing.length > 0) throw new Error(`${name} has no field ${missing.join(', ')}`);
  for (const field of own) {
    const type = named(field.type);
    const object = byName.get(type)?.kind;
    if ((object === Kind.OBJECT_TYPE_DEFINITION || object === Kind.INTERFACE_TYPE_DEFINITION) && !(type in kept)) {
      throw new Error(`${name}.${field.name.value} has the type ${type}: add ${type} to the table`);
    }
  }
  const names = own.map((field) => field.name.value);
  // An interface is dropped from a type that does not keep all of its fields.
  const interfaces = (lean.interfaces ?? []).filter((one) =>
    kept[one.name.value]?.split(' ').every((field) => names.includes(field)),
  );
  return { ...lean, fields: own, interfaces };
}

function named(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type);
}
