import { create, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isDigest, registryV1 } from '@gateway/contracts';
import type { DirectoryContent } from './directory-model';

/** What was saved. */
export interface SavedDirectory {
  readonly content: DirectoryContent;
  readonly descriptorSets: ReadonlyMap<string, Uint8Array>;
}

const FILE = 'directory.json';
const FORMAT = 1;

/**
 * The last known good on disk: `directory.json`, and one `<digest>.binpb` per contract, which is written once. Every file
 * is written beside its place and renamed into it, so that a crash leaves the old one.
 */
export class DirectoryFiles {
  readonly #written = new Set<string>();

  /** @param folder made when it isn't there */
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** @throws when the disk refuses */
  save(content: DirectoryContent, descriptorSets: Iterable<[string, Uint8Array]>): void {
    const kept = new Set<string>();
    for (const [digest, bytes] of descriptorSets) {
      kept.add(nameOf(digest));
      if (!this.#written.has(digest)) this.#replace(nameOf(digest), bytes);
      this.#written.add(digest);
    }
    const { epoch, instances, contracts } = content;
    const snapshot = create(registryV1.WatchResponseSchema, {
      revision: { epoch },
      event: { case: 'snapshot', value: { instances: [...instances], contracts: [...contracts] } },
    });
    const saved = { format: FORMAT, directory: toJson(registryV1.WatchResponseSchema, snapshot) };
    this.#replace(FILE, Buffer.from(JSON.stringify(saved)));
    // Last: until then the file that stood here before could be needed.
    for (const name of readdirSync(this.folder))
      if (name.endsWith('.binpb') && !kept.has(name)) rmSync(join(this.folder, name), { force: true });
  }

  /**
   * What was saved last; null when nothing was.
   * @throws when it is there and can't be read: whoever restores decides what that means
   */
  load(): SavedDirectory | null {
    let text: string;
    try {
      text = readFileSync(join(this.folder, FILE), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    const saved = JSON.parse(text) as { format?: unknown; directory?: JsonValue };
    if (saved?.format !== FORMAT || saved.directory === undefined) throw new Error(`${FILE} has an unknown format`);
    const { revision, event } = fromJson(registryV1.WatchResponseSchema, saved.directory, {
      ignoreUnknownFields: true,
    });
    if (event.case !== 'snapshot') throw new Error(`${FILE} holds no snapshot`);
    const { instances, contracts } = event.value;
    return { content: { epoch: revision?.epoch ?? '', instances, contracts }, descriptorSets: this.#readSets() };
  }

  #readSets(): Map<string, Uint8Array> {
    const sets = new Map<string, Uint8Array>();
    for (const name of readdirSync(this.folder)) {
      const digest = name.replace('-', ':').slice(0, -'.binpb'.length);
      if (name.endsWith('.binpb') && isDigest(digest)) sets.set(digest, readFileSync(join(this.folder, name)));
    }
    return sets;
  }

  #replace(name: string, bytes: Uint8Array): void {
    const place = join(this.folder, name);
    const handle = openSync(`${place}.new`, 'w', 0o600);
    try {
      writeSync(handle, bytes);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(`${place}.new`, place);
  }
}

/** A digest's colon isn't allowed in file names everywhere. */
const nameOf = (digest: string): string => `${digest.replace(':', '-')}.binpb`;
