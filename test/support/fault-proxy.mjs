import { createServer, request as requestTo } from 'node:http';

/** Names a request as the rows of the fault table do. */
export function nameOfRequest(method, path) {
  const [pathname, query = ''] = path.split('?');
  if (pathname.endsWith('/token')) return 'token';
  if (pathname === '/v2/') return 'root';
  if (/\/blobs\/uploads\//.test(pathname)) {
    if (method === 'POST' && /(?:^|&)mount=/.test(query)) return 'MOUNT';
    return `${method} upload`;
  }
  if (/\/blobs\//.test(pathname)) return `${method} blob`;
  if (/\/manifests\//.test(pathname)) return `${method} manifest`;
  if (/\/referrers\//.test(pathname)) return `${method} referrers`;
  if (/\/tags\/list$/.test(pathname)) return `${method} tags`;
  return `${method} other`;
}

/**
 * Stands before a registry and does what the rules say, each so many times, to the requests that they name.
 * Rules may be added while it runs. Without `nowMs` an outage closes the port for real; with it connections are cut for as long as that clock says.
 */
export async function startFaultProxy({ upstream, rules = [], layerDigest = '', nowMs }) {
  const left = [];
  const passed = [];
  const requests = [];
  let downUntilMs = 0;
  const server = createServer((request, response) => {
    const name = nameOfRequest(request.method, request.url);
    const length = Number(request.headers['content-length'] ?? Number.NaN);
    requests.push({ name, method: request.method, path: request.url });
    const at = rules.findIndex((rule, number) => matches(rule, { name, request, layerDigest }) && takeTurn(number));
    const action = at < 0 ? { kind: 'pass' } : rules[at].do;
    act({ action, request, response, upstream, length, outage });
  });
  server.on('connection', (socket) => {
    if (nowMs !== undefined && nowMs() < downUntilMs) socket.resetAndDestroy();
  });

  function takeTurn(number) {
    const { times = 1, after = 0 } = rules[number];
    left[number] ??= times === 'always' ? Number.POSITIVE_INFINITY : times;
    passed[number] ??= after;
    if (left[number] <= 0) return false;
    if (passed[number] > 0) {
      passed[number] -= 1;
      return false;
    }
    left[number] -= 1;
    return true;
  }

  function outage(ms) {
    server.closeAllConnections();
    if (nowMs !== undefined) {
      downUntilMs = nowMs() + ms;
      return;
    }
    const { port } = server.address();
    server.close();
    setTimeout(() => server.listen(port, '127.0.0.1'), ms);
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${server.address().port}`,
    requests,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function matches({ on }, { name, request, layerDigest }) {
  const names = Array.isArray(on) ? on : [on];
  return names.some((wanted) => {
    if (wanted === 'any') return true;
    if (wanted === 'upload body') return /^(?:PUT|PATCH) upload$/.test(name) && isLarge(request);
    if (wanted === 'GET layer') return name === 'GET blob' && request.url.endsWith(layerDigest);
    return wanted === name;
  });
}

function isLarge({ headers }) {
  return headers['transfer-encoding'] === 'chunked' || Number(headers['content-length'] ?? 0) > 100_000;
}

function act(turn) {
  const { action, request, response, outage } = turn;
  switch (action.kind) {
    case 'answer':
      if (action.early === true) return answer(response, action);
      request.resume().on('end', () => answer(response, action));
      return;
    case 'cut-request':
      return forward(turn, { cutAt: action.at, then: () => undefined });
    case 'down':
      return forward(turn, { cutAt: action.at ?? 0, then: () => outage(action.ms) });
    case 'stall':
      request.resume();
      return;
    case 'lose-reply':
      return forward(turn, { onReply: (reply) => reply.resume().on('end', () => request.socket.destroy()) });
    default:
      return forward(turn, {});
  }
}

function answer(response, { status, headers = {}, body = '' }) {
  response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function forward({ action, request, response, upstream, length }, { cutAt, then, onReply }) {
  const [hostname, port] = upstream.split(':');
  const onward = requestTo({
    hostname,
    port,
    method: request.method,
    path: request.url,
    headers: request.headers,
    agent: false,
  });
  onward.on('error', () => request.socket.destroy());
  onward.on('response', (reply) => (onReply === undefined ? passOn(reply, response, action) : onReply(reply)));
  const cutBytes = cutAt === undefined ? undefined : Math.floor(cutAt * (Number.isNaN(length) ? 0 : length));
  if (cutBytes === undefined) {
    request.pipe(onward);
    return;
  }
  let seen = 0;
  function cut() {
    request.socket.destroy();
    // What was sent must arrive before the connection is cut, as it does at a registry that crashes.
    setTimeout(() => onward.destroy(), 5);
    then();
  }
  onward.flushHeaders();
  if (cutBytes === 0) return cut();
  request.on('data', (piece) => {
    const part = piece.subarray(0, Math.max(0, cutBytes - seen));
    seen += piece.length;
    if (part.length > 0) onward.write(part);
    if (seen >= cutBytes) {
      request.removeAllListeners('data');
      cut();
    }
  });
}

/** Hands a reply on, changed as the action wants. */
function passOn(reply, response, action) {
  const headers = { ...reply.headers };
  const length = Number(headers['content-length'] ?? 0);
  for (const name of action.remove ?? []) delete headers[name];
  if (action.kind === 'relative-location' && headers.location !== undefined) {
    const { pathname, search } = new URL(headers.location, 'http://unset.invalid');
    headers.location = `${pathname}${search}`;
  }
  if (action.kind === 'shorten') headers['content-length'] = String(Math.floor(length * action.at));
  if (action.upperCase === true) {
    for (const name of Object.keys(headers)) {
      headers[name.toUpperCase()] = headers[name];
      delete headers[name];
    }
  }
  Object.assign(headers, action.set ?? {});
  response.writeHead(action.status ?? reply.statusCode, headers);
  if (action.kind === 'drip') return drip(reply, response, action);
  const mark = Math.floor((action.at ?? 0) * length);
  let seen = 0;
  reply.on('data', (piece) => {
    const start = seen;
    seen += piece.length;
    if (action.kind === 'flip' && start <= mark && mark < seen) piece[mark - start] ^= 0xff;
    const changes = action.kind === 'cut-reply' || action.kind === 'stall-reply' || action.kind === 'shorten';
    if (!changes) return response.write(piece);
    const part = piece.subarray(0, Math.max(0, mark - start));
    if (part.length > 0) response.write(part);
    if (action.kind === 'cut-reply' && seen >= mark) response.destroy();
  });
  reply.on('end', () => (action.kind === 'stall-reply' ? undefined : response.end()));
}

function drip(reply, response, { bytes, everyMs }) {
  const pieces = [];
  reply.on('data', (piece) => pieces.push(piece));
  reply.on('end', () => {
    let rest = Buffer.concat(pieces);
    const timer = setInterval(() => {
      response.write(rest.subarray(0, bytes));
      rest = rest.subarray(bytes);
      if (rest.length > 0) return;
      clearInterval(timer);
      response.end();
    }, everyMs);
    response.on('close', () => clearInterval(timer));
  });
}
