import { call, condition, element, operand, value } from '../guards/anchor.ts';
import type { Guard } from '../guards/locate.ts';

/** Guards of approvals and commands at the forge, and of freezes. */
export const mutationsOfForge: readonly Guard[] = [
  // Who approves, and what is an approval.
  {
    promise: 'the right to write is asked when an approval is counted',
    in: 'counted',
    at: condition('atLeast', 'value'),
    becomes: 'true',
  },
  {
    promise: 'an edited comment approves nothing',
    in: 'approvalIn',
    at: condition('isEdited'),
    becomes: 'false',
  },
  {
    promise: 'an approval is no older than the plan of its release',
    in: 'ofAnotherPlan',
    at: condition('askedSince'),
    becomes: 'false',
  },
  {
    promise: 'a comment approves the release that it names',
    in: 'approvalIn',
    at: operand('release', 'id'),
    becomes: 'false',
  },
  {
    promise: 'a comment approves the step that it names',
    in: 'judge',
    at: value('votes'),
    becomes: "found?.is === 'known' ? found.value : []",
  },
  { promise: 'two approvals are of two people', in: 'count', at: call('onceEach'), becomes: '$first' },
  {
    promise: 'who has left a team approves nothing for it',
    in: 'count',
    at: operand('names', 'groups'),
    becomes: 'true',
  },
  {
    promise: 'an author approves nothing that others have to',
    in: 'barredBy',
    at: condition('notAuthor'),
    becomes: 'false',
  },
  {
    promise: 'a review that is there is counted',
    in: 'votesByPromotion',
    at: condition('is', 'approving'),
    becomes: 'true',
  },
  // Promotion pull requests.
  {
    promise: 'a promotion has the file as stepgate writes it',
    in: 'whyNotPromotion',
    at: condition('read', 'promotionText'),
    becomes: 'false',
  },
  {
    promise: 'a promotion changes no other file',
    in: 'whyNotPromotion',
    at: condition('others', 'length'),
    becomes: 'true',
  },
  {
    promise: 'the promotion of a release that another one replaced is closed',
    in: 'closeOthers',
    at: condition('open', 'length'),
    becomes: 'true',
  },
  {
    promise: 'closing a promotion pull request holds',
    in: 'keepOpen',
    at: condition('closed', 'by'),
    becomes: 'false',
  },
  { promise: 'only who may promote holds by closing', in: 'keepOpen', at: operand('mayAct'), becomes: 'true' },
  {
    promise: 'what waits for a promotion has a pull request for it',
    in: 'keepOpen',
    at: call('whyMergeIsNothing'),
    becomes: 'null',
  },
  // Commands in comments.
  { promise: 'a comment acts once', in: 'hold', at: condition('isRepeated'), becomes: 'false' },
  { promise: 'who may not write asks for nothing', in: 'actOn', at: condition('refusedOn'), becomes: 'false' },
  // Freezes.
  { promise: 'no step is left while a delivery is frozen', in: 'judgeStep', at: element('judgeFreezes') },
  { promise: 'nothing starts while a delivery is frozen', in: 'judgeStart', at: element('judgeFreezes') },
  { promise: 'a freeze is read again before a step is left', in: 'drive', at: condition('renewed'), becomes: 'false' },
];
