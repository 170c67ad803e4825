/** See packages-of.d.mts. */
export function packagesOf(manifest, lock) {
  /** @type {Map<string, boolean>} */
  const needed = new Map();
  const need = (name, from, optional) => {
    const path = locate(name, from, lock);
    if (path === undefined) {
      if (optional) return;
      throw new Error(`package-lock.json lacks ${name}, which ${from === '' ? 'the app' : from} needs`);
    }
    if (needed.has(path)) return;
    needed.set(path, optional || lock[path].optional === true);
    for (const [dependency, isOptional] of dependenciesOf(lock[path])) need(dependency, path, isOptional);
  };
  for (const name of Object.keys(manifest.dependencies ?? {})) need(name, '', false);
  return [...needed].map(([path, optional]) => ({ path, optional })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Names of what a package needs, and whether it can do without. */
function dependenciesOf({ dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta }) {
  const optional = { ...optionalDependencies };
  return [
    // npm lists optional dependencies among the others, too.
    ...Object.keys(dependencies ?? {}).map((name) => [name, name in optional]),
    ...Object.keys(optional).map((name) => [name, true]),
    // A peer that nobody has to bring isn't the package's own: who uses it names it.
    ...Object.keys(peerDependencies ?? {})
      .filter((name) => peerDependenciesMeta?.[name]?.optional !== true)
      .map((name) => [name, false]),
  ];
}

/** Where Node finds a package that one at `from` imports: in the folders of node_modules from there upwards. */
function locate(name, from, lock) {
  for (let at = from; ; at = parentOf(at)) {
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (path in lock) return path;
    if (at === '') return undefined;
  }
}

/** `node_modules/a` of `node_modules/a/node_modules/@b/c`; '' of a package at the top. */
const parentOf = (path) => path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/')));
