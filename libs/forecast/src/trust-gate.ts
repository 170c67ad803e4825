/** Above that scaled error a forecast is worse than none: "it goes on as it is" would have been better. */
export const DISTRUST_ABOVE = 1;
/** It has to be so good again: the distance keeps one that is neither from changing the policy at every decision. */
export const TRUST_BELOW = 0.9;

/** Whether a forecast is good enough to act on, with hysteresis. */
export class TrustGate {
  private trusted = false;

  /**
   * @param error the scaled error; null while it isn't known, which isn't trusted
   */
  trust(error: number | null): boolean {
    if (error === null || error > DISTRUST_ABOVE) this.trusted = false;
    else if (error < TRUST_BELOW) this.trusted = true;
    return this.trusted;
  }
}
