import express, { type Express, type Response } from 'express';
import type { z } from 'zod';
import { type OperationName, operations } from '../../../shared/api.ts';
import { dispatch } from '../../../shared/dispatch.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type JsonObject } from '../../../shared/json.ts';
import { parseStrictJson } from '../../lib/strict-json.ts';
import type { Grant } from '../access/token-store.ts';
import { apiPrefix } from './api-prefix.ts';
import { type AdmittedRequest, readQuery, sendJson } from './exchange.ts';
import { checkScope } from './front-door.ts';
import { meantNode } from './meant-node.ts';
import { hasBody, readBody } from './request-body.ts';
import type { Served } from './served.ts';

const maxBodyBytes = 1024 * 1024;

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type Answer = (request: AdmittedRequest, response: Response) => unknown;
/** What stands beside the operations: the stream, the login, the metrics. */
export interface ExtraRoute {
  method: Method;
  path: string;
  answer: Answer;
}

export interface ApiParts {
  served: Served;
  extras: readonly ExtraRoute[];
  /** Whether who asks may; left out: whoever has the scope. @throws RuntimeError */
  check?(grant: Grant, name: OperationName): void;
  /** Told that a body has been read, or that there was none. */
  onWorking(request: AdmittedRequest): void;
  onRefused(request: AdmittedRequest, response: Response, thrown: unknown): void;
}

/** Mounts every operation of the table; adding an operation needs no change here. */
export function apiRoutes(parts: ApiParts): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing');
  const routes: ExtraRoute[] = [...operationRoutes(parts), ...parts.extras];
  for (const { method, path, answer } of routes) {
    app[method](path, async (request, response) => {
      const admitted = request as unknown as AdmittedRequest;
      try {
        await answer(admitted, response);
      } catch (thrown) {
        parts.onRefused(admitted, response, thrown);
      }
    });
  }
  for (const [path, methods] of methodsByPath(routes)) {
    app.all(path, (request, response) => {
      const message = `${request.method} is not possible here; ${methods.join(', ')} is.`;
      const error = new RuntimeError('METHOD_NOT_ALLOWED', message, { allow: methods });
      parts.onRefused(request as unknown as AdmittedRequest, response, error);
    });
  }
  app.use((request, response) => {
    const error = new RuntimeError('ROUTE_NOT_FOUND', `There is no ${request.method} ${request.path} here.`);
    parts.onRefused(request as unknown as AdmittedRequest, response, error);
  });
  return app;
}

/** Reads the body of a request as one JSON object. @throws RuntimeError `CONTENT_TYPE`, `BODY_TOO_LARGE`, `JSON_INVALID` … */
export async function readJsonObject(request: AdmittedRequest, response: Response): Promise<JsonObject> {
  checkContentType(request);
  const bytes = await readBody(request, response, maxBodyBytes);
  if (bytes.length === 0) return {};
  const value = parseStrictJson(bytes);
  if (isJsonObject(value)) return value;
  throw new RuntimeError('REQUEST_INVALID', 'The body must be a JSON object, such as {}.');
}

function operationRoutes(parts: ApiParts): ExtraRoute[] {
  // Waking comes first: routes are tried in order, and this one is the busiest.
  const rest = (Object.keys(operations) as OperationName[]).filter((name) => name !== 'wakeProcess');
  return (['wakeProcess', ...rest] as OperationName[]).map((name) => {
    const { route, scope, status } = operations[name];
    const [method = '', path = ''] = route.split(' ');
    const takesBody = method !== 'GET' && method !== 'DELETE';
    return {
      method: method.toLowerCase() as Method,
      path: apiPrefix + path,
      async answer(request, response) {
        if (request.grant && parts.check) parts.check(request.grant, name);
        else if (request.grant) checkScope(request.grant, scope);
        const params = (request as unknown as { params: Record<string, string> }).params;
        const input = takesBody
          ? merged(params, await bodyOf(name, request, response))
          : merged(params, queryOf(request));
        parts.onWorking(request);
        const { api } = meantNode(parts.served, request);
        const value = await dispatch(api, name, input, request.grant?.by ?? 'anyone');
        sendJson(response, status, value);
      },
    } satisfies ExtraRoute;
  });
}

async function bodyOf(name: OperationName, request: AdmittedRequest, response: Response): Promise<JsonObject> {
  const body = await readJsonObject(request, response);
  const stray = Object.keys(readQuery(request.target.query))[0];
  if (stray !== undefined) {
    throw new RuntimeError('REQUEST_INVALID', `"${stray}" stands in the address; ${name} takes it in the JSON body.`);
  }
  const key = request.headers['idempotency-key'];
  if (key === undefined || !('idempotencyKey' in (operations[name].input as z.ZodObject).shape)) return body;
  return merged({ idempotencyKey: String(key) }, body);
}

function queryOf(request: AdmittedRequest): JsonObject {
  if (hasBody(request)) {
    throw new RuntimeError(
      'REQUEST_MALFORMED',
      `${request.method} takes no body here; its input stands in the address.`,
    );
  }
  return readQuery(request.target.query);
}

/** What the path or a header says, with the rest. Saying a thing twice is fine, contradicting oneself is not. */
function merged(first: Record<string, string>, rest: JsonObject): JsonObject {
  for (const [key, value] of Object.entries(first)) {
    if (!Object.hasOwn(rest, key) || rest[key] === value) continue;
    throw new RuntimeError(
      'REQUEST_INVALID',
      `"${key}" is given twice and not alike: ${value} and ${JSON.stringify(rest[key])}.`,
    );
  }
  return { ...rest, ...first };
}

/** @throws RuntimeError `CONTENT_TYPE` */
function checkContentType(request: AdmittedRequest): void {
  const { 'content-type': type, 'content-encoding': encoding } = request.headers;
  if (encoding !== undefined && encoding !== 'identity') {
    throw new RuntimeError('CONTENT_TYPE', `Send the body as it is, not with Content-Encoding: ${encoding}.`);
  }
  if (type === undefined && !hasBody(request)) return;
  if (/^application\/json(?: *; *charset="?utf-8"?)?$/i.test(type ?? '')) return;
  throw new RuntimeError('CONTENT_TYPE', `Use application/json, not ${type ?? 'a body without a type'}.`);
}

function methodsByPath(routes: readonly ExtraRoute[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, path } of routes) {
    const known = methods.get(path) ?? [];
    const names = method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];
    methods.set(path, [...known, ...names]);
  }
  return methods;
}
