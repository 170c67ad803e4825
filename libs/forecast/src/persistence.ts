import { type LoadModel, plausibleRate } from './load-model';

/** The naive forecast: it goes on as it is. What every other model has to beat, and the scale of MASE. */
export class Persistence implements LoadModel {
  readonly name = 'naive';
  readonly period = null;
  private last = 0;

  observe(rate: number): void {
    this.last = rate;
  }

  skip(): void {
    // As it was.
  }

  forecast(): number {
    return plausibleRate(this.last);
  }
}
