// Calls across the boundary between the page and its workers: a method, an argument, a promise.

interface Call {
  id: number;
  method: string;
  argument: unknown;
}

interface Answer {
  id: number;
  value?: unknown;
  problem?: { name: string; message: string };
}

/** Methods by name, as a worker offers them. */
export type Methods = Record<string, (argument: never) => unknown>;

/** The part of a worker that this needs; tests hand in one end of a channel. */
export interface Line {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** What a method hands over instead of copying it. */
export class Handover<T> {
  readonly value: T;
  readonly transfer: Transferable[];

  constructor(value: T, transfer: Transferable[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

/** Answers calls with these methods. */
export function serve(line: Line, methods: Methods): void {
  line.onmessage = async ({ data }: MessageEvent<Call>) => {
    try {
      const method = methods[data.method];
      if (method === undefined) throw new Error(`no method \`${data.method}\``);
      const result = await method(data.argument as never);
      const [value, transfer] = result instanceof Handover ? [result.value, result.transfer] : [result, []];
      line.postMessage({ id: data.id, value } satisfies Answer, transfer);
    } catch (thrown) {
      const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
      line.postMessage({ id: data.id, problem: { name, message } } satisfies Answer, []);
    }
  };
}

type Argument<M> = M extends (argument: infer A) => unknown ? A : never;
type Result<M> = M extends (argument: never) => infer R
  ? Awaited<R> extends Handover<infer T> ? T : Awaited<R>
  : never;

/** The other side of {@link serve}. */
export class Remote<M> {
  readonly #line: Line;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (problem: Error) => void }>();
  #calls = 0;
  #broken: Error | null = null;

  constructor(line: Line) {
    this.#line = line;
    line.onmessage = ({ data }: MessageEvent<Answer>) => {
      const caller = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.problem === undefined) caller?.resolve(data.value as never);
      else caller?.reject(Object.assign(new Error(data.problem.message), { name: data.problem.name }));
    };
  }

  call<K extends keyof M & string>(
    method: K,
    argument: Argument<M[K]>,
    transfer: Transferable[] = [],
  ): Promise<Result<M[K]>> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#line.postMessage({ id, method, argument } satisfies Call, transfer);
    });
  }

  /** The other side is gone: whoever waits is told, and whoever comes. */
  break(problem: Error): void {
    this.#broken = problem;
    for (const { reject } of this.#waiting.values()) reject(problem);
    this.#waiting.clear();
  }
}
