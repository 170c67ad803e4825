import { randomUUID } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import type { ProjectSeed } from '../seeds';

/** A project as it is kept. */
export interface StoredProject {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly ownerId: string;
  readonly tags: readonly string[];
  /** Grows by one with each change. */
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Its place in the list; never used again after a deletion, so that paging is stable. */
  readonly position: number;
}

/** What a caller may set. */
export interface ProjectContent {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
}

/** More is a mistake of some load test. */
const MAX_PROJECTS = 100_000;

const notFound = (id: string): GatewayError =>
  new GatewayError('GW_NOT_FOUND', { detail: `There is no project ${JSON.stringify(id)}` });

/** The projects, in the order of their creation. */
export class Projects {
  readonly #projects = new Map<string, StoredProject>();
  #next = 1;

  constructor(
    private readonly clock: Clock,
    seeds: readonly ProjectSeed[] = [],
  ) {
    for (const { id, ownerId, ...content } of seeds) this.#insert(id, ownerId, content);
  }

  create(ownerId: string, content: ProjectContent): StoredProject {
    if (this.#projects.size >= MAX_PROJECTS)
      throw new GatewayError('GW_FAILED_PRECONDITION', { detail: `There are ${MAX_PROJECTS} projects already` });
    return this.#insert(`p-${randomUUID()}`, ownerId, content);
  }

  /** @throws GatewayError GW_NOT_FOUND */
  get(id: string): StoredProject {
    const project = this.#projects.get(id);
    if (project === undefined) throw notFound(id);
    return project;
  }

  /** Changes what is given; nothing given changes nothing. @throws GatewayError GW_NOT_FOUND */
  update(id: string, changes: Partial<ProjectContent>): StoredProject {
    const project = this.get(id);
    if (Object.keys(changes).length === 0) return project;
    const updated = { ...project, ...changes, revision: project.revision + 1, updatedAt: this.clock.now() };
    this.#projects.set(id, updated);
    return updated;
  }

  /** @throws GatewayError GW_NOT_FOUND */
  delete(id: string): void {
    if (!this.#projects.delete(id)) throw notFound(id);
  }

  /** Those after a position that the predicate lets through, oldest first; at most `limit`. */
  after(position: number, limit: number, readable: (id: string) => boolean): StoredProject[] {
    const found: StoredProject[] = [];
    for (const project of this.#projects.values()) {
      if (project.position <= position || !readable(project.id)) continue;
      found.push(project);
      if (found.length === limit) break;
    }
    return found;
  }

  #insert(id: string, ownerId: string, content: ProjectContent): StoredProject {
    const now = this.clock.now();
    const project = { id, ownerId, ...content, revision: 1, createdAt: now, updatedAt: now, position: this.#next++ };
    this.#projects.set(id, project);
    return project;
  }
}
