import type { Terminal } from '../terminal';
import { askEdge, type EdgeOptions } from './admin-plane';

/** An unwell platform answers with it, and its tree. */
const UNWELL = 503;

/** Prints the tree of the platform's health. @throws Failure */
export async function showHealth(options: EdgeOptions, terminal: Terminal): Promise<void> {
  terminal.out(JSON.stringify(await askEdge(options, '/health', [UNWELL]), null, 2));
}
