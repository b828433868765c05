import type { PullRequest, TimelineItem } from '../state/pulls.ts';
import { stamp } from '../state/stamp.ts';
import { commitById } from './commit.ts';
import { connection, type PageArguments } from './connection.ts';
import { actorNode, type Context, userNode } from './context.ts';

export type TimelineArguments = PageArguments & {
  readonly itemTypes?: readonly string[] | null;
  readonly since?: string | null;
};

const TYPES = {
  forcePushed: 'HeadRefForcePushedEvent',
  queued: 'AddedToMergeQueueEvent',
  unqueued: 'RemovedFromMergeQueueEvent',
  merged: 'MergedEvent',
  closed: 'ClosedEvent',
  reopened: 'ReopenedEvent',
} as const satisfies Record<TimelineItem['is'], string>;

/** The timeline events that change the head or the state of a pull request. Others are not kept. */
export function timeline(context: Context, issue: PullRequest, { itemTypes, since, ...page }: TimelineArguments) {
  const after = since == null ? 0 : Date.parse(since);
  const found = issue.pull.timeline
    .map((item, at) => ({ item, id: `${issue.nodeId}_${at}` }))
    .filter(({ item }) => itemTypes?.includes(constantOf(TYPES[item.is])) ?? true)
    .filter(({ item }) => item.at.getTime() >= after);
  return connection('timelineItems', found, page, ({ item, id }) => ({
    __typename: TYPES[item.is],
    id,
    actor: actorNode(item.by),
    createdAt: stamp(item.at),
    ...moreOf(context, issue, item),
  }));
}

function moreOf(context: Context, { repository }: PullRequest, item: TimelineItem): object {
  const commit = (id: string) => () => commitById(context, repository, id);
  switch (item.is) {
    case 'forcePushed':
      return { beforeCommit: commit(item.before), afterCommit: commit(item.after) };
    case 'queued':
      return { enqueuer: userNode(item.by) };
    case 'unqueued':
      return { reason: item.why };
    case 'merged':
      return { commit: commit(item.commit) };
    case 'closed':
    case 'reopened':
      return {};
  }
}

/** Turns `HeadRefForcePushedEvent` into `HEAD_REF_FORCE_PUSHED_EVENT`, which the argument uses. */
function constantOf(type: string): string {
  return type.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
