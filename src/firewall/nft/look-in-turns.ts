import type { Grant } from '../firewall.ts';
import type { Look } from './mender.ts';

/** What becomes of a look. */
export interface LookEnds {
  /** `revoked`: undefined if nothing came of it. */
  readonly onEnd: (revoked: readonly Grant[] | undefined) => void;
  readonly onError: (error: unknown) => void;
}

/** Carries a look out, one at a time, with a turn of the loop between its pieces. */
export class LookInTurns {
  readonly #ends: LookEnds;
  #look: Look | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(ends: LookEnds) {
    this.#ends = ends;
  }

  get isUnderWay(): boolean {
    return this.#look !== undefined;
  }

  /** Takes its first piece now. Ends another one that is under way. */
  begin(look: Look): void {
    this.stop();
    this.#look = look;
    this.#take(look);
  }

  /** Goes on with a look that has begun. */
  goOn(look: Look): void {
    this.#look = look;
    this.#turn = setImmediate(() => this.#take(look));
  }

  /** Carries out at once what is left of the look that is under way. */
  finish(): void {
    while (this.#look !== undefined) {
      clearImmediate(this.#turn);
      this.#take(this.#look);
    }
  }

  /** Gives up the look that is under way. */
  stop(): void {
    clearImmediate(this.#turn);
    this.#look?.return(undefined);
    this.#look = undefined;
  }

  #take(look: Look): void {
    try {
      const { done, value } = look.next();
      if (done !== true) return this.goOn(look);
      this.#look = undefined;
      this.#ends.onEnd(value);
    } catch (error) {
      this.#look = undefined;
      this.#ends.onError(error);
    }
  }
}
