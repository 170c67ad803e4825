import { engineConformance } from '../engine.conformance';
import { NodeEngine } from './node-engine';

engineConformance({ create: (options) => new NodeEngine(options) });
