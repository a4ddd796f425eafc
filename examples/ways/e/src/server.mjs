import { createServer } from 'node:http';

createServer((request, response) => {
  response.writeHead(request.url === '/healthz' ? 200 : 404).end();
}).listen(3000);
