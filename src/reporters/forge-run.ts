import { type Deployment, type Forge, ForgeError } from '../release/forge.ts';
import { logLine } from '../views/neutral.ts';
import { isForbidden, reportFailure } from './failed.ts';
import type { Runner } from './reporter.ts';
import { standingWords, type Told } from './standing.ts';

/**
 * Requests that a run may send in all, and so many more for each release that people are told about. What the run needs to
 * decide comes first: reporters take what is left.
 */
const MOST_REQUESTS = 20;
const MORE_FOR_A_RELEASE = 2;

/** Requests for the newest deployments: who we are, the deployments, and their states. */
const COST_OF_NEWEST = 3;

/** Ends the description of a deployment's status when a message was not sent, or another report is missing. */
const unsent = ' (message not sent)';
const incomplete = ' (report incomplete)';

/**
 * What the reporters of one run share at the forge. The status of a release's deployment is written last, so it remembers what
 * was told of the release, and what is missing.
 */
export class ForgeRun {
  readonly forge: Forge;
  readonly #runner: Pick<Runner, 'info' | 'warning'>;
  readonly #most: number;
  readonly #deployments = new Map<string, Promise<readonly Deployment[] | null>>();
  readonly #releases: number;
  #newest: Promise<readonly Deployment[] | null> | null = null;
  /** After one that could not be read, no more are asked for. */
  #isReadable = true;
  #isBlind = false;
  readonly #missing = new Map<string, 'message' | 'report'>();

  /** `releases`: how many people are told about. */
  constructor(forge: Forge, runner: Pick<Runner, 'info' | 'warning'>, releases: number) {
    this.forge = forge;
    this.#runner = runner;
    this.#releases = releases;
    this.#most = MOST_REQUESTS + MORE_FOR_A_RELEASE * releases;
  }

  /** Whether the run may send so many more requests. */
  affords(requests: number): boolean {
    return this.forge.requests + requests <= this.#most;
  }

  /** The deployments of the delivery before this run wrote any, newest first; null when they can't be read. */
  deployments({ delivery: { name } }: Told, signal: AbortSignal): Promise<readonly Deployment[] | null> {
    const made = this.#deployments.get(name) ?? this.#read(name, signal);
    this.#deployments.set(name, made);
    return made;
  }

  async #read(name: string | null, signal: AbortSignal): Promise<readonly Deployment[] | null> {
    if (!this.#isReadable) return null;
    try {
      return await this.forge.deployments(name, signal);
    } catch (error) {
      if (!(error instanceof ForgeError)) throw error;
      this.#isReadable = false;
      this.#isBlind = !isForbidden(error);
      reportFailure(this.#runner, "the deployments can't be read", error);
      return null;
    }
  }

  /**
   * Whether it can't be learned what earlier runs told, for a reason that may pass. What is told then would be remembered nowhere,
   * so it is left to the next run. A token that may never read deployments is no such reason.
   */
  get isBlind(): boolean {
    return this.#isBlind;
  }

  /**
   * Whether the newest deployments of the repository say that an earlier run told people all of this. They are read once for all
   * releases; a delivery that they lack is asked for on its own (`knows`). For one release that costs as much.
   */
  async knowsAtOnce({ key, delivery }: Told, signal: AbortSignal): Promise<boolean> {
    if (this.#releases < 2) return false;
    this.#newest ??= this.affords(COST_OF_NEWEST) ? this.#read(null, signal) : Promise.resolve(null);
    const own = (await this.#newest)?.find((one) => one.key === key);
    return own?.status?.description === standingWords(delivery);
  }

  /** Whether an earlier run may have left something out that it should have told of this. */
  async mayBeMissed(told: Told, signal: AbortSignal): Promise<boolean> {
    if ((await this.knowsAtOnce(told, signal)) || !this.affords(1)) return false;
    return (await this.deployments(told, signal)) !== null && !(await this.knows(told, signal));
  }

  /** Whether an earlier run told people all of this. */
  async knows(told: Told, signal: AbortSignal): Promise<boolean> {
    return (await this.#lastDescription(told, signal)) === standingWords(told.delivery);
  }

  /**
   * Marks in the deployment that this is not told yet, before anything of it is. A run that is killed on its way leaves the mark,
   * so the next one tells what has become of the release, even where that is what was told before.
   */
  async begin(told: Told, signal: AbortSignal): Promise<void> {
    const own = (await this.deployments(told, signal))?.find(({ key }) => key === told.key);
    const words = standingWords(told.delivery);
    const isMarked = [words, `${words}${incomplete}`, `${words}${unsent}`].includes(own?.status?.description ?? words);
    if (own === undefined || own.status === null || isMarked) return;
    const { state } = own.status;
    const { id, environment } = own;
    try {
      const description = `${words}${unsent}`;
      await this.forge.writeDeploymentStatus(id, { state, description, logUrl: null, environment }, signal);
    } catch (error) {
      // Its last status is written after the other reports, and a failure is told there.
      if (!(error instanceof ForgeError)) throw error;
    }
  }

  /** Whether an earlier run sent the message about this; null when nothing can be read that remembers it. */
  async sentMessage(told: Told, signal: AbortSignal): Promise<boolean | null> {
    if ((await this.deployments(told, signal)) === null) return null;
    const last = await this.#lastDescription(told, signal);
    const words = standingWords(told.delivery);
    return last === words || last === `${words}${incomplete}`;
  }

  async #lastDescription(told: Told, signal: AbortSignal): Promise<string | null> {
    const found = await this.deployments(told, signal);
    return found?.find(({ key }) => key === told.key)?.status?.description ?? null;
  }

  /** Notes that something was not brought to its place: the next run tries again. */
  missed({ key }: Told, what: 'message' | 'report'): void {
    // A message that was not sent is sent again; one that was sent is not, whatever else is missing.
    if (this.#missing.get(key) !== 'message') this.#missing.set(key, what);
  }

  /** The description of the deployment's status, after all other reports. */
  description(told: Told): string {
    const what = this.#missing.get(told.key);
    const words = standingWords(told.delivery);
    return what === undefined ? words : `${words}${what === 'message' ? unsent : incomplete}`;
  }

  /** Says in the log what is left out because of the number of requests. */
  leftOut(what: string, told: readonly Told[]): void {
    if (told.length === 0) return;
    const names = told.map(({ delivery }) => delivery.name).join(', ');
    const why = `this run sends at most ${this.#most} requests to the forge, and the next one continues`;
    this.#runner.info(logLine(`left out: ${what} of ${names}: ${why}`));
  }
}
