import { MemoryRegistryStore } from './memory-registry-store';
import { registryStoreConformance } from './registry-store.conformance';

registryStoreConformance('memory', () =>
  Promise.resolve({ store: new MemoryRegistryStore('life-1'), close: () => Promise.resolve() }),
);
