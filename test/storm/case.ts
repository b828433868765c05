import type { Delivery } from '../../src/release/delivery.ts';
import type { MetricName, MetricState } from './metric-states.ts';
import type { Shape } from './workloads.ts';

/** Who types commands. The plan's approvals that name people name ada and bob. */
export type Who = 'ada' | 'bob' | 'cid' | 'ship-it[bot]' | Outsider;

/** Somebody who may read the repository, and no more: acts at the forge alone. */
export type Outsider = 'mallory';

/** Which release a command names: none, one of the record's as it is when it is typed, or one that nobody knows. */
export type Naming = 'none' | 'live' | 'rolled back' | 'stable' | 'oldest' | 'asked' | 'unknown';

/** What happens to one command on its way. Calls and writes count from 1. */
export type Fault =
  | { readonly fault: 'kill'; readonly write: number; readonly when: 'before' | 'after' }
  | { readonly fault: 'cut'; readonly write: number; readonly when: 'before' | 'after' }
  | { readonly fault: 'answer'; readonly call: number; readonly status: 409 | 429 | 500 }
  /** At a request to the forge: it gives no answer, or the process is killed before or after it is served. */
  | { readonly fault: 'forge'; readonly call: number; readonly when: 'away' | 'before' | 'after' }
  /** At a request to a server of metrics: the same, or the answer takes twelve seconds. */
  | { readonly fault: 'metric'; readonly call: number; readonly when: 'away' | 'before' | 'after' | 'slow' }
  /** Somebody touches the object that is written, right before it. */
  | { readonly fault: 'touch'; readonly write: number }
  /** A write that takes so many milliseconds to get there: whatever it was decided on may be gone by then. */
  | { readonly fault: 'slow'; readonly write: number; readonly late: number }
  /** The process stands still for so many milliseconds before a call. */
  | { readonly fault: 'standstill'; readonly call: number; readonly late: number }
  /** Somebody does that right before a call. */
  | { readonly fault: 'meddle'; readonly call: number; readonly what: Meddling };

/** What people do to the cluster without stepgate. */
export type Meddling =
  | 'image'
  | 'restart'
  | 'approve'
  | 'pause'
  | 'unpause'
  | 'zero pause'
  | 'later step'
  | 'this step down'
  | 'scale'
  | 'unlabel'
  | 'kill pod'
  /** Every pod of the new version is taken away, as from a node that is drained; others come. */
  | 'drain'
  /** A container of a new pod ends and is started again; the pod stays ready. */
  | 'crash'
  | 'pod down'
  | 'pods up'
  /** The record asks for a commit that nobody has merged. */
  | 'record'
  /** The record has what only a newer version knows. */
  | 'newer record'
  /** The record has as many holds as fit into an annotation. */
  | 'many holds'
  | InApplication
  | InSettings
  | Neighbour;

/** What people do to the Application of a release, where there is one. */
export type InApplication =
  /** The image of the component, without and with another publishVersion. */
  | 'application'
  | 'application published'
  /** The label with the id. */
  | 'application id'
  /** An annotation of somebody else's. */
  | 'application touched'
  /** It is what Git has: the component without its steps. */
  | 'application again'
  /** It is as it was rendered before, under the publishVersion of before. */
  | 'application before'
  /** The Rollout no longer says whose it is. */
  | 'unowned';

/** What somebody writes into a ConfigMap of the delivery. */
export type InSettings = 'edit settings' | 'edit other' | 'edit shared';

/** What another delivery does, whose name is in no policy here: it renders one ConfigMap of the source too. */
export type Neighbour =
  /** It writes that ConfigMap from the newest commit, from the one before, or from one that no clone here has. */
  | 'neighbour newer'
  | 'neighbour older'
  | 'neighbour unknown'
  /** It puts its mark on the workload. */
  | 'neighbour claims'
  /** Its Rollout is removed. */
  | 'neighbour leaves';

