/** Long work in the page: in bits, of which each is chosen when the one before it is done. */

/**
 * Whoever does the work asks for one bit after the other, so a reader who moves a control meanwhile
 * has it go on with what is wanted then: nothing has to be called off, and no bit is done in vain.
 */
export class Work {
  #busy = false;
  #next;
  #onBit;
  #onTurn;
  #signal;

  /**
   * @param {object} options
   * @param {() => (() => Promise<boolean>) | null} options.next the bit that is wanted now, if any;
   *   one that says false has failed, and ends the work
   * @param {() => void} options.onBit called after each
   * @param {() => void} options.onTurn called when the work begins and when it ends
   * @param {AbortSignal} options.signal
   */
  constructor({ next, onBit, onTurn, signal }) {
    this.#next = next;
    this.#onBit = onBit;
    this.#onTurn = onTurn;
    this.#signal = signal;
  }

  get busy() {
    return this.#busy;
  }

  /** Take the work up, unless it is going on. */
  go = async () => {
    if (this.#busy || !this.#next()) return;
    this.#turn(true);
    for (let bit = this.#next(); bit; bit = this.#next()) {
      const done = await bit();
      if (this.#signal.aborted || !done) break;
      this.#onBit();
    }
    this.#turn(false);
  };

  /** @param {boolean} busy */
  #turn(busy) {
    this.#busy = busy;
    if (!this.#signal.aborted) this.#onTurn();
  }
}

/**
 * What was computed, by a key that says what it is of; the longest unused is forgotten.
 * @template Value
 */
export class Kept {
  /** @type {Map<string, Value>} */
  #values = new Map();
  #most;

  /** @param {number} most how many are kept */
  constructor(most) {
    this.#most = most;
  }

  /** @param {string} key @param {() => Value} make what is not there */
  get(key, make) {
    const value = this.#values.get(key) ?? make();
    this.#values.delete(key); // the newest is last
    this.#values.set(key, value);
    if (this.#values.size > this.#most) this.#values.delete(String(this.#values.keys().next().value));
    return value;
  }
}
