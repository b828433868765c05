import type { Code } from '../../src/release/codes.ts';
import type { Feature } from './features.ts';

interface Common {
  /** The file in test/fidelity/recordings, without its ending. */
  readonly recording: string;
  readonly feature: Feature;
  /** The Rollout and the workload are there before stepgate, which adopts them. */
  readonly adopts?: true;
  /** What the recorded Rollout has and the imported config cannot say. */
  readonly unsaid?: string;
  /** Rests on the way that are not as recorded, by the number of the recorded user's action before them. */
  readonly differs?: readonly { readonly at: number; readonly why: string }[];
}

/** The same acts through stepgate lead over the same rests to the same end. */
interface Follows extends Common {
  readonly follows: true;
}

/** stepgate refuses an act before it writes. What came before it follows the recording. */
interface Refused extends Common {
  readonly refused: readonly { readonly at: number; readonly code: Code }[];
  readonly why: string;
  /** Kinds of objects that the refused command has written nevertheless; never the workload. */
  readonly wrote?: readonly string[];
  /** What comes after the refused act follows the recording too. */
  readonly goesOn?: true;
}

/** stepgate does the act in another way than the engine did, and ends elsewhere. What came before it follows the recording. */
interface Instead extends Common {
  readonly instead: { readonly at: number; readonly code: Code };
  /** How the cluster comes to rest after the act. */
  readonly ends: string;
  readonly why: string;
}

/** Nobody has looked at it yet. */
interface NotYet extends Common {
  readonly notYet: string;
}

export type Row = Follows | Refused | Instead | NotYet;
