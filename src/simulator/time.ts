/** Time for everything that waits in the embedded cluster. */
export interface Timeline {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `task` after `ms`. Returns a function that cancels it. Tasks of the same time run in the order of their calls. */
  after(ms: number, task: () => void): () => void;
  stop(): void;
}

/** Time that moves only by these calls. */
export interface VirtualTimeline extends Timeline {
  /** Moves the clock by `ms`, and runs every task that is due by then. */
  advance(ms: number): void;
  /** Runs tasks until `done` is true, and stops the clock there. Returns false when that takes longer than `ms`. */
  until(done: () => boolean, ms: number): boolean;
  /** Moves to the next task and runs it; returns false when there is none. */
  step(): boolean;
  /** When the next task is due; null when there is none. */
  readonly next: number | null;
}

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  gone: boolean;
}

export function virtualTimeline(start: number): VirtualTimeline {
  const heap: Task[] = [];
  let now = start;
  let order = 0;

  const before = (a: Task, b: Task) => a.at < b.at || (a.at === b.at && a.order < b.order);

  function push(task: Task): void {
    let index = heap.length;
    heap.push(task);
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !before(task, parent)) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = task;
  }

  function pop(): Task | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let least = heap[child];
      if (least === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, least)) {
        least = right;
        child += 1;
      }
      if (!before(least, last)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
    return first;
  }

  function peek(): Task | undefined {
    while (heap[0]?.gone === true) pop();
    return heap[0];
  }

  function step(): boolean {
    const task = peek();
    if (task === undefined) return false;
    pop();
    now = Math.max(now, task.at);
    task.run();
    return true;
  }

  return {
    now: () => now,
    after(ms, run) {
      const task: Task = { at: now + Math.max(0, ms), order, run, gone: false };
      order += 1;
      push(task);
      return () => {
        task.gone = true;
      };
    },
    stop: () => heap.splice(0),
    step,
    get next() {
      return peek()?.at ?? null;
    },
    advance(ms) {
      const end = now + ms;
      for (let task = peek(); task !== undefined && task.at <= end; task = peek()) step();
      now = end;
    },
    until(done, ms) {
      const end = now + ms;
      if (done()) return true;
      for (let task = peek(); task !== undefined && task.at <= end; task = peek()) {
        step();
        if (done()) return true;
      }
      now = end;
      return done();
    },
  };
}

/** Real time, `speed` times as fast: a wait of 3 s takes 3/speed s. */
export function realTimeline(speed = 1, start = Date.now()): Timeline {
  const began = performance.now();
  const timers = new Set<NodeJS.Timeout>();
  return {
    now: () => start + (performance.now() - began) * speed,
    after(ms, task) {
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          task();
        },
        Math.max(0, ms / speed),
      );
      timers.add(timer);
      return () => {
        clearTimeout(timer);
        timers.delete(timer);
      };
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
