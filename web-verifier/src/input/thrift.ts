// Thrift's compact protocol, as far as Parquet's footers and page headers need it to be walked through: nothing is kept of what is
// passed over, and nothing is read that is not there.

/** What stands in the bytes is not what it should be, or ends before it does. */
export class Damaged extends Error {}

export interface Field {
  id: number;
  kind: number;
}

/** Deepest nesting of structs and lists: Parquet's own is 5. */
const DEPTH_MAX = 16;
const [TRUE, FALSE, BYTE, I16, I64, DOUBLE, BINARY, LIST, SET, STRUCT] = [1, 2, 3, 4, 6, 7, 8, 9, 10, 12] as const;

export class Walk {
  readonly #bytes: Uint8Array;
  /** How many bytes were taken. */
  taken = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next field of a struct, after the one numbered `before` (0 at first); none at its end. */
  field(before: number): Field | null {
    const head = this.#byte();
    if (head === 0) return null;
    const step = head >> 4;
    return { id: step === 0 ? this.#integer() : before + step, kind: head & 0x0f };
  }

  /** The integer that a field holds. Beyond 53 bits it is only about so large. */
  integerOf({ kind }: Field): number {
    if (kind < I16 || kind > I64) throw new Damaged();
    return this.#integer();
  }

  /** How many structs the list holds that a field is. */
  structsOf({ kind }: Field): number {
    if (kind !== LIST) throw new Damaged();
    const list = this.#list();
    if (list.kind !== STRUCT && list.length !== 0) throw new Damaged();
    return list.length;
  }

  isStruct({ kind }: Field): boolean {
    return kind === STRUCT;
  }

  /** Passes over what a field holds. */
  skip({ kind }: Field): void {
    // A field's type is its value.
    if (kind !== TRUE && kind !== FALSE) this.#skip(kind, 0);
  }

  #skip(kind: number, depth: number): void {
    if (kind === TRUE || kind === FALSE || kind === BYTE) this.#pass(1);
    else if (kind >= I16 && kind <= I64) this.#varint();
    else if (kind === DOUBLE) this.#pass(8);
    else if (kind === BINARY) this.#pass(this.#varint());
    else if (depth === DEPTH_MAX) throw new Damaged();
    else if (kind === LIST || kind === SET) {
      const list = this.#list();
      for (let item = 0; item < list.length; item += 1) this.#skip(list.kind, depth + 1);
    } else if (kind === STRUCT) {
      let before = 0;
      for (let field = this.field(before); field !== null; field = this.field(before)) {
        before = field.id;
        if (field.kind !== TRUE && field.kind !== FALSE) this.#skip(field.kind, depth + 1);
      }
    } else throw new Damaged();
  }

  #list(): { length: number; kind: number } {
    const head = this.#byte();
    return { length: head >> 4 === 15 ? this.#varint() : head >> 4, kind: head & 0x0f };
  }

  #integer(): number {
    const zigzag = this.#varint();
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Damaged();
  }

  #byte(): number {
    const byte = this.#bytes[this.taken];
    if (byte === undefined) throw new Damaged();
    this.taken += 1;
    return byte;
  }

  #pass(length: number): void {
    if (length > this.#bytes.length - this.taken) throw new Damaged();
    this.taken += length;
  }
}