export type Deed =
  | {
      readonly do: 'push';
      /**
       * `line` leaves the image as it is. `people` lets others approve. `aside` is pushed to a branch of its own, and `merge`
       * brings that one to the policy's.
       */
      readonly what:
        | 'good'
        | 'broken'
        | 'docs'
        | 'older'
        | 'plan'
        | 'lower plan'
        | 'line'
        | 'people'
        | 'aside'
        | 'merge'
        | PushedSettings;
    }
  | {
      readonly do: 'deploy';
      readonly until: 'wait' | 'done';
      readonly at: 'tip' | 'older' | 'aside';
      readonly takeOver: boolean;
      /** It can't wait for schedules and freezes. */
      readonly urgent?: true;
      readonly fault: Fault | null;
    }
  | {
      readonly do: 'promote';
      /** What the person says they looked at. `next` names the step after the one that is there. */
      readonly names: 'nothing' | 'step' | 'both' | 'next' | 'wrong step' | 'wrong release';
      readonly force: boolean;
      /** Where to jump: so many steps from here; null for no jump. */
      readonly jump: -1 | 0 | 1 | 2 | null;
      readonly method: 'status' | 'plan';
      readonly fault: Fault | null;
    }
  | {
      readonly do: 'tick';
      readonly until: 'wait' | 'done';
      readonly method: 'status' | 'plan';
      readonly fault: Fault | null;
    }
  | {
      readonly do: 'rollback';
      readonly release: Naming;
      readonly to: Naming;
      readonly undo: boolean;
      readonly also: boolean;
      /** The clone has the newest commit alone. */
      readonly shallow?: true;
      readonly fault: Fault | null;
    }
  /** Of the delivery where no release is named. */
  | { readonly do: 'hold' | 'resume'; readonly release: Naming; readonly fault: Fault | null }
  /** What comments ask for is done: on the pull request of the release, or on all that a run finds. */
  | { readonly do: 'answer'; readonly on: 'release' | 'all'; readonly fault: Fault | null }
  /** For so many minutes; null until it is lifted. */
  | { readonly do: 'freeze'; readonly minutes: number | null; readonly fault: Fault | null }
  | { readonly do: 'thaw'; readonly fault: Fault | null }
  | AtForge
  /** The environment before is released, whole. */
  | { readonly do: 'stage'; readonly fault: Fault | null }
  /** The last run of a workflow is started again, by whoever presses the button. */
  | { readonly do: 'again'; readonly fault: Fault | null }
  /** `closed` refuses pushes until it is back. */
  | { readonly do: 'remote'; readonly is: 'away' | 'back' | 'refusing' | 'closed' }
  /** The next approval by status is overwritten by the engine, so often (E4). */
  | { readonly do: 'lose'; readonly times: number }
  /** From now on a metric is like that, or every one. */
  | { readonly do: 'measure'; readonly of: MetricName | 'all'; readonly is: MetricState }
  | { readonly do: 'foreign'; readonly what: Meddling };

/** Which ConfigMap gets another text; `with image`: beside another image; `again`: the text that it had before. */
export type PushedSettings = 'settings' | 'other' | 'shared' | 'settings with image' | 'settings again';

/** What people do at the forge. */
export type AtForge =
  | {
      /** A comment on the pull request of the release. */
      readonly do: 'say';
      readonly what:
        | 'promote'
        /** For the release before, for the next step, on an older pull request. */
        | 'promote old'
        | 'promote next'
        | 'promote elsewhere'
        | 'hold'
        | 'resume'
        | 'status'
        | 'nothing';
    }
  /** The newest comment of that person is edited, or deleted. */
  | { readonly do: 'unsay'; readonly how: 'edit' | 'delete' }
  /** The open promotion pull request. `spoil` changes its file, `widen` adds another one to it. */
  | { readonly do: 'promotion'; readonly what: 'merge' | 'review' | 'close' | 'spoil' | 'widen' }
  /** The person leaves the team, or loses the right to write; `back` gives both back. */
  | { readonly do: 'leave'; readonly what: 'team' | 'repository' | 'back' }
  | { readonly do: 'forge'; readonly is: 'away' | 'back' };

export type Action = Deed & {
  readonly who: Who;
  /** Milliseconds since the action before, or since its end where `after`. */
  readonly gap: number;
  /** Whether it begins only when every command before has ended. */
  readonly after: boolean;
  /** Milliseconds that the clock of the machine is ahead of the cluster's. */
  readonly skew: number;
  /** Whether the command runs in a workflow, whose runs can be started again. */
  readonly via: 'shell' | 'workflow';
};

/** Where a case begins: the world that an opening has come to, at one of the places where it was at rest. */
export interface Beginning {
  readonly opening: number;
  readonly place: number;
}

/** An Application of KubeVela of which the workload and its Rollout are made. */
export interface Carrier {
  /** Type of the component: KubeVela makes the workload of a few words, or the source has it whole. */
  readonly component: 'webservice' | 'k8s-objects';
  /** The only version of Rollouts in the cluster. The addon's engine has the old one. */
  readonly rollouts: 'v1beta1' | 'v1alpha1';
}

export interface Case {
  readonly seed: number;
  readonly delivery: Delivery;
  readonly replicas: number;
  readonly shape: Shape;
  /** The Application that a release writes; null where it writes the workload itself. */
  readonly carrier: Carrier | null;
  /** Whether the source has settings beside the workload. */
  readonly settled: boolean;
  /** Whether people are at a forge. */
  readonly forge: boolean;
  /** When it begins, in milliseconds since 1970. */
  readonly start: number;
  /** Every call to the cluster takes up to so many milliseconds. */
  readonly latency: number;
  /** `storm`: everything at once, under the laws. `twin`: one after the other, once with a kill and once without. */
  readonly kind: 'storm' | 'twin';
  /** Null begins with a first deploy. */
  readonly from: Beginning | null;
  /** Whether it goes on until nothing moves any more, and is judged by how it ends. */
  readonly rests: boolean;
  readonly actions: readonly Action[];
}
