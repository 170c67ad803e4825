import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { callerOf } from '../caller';
import { CallCounter } from '../calls/call-counter';
import { CountedHandler } from '../calls/counted-handler';
import { checkLength, invalidField } from '../checks';
import {
  ProjectService,
  type CreateProjectRequest,
  type DeleteProjectRequest,
  type GetProjectRequest,
  type ListProjectsRequest,
  type UpdateProjectRequest,
} from '../gen/project/v1/project_service_pb';
import { PermissionStore } from '../permissions/permission-store';
import { pageSizeOf, pageTokenAfter, positionOf } from './page';
import { Projects, type ProjectContent, type StoredProject } from './projects';

const { method } = ProjectService;
const MAX_NAME = 100;
const MAX_DESCRIPTION = 2000;
const MAX_TAGS = 20;

/**
 * The demonstration's Project service. Who may read and write which project is the gateway's to check, by the contract's
 * policy; only the edge's certificate may call.
 */
@Controller()
export class ProjectController {
  constructor(
    readonly calls: CallCounter,
    private readonly projects: Projects,
    private readonly permissions: PermissionStore,
  ) {}

  @CountedHandler(method.listProjects)
  listProjects({ pageSize, pageToken }: ListProjectsRequest, metadata: Metadata) {
    const { userId } = callerOf(metadata);
    const size = pageSizeOf(pageSize);
    const readable = (id: string): boolean => this.permissions.allowed(userId, 'project:read', id);
    // One more than asked for tells whether there is a next page.
    const found = this.projects.after(positionOf(pageToken), size + 1, readable);
    const page = found.slice(0, size);
    const nextPageToken = found.length > size ? pageTokenAfter(page.at(-1)!.position) : '';
    return { projects: page.map(messageOf), nextPageToken };
  }

  @CountedHandler(method.createProject)
  createProject({ name, description, tags }: CreateProjectRequest, metadata: Metadata) {
    const { userId } = callerOf(metadata);
    const content = checked({ name, description, tags });
    const project = this.projects.create(userId, content);
    this.permissions.grant(userId, project.id, ['project:read', 'project:write']);
    return messageOf(project);
  }

  @CountedHandler(method.getProject)
  getProject({ projectId }: GetProjectRequest) {
    return messageOf(this.projects.get(projectId));
  }

  @CountedHandler(method.updateProject)
  updateProject({ projectId, name, description, tags }: UpdateProjectRequest) {
    const changes = {
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...(tags.length > 0 && { tags }),
    };
    return messageOf(this.projects.update(projectId, checked(changes)));
  }

  @CountedHandler(method.deleteProject)
  deleteProject({ projectId }: DeleteProjectRequest) {
    this.projects.delete(projectId);
    this.permissions.forget(projectId);
    return {};
  }
}

/** @throws GatewayError GW_INVALID_FIELD for what is given and out of bounds */
function checked<C extends Partial<ProjectContent>>(content: C): C {
  const { name, description, tags } = content;
  if (name !== undefined) checkLength('/name', name, 1, MAX_NAME);
  if (description !== undefined) checkLength('/description', description, 0, MAX_DESCRIPTION);
  if (tags !== undefined && tags.length > MAX_TAGS)
    throw invalidField('/tags', 'repeated.max_items', `must have at most ${MAX_TAGS} items`);
  return content;
}

const messageOf = ({ position: _position, tags, createdAt, updatedAt, ...project }: StoredProject) => ({
  ...project,
  tags: [...tags],
  createdAt: timestampFromMs(createdAt),
  updatedAt: timestampFromMs(updatedAt),
});
