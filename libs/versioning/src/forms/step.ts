import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { dropEmpty, type JsonPath, pointerOf, putAt, takeAt } from './json-path';

/** One change across a boundary. `near` is the side of the message, `far` the other. */
export interface Change {
  /** Null: only the far side has it. */
  readonly near: JsonPath | null;
  /** Null: only the near side has it. Equal to `near`: it stays where it is. */
  readonly far: JsonPath | null;
  /** What is written where the other side says nothing. */
  readonly value: JsonValue | undefined;
  /** Whether the far side has it in an object that the near side doesn't have. */
  readonly ownParent: boolean;
}

/** What one boundary changes in the members of an object. Works in place, on JSON that nobody else has. */
export class Step {
  /** Members of objects before these objects, so that both can be changed. */
  private readonly inward: readonly Change[];
  private readonly moves: readonly { readonly from: string; readonly to: string }[];

  constructor(private readonly changes: readonly Change[]) {
    this.inward = changes.toSorted((a, b) => (b.near?.length ?? 0) - (a.near?.length ?? 0));
    this.moves = this.inward.flatMap(({ near, far }) =>
      near === null || far === null || near === far ? [] : [{ from: pointerOf(near), to: pointerOf(far) }],
    );
  }

  /**
   * From the far side to the near side.
   * @returns pointers to what the far side doesn't have, and what therefore was taken out
   */
  read(object: JsonObject): string[] {
    const { changes } = this;
    const taken = changes.map(({ far }) => (far === null ? undefined : takeAt(object, far).value));
    for (const { far, ownParent } of changes) if (ownParent) dropEmpty(object, far!);
    const unknown = changes
      .filter(({ near, far }) => near !== null && near !== far)
      .map(({ near }) => takeAt(object, near!).pointer);
    changes.forEach(({ near, value }, index) => {
      // JSON null says that a field isn't set, just as its absence does.
      const known = taken[index] ?? value ?? taken[index];
      if (near !== null && known !== undefined) putAt(object, near, known);
    });
    return unknown.filter((pointer) => pointer !== '');
  }

  /** From the near side to the far side. */
  write(object: JsonObject): void {
    const taken = this.inward.map(({ near }) => (near === null ? undefined : takeAt(object, near).value));
    this.inward.forEach(({ near, far, value }, index) => {
      const known = near === null ? value : taken[index];
      if (far !== null && known !== undefined) putAt(object, far, known);
    });
  }

  /** Whether a change reaches into that member. */
  opens(name: string): boolean {
    const into = (path: JsonPath | null): boolean => path !== null && path.length > 1 && path[0]!.json === name;
    return this.changes.some(({ near, far }) => into(near) || into(far));
  }

  /** A pointer into the near side as one into the far side. */
  locate(pointer: string): string {
    const move = this.moves.find(({ from }) => pointer === from || pointer.startsWith(`${from}/`));
    return move === undefined ? pointer : move.to + pointer.slice(move.from.length);
  }
}
