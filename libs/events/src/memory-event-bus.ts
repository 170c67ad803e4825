import type { Clock } from '@gateway/clock';
import type { EventBus } from './event-bus';

export declare function memoryEventBus(options: { clock: Clock }): EventBus;
