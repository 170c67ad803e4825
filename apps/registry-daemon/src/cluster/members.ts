/** Takes a listener back. */
export type Unsubscribe = () => void;

/** The registry-daemons that work together: those on the same store. */
export interface Members {
  /** The id of this one. */
  readonly self: string;
  /** Those that live, this one included, sorted. While the store is away it is the last list known. */
  live(): readonly string[];
  /** Calls back when the list changes. */
  onChange(listener: () => void): Unsubscribe;
}

/** A daemon without a store works alone. */
export const alone = (self: string): Members => {
  const live = [self];
  return { self, live: () => live, onChange: () => () => undefined };
};
