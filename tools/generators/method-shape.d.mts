/** What a method looks like. */
export interface MethodShape {
  readonly method: string;
  readonly property: string;
  readonly rule: string;
  readonly does: string;
  readonly handler: string;
  readonly test: readonly string[];
}
export function methodShape(path: string, method: string): MethodShape;
