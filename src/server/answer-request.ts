import { deleteBlob, readBlob } from './blob-endpoints.ts';
import { listReferrers, listRepositories, listTags } from './list-endpoints.ts';
import { deleteManifest, putManifest, readManifest } from './manifest-endpoints.ts';
import type { RegistryContext } from './registry-context.ts';
import type { RegistryRequest } from './registry-request.ts';
import { jsonReply, type Reply, refuse } from './reply.ts';
import type { Route } from './route.ts';
import { appendToUpload, cancelUpload, finishUpload, readUpload, startUpload } from './upload-endpoints.ts';
import { readPage } from './web-page.ts';

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
type Endpoint<Target> = (context: RegistryContext, request: RegistryRequest, target: Target) => Promise<Reply>;
type Endpoints = {
  readonly [Kind in Route['kind']]: Partial<Record<Method, Endpoint<Extract<Route, { kind: Kind }>>>>;
};

/** What the registry does, by path and method. HEAD is GET without the body. */
const endpoints: Endpoints = {
  page: { GET: readPage },
  base: { GET: () => Promise.resolve(jsonReply({})) },
  catalog: { GET: listRepositories },
  tags: { GET: listTags },
  manifest: { GET: readManifest, PUT: putManifest, DELETE: deleteManifest },
  blob: { GET: readBlob, DELETE: deleteBlob },
  uploads: { POST: startUpload },
  upload: { GET: readUpload, PATCH: appendToUpload, PUT: finishUpload, DELETE: cancelUpload },
  referrers: { GET: listReferrers },
};

/** Finds the endpoint of a route and asks it. Whoever calls may do what the method does. */
export function answerRequest(context: RegistryContext, request: RegistryRequest, route: Route): Promise<Reply> {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const { run, allowed } = endpointOf(route, method);
  if (run === undefined) return Promise.resolve(refuseMethod(allowed, 'UNSUPPORTED', 'this path has no such method'));
  if (context.isReadOnly && method !== 'GET') {
    return Promise.resolve(refuseMethod(['GET'], 'DENIED', 'the registry is read-only'));
  }
  return run(context, request);
}

/** The endpoint of a route for a method, and the methods that it has. */
function endpointOf(route: Route, method: string) {
  switch (route.kind) {
    case 'page':
      return bind(endpoints.page, method, route);
    case 'base':
      return bind(endpoints.base, method, route);
    case 'catalog':
      return bind(endpoints.catalog, method, route);
    case 'tags':
      return bind(endpoints.tags, method, route);
    case 'manifest':
      return bind(endpoints.manifest, method, route);
    case 'blob':
      return bind(endpoints.blob, method, route);
    case 'uploads':
      return bind(endpoints.uploads, method, route);
    case 'upload':
      return bind(endpoints.upload, method, route);
    case 'referrers':
      return bind(endpoints.referrers, method, route);
  }
}

function bind<Target>(methods: Partial<Record<Method, Endpoint<Target>>>, method: string, target: Target) {
  const found = Object.entries(methods).find(([name]) => name === method)?.[1];
  return {
    allowed: Object.keys(methods),
    run:
      found === undefined
        ? undefined
        : (context: RegistryContext, request: RegistryRequest) => found(context, request, target),
  };
}

function refuseMethod(allowed: readonly string[], code: 'UNSUPPORTED' | 'DENIED', message: string): Reply {
  const refusal = refuse(405, code, message);
  const withHead = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return { ...refusal, headers: { ...refusal.headers, Allow: withHead.join(', ') } };
}
