/** A rule that no value can be made for, for the contract's author. */
export class Unsatisfiable extends Error {
  override readonly name = 'Unsatisfiable';
}
