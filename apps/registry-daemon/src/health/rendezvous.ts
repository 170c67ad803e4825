/**
 * Who is responsible for a key: the node with the highest weight for it (rendezvous hashing, Thaler and Ravishankar, "Using
 * name-based mappings to increase hit rates", 1998). Everyone who knows the same nodes finds the same one, and when a node
 * comes or goes only its own keys move.
 * @returns null when there is no node
 */
export function responsibleFor(key: string, nodes: readonly string[]): string | null {
  let best: string | null = null;
  let highest = -1;
  for (const node of nodes) {
    const weight = weightOf(key, node);
    // Equal weights are one in four billion; the name decides, so that all decide alike.
    if (weight > highest || (weight === highest && best !== null && node < best)) {
      best = node;
      highest = weight;
    }
  }
  return best;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a over both names, then MurmurHash3's finalizer: FNV alone leaves names that differ in their last letter close. */
function weightOf(key: string, node: string): number {
  let hash = FNV_OFFSET;
  const text = `${node}\n${key}`;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
