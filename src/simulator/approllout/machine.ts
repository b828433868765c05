import type { Condition, Status } from './types.ts';

/** What moves the state machine. Two of the real events have the same name; here each has its own. */
export type Event =
  | 'located'
  | 'verified'
  | 'initialized'
  | 'batchInitialized'
  | 'batchRolled'
  | 'batchAvailable'
  | 'batchFinished'
  | 'lastBatchFinished'
  | 'approved'
  | 'finalized'
  | 'modified'
  | 'deleted';

/** The machine of one pass: it changes the status, and writes a condition with each step. `time`: of new conditions. */
export interface Machine {
  readonly status: Status;
  move(event: Event): void;
  /** Nothing moves, and the condition says why. */
  retry(message: string): void;
  /** At once `rolloutFailed`, without finalising. */
  fail(message: string): void;
  /** `rolloutFailing`: the next pass finalises. */
  failing(message: string): void;
  mark(type: string, is: Condition['status'], more?: { readonly reason?: string; readonly message?: string }): void;
}

export function machineOf(status: Status, time: string): Machine {
  function mark(
    type: string,
    is: Condition['status'],
    { reason = '', message = '' }: { readonly reason?: string; readonly message?: string } = {},
  ): void {
    const next: Condition = { type, status: is, reason, message, lastTransitionTime: time };
    const known = status.conditions.some((one) => one.type === type);
    status.conditions = known
      ? status.conditions.map((one) => (one.type === type ? next : one))
      : [...status.conditions, next];
  }

  /** The time of an equal condition stays as it is. */
  function retry(message: string): void {
    const type = conditionType(status);
    const found = status.conditions.find((one) => one.type === type);
    if (found?.status === 'False' && found.message === message) return;
    mark(type, 'False', { message });
  }

  function fail(message: string): void {
    retry(message);
    status.rollingState = 'rolloutFailed';
  }

  function failing(message: string): void {
    retry(message);
    status.rollingState = 'rolloutFailing';
    status.batchState = 'batchInitializing';
  }

  function passed(): void {
    mark(conditionType(status), 'True');
  }

  function invalid(event: Event): void {
    fail(`the rollout state transition from \`${status.rollingState}\` state  with \`${event}\` is invalid`);
  }

  function stop(state: 'rolloutAbandoning' | 'RolloutDeletingState', message: string): void {
    mark(conditionType(status), 'False', { message });
    status.rollingState = state;
    status.batchState = 'batchInitializing';
  }

  function move(event: Event): void {
    const ended = status.rollingState === 'rolloutSucceed' || status.rollingState === 'rolloutFailed';
    if (event === 'modified') {
      if (ended) reset(status);
      else stop('rolloutAbandoning', 'Rollout Spec is modified');
      return;
    }
    if (event === 'deleted') {
      if (ended) invalid(event);
      else stop('RolloutDeletingState', 'Rollout is being deleted');
      return;
    }
    if (event === 'located') {
      if (status.rollingState === 'locatingTargetApp') status.rollingState = 'verifyingSpec';
      return;
    }
    const next = transitions[event];
    if (!next.from(status)) {
      invalid(event);
      return;
    }
    if (next.marks) passed();
    next.to(status);
  }

  return { status, move, retry, fail, failing, mark };
}

/** Sizes, batch and identifiers start again. Conditions, the original size and the last pair stay. */
export function reset(status: Status): void {
  status.rollingState = 'locatingTargetApp';
  status.batchState = 'batchInitializing';
  status.identifier = '';
  status.lastIdentifier = '';
  status.targetSize = -1;
  status.currentBatch = 0;
  status.upgraded = 0;
  status.ready = 0;
}

interface Transition {
  from(status: Status): boolean;
  to(status: Status): void;
  /** Whether the condition of the state before becomes True. */
  readonly marks: boolean;
}

const inBatch =
  (...states: readonly Status['batchState'][]) =>
  ({ rollingState, batchState }: Status) =>
    rollingState === 'rollingInBatches' && states.includes(batchState);

const transitions: Readonly<Record<Exclude<Event, 'located' | 'modified' | 'deleted'>, Transition>> = {
  verified: {
    from: ({ rollingState }) => rollingState === 'verifyingSpec',
    to(status) {
      status.rollingState = 'initializing';
    },
    marks: true,
  },
  initialized: {
    from: ({ rollingState }) => rollingState === 'initializing',
    to(status) {
      status.rollingState = 'rollingInBatches';
      status.batchState = 'batchInitializing';
    },
    marks: true,
  },
  batchInitialized: { from: inBatch('batchInitializing'), to: batchTo('batchInRolling'), marks: false },
  batchRolled: { from: inBatch('batchInRolling'), to: batchTo('batchVerifying'), marks: true },
  batchAvailable: { from: inBatch('batchVerifying'), to: batchTo('batchFinalizing'), marks: true },
  batchFinished: { from: inBatch('batchFinalizing'), to: batchTo('batchReady'), marks: true },
  lastBatchFinished: {
    from: inBatch('batchFinalizing'),
    to(status) {
      status.rollingState = 'finalising';
      status.batchState = 'batchReady';
    },
    marks: true,
  },
  approved: {
    from: inBatch('batchReady'),
    to(status) {
      status.batchState = 'batchInitializing';
      status.currentBatch += 1;
    },
    marks: true,
  },
  finalized: {
    from: ({ rollingState }) =>
      ['finalising', 'rolloutFailing', 'rolloutAbandoning', 'RolloutDeletingState'].includes(rollingState),
    to(status) {
      if (status.rollingState === 'rolloutAbandoning') reset(status);
      else status.rollingState = status.rollingState === 'finalising' ? 'rolloutSucceed' : 'rolloutFailed';
    },
    marks: true,
  },
};

function batchTo(batchState: Status['batchState']): (status: Status) => void {
  return (status) => {
    status.batchState = batchState;
  };
}

/** The condition that belongs to a state. `RolloutSucceed` is never written on success: the step before it has its own. */
function conditionType({ rollingState, batchState }: Status): string {
  switch (rollingState) {
    case 'verifyingSpec':
      return 'RolloutSpecVerifying';
    case 'initializing':
      return 'RolloutInitializing';
    case 'rollingInBatches':
      return ofBatch[batchState];
    case 'finalising':
      return 'RolloutFinalizing';
    case 'rolloutFailing':
      return 'RolloutFailing';
    case 'rolloutAbandoning':
      return 'RolloutAbandoning';
    case 'RolloutDeletingState':
      return 'RolloutDeleting';
    case 'rolloutSucceed':
      return 'RolloutSucceed';
    case 'locatingTargetApp':
    case 'rolloutFailed':
    case '':
      return 'RolloutFailed';
  }
}

const ofBatch: Readonly<Record<Status['batchState'], string>> = {
  batchInitializing: 'BatchInitializing',
  batchInRolling: 'RolloutInProgress',
  batchVerifying: 'BatchVerifying',
  batchFinalizing: 'BatchFinalizing',
  batchReady: 'BatchReady',
};
