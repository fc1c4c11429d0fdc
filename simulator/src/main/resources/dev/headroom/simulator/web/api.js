/** Talks to the server. */

/** A question that was refused, with the reasons. */
export class Refused extends Error {
  constructor(error) {
    super(error.message);
    this.problems = error.problems;
  }
}

async function read(response) {
  const body = await response.json();
  if (!response.ok) throw new Refused(body.error);
  return body;
}

const post = (name, body) => fetch(`api/v1/${name}`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body});

/** Asks a question for the server to know the answer by when it is needed. */
export function ahead(name, body) {
  post(name, JSON.stringify(body)).catch(() => {}); // It is asked again if it matters.
}

export const get = async name => read(await fetch(`api/v1/${name}`));

/**
 * Asks one question again and again. Only one is on its way at a time; of those asked meanwhile only the last is sent, so a
 * slider that moves fast never builds a queue.
 */
export class Question {
  #name;
  #answered;
  #refused;
  #next;
  #busy = false;
  #last;

  constructor(name, answered, refused) {
    this.#name = name;
    this.#answered = answered;
    this.#refused = refused;
  }

  /** Asks, unless the same was asked last; returns whether an answer is to come. */
  ask(body) {
    const text = JSON.stringify(body);
    if (text === this.#last) return false;
    this.#last = text;
    this.#next = text;
    if (!this.#busy) this.#run();
    return true;
  }

  /** Whether another question was asked since the one that is on its way. */
  get overtaken() {
    return this.#next !== undefined;
  }

  async #run() {
    this.#busy = true;
    while (this.#next) {
      const body = this.#next;
      this.#next = undefined;
      try {
        this.#answered(await read(await post(this.#name, body)), body);
      } catch (error) {
        this.#last = undefined;
        this.#refused(error);
      }
    }
    this.#busy = false;
  }
}
