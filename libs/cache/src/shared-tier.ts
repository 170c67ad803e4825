/** A store of entries that several processes share. */
export interface SharedTier {
  readonly kind: 'shared';
}
